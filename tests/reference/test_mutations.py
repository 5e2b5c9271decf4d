"""The table g.4 of metrics.md: each rule broken alone gives the number by which the bug is known."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.reference.breaking import Break, Workshop, headline_with
from tests.reference.living import Warehouse
from warehouse.clustering import people as clustering_people

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

CLASSIFIED = "int_items__classified"
REASON = "coalesce(classified.exclusion_reason, clustered.duplicate_reason) as exclusion_reason"
LET_IN_AFTER_CLUSTERING = {"fct_posts": [("inner join clustered on", "left join clustered on")]}


def let_in(reason: str, *more: tuple[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Items with this reason count after all, when the clusters are there already."""
    lets = f"nullif(coalesce(classified.exclusion_reason, clustered.duplicate_reason), '{reason}') as exclusion_reason"
    return LET_IN_AFTER_CLUSTERING | {"fct_items": [(REASON, lets), *more]}


def tagged_only_as(pattern: str, flag: str = "") -> Any:
    def change(warehouse: Warehouse) -> None:
        lost = warehouse.change(
            "update core.item set tagged = false where tagged and concat_ws(' ', title, text) !~"
            f"{flag} ('#' || cast(:tag as text) || '($|[^[:alnum:]_])')",
            tag=pattern,
        )
        assert lost

    return change


def only_the_first_names(warehouse: Warehouse) -> None:
    """The roster knows what people were called in the beginning, and no account tells that it has moved."""
    warehouse.change("create table core.known_copies as select * from build.clustered")
    warehouse.change("delete from people.person_handle where valid_from > '2026-01-15'")
    warehouse.change("update people.person_handle set valid_to = 'infinity'")
    warehouse.change("update core.account set moved_to = null")


def until_they_were_renamed(warehouse: Warehouse) -> None:
    """An account is its owner's as long as it bears that name."""
    for person in warehouse.team.servers.world.people.values():
        for platform, renames in person.renames.items():
            warehouse.change(
                "update people.account_owner set valid_to = :at where platform = :platform and person_id = :person"
                " and account_id not like 'hand:%' and valid_from < :at",
                at=renames[0].at,
                platform=platform,
                person=person.person_id,
            )


def copies_stay_copies(patch: pytest.MonkeyPatch) -> None:
    """A cluster that loses the post that stands for it goes on with the next: some pairs were joined by a person."""
    from warehouse import clustering

    def as_known(connection: Connection) -> None:
        connection.execute(text(STILL_COPIES))

    patch.setattr(clustering, "cluster", as_known)


STILL_COPIES = """
insert into build.clustered (platform, post_id, cluster_id, is_canonical, copies)
select platform, post_id, cluster_id, place = min(place) over same, count(*) over same
from (
    select items.platform, items.post_id, items.place,
           first_value(items.platform || ':' || items.post_id) over (partition by known.cluster_id order by items.place)
             as cluster_id
    from build.int_items__countable as items
    inner join core.known_copies as known using (platform, post_id)
) as remaining
window same as (partition by cluster_id)
"""


def nothing_is_a_copy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("warehouse.clustering.unique_posts", lambda items, decisions: clustering_people.Joined([], [], []))


def days_do_not_matter(patch: pytest.MonkeyPatch) -> None:
    for module in ("evidence", "joining", "people"):
        patch.setattr(f"warehouse.clustering.{module}.agree", lambda one, other: True)


def everybody_is_one_person(patch: pytest.MonkeyPatch) -> None:
    from warehouse import clustering

    patch.setattr(
        clustering, "ITEMS", clustering.ITEMS.replace("select person_id,", "select 'everybody' as person_id,")
    )


def all_pairs_are_merged(warehouse: Warehouse) -> None:
    assert warehouse.change("update people.review_decision set verdict = 'merge' where verdict = 'separate'") == 5


def nobody_posts_for_others(warehouse: Warehouse) -> None:
    warehouse.change("update core.item set on_behalf_of = null")
    warehouse.change("update core.campaign set on_behalf_phrases = '{}'")


BREAKS = {
    "no_dedup_of_copies": Break(posts=748, code=nothing_is_a_copy),
    "members_reposts": Break(
        posts=713,
        models=LET_IN_AFTER_CLUSTERING
        | {
            "int_items__acts": [
                (
                    "case act when 'repost' then 'repost' else 'reply_or_comment' end as exclusion_reason",
                    """case
                        when act = 'repost' and exists (
                            select 1 from {{ ref('stg_account_owners') }} as owners
                            where owners.platform = numbered.platform and owners.account_id = numbered.actor_account
                        ) then null
                        when act = 'repost' then 'repost'
                        else 'reply_or_comment'
                    end as exclusion_reason""",
                )
            ]
        },
    ),
    "members_commentary_quotes": Break(
        posts=652,
        models={
            CLASSIFIED: [
                (
                    "when kind = 'quote' and not (has_media and is_tagged and may_be_member)",
                    "when kind = 'quote' and not is_member",
                )
            ]
        },
    ),
    "organiser_account": Break(
        posts=785,
        more={"members": 60},
        models=let_in(
            "organiser_account",
            (
                "attributed.person_id,",
                "case when classified.exclusion_reason = 'organiser_account' then 'ORG'"
                " else attributed.person_id end as person_id,",
            ),
        ),
    ),
    "public_authors": Break(
        posts=653,
        more={"members": 71},
        models=let_in(
            "author_not_member",
            ("attributed.person_id,", "coalesce(attributed.person_id, items.account_id) as person_id,"),
        ),
    ),
    "spam_and_collisions": Break(posts=694, models=let_in("spam_or_collision")),
    "utc_days": Break(
        posts=624,
        models={"int_items__localised": [("at time zone author_tz)::date", "at time zone 'UTC')::date")]},
    ),
    "no_grace": Break(posts=609, models={"int_items__dated": [("campaign.grace_days,", "0 as grace_days,")]}),
    "case_sensitive_tag": Break(posts=621, data=tagged_only_as("(ITP28|IPT28)")),
    "misspelt_tags_lost": Break(posts=623, data=tagged_only_as("ITP28", "*")),
    "tag_removed": Break(
        posts=633, models={CLASSIFIED: [("when not is_tagged then 'hashtag_missing_or_removed'", "")]}
    ),
    "edits_are_posts": Break(
        posts=643,
        models=LET_IN_AFTER_CLUSTERING
        | {
            "fct_items": [
                (
                    "when items.exclusion_reason in ('not_public', 'deleted') then items.exclusion_reason",
                    "when items.exclusion_reason is null then null",
                )
            ]
        },
    ),
    "handle_text_without_history": Break(
        posts=597,
        more={"members": 58},
        data=only_the_first_names,
        owners=until_they_were_renamed,
        code=copies_stay_copies,
    ),
    "bridge_copies": Break(posts=639, models=let_in("bridge_copy")),
    "on_behalf_is_the_organisers": Break(
        posts=616, more={"members": 57, "fellows": 48, "countries": 25}, data=nobody_posts_for_others
    ),
    "replies_with_media_dropped": Break(
        posts=603,
        models={
            CLASSIFIED: [
                ("when kind = 'reply' and not (has_media and is_tagged and may_be_member)", "when kind = 'reply'")
            ]
        },
    ),
    "quotes_with_media_dropped": Break(
        posts=618,
        models={
            CLASSIFIED: [
                ("when kind = 'quote' and not (has_media and is_tagged and may_be_member)", "when kind = 'quote'")
            ]
        },
    ),
    "thread_parts": Break(
        posts=645,
        models={
            CLASSIFIED: [
                ("when kind = 'reply' and is_own_thread then 'thread_continuation'", ""),
                (
                    "when kind = 'reply' and not (has_media",
                    "when kind = 'reply' and not is_own_thread and not (has_media",
                ),
            ]
        },
    ),
    "text_dedup_across_members": Break(posts=626, code=everybody_is_one_person),
    "text_dedup_ignoring_the_day": Break(posts=619, code=days_do_not_matter),
    "sum_of_multi_day_rows": Break(
        posts=636,
        models={
            "metric_headline": [
                ("count(*) as unique_posts", "(select count(*) from {{ ref('fct_post_days') }}) as unique_posts")
            ]
        },
    ),
    "doubtful_merged": Break(posts=625, data=all_pairs_are_merged),
    "countries_by_residence": Break(
        more={"countries": 26},
        models={
            "metric_headline": [
                (
                    """{{ different('country_iso3', "role = 'fellow'") }} as countries""",
                    """{{ different('coalesce(residence_iso3, country_iso3)', "role = 'fellow'") }} as countries""",
                )
            ]
        },
    ),
    "countries_of_all_members": Break(
        more={"countries": 26},
        models={
            "metric_headline": [
                (
                    """{{ different('country_iso3', "role = 'fellow'") }} as countries""",
                    "count(distinct country_iso3) as countries",
                )
            ]
        },
    ),
}
"""The rows of the page (one with two numbers is two breaks), but for the three of test_careless.py."""

DAILY = {
    "no_dedup_of_copies", "members_reposts", "utc_days", "case_sensitive_tag", "handle_text_without_history",
    "bridge_copies", "text_dedup_across_members", "doubtful_merged",
}  # fmt: skip
"""A third of them; the others run in `make test-full`."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in DAILY else [pytest.mark.full]) for name in BREAKS],
)
def test_a_broken_rule_is_known_by_its_number(
    name: str, decided: Warehouse, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = BREAKS[name]
    headline = headline_with(broken, decided, workshop, monkeypatch)
    expected = ({"unique_posts": broken.posts} if broken.posts else {}) | broken.more
    assert {column: headline[column] for column in expected} == expected
