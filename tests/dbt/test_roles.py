"""Somebody whose role changes while the campaign runs (metrics.md g.5)."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tests.dbt.conftest import Build, Built
from tests.dbt.rows import campaign, insert, item, put_items, put_person

pytestmark = pytest.mark.timeout(300)

NAME = "roles"
FELLOW, STAFF, SUPPORTER = {"role": "fellow", "cohort_year": 2011}, {"role": "bm_staff"}, {"role": "supporter"}
MIDDLE = "2026-02-15"
UNTIL, SINCE = {"valid_to": MIDDLE}, {"valid_from": MIDDLE}
BEFORE, AFTER = "2026-02-10T12:00Z", "2026-02-20T12:00Z"

PEOPLE = {
    # person: roles, role of the report, reasons of the post before and of the one after the change
    "leaves-for-staff": ((FELLOW | UNTIL, STAFF | SINCE), "fellow", None, None),
    "becomes-fellow": ((SUPPORTER | UNTIL, FELLOW | SINCE), "fellow", None, None),
    "leaves": ((STAFF | UNTIL,), "staff", None, "author_not_member"),
    "comes": ((FELLOW | SINCE,), "fellow", "author_not_member", None),
    "was-fellow": ((FELLOW | {"valid_to": "2026-01-15"}, STAFF | {"valid_from": "2026-01-15"}), "staff", None, None),
}


def put(connection: Connection) -> None:
    insert(connection, "core.campaign", campaign(NAME, "2026-02-01", "2026-02-28"))
    posts = [
        item(NAME, "x", f"{person} {when}", person, at)
        for person in PEOPLE
        for when, at in (("before", BEFORE), ("after", AFTER))
    ]
    put_items(connection, *posts, days={}, themes={})
    for person, (roles, *_) in PEOPLE.items():
        put_person(connection, person, *roles, accounts=(f"x/{person}",))


@pytest.fixture(scope="module")
def built(build: Build) -> Built:
    return build(put, NAME)


def test_everybody_is_in_one_role_the_first_of_those_in_the_campaign(built: Built) -> None:
    """Fellow before partner, staff and supporter, whichever came first; all posts are of that role."""
    roles = {person: role for person, (_, role, *_) in PEOPLE.items()}
    assert dict(built.rows("select person_id, role from build.dim_member")) == roles  # type: ignore[arg-type]
    told = built.rows("select distinct person_id, role from build.fct_items where exclusion_reason is null")
    assert dict(told) == roles  # type: ignore[arg-type]
    [headline] = built.rows("select unique_posts, members, fellows, cohorts from build.metric_headline")
    assert headline == (8, 5, 3, 1)


def test_a_post_counts_while_its_author_has_a_role(built: Built) -> None:
    """Somebody who left, or was not there yet, is no member on that day."""
    told = built.rows("select post_id, exclusion_reason from build.fct_items")
    assert dict(told) == {  # type: ignore[arg-type]
        f"{person} {when}": reason
        for person, (_, _, before, after) in PEOPLE.items()
        for when, reason in (("before", before), ("after", after))
    }
