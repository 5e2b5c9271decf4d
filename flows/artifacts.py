"""What people see beside a run in Prefect: tally, coverage, headline, checks, the digest of the day. Counts only."""

import logging
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

import httpx
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.exceptions import PrefectException

from flows.steps.collection import Stream
from flows.steps.results import COUNTED, RunResult
from reports.digest import Digest, as_markdown
from warehouse.campaign import Campaign
from warehouse.checks import Check

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

HEADLINE = {
    "unique_posts": "unique posts",
    "members": "members of the network",
    "fellows": "fellows",
    "countries": "countries",
    "open_reviews": "records that wait for a person",
}
ALWAYS_COUNTED = ("requests", "fetched", "new", "updated", "unchanged")
TALLIED = {
    "posts": "the tally of this run",
    "interactions": "who dealt with whom, the tally of this run",
    "refresh": "posts asked for again, the tally of this run",
    "blog": "the programme's own blog, the tally of this run",
}
SHORT = {"hours_complete": "hours read", "hours_gap": "gap", "hours_not_visible": "not shown"}
AS_AT_THE_TERMINAL = {"fetched": "seen", "updated": "changed", "unchanged": "as before"}
BESIDE = ("tally", "coverage", "headline", "checks")
"""The artifacts beside a digest; the page has no entry for them in its menu."""


def shown(make: Callable[P, R], *given: P.args, **named: P.kwargs) -> R | None:
    """Make an artifact, or change one. None if Prefect does not take it: the log says so, the run goes on."""
    try:
        return make(*given, **named)
    except (httpx.HTTPError, PrefectException) as error:
        logger.info("What people see beside this run could not be shown (%s); it goes on.", type(error).__name__)
        return None


def tally(campaign: Campaign, result: RunResult, stream: Stream = "posts") -> None:
    """One row per platform: what was fetched and what became of it. A column that would be empty is left out."""
    results = result.platforms.values()
    counts = [name for name in COUNTED if name in ALWAYS_COUNTED or any(found.counts[name] for found in results)]
    rows = [
        {
            "platform": found.platform,
            "state": found.state,
            **({"cost (USD)": float(found.cost)} if any(other.cost for other in results) else {}),
            **{AS_AT_THE_TERMINAL.get(name, name.replace("_", " ")): found.counts[name] for name in counts},
            **({"what stopped it": found.error or ""} if any(other.error for other in results) else {}),
        }
        for found in results
    ]
    name = "tally" if stream == "posts" else f"tally-{stream}"
    shown(create_table_artifact, rows, key=key(campaign, name), description=f"## {campaign.title}: {TALLIED[stream]}")


def coverage(campaign: Campaign, reads: list[dict[str, Any]]) -> None:
    """One row per query: up to when it was read, and which hours cannot be had."""
    rows = [{SHORT.get(name, name.replace("_", " ")): _plain(value) for name, value in read.items()} for read in reads]
    description = f"## {campaign.title}: what has been read"
    shown(create_table_artifact, rows, key=key(campaign, "coverage"), description=description)


def headline(campaign: Campaign, numbers: dict[str, Any], as_of: Any) -> None:
    """The published headline."""
    shown(create_markdown_artifact, headline_text(campaign, numbers, as_of), key=key(campaign, "headline"))


def checks(campaign: Campaign, found: Sequence[Check]) -> None:
    """One row per check, those that failed first. Which rows they are is told at the terminal only.

    The page breaks no line in a cell, so what people read comes first and what only looks them up last.
    """
    shows_rows = any(check.failing for check in found)
    rows = [
        {
            "result": "passed" if check.passed else "FAILED" if check.severity == "critical" else "look",
            "failing": _of(check),
            **({"rows": check.failing.sql if check.failing else ""} if shows_rows else {}),
            "should hold": check.sentence,
            "rule": f"{check.suite}/{check.rule}",
            "severity": check.severity,
        }
        for check in sorted(found, key=lambda check: (check.passed, check.severity))
    ]
    passed = sum(check.passed for check in found)
    description = f"## {campaign.title}: {passed} of {len(found)} checks passed"
    shown(create_table_artifact, rows, key=key(campaign, "checks"), description=description)


def digest(campaign: Campaign, made: Digest) -> None:
    """What the team was told of the day, without anybody's name."""
    others = ", ".join(f"[{name}](/artifacts/key/{key(campaign, name)})" for name in BESIDE)
    text = f"{as_markdown(made)}\n\nMore of the day: {others}."
    shown(create_markdown_artifact, text, key=key(campaign, "digest"))


def headline_text(campaign: Campaign, numbers: dict[str, Any], as_of: Any) -> str:
    shown = "\n".join(f"- **{numbers.get(name, 'unknown')}** {label}" for name, label in HEADLINE.items())
    state = "provisional: the numbers may still move" if numbers.get("provisional") else "final"
    return f"## {campaign.title}\n\n{shown}\n\nAs of {as_of:%Y-%m-%d %H:%M} UTC, {state}.\n"


def key(campaign: Campaign, what: str) -> str:
    """Prefect allows small letters, digits and dashes in an artifact's key."""
    return f"{campaign.name.lower().replace('_', '-')}-{what}"


def _of(check: Check) -> str:
    failed = check.failed or 0
    return f"{failed} of {check.examined}" if check.examined else str(failed)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | str) or value is None else f"{value:%Y-%m-%d %H:%M} UTC"
