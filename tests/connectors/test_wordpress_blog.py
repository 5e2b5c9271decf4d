"""A whole blog over HTTP: every post once it is published, who wrote it, and what is gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import wordpress, wordpress_blog
from connectors.errors import BadAnswer, Unavailable
from connectors.records import BlogPost, Page, Rejected, Search
from connectors.transport import Transport

Server = Any
SINCE, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def post(number: int, *lines: str, **more: Any) -> dict[str, Any]:
    changed = f"2026-02-{1 + number % 28:02d}T10:00:00"
    return {
        "id": number, "date_gmt": "2026-01-05T09:00:00", "modified": changed, "modified_gmt": changed,
        "status": "publish", "link": f"https://blog.example/{number}", "title": {"rendered": "By Ada Title"},
        "content": {"rendered": "".join(f"<p>{line}</p>\n" for line in lines), "protected": False}, "author": 7,
        "_links": {"self": [{"href": f"https://blog.example/wp-json/wp/v2/posts/{number}"}]},
        "_embedded": {"author": [{"id": 7, "name": "Team", "slug": "team"}]},
        **more,
    }  # fmt: skip


def search(server: Server) -> Search:
    [query] = wordpress.blog_queries(("itp28",), [server.url])
    return Search(query=query, since=SINCE, until=NOW)


def read(*posts: object) -> list[BlogPost | Rejected]:
    page = Page(platform="wordpress", query="q", source="blog.example", url="u", status=200, observed_at=NOW,
                body=json.dumps(posts).encode())  # fmt: skip
    return list(wordpress_blog.split(page))


def one(*lines: str, **more: Any) -> BlogPost:
    [found] = read(post(1, *lines, **more))
    assert isinstance(found, BlogPost)
    return found


def test_a_blog_is_one_query_of_its_own() -> None:
    queries = wordpress.blog_queries(
        ("itp28",), ["https://blog.example/", {"url": "https://w.example", "api": "https://a.example/w"}]
    )
    assert [(query.name, query.base_url) for query in queries] == [
        ("blog/blog.example", "https://blog.example/wp-json"), ("blog/w.example", "https://a.example/w"),
    ]  # fmt: skip


def test_all_posts_are_asked_for_to_the_end(server: Server, transport: Transport) -> None:
    """With the tag or without; those too that were changed last before they were published."""
    posts = [post(number, "Words.") for number in range(1, 6)]

    def answer(asked: Any) -> Any:
        after = asked.query["modified_after"]
        shown = [one for one in posts if after.endswith("Z") or one["modified"] > after][:2]
        left = {"X-WP-TotalPages": "1" if len(shown) < 2 or shown[-1] is posts[-1] else "2"}
        return SimpleNamespace(body=json.dumps(shown).encode(), status=200, headers=left, raw=None)

    server.answer = answer
    pages = list(wordpress_blog.fetch(search(server), transport))
    numbers = {found.post_id for page in pages for found in wordpress_blog.split(page) if isinstance(found, BlogPost)}
    assert numbers == {"1", "2", "3", "4", "5"}
    first = server.asked[0].query
    assert (first["after"], first["modified_after"]) == ("2025-12-31T23:59:59Z", "1999-12-31T23:59:59Z")
    assert (first["orderby"], first["order"], first["per_page"]) == ("modified", "asc", "100")
    assert not {"tags", "search"} & first.keys()


def test_a_list_that_breaks_off_is_an_error(server: Server, transport: Transport) -> None:
    """Else what was not read would be taken for gone."""
    server.says([post(1)], headers={"X-WP-TotalPages": "2"})
    server.says(b"", status=500)
    with pytest.raises(Unavailable):
        list(wordpress_blog.fetch(search(server), transport))


def test_a_post_is_told_without_its_words() -> None:
    found = one("Written by Dr. Ada&nbsp;O&#8217;Neil, ITP 2014 (Egypt)", "We met at the #ITP28 table.")
    assert found.bylines == ("Ada O’Neil",)
    assert found.hashtags == ("itp28",)
    assert (found.post_id, found.url, found.source) == ("1", "https://blog.example/1", "blog.example")
    assert found.published_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 2, 2, 10, tzinfo=UTC)
    assert found.author is not None
    assert (found.author.account_id, found.author.handle) == ("blog.example/users/7", "team@blog.example")
    assert set(found.accounts) == {"blog.example/users/7", "team@blog.example", "team"}
    assert found.public
    assert "table" not in repr(found)


def test_without_a_byline_the_account_is_all_that_is_known() -> None:
    """Neither the title nor the account's name is a byline; a plugin may hide the account's name."""
    assert one("We met by the sea.").bylines == ()
    hidden = one("Words.", _embedded={"author": [{"code": "rest_user_cannot_view", "data": {"status": 401}}]})
    assert hidden.author is not None
    assert (hidden.author.account_id, hidden.author.handle) == ("blog.example/users/7", None)


def test_what_is_behind_a_password_is_not_public() -> None:
    assert not one(content={"rendered": "", "protected": True}).public


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(post(1, date_gmt="soon"), "bad_time"), (post(1, id=None), "no_id"), ("nothing", "wrong_type")],
)
def test_one_broken_post_costs_one_post(broken: object, reason: str) -> None:
    found = read(post(1), broken, post(2))
    assert [one.reason for one in found if isinstance(one, Rejected)] == [reason]
    assert [one.post_id for one in found if isinstance(one, BlogPost)] == ["1", "2"]


def test_what_is_no_list_is_no_page() -> None:
    page = Page(platform="wordpress", query="q", source="b", url="u", status=200, observed_at=NOW, body=b"<html>")
    with pytest.raises(BadAnswer):
        list(wordpress_blog.split(page))


def test_what_is_missing_is_asked_for_alone(server: Server, transport: Transport) -> None:
    """One is there after all, one is a draft now, one is deleted."""
    server.says([post(1)])
    server.says({"code": "rest_forbidden", "data": {"status": 401}}, status=401)
    server.says({"code": "rest_post_invalid_id", "data": {"status": 404}}, status=404)
    again = list(wordpress_blog.ask_again(["1", "2", "3"], search(server).query, transport))
    assert [gone.key for one in again for gone in one.gone] == ["2", "3"]
    assert [one.page is not None for one in again] == [True, False, False]
    assert server.asked[0].query["include"] == "1,2,3"
