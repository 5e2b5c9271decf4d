"""Messages to the team: they arrive, they name nobody; what cannot be delivered ends nothing and tells no secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from flows.settings import Settings
from flows.steps import notify
from flows.steps.collect import collect
from sandbox.server import Sandbox
from tests.flows.receiver import Receiver, receiving
from warehouse import locks
from warehouse.campaign import Campaign
from warehouse.errors import AlreadyRunning, WarehouseError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the plug-ins that apprise imports
PASSWORD = "planted-Secret-4711"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(PASSWORD) as receiver:
        yield receiver


@pytest.fixture
def told(settings: Settings, receiver: Receiver) -> Settings:
    return replace(settings, notify_urls=(receiver.url,))


def test_addresses_are_separated_by_commas_or_spaces() -> None:
    """A comma within an address belongs to it; whole addresses and what is behind their scheme are secrets."""
    given = " mailto://team:pw@mail.example?to=a@b.example,c@d.example, json://127.0.0.1/x\njsons://k@h.example "
    settings = Settings.from_environment({"ROLLCALL_NOTIFY_URLS": given})
    assert settings.notify_urls == (
        "mailto://team:pw@mail.example?to=a@b.example,c@d.example",
        "json://127.0.0.1/x",
        "jsons://k@h.example",
    )
    assert {"json://127.0.0.1/x", "k@h.example"} <= settings.secrets
    assert "k@h" not in repr(settings)
    assert Settings.from_environment({"ROLLCALL_NOTIFY_URLS": " "}).notify_urls == ()


@pytest.mark.parametrize("broken", ["refused", "gone", "unknown", "nonsense"])
def test_what_is_not_delivered_is_a_warning_without_the_address(
    settings: Settings,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    """Whether the server refuses, nobody answers, or the address means nothing: the other address gets its message."""
    monkeypatch.setattr(logging.getLogger("flows"), "propagate", True)  # a run in this process takes its log to Prefect
    monkeypatch.setattr(logging.getLogger("flows"), "disabled", False)
    monkeypatch.setattr(notify.logger, "disabled", False)
    receiver.status[0] = 500 if broken == "refused" else 200
    bad = {
        "refused": receiver.url,
        "gone": f"json://team:{PASSWORD}@127.0.0.1:9/hook",
        "unknown": f"carrier-pigeon://{PASSWORD}",
        "nonsense": PASSWORD,
    }[broken]
    with receiving(PASSWORD) as other, caplog.at_level(logging.DEBUG):
        assert notify.send(replace(settings, notify_urls=(bad, other.url)), "A title", "A text.") == 1
        assert other.messages[0]["message"] == "A text."
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "address 1 of ROLLCALL_NOTIFY_URLS" in warnings[0]
    assert PASSWORD not in caplog.text


def test_without_an_address_nothing_is_sent(settings: Settings) -> None:
    """Nothing has to be set up."""
    assert notify.send(settings, "A title", "A text.") == 0


def test_a_platform_that_fails_is_told_at_once(
    told: Settings, campaign: Campaign, in_midweek: Sandbox, receiver: Receiver
) -> None:
    """Which platform, why, and what it means; a run that got through tells nobody."""
    window = (in_midweek.world.collections()[0], in_midweek.clock.now())
    collect(told, campaign, ["wordpress"], *window, clock=in_midweek.clock.now)
    assert receiver.messages == []
    in_midweek.faults.plant("mastodon", "status", status=403)
    collect(told, campaign, ["mastodon", "wordpress"], *window, clock=in_midweek.clock.now)
    (message,) = receiver.messages
    assert message["title"] == f"{campaign.title}: collect ended in part"
    assert "mastodon: " in message["message"]
    assert "refuses access" in message["message"]
    assert "wordpress" not in message["message"]
    assert message["type"] == "warning"


def test_a_platform_that_another_run_reads_is_not_told(
    told: Settings, campaign: Campaign, in_midweek: Sandbox, receiver: Receiver, engine: Engine
) -> None:
    """That run tells how it went; a neighbour's failure is told alone."""
    window = (in_midweek.world.collections()[0], in_midweek.clock.now())
    with locks.collecting(engine, campaign.name, "wordpress"):
        ended = collect(told, campaign, ["wordpress"], *window, clock=in_midweek.clock.now)
        assert ended.platforms["wordpress"].refused
        assert receiver.messages == []
        in_midweek.faults.plant("mastodon", "status", status=403)
        collect(told, campaign, ["mastodon", "wordpress"], *window, clock=in_midweek.clock.now)
    (message,) = receiver.messages
    assert "mastodon: " in message["message"]
    assert "wordpress" not in message["message"]


def test_an_error_goes_on_its_way_and_is_told_unless_somebody_sits_there(
    told: Settings, campaign: Campaign, receiver: Receiver
) -> None:
    """What is foreseen is told in its sentence, a defect by its kind only, Ctrl-C and a second run not at all."""

    def end_in(error: BaseException) -> None:
        with pytest.raises(type(error)), notify.of_failures(told, campaign, "build"):
            raise error

    end_in(WarehouseError("The disk is full: make room."))
    assert receiver.last().startswith(f"{campaign.title}: build failed\nThe disk is full: make room.")
    assert receiver.messages[-1]["type"] == "failure"
    end_in(ValueError("Amal's own words"))
    assert "an error of ours (ValueError)" in receiver.last()
    assert "Amal" not in receiver.last()
    end_in(KeyboardInterrupt())
    end_in(AlreadyRunning("Somebody else is at it."))
    assert len(receiver.messages) == 2
