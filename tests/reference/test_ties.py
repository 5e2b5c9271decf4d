"""Who dealt with whom in the reference campaign: the dyads of edges.csv among its fellows, pair by pair."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from flows.steps.demo import REFERENCE
from tests.reference.breaking import Change, Workshop
from tests.reference.living import Warehouse
from warehouse import transform

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

Ties = set[tuple[str, str]]
TOLD, MATCHED, TIES = "int_interactions__told", "int_interactions__matched", "int_ties"
BUILT = ["int_accounts__owned", TOLD, "int_handles__held", MATCHED, TIES]

BREAKS: dict[str, tuple[Mapping[str, Sequence[Change]], int, int]] = {
    # what is broken -> the change, and the dyads before and during that it makes of 60 and 240
    "who catches up is not answered later": (
        {MATCHED: [("matched.at < campaign.closes_at and", "matched.at < '2026-03-01 00:00+00' and")]},
        60, 228,
    ),
    "nobody is known by a handle": ({MATCHED: [("else held.person_id", "else null")]}, 55, 240),
    "an account is whose it is now": (
        {MATCHED: [(
            "and timed.known_at >= actors.valid_from\n        and timed.known_at < actors.valid_to",
            "and actors.valid_to = 'infinity'",
        )]},
        57, 240,
    ),
    "posts say nothing": ({TOLD: [("is_of_item from of_items", "is_of_item from of_items where false")]}, 60, 127),
    "acts say nothing": ({TOLD: [("is_of_item from of_acts", "is_of_item from of_acts where false")]}, 0, 148),
    "towards oneself": ({TIES: [("acts.source_person <> acts.target_person and", "")]}, 60, 248),
}  # fmt: skip


def planted(window: str) -> Ties:
    with (Path(REFERENCE) / "edges.csv").open(newline="") as edges:
        return {(row["source"], row["target"]) for row in csv.DictReader(edges) if row["window"] == window}


def published(warehouse: Warehouse, window: str) -> Ties:
    """Dyads of fellows with a unique post, without the organiser."""
    rows = warehouse.rows(
        """
        with fellows as (
            select person_id from marts.dim_member
            inner join metrics.metric_member_activity using (person_id)
            where role = 'fellow'
        )
        select distinct source_person, target_person from metrics.metric_interactions
        where window_name = :window and not organiser_involved
          and source_person in (select person_id from fellows) and target_person in (select person_id from fellows)
        """,
        window=window,
    )
    return {(source, target) for source, target in rows}


def test_the_ties_are_those_that_were_planted(decided: Warehouse) -> None:
    before, during = published(decided, "before"), published(decided, "during")
    assert (len(before), before) == (60, planted("baseline"))
    assert (len(during), during) == (240, planted("campaign"))


def test_what_is_new_is_mostly_between_years(decided: Warehouse) -> None:
    years = dict(decided.rows("select person_id, cohort_year from marts.dim_member where role = 'fellow'"))
    new = published(decided, "during") - published(decided, "before")
    assert len(new) == 231
    assert sum(years[source] != years[target] for source, target in new) == 196


def test_there_is_no_window_after(decided: Warehouse) -> None:
    """On 15 March it is not over: nothing is said about it, and why."""
    assert decided.rows("select distinct window_name from metrics.metric_interactions order by 1") == [
        ("before",),
        ("during",),
    ]
    assert decided.rows("select window_name, reason from build.int_windows where reason is not null") == [
        ("after", "not over yet")
    ]


def test_what_members_gave_others_received(decided: Warehouse) -> None:
    ((given, received, ties),) = decided.rows("""
        select sum(given), sum(received), (select sum(acts) from build.int_ties where window_name = 'during')
        from metrics.metric_member_activity
    """)
    assert given == received == ties > 240


def test_what_a_platform_hides_is_said(decided: Warehouse) -> None:
    """Nothing reads acts in a private group on Facebook; Instagram tells no reposts."""
    hidden = dict(
        decided.rows("select platform, array_agg(act order by act) from metrics.metric_acts_hidden group by 1")
    )
    assert hidden["facebook"] == ["comment", "mention", "quote", "reply", "repost"]
    assert hidden["instagram"] == ["quote", "repost"]


@pytest.mark.full
@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_rule_gives_its_number(
    decided: Warehouse, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    changes, before, during = BREAKS[broken]
    assert decided.team.settings.database_url
    with workshop.broken(changes) as project:
        monkeypatch.setattr(transform, "PROJECT", project)
        transform.run_dbt(["run", "--select", *BUILT], decided.team.settings.database_url, workshop.target)
    dyads = dict(
        decided.rows("""
            select window_name, count(*) from build.int_ties
            inner join build.int_ties__nodes as sources on source_person = sources.person_id and sources.is_fellow
            inner join build.int_ties__nodes as targets on target_person = targets.person_id and targets.is_fellow
            group by window_name
        """)
    )
    assert (dyads.get("before", 0), dyads.get("during", 0)) == (before, during)
