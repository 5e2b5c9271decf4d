"""All that the reference campaign holds beside what counts: every cell of the table, and what each kind is like."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox import server
from sandbox.campaign.expand import expanded
from sandbox.campaign.files import read
from sandbox.papers import ENTERED_AFTER, hand_csv
from sandbox.truth import truth
from sandbox.world import Planned, World

HOME = Path(server.__file__).parent / "worlds" / "itp28"
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 28)
PLATFORMS = ("facebook", "instagram", "x", "bluesky", "mastodon", "wordpress")
TABLE = {
    "yes": (252, 164, 108, 46, 38, 22),
    "duplicate_crosspost": (22, 34, 24 + 6, 9, 5, 2),
    "duplicate_same_platform": (4, 3, 0, 0, 0, 0),
    "bridge_copy": (0, 0, 0, 6, 3, 0),
    "repost": (0, 0, 74, 22, 31, 0),
    "quote_commentary": (0, 0, 17, 9, 0, 0),
    "reply_or_comment": (512, 203, 88, 41, 34, 17),
    "thread_continuation": (0, 0, 9, 4, 2, 0),
    "organiser_account": (32, 32, 32, 28, 28, 3),
    "out_of_window": (9, 6, 4, 1, 1, 0),
    "hashtag_missing_or_removed": (1, 1, 0, 0, 1, 0),
    "spam_or_collision": (0, 15, 41, 5, 3, 0),
    "author_not_member": (0, 7, 11, 3, 2, 0),
    "opted_out": (0, 7, 5, 0, 0, 0),
    "deleted": (3, 4, 8 + 2, 2 + 2, 1, 0),
    "not_public": (0, 0, 0, 0, 4, 0),
}
"""`metrics.md` g.1, by platform; what was deleted is O and C2, what is equal elsewhere B and E."""
EDITS_ON_X = 13


@pytest.fixture(scope="module")
def itp28() -> World:
    return expanded(HOME)


def of_reason(world: World, reason: str) -> list[Planned]:
    return [post for post in world.posts.values() if post.counts == reason]


def person(world: World, post: Planned) -> str:
    return world.people[post.author].same_as or post.author


def test_every_cell_of_the_table(itp28: World) -> None:
    found = Counter((post.counts, post.platform) for post in itp28.posts.values() if post.counts != "out_of_scope")
    cells = {reason: tuple(found[reason, platform] for platform in PLATFORMS) for reason in TABLE}
    assert cells == TABLE
    edits = sum(len(post.versions) - 1 for post in itp28.on("x"))
    assert edits == EDITS_ON_X
    assert found.total() + edits == 2_128


def test_the_shares_of_reposts_and_comments(itp28: World) -> None:
    """Of which 83 reposts, 22 quotes and 702 comments are between members, and 148 comments with the institution."""
    members = {one for one, who in itp28.people.items() if who.on_roster}
    by = {
        reason: Counter(
            "organiser" if "ORG" in (post.author, itp28.posts[post.of or ""].author)
            else "members" if person(itp28, post) in members
            else "outsiders"
            for post in of_reason(itp28, reason)
        )
        for reason in ("repost", "quote_commentary", "reply_or_comment")
    }  # fmt: skip
    assert by["repost"] == {"members": 83, "outsiders": 29, "organiser": 15}
    assert by["quote_commentary"] == {"members": 22, "outsiders": 4}
    assert by["reply_or_comment"] == {"members": 702, "outsiders": 45, "organiser": 148}


@pytest.mark.parametrize(("window", "dyads"), [("campaign", 240), ("baseline", 60)])
def test_fellows_deal_with_each_other_along_the_ties_of_the_file_and_no_others(
    itp28: World, window: str, dyads: int
) -> None:
    planned = set(read(HOME).ties_in(window))
    assert len(planned) == dyads
    assert set(dealings(itp28, window)) == planned


def dealings(world: World, window: str) -> Iterator[tuple[str, str]]:
    """Between fellows: answering, quoting, passing on, and naming somebody."""
    fellows = {one for one, who in world.people.items() if who.role == "fellow" and who.on_roster and not who.refuses}
    names = {
        (platform, handle): who.same_as or one
        for one, who in world.people.items()
        for platform, handle in who.handles.items()
    }
    for post in world.posts.values():
        if (post.counts == "out_of_scope") != (window == "baseline"):
            continue
        targets = [person(world, world.posts[post.of])] if post.of else []
        targets += [
            names[post.platform, handle]
            for handle in re.findall(r"@([\w.@-]*\w)", post.versions[0].text)
            if (post.platform, handle) in names
        ]
        pairs = ((person(world, post), target) for target in targets)
        yield from (pair for pair in pairs if set(pair) <= fellows and pair[0] != pair[1])


def test_acts_come_after_what_they_are_towards_and_are_on_its_platform(itp28: World) -> None:
    for post in itp28.posts.values():
        if above := itp28.posts.get(post.of or ""):
            assert above.published_at < post.published_at, post.plan_id
            assert above.platform == post.platform
            assert (above.author == post.author) == (post.counts == "thread_continuation"), post.plan_id


def test_every_row_of_the_clerks_is_a_post_of_its_own(itp28: World) -> None:
    """Below a comment there are answers, below an answer nothing: Facebook has no third floor."""
    rows = list(csv.DictReader(io.StringIO(hand_csv(itp28, itp28.collections()[-1]))))
    addresses = Counter(row["post_url"] for row in rows if row["platform"] == "facebook")
    assert max(addresses.values()) == 1
    assert not [row for row in rows if "reply_comment_id" in row["reply_to"]]


def test_nobody_passes_a_post_on_twice(itp28: World) -> None:
    reposts = Counter((post.author, post.of) for post in of_reason(itp28, "repost"))
    assert max(reposts.values()) == 1


def test_the_baseline_is_in_january_and_is_no_item(itp28: World) -> None:
    before = of_reason(itp28, "out_of_scope")
    assert {post.published_at.month for post in before} == {1}
    assert min(post.published_at.day for post in before) >= 4
    assert not [post for post in before if post.tags_at(post.published_at) & itp28.hashtags]
    assert {post.platform for post in before if not post.route} <= {"x", "mastodon", "bluesky"}


def test_what_marks_spam_marks_all_of_it_and_nobody_else(itp28: World) -> None:
    """Signs are listed domains, listed phrases, words of the other thing, and five equal texts within an hour."""
    listed = itp28.settings["spam"]
    words = (*listed["phrases"], *listed["homonyms"])
    spam, public = of_reason(itp28, "spam_or_collision"), of_reason(itp28, "author_not_member")
    bursts = list(burst(spam, int(listed["burst"])))

    def signs(post: Planned) -> int:
        text = post.versions[0].text.lower()
        links = sum(f"//{domain}/" in text for domain in listed["domains"])
        return links + sum(re.search(rf"\b{word}\b", text) is not None for word in words) + (post.plan_id in bursts)

    assert min(map(signs, spam)) >= int(listed["signals"])
    assert max(map(signs, public)) < int(listed["signals"])
    assert 1 in map(signs, public)
    assert bursts
    others = (post for post in itp28.posts.values() if post not in spam and post not in public)
    assert max(map(signs, others)) < int(listed["signals"])


def burst(posts: list[Planned], size: int) -> Iterator[str]:
    for text in {post.versions[0].text for post in posts}:
        equal = sorted((post for post in posts if post.versions[0].text == text), key=lambda post: post.published_at)
        if len(equal) >= size and equal[-1].published_at - equal[0].published_at < timedelta(hours=1):
            yield from (post.plan_id for post in equal)


def test_spam_is_by_41_accounts_to_which_nobody_has_a_tie(itp28: World) -> None:
    spammers = {post.author for post in of_reason(itp28, "spam_or_collision")}
    assert len(spammers) == 41
    assert len({post.author for post in of_reason(itp28, "author_not_member")}) == 12
    strangers = spammers | {post.author for post in of_reason(itp28, "author_not_member")}
    towards = {itp28.posts[post.of].author for post in itp28.posts.values() if post.of}
    assert not strangers & towards
    named = {who.handles[platform] for who in map(itp28.people.get, strangers) if who for platform in who.handles}
    said = " ".join(post.versions[0].text for post in itp28.posts.values() if post.author not in strangers)
    assert not [handle for handle in named if f"@{handle}" in said]


def test_two_are_by_somebody_under_a_name_that_a_member_gave_up(itp28: World) -> None:
    given_up = {
        who.handles["x"]: who.renames["x"][0].at
        for who in itp28.people.values()
        if who.on_roster and "x" in who.renames
    }
    under = [
        (post, given_up[name])
        for post in of_reason(itp28, "spam_or_collision")
        if post.platform == "x" and (name := itp28.people[post.author].handle_at("x", post.published_at)) in given_up
    ]
    assert len(under) == 2
    assert all(at < post.published_at for post, at in under)


def test_what_lies_outside_of_the_days_does_so_by_the_authors_clock(itp28: World) -> None:
    """2 of the 8 before are 1 February in UTC, 3 of the 5 in the days of grace 28 February; 8 come after those."""
    when = Counter(outside(itp28, post) for post in of_reason(itp28, "out_of_window"))
    assert when == {
        ("before", "before"): 6, ("before", "inside"): 2, ("grace", "inside"): 3, ("grace", "grace"): 2,
        ("after", "after"): 8,
    }  # fmt: skip
    grace = [post for post in of_reason(itp28, "out_of_window") if outside(itp28, post)[0] == "grace"]
    assert not [post for post in grace if post.says_days or post.says_theme]


def outside(world: World, post: Planned) -> tuple[str, str]:
    """By the author's date, and by the date in UTC."""
    zone = ZoneInfo(world.people[post.author].timezone or "")

    def named(day: date) -> str:
        if day < FIRST:
            return "before"
        return "inside" if day <= LAST else "grace" if day <= LAST + timedelta(days=7) else "after"

    return named(post.published_at.astimezone(zone).date()), named(post.published_at.date())


def test_what_would_count_but_for_its_reason_lies_in_the_campaign(itp28: World) -> None:
    """So that a rule which forgets a reason counts exactly these posts too."""
    for reason in ("deleted", "thread_continuation", "quote_commentary", "spam_or_collision", "author_not_member",
                   "opted_out", "not_public", "hashtag_missing_or_removed"):  # fmt: skip
        for post in of_reason(itp28, reason):
            zone = ZoneInfo(itp28.people[post.author].timezone or "Europe/London")
            assert FIRST <= post.published_at.astimezone(zone).date() <= LAST, post.plan_id


def test_what_is_deleted_or_edited_was_met_before(itp28: World) -> None:
    moments = itp28.collections()
    assert max(after - before for before, after in pairwise(moments)) <= timedelta(days=1)
    for post in of_reason(itp28, "deleted"):
        assert post.deleted_at is not None
        known = post.visible_from + (ENTERED_AFTER if post.platform == "facebook" else timedelta(minutes=1))
        assert [one for one in moments if known < one < post.deleted_at], post.plan_id
        assert post.deleted_at < moments[-1] - timedelta(days=1)
    for post in of_reason(itp28, "hashtag_missing_or_removed"):
        first, last = post.versions
        assert [one for one in moments if first.since < one < last.since]
        assert post.tags_at(first.since) & itp28.hashtags
        assert not post.tags_at(last.since) & itp28.hashtags


def test_routes(itp28: World) -> None:
    """What only a browser sees, what clerks write down, and what no hashtag search may show."""
    on_instagram = {
        reason: [post for post in of_reason(itp28, reason) if post.platform == "instagram"] for reason in TABLE
    }
    assert {post.route for post in on_instagram["spam_or_collision"]} == {"zeeschuimer"}
    assert {post.route for post in on_instagram["author_not_member"]} == {"zeeschuimer"}
    assert {(post.route, post.place) for post in on_instagram["opted_out"]} == {("zeeschuimer", "unsearched")}
    assert {post.route for post in on_instagram["deleted"]} == {"sheet"}
    below_ours = [post for post in on_instagram["reply_or_comment"] if itp28.posts[post.of or ""].author == "ORG"]
    assert {post.route for post in below_ours} == {""}
    assert {post.route for post in on_instagram["reply_or_comment"] if post not in below_ours} == {"acts"}


def test_whoever_acts_has_an_account_that_the_roster_gives(itp28: World) -> None:
    roster = {one: who for one, who in itp28.people.items() if who.on_roster}
    for post in itp28.posts.values():
        if post.counts in ("repost", "quote_commentary", "reply_or_comment") and person(itp28, post) in roster:
            assert post.platform in roster[person(itp28, post)].handles
            assert roster[person(itp28, post)].row[f"handle_{post.platform}"]


def test_the_plan_holds_against_the_rules(itp28: World) -> None:
    """`sandbox.truth` reads the plan by rules of its own and contradicts nothing."""
    told = truth(itp28)
    assert told["waterfall"]["seen"] == 2_128
    assert told["headline"]["unique_posts"] == 630
    assert told["waterfall"]["superseded_edit"] == EDITS_ON_X
