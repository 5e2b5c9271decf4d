"""Planted secrets appear nowhere: not in what is printed, logged at debug level, stored, or written to disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, make_url, text

from sandbox import server
from sandbox.papers import hand_csv, roster_csv
from sandbox.world import load

WORLD = Path(server.__file__).parent / "worlds" / "lanterns"
DATABASE_PASSWORD = "planted/Db+pw-9f3"
PLANTED = {
    "ROLLCALL_X_BEARER_TOKEN": "planted-X-bearer-4711",
    "ROLLCALL_MASTODON_TOKEN": "planted-Mastodon-0815",
    "ROLLCALL_SUPPRESSION_KEY": "planted-suppression-key-of-some-length",
    "ROLLCALL_PREFECT_PASSWORD": "planted-Prefect-1234",
}
SECRETS = (*PLANTED.values(), DATABASE_PASSWORD, quote(DATABASE_PASSWORD, safe=""))
EVERYTHING = """
select format('select string_agg(t::text, chr(10)) from %I.%I t', table_schema, table_name)
from information_schema.tables
where table_schema not in ('pg_catalog', 'information_schema')
"""


@pytest.fixture
def servers() -> Iterator[server.Sandbox]:
    """The small world, whose platforms know the planted tokens."""
    world = load(WORLD)
    x = [{**place, "token": PLANTED["ROLLCALL_X_BEARER_TOKEN"]} for place in world.places("x")]
    mastodon = [{**place, "token": PLANTED["ROLLCALL_MASTODON_TOKEN"]} for place in world.places("mastodon")]
    with server.serve(replace(world, settings={**world.settings, "x": x, "mastodon": mastodon})) as sandbox:
        sandbox.clock.set(world.collections()[3])
        yield sandbox


@pytest.fixture
def environment(servers: server.Sandbox, database_url: str, tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    (home / "campaigns").mkdir(parents=True)
    (home / "campaigns" / "lanterns.toml").write_text(servers.campaign_toml(), "utf-8")
    url = make_url(database_url).set(password=DATABASE_PASSWORD).render_as_string(hide_password=False)
    waits = {"ROLLCALL_LONGEST_WAIT": "1", "ROLLCALL_TOTAL_WAIT": "2", "ROLLCALL_READ_TIMEOUT": "1"}
    return {**os.environ, **PLANTED, **waits, "ROLLCALL_HOME": str(home), "ROLLCALL_DATABASE_URL": url}


IN_THE_WORLDS_TIME = """
import datetime, functools, sys
from flows.steps import collect
moment = datetime.datetime.fromisoformat(sys.argv.pop(1))
collect.collect = functools.partial(collect.collect, clock=lambda: moment)
from flows.cli import main
main()
"""


def printed(environment: dict[str, str], servers: server.Sandbox, folder: Path, *words: str) -> tuple[int, str]:
    """What one command prints on both streams, at debug level. It collects at the simulated time."""
    command = [sys.executable, "-c", IN_THE_WORLDS_TIME, servers.clock.now().isoformat(), *words, "--debug"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def dump(engine: Engine) -> str:
    """Every value of every table."""
    with engine.connect() as connection:
        queries = connection.execute(text(EVERYTHING)).scalars().all()
        return "\n".join(str(connection.execute(text(query)).scalar_one()) for query in queries)


def files(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


def leaked(where: str) -> list[str]:
    return [secret for secret in SECRETS if secret in where]


def nowhere(outputs: list[tuple[int, str]], engine: Engine, folder: Path) -> None:
    """Assert that no planted secret was printed, stored or written."""
    everything = "".join(text for _, text in outputs)
    assert leaked(everything) == []
    assert leaked(dump(engine)) == []
    assert leaked(files(folder)) == []


def test_a_good_day_leaves_no_secret_behind(
    environment: dict[str, str], servers: server.Sandbox, engine: Engine, tmp_path: Path
) -> None:
    """Roster, doctor, sheet, collection, build, report and status, all at debug level."""
    roster, sheet = tmp_path / "roster.csv", tmp_path / "seen.csv"
    roster.write_text(roster_csv(servers.world), "utf-8")
    sheet.write_text(hand_csv(servers.world, servers.clock.now()), "utf-8")
    day = (("roster", "load", str(roster)), ("doctor",), ("import", str(sheet)), ("collect",))
    outputs = [
        printed(environment, servers, tmp_path, *words) for words in (*day, ("build",), ("report",), ("status",))
    ]
    assert [code for code, _ in outputs] == [0, 0, 3, 0, 0, 0, 0], outputs  # the sheet has two bad lines
    assert any(request.credential for request in servers.asked("x"))
    assert any(request.credential for request in servers.asked("mastodon"))
    assert "DEBUG" in "".join(text for _, text in outputs)
    nowhere(outputs, engine, tmp_path)


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("status", {"status": 401}),
        pytest.param("redirect", {}, marks=pytest.mark.full),
        pytest.param("html", {}, marks=pytest.mark.full),
        pytest.param("drop", {}, marks=pytest.mark.full),
        pytest.param("rate_limited", {"reset": "missing"}, marks=pytest.mark.full),
    ],
)
def test_a_bad_day_leaves_no_secret_behind(
    environment: dict[str, str],
    servers: server.Sandbox,
    engine: Engine,
    tmp_path: Path,
    fault: str,
    options: dict[str, object],
) -> None:
    """Every platform refuses, redirects or breaks; what is said of it holds no secret, and no other host gets one."""
    servers.faults.plant("", fault, **options)
    outputs = [printed(environment, servers, tmp_path, *words) for words in (("collect",), ("doctor",))]
    assert [code for code, _ in outputs] == [1, 1], outputs
    assert not any(request.credential for request in servers.asked("elsewhere"))
    nowhere(outputs, engine, tmp_path)


def test_a_wrong_database_password_is_not_repeated(
    environment: dict[str, str], servers: server.Sandbox, tmp_path: Path
) -> None:
    """The sentence names the server without the password."""
    broken = {
        **environment,
        "ROLLCALL_DATABASE_URL": f"postgresql://team:{PLANTED['ROLLCALL_X_BEARER_TOKEN']}@127.0.0.1:1/x",
    }
    code, output = printed(broken, servers, tmp_path, "status")
    assert code == 1
    assert "127.0.0.1" in output
    assert leaked(output) == []
