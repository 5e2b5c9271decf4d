"""The programme's own blog: posts without the campaign's tag, of which `blog.csv` says what their byline is.

They stand on a world's simulated blog beside the campaign's, and are none of its items.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.world import Person, Planned, Version

PLACED = re.compile(r"\{(\w+)\}")
PARAGRAPHS = (
    "The visitors had been waiting in the courtyard since nine, and nobody minded the rain.",
    "We unpacked forty crates in two days. Not one label had come off.",
    "There is a photograph of the whole group on the steps, taken by a passer-by who was in no hurry.",
    "What stayed with me is how slowly a good store is built, shelf by shelf.",
    "More about the course can be read on its own page.",
)
"""What every post says: of nothing that a campaign asks about, and by nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogPlan:
    post: Planned
    authors: tuple[str, ...]
    """Who wrote it: people's ids, `staff` (the organiser's account, nobody named), `unknown`. Empty: it is not to
    be counted.
    """


def read(path: Path, domain: str, people: Mapping[str, Person]) -> tuple[BlogPlan, ...]:
    """The posts of such a file; none if there is no file. ValueError with the line for a row that cannot be meant."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_plan(row, line, domain, people) for line, row in enumerate(csv.DictReader(file), start=2))


def _plan(row: Mapping[str, str], line: int, domain: str, people: Mapping[str, Person]) -> BlogPlan:
    try:
        at = _moment(row["published_at"])
        post = Planned(
            plan_id=row["post"], platform="wordpress", place=domain, author=row["account"], kind="original", of=None,
            published_at=at, visible_from=_moment(row["visible_from"]) if row["visible_from"] else at,
            deleted_at=_moment(row["deleted_at"]) if row["deleted_at"] else None, title=row["title"],
            versions=tuple(_versions(row, at, people)), media=(), image=None, visibility=row["visibility"] or "public",
            arrivals=(), on_behalf_of=None, clerk=None, author_hidden=False, says_days=(), says_theme=None,
            counts="out_of_scope", copy_of=None,
        )  # fmt: skip
    except KeyError as error:
        raise ValueError(f"blog.csv, line {line}: there is no column or person {error}.") from None
    except ValueError as error:
        raise ValueError(f"blog.csv, line {line}: {error}.") from None
    return BlogPlan(post=post, authors=tuple(row["authors"].split()))


def _versions(row: Mapping[str, str], at: datetime, people: Mapping[str, Person]) -> Iterator[Version]:
    tags = tuple(row["tags"].split())
    yield Version(text=_text(row["byline"], row["byline_at"], people), tags=tags, since=at)
    if row["edited_at"]:
        text = _text(row["edited_byline"], row["byline_at"], people)
        yield Version(text=text, tags=tags, since=_moment(row["edited_at"]))


def _text(byline: str, place: str, people: Mapping[str, Person]) -> str:
    """With the byline at the head or the foot. `{F03}` stands for the person's name."""
    line = PLACED.sub(lambda found: people[found[1]].name, byline)
    around = ([line], PARAGRAPHS) if place == "head" else (PARAGRAPHS, [line])
    return "\n\n".join(part for parts in around for part in parts if part)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
