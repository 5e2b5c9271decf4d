"""The page of checks: what the quality gate asked of the last build and what it found. In counts; it names nobody.

It is written by every build, also by one that was stopped, so that it says why the report is older than it might be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import Engine

from reports.files import environment, replace, source
from warehouse.checks import Check
from warehouse.judged import Judged, last_judged

NAME = "checks.html"
ENTERED = {
    "posts": "Posts that were collected",
    "counts": "Counts of likes, replies and the like",
    "people": "People on the roster",
    "fellows": "Fellows",
    "places": "Countries and time zones",
    "handles": "Handles",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    about: str
    checks: Sequence[Check]

    @property
    def passed(self) -> int:
        return sum(check.passed for check in self.checks)


def write(engine: Engine, campaign: str, out_dir: Path, *, title: str, now: datetime) -> Path:
    """Write the page beside the report's and return where it is."""
    with engine.connect() as connection:
        judged = last_judged(connection, campaign)
    return replace(out_dir / NAME, render(judged, campaign=campaign, title=title, now=now))


def render(judged: Judged | None, *, campaign: str, title: str, now: datetime) -> str:
    templates = environment()
    return templates.get_template("checks.html").render(
        title=title,
        campaign=campaign,
        written_at=now,
        judged=judged,
        failed=[check for check in judged.checks if not check.passed] if judged else [],
        subjects=ENTERED,
        groups=groups(judged.checks) if judged else [],
        style=Markup(source(templates, "page.css")),  # our own file
    )


def groups(checks: Sequence[Check]) -> list[Group]:
    """What came in; then what was made of it: the sums that must agree, and each table by itself."""
    made = [check for check in checks if check.suite not in ENTERED]
    found = (
        Group(
            title="What came in",
            about="Posts, counts and the roster, before anything is counted.",
            checks=[check for suite in ENTERED for check in checks if check.suite == suite],
        ),
        Group(
            title="Tables that must agree",
            about="Volumes, and sums that different tables have in common.",
            checks=[check for check in made if " " not in check.rule],
        ),
        Group(
            title="Each table by itself",
            about="Keys, codes and what points to other tables.",
            checks=[check for check in made if " " in check.rule],
        ),
    )
    return [group for group in found if group.checks]
