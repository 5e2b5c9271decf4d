"""The name of a query that reads members' own posts."""

from __future__ import annotations

from connectors.records import Member
from connectors.roster import digest


def test_a_roster_names_its_query_and_nobody() -> None:
    """The order does not matter, somebody more or a rename does, a permanent id that is learnt does not."""
    one, two = Member(handle="ana"), Member(handle="ben")
    assert digest([one, two]) == digest([two, one])
    assert len({digest([one]), digest([two]), digest([one, two]), digest([Member(handle="ana_new")])}) == 4
    assert digest([one]) == digest([Member(handle="ana", account_id="77")])
    assert digest([Member(account_id="77")]) != digest([Member(account_id="78")])
    assert len(digest([one])) == 8
