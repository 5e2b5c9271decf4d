"""What everybody may see of the reference campaign: no group of one to four people can be computed from it."""

from __future__ import annotations

import pytest

from tests.reference import attacking
from tests.reference.living import Warehouse

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that a build imports
]

BEHIND_STEPS = """
    with acts as (
        select platform, interaction_id, min(actor_account) as account_id from core.interaction group by 1, 2
    )
    select
        items.exclusion_reason,
        count(*),
        count(distinct coalesce(person_id, items.platform || ':' || coalesce(posts.account_id, acts.account_id)))
    from marts.fct_items as items
    left join core.item as posts on items.platform = posts.platform and items.post_id = posts.post_id
    left join acts on items.platform = acts.platform and items.post_id = acts.interaction_id
    where exclusion_reason is not null
    group by 1
"""


def findings(warehouse: Warehouse) -> list[str]:
    with warehouse.engine.connect() as connection:
        return attacking.attack(attacking.read(connection))


def test_nothing_small_can_be_computed(published: Warehouse) -> None:
    """Neither by subtracting what is nested, nor from what is left of a total, nor by all equations together."""
    assert findings(published) == []


def test_what_is_shown_is_true(published: Warehouse) -> None:
    """Every number that is shown counts the posts or people of its definition."""
    with published.engine.connect() as connection:
        shown = attacking.read(connection)
    told = {key: value for key, value in shown.values.items() if value is not None}
    assert told == {key: len(shown.behind[key]) for key in told}
    assert (told["all", "all", "posts"], told["all", "all", "members"], told["fellow", "fellow", "members"]) == (
        630, 59, 50,
    )  # fmt: skip
    assert {group for part, group, _ in told if part == "region"} == {
        *("Northern Africa", "Southern Asia", "Sub-Saharan Africa", "Western Asia")
    }
    assert {group for part, group, _ in told if part == "cohort"} == {"2016", "2017", "2018", "2019"}
    assert {group for part, group, _ in told if part == "platform"} == {"facebook", "instagram", "x", "mastodon"}


@pytest.mark.parametrize(
    ("betrayal", "found"),
    [
        (
            "update open_data.open_posts_by_platform set posts = 46, members = 6, is_suppressed = false"
            " where platform = 'bluesky'",
            "all posts less every platform that is shown",
        ),
        (
            "update open_data.open_posts_by_region set posts = 60, members = 4 where region = 'Eastern Asia'",
            "('region', 'Eastern Asia', 'members') is shown",
        ),
        (
            "update open_data.open_posts_by_region set share_eligible = 0.023411 where region like 'Australia%'",
            "region Australia and New Zealand is suppressed and tells ['share_eligible']",
        ),
        (
            "update open_data.open_posts_by_role set members = 5, is_suppressed = false where role = 'staff'",
            "all members less every role that is shown",
        ),
        (  # ten people are hidden then, whom the list of countries tells one by one
            "update open_data.open_headline set fellows = 46;"
            "update open_data.open_posts_by_role set members = 46 where role = 'fellow'",
            "('region', 'Australia and New Zealand', 'members') can only be one number",
        ),
    ],
)
def test_the_attack_finds_what_is_betrayed(decided: Warehouse, betrayal: str, found: str) -> None:
    """Without the second groups that are hidden, or with a number too many, something is found."""
    assert decided.change(betrayal)
    assert found in findings(decided)


def test_reasons_of_few_people_are_one(published: Warehouse) -> None:
    """The one person who opted out of being collected is not told by her twelve posts, nor by the rest."""
    steps = dict(published.rows("select step, items from open_data.open_waterfall"))
    behind = {reason: (items, people) for reason, items, people in published.rows(BEHIND_STEPS)}
    assert steps.keys() - {"organiser_account"} == {
        *("seen", "counted", "other_reasons"),
        *("deleted", "superseded_edit", "spam_or_collision", "repost", "reply_or_comment", "thread_continuation"),
        *("quote_commentary", "author_not_member", "out_of_window", "duplicate_crosspost", "bridge_copy"),
    }
    for step in steps.keys() & behind.keys() - {"organiser_account"}:
        assert steps[step] == behind[step][0]
        assert behind[step][1] >= 5
    assert steps["other_reasons"] == 12 + 4 + 3 + 7  # opted_out, not_public, hashtag..., duplicate_same_platform
    assert steps.pop("seen") == sum(steps.values())


def test_countries_are_a_list(published: Warehouse) -> None:
    """Their names and nothing that counts, and they are those of the headline."""
    countries = published.rows("select to_jsonb(c) from open_data.open_countries as c")
    assert len(countries) == published.rows("select countries from open_data.open_headline")[0][0] == 25
    assert {key for (country,) in countries for key in country} == {
        *("campaign", "as_of", "run_id", "definition_version", "publication_id"),
        *("country_iso3", "country_label", "region"),
    }
