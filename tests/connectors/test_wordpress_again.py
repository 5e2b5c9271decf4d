"""A blog asked again, its comments, and what it may send instead of what it should."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import wordpress
from connectors.errors import AccessDenied, BadAnswer, RequestRefused
from connectors.records import Interaction, Page, Post, Query, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
POSTS = json.loads((Path(__file__).parent / "pages" / "wordpress_posts.json").read_bytes())
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
API = "https://blog.example/wp-json/wp/v2"


def _page(body: object) -> Page:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Page(
        platform="wordpress", query="q", source="blog.example", url="u", status=200, observed_at=NOW, body=written
    )


def _items(*posts: dict[str, Any]) -> list[RawItem]:
    return [item for item in wordpress.split(_page(list(posts))) if isinstance(item, RawItem)]


def _post(number: int, **more: Any) -> dict[str, Any]:
    return {**POSTS[0], "id": number, **more}


def _query(server: Server) -> Query:
    return wordpress.queries(("itp28",), {"sites": [server.url]})[0]


def _blog(there: dict[str, dict[str, Any]], alone: dict[str, tuple[int, object]]) -> Callable[[Any], Any]:
    """A list by `include` of what is there, and answers for single posts."""

    def answer(asked: Any) -> Any:
        if "include" in asked.query:
            status, body = 200, [there[one] for one in asked.query["include"].split(",") if one in there]
        else:
            status, body = alone[asked.path.rpartition("/")[2]]  # type: ignore[assignment]
        return SimpleNamespace(status=status, body=json.dumps(body).encode(), headers={}, raw=None)

    return answer


def _error(code: str) -> dict[str, Any]:
    return {"code": code, "message": "…"}


def test_posts_are_asked_for_again_a_hundred_at_a_time(server: Server, transport: Transport) -> None:
    """What is there comes as a page; what is missing is asked for alone, and gone only where the site says so of it."""
    there = {"1": _post(1), "4": _post(4, content={"rendered": "", "protected": True})}
    alone = {"2": (404, _error("rest_post_invalid_id")), "3": (401, _error("rest_forbidden")), "5": (200, _post(5))}
    server.answer = _blog(there, alone)
    found = list(wordpress.reread(_items(*map(_post, range(1, 6))), _query(server), transport, {}))
    assert {(one.key, one.loss) for again in found for one in again.gone} == {
        ("blog.example/2", "deleted"), ("blog.example/3", "not_public"), ("blog.example/4", "not_public"),
    }  # fmt: skip
    assert sum(again.asked for again in found) == 5
    keys = [item.key for again in found if again.page for item in wordpress.split(again.page)]  # type: ignore[union-attr]
    assert keys == ["blog.example/1", "blog.example/4", "blog.example/5"]
    assert transport.requests == 4


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, _error("rest_not_logged_in"), AccessDenied),
        (403, {"html": "a firewall's page"}, AccessDenied),
        (404, _error("rest_no_route"), RequestRefused),
        (404, {}, RequestRefused),
    ],
)
def test_what_a_site_says_of_itself_is_no_loss(
    server: Server, transport: Transport, status: int, body: object, error: type[Exception]
) -> None:
    """A closed interface, a firewall, a plugin that took the route away: no post is gone by that."""
    server.answer = _blog({}, {"1": (status, body)})
    with pytest.raises(error):
        list(wordpress.reread(_items(_post(1)), _query(server), transport, {}))


def test_more_than_a_hundred_take_two_requests(server: Server, transport: Transport) -> None:
    """And every post is asked for once."""
    there = {str(number): _post(number) for number in range(1, 151)}
    server.answer = _blog(there, {})
    found = list(wordpress.reread(_items(*there.values()), _query(server), transport, {}))
    assert [again.asked for again in found] == [100, 50]


# ---------------------------------------------------------------- handles and times


@pytest.mark.parametrize(
    ("user", "handle"),
    [
        ({"slug": "Farida", "link": "https://www.blog.example/author/farida/"}, "farida@blog.example"),
        ({"slug": "farida", "link": "https://w.example/news/author/farida/"}, "farida@w.example/news"),
        ({"slug": "farida", "link": "https://blog.example/people/farida/"}, "farida@blog.example"),
        ({"slug": "%D1%84", "link": "https://blog.example/author/%D1%84/"}, "ф@blog.example"),
        ({"slug": "farida", "link": "https://[broken/author/farida"}, "farida@blog.example"),
        ({"slug": "farida", "link": 7}, "farida@blog.example"),
        ({"name": "Farida"}, None),
    ],
)
def test_a_handle_names_the_site(user: dict[str, Any], handle: str | None) -> None:
    """The same as the roster makes of an author's page; and who refuses under the bare slug is known by it too."""
    [item] = _items(_post(1, _embedded={"author": [user]}))
    post = wordpress.parse(item)
    assert isinstance(post, Post)
    assert post.author is not None
    assert post.author.handle == handle
    bare = (handle.partition("@")[0],) if handle else ()
    assert item.accounts == ("blog.example/users/7", *([handle] if handle else []), *bare)


@pytest.mark.parametrize("written", ["2026-02-05T12:00:00", "0000-00-00T00:00:00", "", None])
def test_a_time_that_cannot_be_is_unknown(written: object) -> None:
    """WordPress has a date of zeros for what was never published."""
    [item] = _items(_post(1, date_gmt=written))
    post = wordpress.parse(item)
    assert isinstance(post, Post)
    assert (post.created_at, "date_gmt_unreadable" in post.flags) == (None, True)


def test_a_single_post_is_a_page_of_one() -> None:
    """As a lookup gives it."""
    [item] = wordpress.split(_page(POSTS[0]))
    assert isinstance(item, RawItem)
    assert item.key == "blog.example/11"
    with pytest.raises(BadAnswer):
        list(wordpress.split(_page(_error("rest_no_route"))))


# ---------------------------------------------------------------- comments


def _comment(number: int, author: int = 3, **more: Any) -> dict[str, Any]:
    links = {"self": [{"href": f"{API}/comments/{number}"}]}
    user = {"slug": "ravi", "name": "Ravi Example", "link": "https://blog.example/author/ravi/"}
    return {
        "id": number, "post": 11, "parent": 0, "author": author, "date": "2026-02-03T17:45:00", "status": "approved",
        "date_gmt": "2026-02-03T12:00:00", "_links": links,
        "_embedded": {"up": [{"id": 11, "author": 7}], **({"author": [user]} if author else {})},
    } | more  # fmt: skip


def _asked(server: Server) -> Search:
    [query] = wordpress.interaction_queries(("itp28",), {"sites": [server.url]})
    assert query.name.startswith("interactions/")
    return Search(query=query, since=NOW - timedelta(days=1), until=NOW)


def test_a_comment_is_an_act_towards_the_posts_author() -> None:
    """Who, on whose post, when; and towards the writer of the comment that it answers."""
    answer = _comment(6, author=7, parent=5)
    answer["_embedded"] |= {"in-reply-to": [{"id": 5, "author": 3}]}
    first, second = wordpress.split_interactions(_page([_comment(5), answer]))
    assert isinstance(first, Interaction)
    assert isinstance(second, Interaction)
    assert (first.act, first.interaction_id) == ("comment", "comment:blog.example/comments/5")
    assert (first.actor.account_id, first.actor.handle) == ("blog.example/users/3", "ravi@blog.example")
    assert (first.target_post, first.target_account) == ("blog.example/11", "blog.example/users/7")
    assert first.acted_at == NOW
    assert (second.actor.account_id, second.target_account) == ("blog.example/users/7", "blog.example/users/3")


def test_a_name_that_somebody_typed_is_nobodys(server: Server, transport: Transport) -> None:
    """Comments without an account are told in number, and are no acts; neither is a comment to oneself."""
    server.says([_comment(5, author=0), _comment(6), _comment(7, author=7)])
    [page] = wordpress.fetch_interactions(_asked(server), [], transport, {})
    acts = list(wordpress.split_interactions(page))
    assert [act.interaction_id for act in acts if isinstance(act, Interaction)] == [
        f"comment:blog.example/comments/{6}"
    ]
    assert len(acts) == 1
    assert "1 of 3 comments were written without an account" in transport.warnings[0]


def test_comments_of_the_window_are_asked_for_without_what_was_said(server: Server, transport: Transport) -> None:
    """By their date, with the window's two bounds; neither text nor typed names are wanted."""
    server.says([_comment(5)])
    list(wordpress.fetch_interactions(_asked(server), [], transport, {}))
    asked = server.asked[0].query
    assert (asked["after"], asked["before"]) == ("2026-02-02T11:59:59Z", "2026-02-03T12:00:00Z")
    assert not {"content", "author_name", "author_email"} & set(asked["_fields"].split(","))


def test_a_site_may_show_no_comments(server: Server, transport: Transport) -> None:
    """Many switch them off: that is told, and is no failure. A closed interface is."""
    server.says(_error("rest_no_route"), status=404)
    assert list(wordpress.fetch_interactions(_asked(server), [], transport, {})) == []
    assert "shows its comments to nobody (404)" in transport.warnings[0]
    server.says(_error("rest_not_logged_in"), status=401)
    with pytest.raises(AccessDenied):
        list(wordpress.fetch_interactions(_asked(server), [], transport, {}))


def test_a_refusal_on_the_way_is_no_end(server: Server, transport: Transport) -> None:
    """Only a first answer can say that there are no comments; later it is trouble."""
    server.says([_comment(5)], headers={"X-WP-TotalPages": "2"})
    server.says(_error("rest_forbidden"), status=403)
    pages = wordpress.fetch_interactions(_asked(server), [], transport, {})
    next(pages)
    with pytest.raises(AccessDenied):
        next(pages)


def test_a_broken_comment_costs_itself() -> None:
    """Without its number it could be any."""
    good, bad, worse = wordpress.split_interactions(_page([_comment(5), _comment(6, id=None), 7]))
    assert isinstance(good, Interaction)
    assert isinstance(bad, Rejected)
    assert isinstance(worse, Rejected)
    assert bad.accounts == ("blog.example/users/3",)


def test_a_broken_comment_brings_nobodys_words_along() -> None:
    """The post and the comment that it answers stand in it with their texts."""
    others = {name: [{"author": 9, "content": {"rendered": "planted words"}}] for name in ("up", "in-reply-to")}
    [bad] = wordpress.split_interactions(_page([_comment(6, id=None, _embedded=others)]))
    assert isinstance(bad, Rejected)
    assert b"planted words" not in bad.body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "id",
        "date_gmt",
        "modified",
        "modified_gmt",
        "slug",
        "status",
        "type",
        "link",
        "title",
        "content",
        "author",
        "featured_media",
        "tags",
        "_links",
        "_embedded",
        "post",
        "parent",
    ]
)


@given(st.dictionaries(FIELDS, JSON, max_size=6))
def test_any_leaf_makes_a_post_or_a_rejection_and_an_act_or_none(change: dict[str, Any]) -> None:
    """Whatever a plugin makes of a post or a comment: never an exception, and its neighbour comes through."""
    first, second = wordpress.split(_page([POSTS[0] | change, POSTS[1]]))
    assert isinstance(second, RawItem)
    if isinstance(first, RawItem):
        assert isinstance(wordpress.parse(first), Post | Rejected)
    *_, last = wordpress.split_interactions(_page([_comment(5) | change, _comment(6)]))
    assert isinstance(last, Interaction)
