"""The digest says to each audience what it may be told, and never a handle or a word of a post."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports.digest import Digest, Part, as_markdown, as_text, subject, told
from warehouse.campaign import Campaign
from warehouse.daily_runs import DailyRuns
from warehouse.digest import DayInNumbers
from warehouse.gaps import Gap

NOW = datetime(2026, 3, 4, 6, 20, tzinfo=UTC)
CAMPAIGN = Campaign(
    name="isles",
    title="#Isles7",
    hashtags=("isles7",),
    starts_on=date(2026, 3, 2),
    ends_on=date(2026, 3, 8),
    zone=ZoneInfo("Europe/London"),
)
LOST = Gap(
    platform="instagram",
    query="hashtag/isles7",
    state="gap",
    since=datetime(2026, 3, 2, 6, tzinfo=UTC),
    until=datetime(2026, 3, 2, 18, tzinfo=UTC),
    hours=12,
)
NUMBERS = DayInNumbers(
    day=date(2026, 3, 3),
    seen={"x": 12, "mastodon": 3},
    unique={"x": 8, "mastodon": 2},
    people=9,
    first=3,
    nameable=("Amal Haddad",),
)
NOBODY = DailyRuns(last=None, last_good=None, today="completed", missed=(), in_part=(), began_on=date(2026, 3, 2))
HEADLINE = {"unique_posts": 64, "members": 9, "fellows": 8, "countries": 8, "provisional": False}
BUDGET = {"spent": Decimal("3.2"), "reserved": Decimal(0), "calls": 70, "left": Decimal("16.8"), "calls_left": None}
DIGEST = Digest(
    campaign=CAMPAIGN,
    now=NOW,
    audience="partner",
    state="completed",
    parts=[Part(name="collect", state="completed", said="12 new items.")],
    numbers=NUMBERS,
    published={**HEADLINE, "published_at": NOW - timedelta(hours=3)},
    before={"headline": {"unique_posts": 54, "members": 9, "fellows": 8, "countries": 7}, "gaps": {}},
    questions=4,
    oldest=datetime(2026, 3, 1, tzinfo=UTC),
    gaps=[LOST],
    daily=NOBODY,
    died=[],
    expiring=[],
    budgets={"x": BUDGET},
)


def of(**changed: Any) -> str:
    return as_text(replace(DIGEST, **changed))


def test_partners_are_told_counts_and_what_to_do() -> None:
    """The day, the whole, what moved, what is missing, what waits, and what it costs; a good run has nothing to say."""
    assert subject(DIGEST) == "#Isles7, Tuesday 3 March: the day"
    assert (
        of()
        == """Tuesday 3 March 2026 (Europe/London)
- Unique posts: 10 (x 8, mastodon 2), by 9 people.
- Posts seen with the tag, everybody's and copies too: 15 (x 12, mastodon 3).
- Posted for the first time: 3 people.

The campaign so far
- 64 unique posts, 9 members, 8 fellows, 8 countries.
- Since the digest before: unique posts +10, countries +1.
- The tables are 3 hours old.

What is missing
- New: instagram, hashtag/isles7: 12 hours, 2026-03-02 06:00 to 2026-03-02 18:00 UTC, not read in time.

What waits for you
- Questions for a person: 4, the oldest since 2026-03-01: rollcall review export DIR --campaign isles

Money
- Spent on x: at most $3.20, 70 calls; $16.80 left."""
    )


def test_only_who_agreed_is_named_and_only_inside() -> None:
    """The others are a number; pages that keep what they show have no name at all."""
    told_inside = of(audience="internal")
    assert "Posted for the first time: Amal Haddad, and 2 people who did not agree to be named." in told_inside
    everybody = replace(NUMBERS, first=1)
    assert "first time: Amal Haddad." in of(audience="internal", numbers=everybody)
    for audience in ("partner", "public"):
        assert "Amal" not in of(audience=audience)
    assert "Amal" not in as_markdown(replace(DIGEST, audience="internal"))


def test_what_platforms_ask_of_a_person_waits_for_them() -> None:
    """Inside, each once and not without end."""
    said = [f"mastodon: s{number}.example: 1 of 2 members' accounts cannot be read." for number in range(10)]
    waits = of(to_mend=said, questions=0).partition("What waits for you\n")[2].partition("\n\n")[0].splitlines()
    assert waits == [
        *(f"- {sentence}" for sentence in said[:8]),
        "- And 2 more of this kind: rollcall status --campaign isles",
    ]
    assert "cannot be read" not in of(audience="public", to_mend=said)


def test_a_name_gives_no_orders() -> None:
    """What a roster holds goes into a chat as one plain line."""
    bad = replace(NUMBERS, first=1, nameable=("<!channel> *Amal*\n\u202e- [x](http://e)",))
    (line,) = [line for line in of(audience="internal", numbers=bad).splitlines() if "first time" in line]
    assert line == "- Posted for the first time: !channel Amal - x(http://e)."


@pytest.mark.parametrize(
    ("people", "first", "shown", "first_shown"),
    [(9, 3, True, False), (4, 0, False, False), (10, 5, True, True), (9, 5, True, False), (5, 5, True, True)],
)
def test_outside_no_number_is_of_a_small_group(people: int, first: int, shown: bool, first_shown: bool) -> None:
    """Nor what a number leaves over; nothing of money, errors, open questions, or what the day before would tell."""
    text = of(audience="public", numbers=replace(NUMBERS, people=people, first=first), expiring=["A token expires."])
    assert (f"by {people} people" in text) == shown
    assert ("Fewer than 5 people posted." in text) == (not shown)
    assert ("first time" in text) == first_shown
    for inside in ("64", "members", "$", "review", "token", "x 8", "seen"):
        assert inside not in text
    assert "12 hours" in text


def test_what_is_not_known_is_not_zero() -> None:
    """The tables are older than the day: what they would tell is not known yet, for everybody."""
    unknown = replace(NUMBERS, unique=None, people=None, first=None, nameable=())
    assert "Unique posts: not known yet." in of(numbers=unknown)
    assert "first time" not in of(numbers=unknown)
    assert "not known yet" in of(numbers=unknown, audience="public")
    assert "- Nothing is published yet." in of(published=None)


def test_a_gap_is_new_once() -> None:
    """It is when the digest before did not tell all of its hours; another span of the same query is as it was."""
    before = told(DIGEST)
    assert before == {
        "headline": {name: HEADLINE[name] for name in ("unique_posts", "members", "fellows", "countries")},
        "gaps": {"instagram hashtag/isles7": [["2026-03-02T06:00:00+00:00", "2026-03-02T18:00:00+00:00"]]},
    }
    assert "- instagram, hashtag/isles7: 12 hours" in of(before=before)
    assert "The headline has not moved." in of(before=before)
    later, longer = lost(30, 2), replace(LOST, until=LOST.until + timedelta(hours=1), hours=13)
    assert missing(before=before, gaps=[LOST, later])[0].startswith("- New: instagram, hashtag/isles7: 2 hours")
    assert missing(before=before, gaps=[LOST, later])[1].startswith("- instagram, hashtag/isles7: 12 hours")
    assert missing(before=before, gaps=[longer])[0].startswith("- New: instagram, hashtag/isles7: 13 hours")
    part = replace(LOST, until=LOST.until - timedelta(hours=3), hours=9)
    assert "New" not in of(before=before, gaps=[part])


def test_a_new_gap_stands_above_all_that_were_told() -> None:
    """However many there are, on whatever platform; the latest first."""
    known = [replace(lost(number * 2, 1), platform="x", query=f"recent/{number}") for number in range(12)]
    before = told(replace(DIGEST, gaps=known))
    lines = missing(before=before, gaps=[LOST, *known])
    assert lines[0].startswith("- New: instagram")
    assert [line.split(":")[0] for line in lines[1:8]] == [f"- x, recent/{number}" for number in range(11, 4, -1)]
    assert lines[8] == "- These and 5 more spans, 24 hours in all: rollcall status"
    assert (
        missing(before={}, gaps=known)[8]
        == "- These and 4 more spans (4 of them new), 12 hours in all: rollcall status"
    )


def lost(after: int, hours: int) -> Gap:
    """A span of the same query, so many hours after the first one began."""
    since = LOST.since + timedelta(hours=after)
    return replace(LOST, since=since, until=since + timedelta(hours=hours), hours=hours)


def missing(**changed: Any) -> list[str]:
    """The lines under that heading."""
    return of(**changed).partition("What is missing\n")[2].partition("\n\n")[0].splitlines()


def test_what_went_wrong_is_told_with_the_days_that_are_missing() -> None:
    """A platform that failed, a run that died, days without a run, a credential that expires."""
    text = of(
        state="partial",
        parts=[Part(name="collect", state="partial", said="x: The token was refused.")],
        died=[("build", datetime(2026, 3, 3, 6, 20, tzinfo=UTC))],
        daily=replace(NOBODY, missed=(date(2026, 3, 2),), began_on=date(2026, 3, 3)),
        expiring=["The credential of x expires on 2026-03-08."],
        report="/home/team/report.html",
    )
    assert "- collect ended in part. x: The token was refused." in text
    assert "- build of 2026-03-03 06:20 UTC died" in text
    assert "ended well: 2 Mar (rollcall first ran here on Tuesday 3 March)." in text
    assert "- The credential of x expires on 2026-03-08." in text
    assert "- The report lies on the computer that ran this, at /home/team/report.html" in text
    assert subject(replace(DIGEST, state="failed")) == "#Isles7, Tuesday 3 March: the day's run failed"
