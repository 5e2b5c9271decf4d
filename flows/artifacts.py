"""What people see beside a run in Prefect: tally, coverage, headline, checks, the digest of the day. Counts only."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.steps.results import COUNTED, RunResult
from reports.digest import Digest, as_markdown
from warehouse.campaign import Campaign
from warehouse.checks import Check

HEADLINE = {
    "unique_posts": "unique posts",
    "members": "members of the network",
    "fellows": "fellows",
    "countries": "countries",
    "open_reviews": "open reviews",
}


def tally(campaign: Campaign, result: RunResult) -> None:
    """One row per platform: what was fetched and what became of it."""
    rows = [
        {
            "platform": platform,
            "state": found.state,
            **{name.replace("_", " "): found.counts[name] for name in COUNTED},
            "cost (USD)": float(found.cost),
            "what stopped it": found.error or "",
        }
        for platform, found in result.platforms.items()
    ]
    create_table_artifact(rows, key=_key(campaign, "tally"), description=f"## {campaign.title}: the tally of this run")


def coverage(campaign: Campaign, reads: list[dict[str, Any]]) -> None:
    """One row per query: up to when it was read, and which hours cannot be had."""
    rows = [{name.replace("_", " "): _plain(value) for name, value in read.items()} for read in reads]
    create_table_artifact(rows, key=_key(campaign, "coverage"), description=f"## {campaign.title}: what has been read")


def headline(campaign: Campaign, numbers: dict[str, Any], as_of: Any) -> None:
    """The published headline."""
    create_markdown_artifact(headline_text(campaign, numbers, as_of), key=_key(campaign, "headline"))


def checks(campaign: Campaign, found: Sequence[Check]) -> None:
    """One row per check, those that failed first. Which rows they are is told at the terminal only."""
    rows = [
        {
            "result": "passed" if check.passed else "FAILED" if check.severity == "critical" else "look",
            "failing": _of(check),
            "severity": check.severity,
            "rule": f"{check.suite}/{check.rule}",
            "rows": check.failing.sql if check.failing else "",
            "should hold": check.sentence,  # last: the page breaks no line in a cell
        }
        for check in sorted(found, key=lambda check: (check.passed, check.severity))
    ]
    passed = sum(check.passed for check in found)
    description = f"## {campaign.title}: {passed} of {len(found)} checks passed"
    create_table_artifact(rows, key=_key(campaign, "checks"), description=description)


def digest(campaign: Campaign, made: Digest) -> None:
    """What the team was told of the day, without anybody's name."""
    create_markdown_artifact(as_markdown(made), key=_key(campaign, "digest"))


def headline_text(campaign: Campaign, numbers: dict[str, Any], as_of: Any) -> str:
    shown = "\n".join(f"| {label} | {numbers.get(name, 'unknown')} |" for name, label in HEADLINE.items())
    state = "provisional: the numbers may still move" if numbers.get("provisional") else "final"
    return f"## {campaign.title}\n\nAs of {as_of:%Y-%m-%d %H:%M} UTC, {state}.\n\n| | |\n|---|---:|\n{shown}\n"


def _key(campaign: Campaign, what: str) -> str:
    """Prefect allows small letters, digits and dashes in an artifact's key."""
    return f"{campaign.name.lower().replace('_', '-')}-{what}"


def _of(check: Check) -> str:
    failed = check.failed or 0
    return f"{failed} of {check.examined}" if check.examined else str(failed)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | str) or value is None else f"{value:%Y-%m-%d %H:%M} UTC"
