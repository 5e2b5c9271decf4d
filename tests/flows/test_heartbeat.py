"""The dead man's switch hears how each daily run ended; that it cannot be reached ends nothing and tells no secret."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.errors import SettingsError
from flows.settings import Settings
from flows.steps.heartbeat import address, beat
from tests.flows.switch import switch
from warehouse.campaign import Campaign

KEY = "planted-Key-4711"
CAMPAIGN = Campaign(
    name="isles",
    title="#Isles7",
    hashtags=("isles7",),
    starts_on=date(2026, 3, 2),
    ends_on=date(2026, 3, 8),
    zone=ZoneInfo("UTC"),
)


def settings(url: str) -> Settings:
    return Settings(home=Path("/nowhere"), heartbeat_url=url)


def test_it_hears_how_a_run_ended() -> None:
    """The address as it is after a good one, with /fail after a bad one; one for each campaign if it says so."""
    with switch(KEY) as (url, asked):
        assert beat(settings(url), CAMPAIGN, well=True)
        assert beat(settings(f"{url}/{{campaign}}/?rid=1"), CAMPAIGN, well=False)
    assert asked == [f"/{KEY}", f"/{KEY}/isles/fail?rid=1"]
    assert address("https://hc.example/k/{campaign}", "a b/c", well=True) == "https://hc.example/k/a%20b%2Fc"
    assert beat(Settings(home=Path("/nowhere")), CAMPAIGN, well=True)


@pytest.mark.parametrize("broken", ["refuses", "gone", "nonsense"])
def test_that_it_is_not_reached_is_a_warning_without_the_address(broken: str, caplog: pytest.LogCaptureFixture) -> None:
    """It says what will happen: an alarm although a run was made."""
    with switch(KEY, status=404) as (url, _):
        bad = {"refuses": url, "gone": f"http://127.0.0.1:9/{KEY}", "nonsense": f"http://[{KEY}"}[broken]
        assert not beat(settings(bad), CAMPAIGN, well=True)
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "ROLLCALL_HEARTBEAT_URL was not reached" in record.getMessage()
    assert KEY not in caplog.text


def test_the_address_is_a_secret() -> None:
    """Also as far as it is the same for all campaigns; and one that cannot be asked is told when settings are read."""
    given = Settings.from_environment({"ROLLCALL_HEARTBEAT_URL": f"https://hc.example/{KEY}/{{campaign}}"})
    assert f"https://hc.example/{KEY}/" in given.secrets
    assert KEY not in repr(given)
    with pytest.raises(SettingsError, match="ROLLCALL_HEARTBEAT_URL") as told:
        Settings.from_environment({"ROLLCALL_HEARTBEAT_URL": KEY})
    assert KEY not in str(told.value)
