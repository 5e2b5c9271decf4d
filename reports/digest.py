"""The digest: the day before in a few lines, for those who run a campaign. Its audience decides what it says of people.

internal   counts as they are; by name those who agreed to be named in reports
partner    counts as they are, no names
public     only what holds for a group of `small_group` people or more, and nothing of money, errors and open questions;
           nor the headline, because what is told today less what was told yesterday is what one person did in between

No handle and no word of a post is in any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from reports import words
from warehouse.campaign import Campaign
from warehouse.daily_runs import DailyRuns
from warehouse.digest import DayInNumbers
from warehouse.gaps import Gap

Audience = Literal["internal", "partner", "public"]
HEADLINE = {"unique_posts": "unique posts", "members": "members", "fellows": "fellows", "countries": "countries"}
ENDED = {"completed": "done", "partial": "ended in part", "failed": "failed"}
MOST_LINES = 8
"""So many gaps are told one by one."""
MOST_DAYS = 10
LONGEST_NAME = 60
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the day's run."""

    name: str
    state: str
    said: str | None = None
    """What stopped it, in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    campaign: Campaign
    now: datetime
    audience: Audience
    state: str
    parts: Sequence[Part]
    numbers: DayInNumbers
    published: Mapping[str, Any] | None
    """The headline and when it was published."""
    before: Mapping[str, Any]
    """What the digest before told, as `told` makes it."""
    questions: int
    """How many wait for a person."""
    oldest: datetime | None
    gaps: Sequence[Gap]
    daily: DailyRuns
    died: Sequence[tuple[str, datetime]]
    expiring: Sequence[str]
    budgets: Mapping[str, Mapping[str, Any]]
    to_mend: Sequence[str] = ()
    """What the newest readings ask of a person: numbers and servers, no names."""
    report: str | None = None
    """Where the report lies."""


def told(digest: Digest) -> dict[str, Any]:
    """What the next digest compares with: counts, and `platform query` -> the spans that were lost."""
    headline = {name: digest.published[name] for name in HEADLINE} if digest.published else None
    spans: dict[str, list[list[str]]] = {}
    for gap in _lost_for_good(digest):
        spans.setdefault(_query(gap), []).append([gap.since.isoformat(), gap.until.isoformat()])
    return {"headline": headline, "gaps": spans}


def subject(digest: Digest) -> str:
    """One line: the campaign, the day, and how the run ended."""
    how = {"completed": "the day", "partial": "the day; the run ended in part", "failed": "the day's run failed"}
    return f"{digest.campaign.title}, {_day(digest.numbers.day)}: {how[digest.state]}"


def as_text(digest: Digest) -> str:
    """For a message."""
    return "\n\n".join("\n".join([heading, *(f"- {line}" for line in lines)]) for heading, lines in _sections(digest))


def as_markdown(digest: Digest) -> str:
    """The same without anybody's name: for pages that keep what they show."""
    nameless = replace(digest, numbers=replace(digest.numbers, nameable=()))
    sections = [
        "\n".join([f"### {heading}", "", *(f"- {line}" for line in lines)]) for heading, lines in _sections(nameless)
    ]
    return "\n\n".join([f"## {subject(digest)}", *sections])


def _sections(digest: Digest) -> Iterator[tuple[str, list[str]]]:
    shown = digest.audience != "public"
    heading = f"{_day(digest.numbers.day)} {digest.numbers.day.year} ({digest.campaign.zone})"
    yield heading, list(_yesterday(digest) if shown else _yesterday_in_public(digest))
    if shown:
        yield "The campaign so far", list(_so_far(digest))
    missing = list(_missing(digest))
    yield "What is missing", missing or ["Nothing that is known of."]
    run = list(_run(digest)) if shown else []
    if run:
        yield "The run", run
    to_do = list(_to_do(digest)) if shown else []
    if to_do:
        yield "What waits for you", to_do
    money = list(_money(digest)) if shown else []
    if money:
        yield "Money", money


def _yesterday(digest: Digest) -> Iterator[str]:
    numbers = digest.numbers
    if numbers.unique is None:
        yield "Unique posts: not known yet. The published tables are older than this day's end."
    else:
        yield f"Unique posts: {_by_platform(numbers.unique)}, by {_people(numbers.people or 0)}."
    yield f"Posts seen with the tag, everybody's and copies too: {_by_platform(numbers.seen)}."
    if numbers.first is not None:
        yield f"Posted for the first time: {_first(digest)}."


def _first(digest: Digest) -> str:
    first, names = digest.numbers.first or 0, digest.numbers.nameable if digest.audience == "internal" else ()
    if not names:
        return _people(first)
    others = first - len(names)
    listed = ", ".join(_name(name) for name in names)
    return f"{listed}, and {_people(others)} who did not agree to be named" if others else listed


def _yesterday_in_public(digest: Digest) -> Iterator[str]:
    """A number stands only if enough people are behind it, and behind what it leaves over."""
    numbers, least = digest.numbers, digest.campaign.small_group
    if numbers.unique is None or numbers.people is None or numbers.first is None:
        yield "The numbers of this day are not known yet."
        return
    if numbers.people < least:
        yield f"Fewer than {least} people posted."
        return
    yield f"Unique posts: {sum(numbers.unique.values())}, by {_people(numbers.people)}."
    left = numbers.people - numbers.first
    if numbers.first >= least and (left == 0 or left >= least):
        yield f"Posted for the first time: {_people(numbers.first)}."


def _so_far(digest: Digest) -> Iterator[str]:
    found = digest.published
    if found is None:
        yield "Nothing is published yet."
        return
    now = ", ".join(f"{found[name]} {noun}" for name, noun in HEADLINE.items())
    yield f"{now}{' (provisional)' if found['provisional'] else ''}."
    before = digest.before.get("headline")
    if before:
        moved = {name: (found[name] or 0) - (before.get(name) or 0) for name in HEADLINE}
        changes = [f"{noun} {moved[name]:+d}" for name, noun in HEADLINE.items() if moved[name]]
        yield f"Since the digest before: {', '.join(changes)}." if changes else "The headline has not moved."
    yield f"The tables are {words.age(digest.now - found['published_at'])} old."


def _missing(digest: Digest) -> Iterator[str]:
    yield from _lost(digest)
    if digest.daily.missed:
        began = digest.daily.began_on
        here = f" (rollcall first ran here on {_day(began)})" if began and began > digest.daily.missed[0] else ""
        yield f"Days without a daily run that ended well: {days(digest.daily.missed)}{here}."
    hidden: dict[str, int] = {}
    for gap in digest.gaps:
        if gap.state == "not_visible":
            hidden[gap.platform] = hidden.get(gap.platform, 0) + gap.hours
    if hidden:
        yield f"Hours that are not shown by design: {', '.join(f'{name} {hours}' for name, hours in hidden.items())}."
    if digest.audience != "public":
        yield from digest.expiring


def _lost(digest: Digest) -> Iterator[str]:
    """The spans that platforms no longer show: those that the digest before did not tell first, the latest first."""
    lost, new = _lost_for_good(digest), _not_told(digest)
    shown = sorted(lost, key=lambda gap: (gap in new, gap.until), reverse=True)
    for gap in shown[:MOST_LINES]:
        yield f"{'New: ' if gap in new else ''}{span(gap)}"
    if len(lost) > MOST_LINES:
        hours, rest = sum(gap.hours for gap in lost), len(lost) - MOST_LINES
        also_new = f" ({len(new) - MOST_LINES} of them new)" if len(new) > MOST_LINES else ""
        yield f"These and {rest} more spans{also_new}, {hours} hours in all: rollcall status"


def _not_told(digest: Digest) -> set[Gap]:
    """The spans of which an hour, or all, was not told by the digest before."""
    before = digest.before.get("gaps", {})
    known = {
        query: [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in spans]
        for query, spans in before.items()
    }
    return {
        gap
        for gap in _lost_for_good(digest)
        if not any(since <= gap.since and gap.until <= until for since, until in known.get(_query(gap), ()))
    }


def _lost_for_good(digest: Digest) -> list[Gap]:
    return [gap for gap in digest.gaps if gap.state == "gap"]


def _query(gap: Gap) -> str:
    return f"{gap.platform} {gap.query}"


def span(gap: Gap) -> str:
    """A sentence: what is lost, where, and from when to when."""
    when = f"{gap.since:%Y-%m-%d %H:%M} to {gap.until:%Y-%m-%d %H:%M} UTC"
    lost = "not read in time" if gap.state == "gap" else "not shown by design"
    return f"{gap.platform}, {gap.query}: {words.counted(gap.hours, 'hour')}, {when}, {lost}."


def _run(digest: Digest) -> Iterator[str]:
    for part in digest.parts:
        if part.state != "completed":
            yield f"{part.name} {ENDED.get(part.state, part.state)}. {part.said or ''}".rstrip()
    for verb, started_at in digest.died:
        yield f"{verb} of {started_at:%Y-%m-%d %H:%M} UTC died: its process was gone before it ended."
    if digest.report:
        yield f"The report lies on the computer that ran this, at {digest.report}"


def _to_do(digest: Digest) -> Iterator[str]:
    name = digest.campaign.name
    if digest.questions:
        since = f", the oldest since {digest.oldest:%Y-%m-%d}" if digest.oldest else ""
        how = f"rollcall review export DIR --campaign {name}"
        yield f"Questions for a person: {digest.questions}{since}: {how}"
    yield from digest.to_mend[:MOST_LINES]
    if len(digest.to_mend) > MOST_LINES:
        yield f"And {len(digest.to_mend) - MOST_LINES} more of this kind: rollcall status --campaign {name}"


def _money(digest: Digest) -> Iterator[str]:
    for platform, budget in digest.budgets.items():
        left = [] if budget["left"] is None else [f"${budget['left']:.2f}"]
        left += [] if budget["calls_left"] is None else [f"{budget['calls_left']} calls"]
        spent = budget["spent"] + budget["reserved"]
        rest = f"; {' and '.join(left)} left" if left else "; no limit is set"
        yield f"Spent on {platform}: {words.dollars_spent(spent)}, {budget['calls']} calls{rest}."


def _by_platform(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    listed = ", ".join(f"{platform} {posts}" for platform, posts in counts.items())
    return f"{total} ({listed})" if counts else "0"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _name(name: str) -> str:
    """A name as a message may hold it: one line, nothing unseen, no sign that a chat takes for an order."""
    shown = " ".join(_UNSEEN.sub(" ", name).split())[:LONGEST_NAME]
    return re.sub(r"[<>*_`~|@\[\]]", "", shown)


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def days(found: Sequence[date]) -> str:
    """`5 Mar, 6 Mar`; of very many the last ones."""
    shown = ", ".join(f"{day.day} {day:%b}" for day in found[-MOST_DAYS:])
    return f"{len(found)}, the last of them {shown}" if len(found) > MOST_DAYS else shown
