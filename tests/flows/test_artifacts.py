"""Tables beside a run fit the page: columns that say nothing are left out, what people read comes first."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from flows import artifacts
from flows.steps.results import COUNTED, PlatformResult, RunResult
from reports.digest import Digest
from warehouse.campaign import Campaign
from warehouse.checks import Check

CAMPAIGN = Campaign(
    name="spring",
    title="Spring",
    hashtags=("spring",),
    starts_on=date(2027, 3, 1),
    ends_on=date(2027, 3, 7),
    zone=ZoneInfo("Europe/London"),
)
CALM = PlatformResult(platform="mastodon", state="completed", counts=dict.fromkeys(COUNTED, 0), cost=Decimal(0))


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """Key -> rows of the tables that were made."""
    made: dict[str, list[dict[str, Any]]] = {}
    monkeypatch.setattr(artifacts, "create_table_artifact", lambda rows, key, description: made.update({key: rows}))
    return made


def test_no_artifact_ends_a_run(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """With Prefect away each is left out, and the log says so."""

    def away(*given: object, **named: object) -> None:
        raise httpx.ConnectError("nobody there")

    for make in ("create_table_artifact", "create_markdown_artifact"):
        monkeypatch.setattr(artifacts, make, away)
    made = Digest.__new__(Digest)
    monkeypatch.setattr(artifacts, "as_markdown", lambda digest: "counts")
    with caplog.at_level("INFO"):
        artifacts.tally(CAMPAIGN, run(CALM))
        artifacts.coverage(CAMPAIGN, [])
        artifacts.headline(CAMPAIGN, {}, datetime(2027, 3, 2, tzinfo=UTC))
        artifacts.checks(CAMPAIGN, [])
        artifacts.digest(CAMPAIGN, made)
    assert caplog.text.count("could not be shown (ConnectError); it goes on.") == 5


def run(*results: PlatformResult) -> RunResult:
    return RunResult(run_id=uuid4(), state="partial", platforms={result.platform: result for result in results})


def test_a_calm_tally_has_few_columns(tables: dict[str, list[dict[str, Any]]]) -> None:
    """Nothing was rejected, paid or stopped, so no column says 0 for it."""
    artifacts.tally(CAMPAIGN, run(CALM))
    assert list(tables["spring-tally"][0]) == [
        *("platform", "state", "requests", "seen", "new", "changed", "as before")
    ]


def test_what_one_platform_has_is_a_column_for_all(tables: dict[str, list[dict[str, Any]]]) -> None:
    """What stopped one, what it cost and what was put aside is told; the cost first, last the long sentence."""
    counts = CALM.counts | {"quarantined": 2}
    stopped = replace(CALM, platform="x", state="failed", counts=counts, cost=Decimal("0.5"), error="It asks to wait.")
    artifacts.tally(CAMPAIGN, run(CALM, stopped))
    calm, red = tables["spring-tally"]
    added = ["cost (USD)", "quarantined", "what stopped it"]
    assert (list(red)[2], *list(red)[-2:]) == tuple(added)
    assert [red[name] for name in added] == [0.5, 2, "It asks to wait."]
    assert [calm[name] for name in added] == [0.0, 0, ""]


def test_asking_again_does_not_cover_what_came_in(tables: dict[str, list[dict[str, Any]]]) -> None:
    """In a day's run both have a tally; each has its own key, so that the newest of a key is not the other's."""
    artifacts.tally(CAMPAIGN, run(CALM))
    artifacts.tally(CAMPAIGN, run(CALM), "refresh")
    assert set(tables) == {"spring-tally", "spring-tally-refresh"}


def test_of_a_check_the_sentence_comes_before_its_name(tables: dict[str, list[dict[str, Any]]]) -> None:
    """The rule and its severity are for looking up; rows are told only where a check knows them."""
    passed = Check(
        suite="dbt", rule="key", severity="warning", passed=True, failed=0, examined=3, sentence="One a day."
    )
    artifacts.checks(CAMPAIGN, [passed])
    assert list(tables["spring-checks"][0]) == ["result", "failing", "should hold", "rule", "severity"]


def test_the_headline_is_a_list_of_numbers() -> None:
    """Each number before what it counts; unknown is said, and whether the numbers may still move."""
    text = artifacts.headline_text(CAMPAIGN, {"unique_posts": 7, "provisional": True}, datetime(2027, 3, 8, tzinfo=UTC))
    assert "- **7** unique posts\n- **unknown** members of the network" in text
    assert "As of 2027-03-08 00:00 UTC, provisional" in text
