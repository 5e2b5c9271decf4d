"""The table g.3 and the waterfall g.1 of metrics.md, to the unit."""

from __future__ import annotations

import pytest

from sandbox.truth import truth
from sandbox.world import World
from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

STATES = {
    (): (594, 56, 47, 24),
    ("author",): (639, 59, 50, 25),
    ("duplicate",): (585, 56, 47, 24),
    ("author", "duplicate", "day"): (630, 59, 50, 25),
}
"""What was decided -> unique posts, members, fellows, countries."""

WATERFALL = {
    "seen": 2128, "opted_out": 12, "not_public": 4, "deleted": 22, "superseded_edit": 13, "spam_or_collision": 64,
    "excluded_by_review": 0, "repost": 127, "reply_or_comment": 895, "thread_continuation": 15, "quote_commentary": 26,
    "organiser_account": 155, "hashtag_missing_or_removed": 3, "author_not_member": 23, "author_unresolved": 0,
    "out_of_window": 21, "duplicate_same_platform": 7, "duplicate_crosspost": 102, "bridge_copy": 9, "counted": 630,
}  # fmt: skip


@pytest.mark.parametrize(
    "questions",
    [pytest.param(questions, marks=[pytest.mark.full] if len(questions) == 1 else []) for questions in STATES],
    ids=lambda questions: "+".join(questions) or "none",
)
def test_the_headline_after_each_kind_of_decision(undecided: Warehouse, questions: tuple[str, ...]) -> None:
    undecided.decide(questions)
    assert undecided.headline() == STATES[questions]


def test_what_waits_before_anybody_decided(undecided: Warehouse) -> None:
    """68 records in 54 subjects."""
    assert undecided.rows("select open_reviews, provisional from metrics.metric_headline") == [(68, True)]
    open_ = "select sum(records), count(*) from people.review_item where moves_counts and state = 'open'"
    assert undecided.rows(open_) == [(68, 54)]


def test_the_waterfall(decided: Warehouse) -> None:
    steps = dict(decided.rows("select step, items from metrics.metric_waterfall where step <> 'quarantined'"))
    assert steps == WATERFALL


def test_the_plan_says_the_same(reference: World) -> None:
    """The simulator's own truth is the page's, in each state."""
    for questions, headline in STATES.items():
        told = truth(reference, frozenset(questions))["headline"]
        assert tuple(told[name] for name in ("unique_posts", "members", "fellows", "countries")) == headline
    assert truth(reference)["waterfall"] == WATERFALL
