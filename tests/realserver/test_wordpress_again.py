"""A live WordPress asked again, paged by time, and commented upon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import wordpress as connector
from connectors import wordpress_walk
from connectors.records import Interaction, Query, RawItem, Search
from connectors.transport import Transport

pytestmark = [pytest.mark.realserver, pytest.mark.timeout(300)]
BEFORE, AFTER = datetime(2021, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


def _query(site: Any) -> Query:
    return connector.queries(("itp28",), {"sites": [site.url]})[1]


def _read(site: Any, transport: Transport) -> dict[int, RawItem]:
    search = Search(query=_query(site), since=BEFORE, until=AFTER)
    pages = connector.fetch(search, transport, {})
    items = (item for page in pages for item in connector.split(page) if isinstance(item, RawItem))
    return {int(item.key.rpartition("/")[2]): item for item in items}


@pytest.fixture
def spare(wordpress: Any) -> Iterator[list[int]]:
    """Four posts of the test's own, which is free to do with them what it likes."""
    written = wordpress.run(
        "for ($i = 0; $i < 4; $i++) echo wp_insert_post(['post_title' => 'spare', 'post_status' => 'publish',"
        " 'post_content' => '<p>spare #ITP28</p>', 'post_author' => 2]), ' ';"
    )
    ids = [int(one) for one in written.split()]
    yield ids
    for one in ids:
        wordpress.run(f"wp_delete_post({one}, true);")


def test_deleted_binned_drafted_and_locked_posts_are_told_apart(wordpress: Any, spare: list[int]) -> None:
    """By the server's own answers: 404 for deleted, 401 in the bin and for drafts, empty with a password."""
    deleted, binned, drafted, locked = spare
    held = _read(wordpress, Transport())
    assert set(spare) <= held.keys()
    wordpress.run(
        f"wp_delete_post({deleted}, true); wp_trash_post({binned});"
        f" wp_update_post(['ID' => {drafted}, 'post_status' => 'draft']);"
        f" wp_update_post(['ID' => {locked}, 'post_password' => 'secret']);"
    )
    answers = list(connector.reread(list(held.values()), _query(wordpress), Transport(), {}))
    gone = {(int(one.key.rpartition("/")[2]), one.loss) for again in answers for one in again.gone}
    assert gone == {
        (deleted, "deleted"), (binned, "not_public"), (drafted, "not_public"), (locked, "not_public"),
    }  # fmt: skip
    assert sum(again.asked for again in answers) == len(held)


@pytest.mark.parametrize("size", [4, 60])
def test_small_pages_by_time_miss_nothing(wordpress: Any, monkeypatch: Any, size: int) -> None:
    """The bound without offset is read in the site's own zone, New York, also where a page ends within a second."""
    everything = _read(wordpress, Transport()).keys()
    monkeypatch.setattr(wordpress_walk, "PAGE_SIZE", size)
    assert _read(wordpress, Transport()).keys() == everything


def test_comments_are_read_with_whom_they_answer(wordpress: Any, spare: list[int]) -> None:
    """A user's comment, an answer to it, a visitor's without an account; of the window only."""
    wordpress.run(
        "$make = function ($user, $parent, $when) { return wp_insert_comment(['comment_post_ID' => "
        f"{spare[0]}, 'user_id' => $user, 'comment_parent' => $parent, 'comment_content' => 'said',"
        " 'comment_author' => $user ? 'U' : 'Visitor', 'comment_approved' => 1, 'comment_date_gmt' => $when,"
        " 'comment_date' => get_date_from_gmt($when)]); };"
        " $first = $make(3, 0, '2021-02-05 10:00:00'); $make(2, $first, '2021-02-05 11:00:00');"
        " $make(0, 0, '2021-02-05 12:00:00'); $make(4, 0, '2021-02-07 12:00:00');"
    )
    [query] = connector.interaction_queries(("itp28",), {"sites": [wordpress.url]})
    day = datetime(2021, 2, 5, tzinfo=UTC)
    transport = Transport()
    search = Search(query=query, since=day, until=day + timedelta(days=1))
    pages = list(connector.fetch_interactions(search, [], transport, {}))
    acts = [act for page in pages for act in connector.split_interactions(page)]
    assert all(isinstance(act, Interaction) for act in acts)
    told = [
        (_number(act.actor.account_id), _number(act.target_account), act.acted_at)
        for act in acts
        if isinstance(act, Interaction)
    ]
    assert told == [("3", "2", day + timedelta(hours=10)), ("2", "3", day + timedelta(hours=11))]
    assert "1 of 3 comments were written without an account" in transport.warnings[0]


def _number(account_id: str | None) -> str:
    return (account_id or "").rpartition("/")[2]
