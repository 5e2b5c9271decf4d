"""X: posts asked for again, and what is taken for gone."""

from __future__ import annotations

import pytest

from connectors import x
from connectors.errors import AccessDenied
from connectors.records import Post, RawItem
from connectors.transport import Transport
from tests.connectors.x_answers import (
    DIALECTS,
    TOKEN,
    Server,
    found,
    held,
    problem,
    query_of,
    says,
)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_post_is_asked_for_by_its_newest_id_and_stays_itself(
    server: Server, transport: Transport, dialect: str
) -> None:
    """An edit since then has a third id; the item's key is still the first."""
    history = {"tweet": "edit_history_tweet_ids", "post": "edit_history_post_ids"}[dialect]
    chain = ["999999999999999999", "1000000000000000001", "1000000000000000002"]
    server.says({"data": [{"id": chain[2], "text": "x", "author_id": "7", history: chain}]})
    (again,) = x.reread([held(chain[1], chain[0])], query_of(server, dialect=dialect), transport, TOKEN)
    assert server.asked[0].query["ids"] == chain[1]
    assert f"{dialect}.fields" in server.asked[0].query
    assert (again.gone, again.asked) == ((), 1)
    assert again.page is not None
    (item,) = x.split(again.page)
    assert isinstance(item, RawItem)
    assert item.key == chain[0]
    post = x.parse(item)
    assert isinstance(post, Post)
    assert post.version_id == chain[2]
    assert transport.warnings == []


def test_only_what_x_says_of_this_very_post_makes_it_gone(server: Server, transport: Transport) -> None:
    """Not found is deleted, not authorised is not public; an author's error, another kind, silence: neither."""
    ids = ["1", "2", "3", "4", "5"]
    errors = [
        problem("resource-not-found", "2"),
        problem("not-authorized-for-resource", "3"),
        problem("field-hydration-failure", "4"),
        problem("resource-not-found", "5", "user", "author_id"),
        problem("resource-not-found", "99"),
        problem("resource-not-found", "1"),
    ]
    server.says({**found(1), "errors": errors})
    (again,) = x.reread([held(one) for one in ids], query_of(server), transport, TOKEN)
    assert [(gone.key, gone.loss) for gone in again.gone] == [("2", "deleted"), ("3", "not_public")]
    assert again.asked == 5
    assert transport.warnings == ["x.com does not tell of 2 posts whether they are still there."]
    assert "somebody_private" not in "".join(transport.warnings)


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_whole_batch_that_is_gone_is_confirmed_by_one(server: Server, transport: Transport, confirmed: bool) -> None:
    """If the one post asked for alone is there after all, none of the batch is taken for gone."""
    server.says({"errors": [problem("resource-not-found", one) for one in ("1", "2", "3")]})
    server.says({"errors": [problem("resource-not-found", "1")]} if confirmed else found(1))
    (again,) = x.reread([held(one) for one in ("1", "2", "3")], query_of(server), transport, TOKEN)
    assert server.asked[1].query["ids"] == "1"
    assert len(again.gone) == (3 if confirmed else 0)
    assert again.page is None
    assert bool(transport.warnings) is not confirmed


def test_a_hundred_at_a_time(server: Server, transport: Transport) -> None:
    """Each answer says for how many it stands; nothing held is nothing asked."""
    says(server, lambda asked: found(*map(int, asked.query["ids"].split(","))))
    read = list(x.reread([held(str(one)) for one in range(1, 251)], query_of(server), transport, TOKEN))
    assert [again.asked for again in read] == [100, 100, 50]
    assert list(x.reread([], query_of(server), transport, TOKEN)) == []


def test_a_refusal_is_no_deletion(server: Server, transport: Transport) -> None:
    """A token that is not accepted raises, and says nothing of any post."""
    server.says({"title": "Unauthorized"}, status=401)
    with pytest.raises(AccessDenied):
        list(x.reread([held("1")], query_of(server), transport, TOKEN))
