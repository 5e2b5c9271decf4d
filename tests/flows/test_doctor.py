"""The doctor: each platform in plain words, with one bounded request, and never a secret."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail
from sqlalchemy import Engine

from connectors.records import Access
from flows import credential_store
from flows.cli import run
from flows.settings import Settings
from flows.steps import doctor_platform
from flows.steps.collect import collect
from flows.steps.connect import expiring
from flows.steps.doctor import examine
from flows.steps.findings import Finding
from sandbox import server
from sandbox.server import Sandbox
from sandbox.world import load
from warehouse.budget import Budget, limits_of
from warehouse.campaign import Campaign

ISLES = Path(server.__file__).parent / "worlds" / "archipelago"


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """No test may touch the keyring of the person who runs it."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


def found(settings: Settings, campaign: Campaign | None, clock: datetime | None = None) -> dict[str, Finding]:
    options = {"clock": lambda: clock} if clock else {}
    return {finding.what: finding for finding in examine(settings, campaign, **options)}  # type: ignore[arg-type]


def with_budget(campaign: Campaign, **budget: object) -> Campaign:
    return replace(campaign, platforms={"x": {**campaign.platforms["x"], "budget": budget}})


def test_each_platform_is_one_block_in_the_files_order(
    settings: Settings, campaign: Campaign, servers: Sandbox
) -> None:
    """However many servers and queries it has; what all its servers say alike is said once."""
    findings = list(examine(settings, campaign))
    assert [one.what for one in findings] == ["warehouse", "roster", "disk", "backup", "campaign", *campaign.platforms]
    mastodon = next(one for one in findings if one.what == "mastodon")
    assert mastodon.verdict == "good"
    assert [name in mastodon.sentence for name in ("north.lanterns.example", "harbour.example")] == [True, True]
    assert "\n" not in mastodon.details["cannot see"]
    assert len(servers.asked("x")) <= 2
    assert {len(servers.asked(f"mastodon/{name}")) for name in ("north.lanterns.example", "harbour.example")} <= {1, 2}


def test_it_says_what_is_seen_and_what_not(settings: Settings, campaign: Campaign) -> None:
    """X: seven days, with counts; no protected accounts."""
    x = found(settings, campaign)["x"]
    assert x.verdict == "good"
    assert "accepts our token" in x.sentence
    assert "seven days" in x.details["sees"]
    assert "Protected" in x.details["cannot see"]


def test_without_a_credential_nothing_is_asked(settings: Settings, campaign: Campaign, servers: Sandbox) -> None:
    """It names the command that mends it; platforms that need none go on."""
    findings = found(replace(settings, credentials={}), campaign)
    assert findings["x"].verdict == "bad"
    assert findings["x"].sentence.endswith("Run: rollcall connect x")
    assert servers.asked("x") == []
    assert findings["wordpress"].verdict == findings["mastodon"].verdict == "good"


@pytest.mark.parametrize(("platform", "options"), [("facebook", {"by_hand": True}), ("tumblr", {})])
def test_a_platform_whose_posts_come_in_by_hand_wants_no_credential(
    settings: Settings, campaign: Campaign, platform: str, options: dict[str, object]
) -> None:
    """Neither a closed group on a platform that we could read, nor a platform that we cannot, is broken."""
    finding = found(settings, replace(campaign, platforms={platform: options}))[platform]
    assert finding.verdict == "look"
    assert "rollcall import FILE" in finding.sentence


def test_a_credential_that_is_refused_is_broken(settings: Settings, campaign: Campaign) -> None:
    """With what to renew, and without the credential itself."""
    x = found(replace(settings, credentials={"x": {"bearer_token": "planted-wrong-token"}}), campaign)["x"]
    assert x.verdict == "bad"
    assert "refuses access (401)" in x.sentence
    assert "planted-wrong-token" not in repr(x)


def test_a_kept_credential_that_is_refused_is_renewed_by_the_command(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox
) -> None:
    """What was kept names no setting, in doctor and in a run; what stands in the environment names its own."""
    home, x_only = settings.home, replace(campaign, platforms={"x": campaign.platforms["x"]})
    credential_store.keep(home, "x", {"bearer_token": "planted-wrong-token"})
    for more, told in (
        ({}, "(401); run: rollcall connect x."),
        ({"ROLLCALL_X_BEARER_TOKEN": "planted-wrong-token"}, "(401); check or renew ROLLCALL_X_BEARER_TOKEN."),
    ):
        read = Settings.from_environment({"ROLLCALL_HOME": str(home), **more})
        refused = replace(settings, credentials=read.credentials, kept=read.kept)
        assert found(refused, x_only)["x"].sentence.endswith(told)
        assert str(collect(refused, x_only, clock=in_midweek.clock.now).platforms["x"].error).endswith(told)


def test_a_kept_credential_that_cannot_be_had_is_told(settings: Settings, campaign: Campaign) -> None:
    """In the place of 'there is none'."""
    (settings.home / "credentials").mkdir(parents=True)
    (settings.home / "credentials" / "x.json").write_text('{"kept_in": "keyring"}')
    kept = Settings.from_environment({"ROLLCALL_HOME": str(settings.home)})
    troubled = replace(settings, credentials={}, credential_troubles=kept.credential_troubles)
    assert "cannot be had from this computer's keyring" in found(troubled, campaign)["x"].sentence


def test_one_server_that_is_down_does_not_hide_the_other(
    settings: Settings, campaign: Campaign, servers: Sandbox
) -> None:
    """The platform is broken, and what works of it is said too."""
    servers.faults.plant("mastodon/harbour.example", "status", status=503)
    mastodon = found(settings, campaign)["mastodon"]
    assert mastodon.verdict == "bad"
    assert "has trouble of its own (503)" in mastodon.sentence
    assert "north.lanterns.example (version" in mastodon.sentence
    assert len(servers.asked("mastodon/harbour.example")) == 1


def test_without_network_it_ends_soon_and_costs_nothing(settings: Settings, campaign: Campaign, engine: Engine) -> None:
    """Each platform says that it cannot be reached; a platform that never answers takes as long as one that does."""
    with socket.socket() as closed, socket.socket() as silent:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        options = {
            "mastodon": {"instances": [f"http://127.0.0.1:{closed.getsockname()[1]}"]},
            "wordpress": {"sites": [f"http://127.0.0.1:{silent.getsockname()[1]}"]},
            "x": {"base_url": f"http://127.0.0.1:{closed.getsockname()[1]}", "budget": {"usd": 1.0}},
        }
        begin = time.monotonic()
        findings = found(settings, replace(campaign, platforms=options))
    assert time.monotonic() - begin < 20
    assert {findings[platform].verdict for platform in options} == {"bad"}
    assert "cannot be reached" in findings["x"].sentence
    assert "the next run tries again" in findings["wordpress"].sentence
    assert findings["x"].details["budget"].startswith("$0.00 of $1.00 spent")


def test_a_database_that_is_down_does_not_hide_the_platforms(settings: Settings, campaign: Campaign) -> None:
    """They are looked at without their budgets."""
    findings = found(replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none"), campaign)
    assert findings["warehouse"].verdict == "bad"
    assert findings["wordpress"].verdict == "good"


def test_money_is_told_in_dollars_and_calls(settings: Settings, campaign: Campaign, engine: Engine) -> None:
    """What is spent, what of it was lost, what is left, and what the next run would take at most."""
    paying = with_budget(campaign, usd=5.0, usd_a_day=3.0, calls=100)
    purse = Budget(
        engine=engine,
        campaign_name=campaign.name,
        platform="x",
        limits=limits_of(paying.platforms["x"]["budget"]),
        run_id=None,
        clock=lambda: datetime.now(UTC),
    )
    purse.settle(purse.reserve(Decimal(1)), Decimal("0.75"))
    purse.reserve(Decimal("0.50"))
    details = found(settings, paying)["x"].details
    assert details["budget"] == (
        "$1.255 of $5.00 spent, $1.255 of $3.00 of today spent, 4 of 100 calls made "
        "($0.50 of it for answers that were lost); $1.745 and 96 calls left"
    )
    assert details["next run"].startswith("at most ")


def test_a_spent_budget_is_told_and_nothing_is_asked(settings: Settings, campaign: Campaign, servers: Sandbox) -> None:
    """Doctor itself pays for what it asks."""
    x = found(settings, with_budget(campaign, usd=0, calls=0))["x"]
    assert (x.verdict, servers.asked("x")) == ("bad", [])
    assert "budget for x is used up" in x.sentence


def test_without_any_limit_what_was_spent_is_still_told(
    settings: Settings, campaign: Campaign, servers: Sandbox
) -> None:
    """And that there is none."""
    assert "sets no limit" in found(settings, campaign)["x"].details["budget"]
    assert "budget" not in found(settings, campaign)["wordpress"].details


@pytest.fixture
def isles(database_url: str, tmp_path: Path) -> Iterator[tuple[Settings, Campaign, server.Sandbox]]:
    """A team that reads Instagram alone, with a token that ends."""
    from flows import campaign_file

    world = load(ISLES)
    kept = {name: value for name, value in world.settings.items() if name not in ("x", "bluesky", "facebook")}
    kept = {name: value for name, value in kept.items() if name not in ("mastodon", "wordpress", "threads", "youtube")}
    with server.serve(replace(world, settings=kept)) as sandbox:
        (tmp_path / "archipelago.toml").write_text(sandbox.campaign_toml(), "utf-8")
        token = world.credentials()["ROLLCALL_INSTAGRAM_TOKEN"]
        settings = Settings(
            home=tmp_path / "home",
            database_url=database_url,
            campaign_folders=(tmp_path,),
            credentials={"instagram": {"token": token}},
        )
        yield settings, campaign_file.find(settings), sandbox


def test_an_expiry_that_the_platform_tells_is_announced_and_remembered(
    isles: tuple[Settings, Campaign, server.Sandbox],
) -> None:
    """From a week ahead on it is something to look at; before, it is a detail. Later nobody has to be asked for it."""
    settings, campaign, sandbox = isles
    early = found(settings, campaign, sandbox.clock.now())["instagram"]
    assert early.verdict == "good"
    ends = datetime.fromisoformat(early.details["expires"].partition(",")[0]).replace(tzinfo=UTC)
    late = found(settings, campaign, ends - timedelta(days=6))["instagram"]
    assert late.verdict == "look"
    assert "expires in 6 days" in late.sentence
    assert "rollcall connect instagram" in late.sentence
    asked = len(sandbox.asked("instagram"))
    assert expiring(settings, ends - timedelta(days=8)) == []
    assert len(expiring(settings, ends - timedelta(days=6))) == 1
    assert "expired" in expiring(settings, ends + timedelta(days=2))[0]
    assert len(sandbox.asked("instagram")) == asked


def test_a_platform_that_does_not_answer_is_held_to_what_it_said_last(
    settings: Settings, campaign: Campaign, servers: Sandbox
) -> None:
    """An expiry that is known is announced although the platform is down; an answer without one takes it back."""
    now = datetime.now(UTC)
    credential_store.note_expiry(settings.home, "x", now + timedelta(days=2))
    servers.faults.plant("x", "status", status=503, times=1)
    assert "expires in 2 days" in found(settings, campaign)["x"].sentence
    assert found(settings, campaign)["x"].verdict == "good"
    assert expiring(settings, now) == []


def test_what_servers_say_differently_is_said_of_each() -> None:
    """And what one of several does not say is not taken for said."""
    merged = doctor_platform._merged
    assert merged({"a.example": "all", "b.example": "all"}) == "all"
    assert merged({"a.example": "all", "b.example": "little", "c.example": "all"}) == (
        "a.example, c.example: all\nb.example: little"
    )
    assert merged({"a.example": "all", "b.example": None}) == "a.example: all"
    assert merged({"a.example": None}) is None
    assert merged({}) is None


def test_every_part_of_an_answer_is_shown() -> None:
    """What a connector tells of its way in has a place in the doctor's block."""
    shown = {*doctor_platform.TOLD.values(), "works", "expires_at"}
    assert shown == set(Access.__dataclass_fields__)


def test_it_fits_a_terminal_and_speaks_json(
    settings: Settings,
    campaign: Campaign,
    servers: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """80 columns; one JSON object with the same facts; exit code 1 if anything is broken; no secret in either."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLLCALL_HOME", str(settings.home))
    monkeypatch.setenv("ROLLCALL_DATABASE_URL", str(settings.database_url))
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "campaigns" / "lanterns.toml"
    path.write_text(re.sub(r"\[platforms\.facebook\][^\[]*", "", path.read_text("utf-8")), "utf-8")
    token = settings.credentials["x"]["bearer_token"]
    monkeypatch.setenv("ROLLCALL_X_BEARER_TOKEN", token)
    assert run(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "cannot see" in shown
    servers.faults.plant("x", "status", status=401)
    assert run(["doctor", "--json"]) == 1
    told = capsys.readouterr().out
    x = next(one for one in json.loads(told)["findings"] if one["what"] == "x")
    assert set(x) == {"what", "verdict", "sentence", "details"}
    assert x["verdict"] == "bad"
    assert token not in shown + told
