"""Whoever opted out is known by a keyed hash only, so a computer with another key must not read, load or erase."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import flows
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.backup import back_up
from flows.steps.collect import collect
from flows.steps.forget import forget
from flows.steps.imports import import_files
from flows.steps.rebuild import read_again
from flows.steps.roster import load
from flows.steps.warehouse import suppression_key
from sandbox.papers import roster_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign
from warehouse.people import suppression, which_key

KEY = "a key of the tests, which is long enough"
Verb = Callable[[Settings, Campaign, Path], object]
VERBS: dict[str, Verb] = {
    "collect": lambda settings, campaign, file: collect(settings, campaign),
    "refresh": lambda settings, campaign, file: collect(settings, campaign, stream="refresh"),
    "import": lambda settings, campaign, file: import_files(settings, campaign, [file], form="hand"),
    "roster": lambda settings, campaign, file: load(settings, file, campaign),
    "forget": lambda settings, campaign, file: forget(settings, "nobody"),
    "rebuild": lambda settings, campaign, file: read_again(settings, campaign),
    "backup --key-to": lambda settings, campaign, file: back_up(settings, key_to=file.parent / "safe"),
}


@pytest.fixture
def known(settings: Settings, engine: Engine) -> Settings:
    """The first computer, whose key the warehouse has seen."""
    suppression_key(settings, engine)
    return settings


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("other", [None, KEY])
def test_nothing_begins_without_the_warehouses_key(
    verb: str, other: str | None, known: Settings, campaign: Campaign, engine: Engine, servers: Sandbox, tmp_path: Path
) -> None:
    """A second computer has none, or another: the sentence says where it belongs, none is made, nothing entered."""
    elsewhere = replace(known, home=tmp_path / "elsewhere", suppression_key=other)
    file = tmp_path / "roster.csv"
    file.write_text(roster_csv(servers.world), "utf-8")
    with pytest.raises(ConfigurationError, match="suppression key of this warehouse") as refused:
        VERBS[verb](elsewhere, campaign, file)
    assert ("ROLLCALL_SUPPRESSION_KEY is not" in str(refused.value)) == (other is not None)
    assert str(elsewhere.home / "suppression.key") in str(refused.value)
    assert KEY not in str(refused.value)
    assert not (elsewhere.home / "suppression.key").exists()
    assert not (tmp_path / "safe").exists()
    assert count(engine, "core.run") == count(engine, "people.person") == 0
    assert not servers.requests


def test_with_a_copy_of_the_key_all_goes_on(
    known: Settings, campaign: Campaign, engine: Engine, tmp_path: Path
) -> None:
    """As a file in the other home, or as the setting."""
    kept = (known.home / "suppression.key").read_text()
    elsewhere = replace(known, home=tmp_path / "elsewhere")
    assert suppression_key(replace(elsewhere, suppression_key=kept), engine) == kept.encode()
    elsewhere.home.mkdir()
    (elsewhere.home / "suppression.key").write_text(kept)
    assert suppression_key(elsewhere, engine) == kept.encode()


def test_a_warehouse_from_before_takes_the_key_that_is_used_first(settings: Settings, engine: Engine) -> None:
    """Its hashes are of some key: one that is there is taken and kept, and none is made where there is none."""
    with engine.begin() as connection:
        suppression.opt_out(connection, KEY.encode(), [("x", "42")], datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ConfigurationError, match="is not on this computer"):
        suppression_key(settings, engine)
    assert not (settings.home / "suppression.key").exists()
    assert suppression_key(replace(settings, suppression_key=KEY), engine) == KEY.encode()
    with engine.connect() as connection:
        assert which_key.known(connection) == which_key.key_check(KEY.encode())
    with pytest.raises(ConfigurationError, match="ROLLCALL_SUPPRESSION_KEY is not"):
        suppression_key(replace(settings, suppression_key=f"not {KEY}"), engine)


def test_a_nightly_backup_is_made_without_the_key_and_says_whose_it_is(
    known: Settings, engine: Engine, tmp_path: Path
) -> None:
    """A lost key is no reason for having no backup; and one must never bear another key's check value."""
    kept = (known.home / "suppression.key").read_bytes()
    made = back_up(replace(known, home=tmp_path / "elsewhere", suppression_key=KEY), to=tmp_path / "backups")
    assert made.backup.manifest.key_check == which_key.key_check(kept)


def test_the_key_is_asked_for_in_one_place() -> None:
    """Whoever took it from the settings would not compare it."""
    house = Path(flows.__file__).parent
    asked = {
        str(path.relative_to(house))
        for path in house.rglob("*.py")
        if re.search(r"\.(?:kept|make)_suppression_key\(|settings\.suppression_key\.", path.read_text("utf-8"))
    }
    assert asked == {"settings.py", "steps/warehouse.py", "steps/restore.py"}
