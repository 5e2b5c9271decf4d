from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import wordpress, wordpress_walk
from connectors.errors import AccessDenied, BadAnswer, RequestRefused, Unavailable
from connectors.records import Page, Post, RawItem, Rejected, Search
from connectors.transport import Transport

Server = Any
BODY = (Path(__file__).parent / "pages" / "wordpress_posts.json").read_bytes()
NOW = datetime(2026, 2, 3, 12, 0, tzinfo=UTC)
PAST_THE_END = {"code": "rest_post_invalid_page_number", "message": "…", "data": {"status": 400}}


def _page(body: bytes = BODY) -> Page:
    return Page(platform="wordpress", query="q", source="blog.example", url="u", status=200, observed_at=NOW, body=body)


def _posts(body: bytes = BODY) -> list[Post]:
    items = [item for item in wordpress.split(_page(body)) if isinstance(item, RawItem)]
    return [post for item in items if isinstance(post := wordpress.parse(item), Post)]


def _search(server: Server, route: str = "search") -> Search:
    query = next(q for q in wordpress.queries(("itp28",), {"sites": [server.url]}) if q.route == route)
    return Search(query=query, since=NOW - timedelta(days=1), until=NOW)


def _changed(number: int, second: int) -> dict[str, Any]:
    return {"id": number, "modified": f"2026-02-03T17:45:{second:02d}"}


def _blog(
    posts: list[dict[str, Any]], size: int = 2, before: Callable[[int], None] = lambda request: None
) -> Callable[[Any], Any]:
    """A list sorted by change that pages by number, ends with a 400, and may change between requests."""
    requests = 0

    def answer(asked: Any) -> Any:
        nonlocal requests
        requests += 1
        before(requests)
        page, after = int(asked.query["page"]), asked.query["modified_after"]
        listed = [post for post in posts if after.endswith("Z") or post["modified"] > after]
        shown = sorted(listed, key=lambda post: post["modified"])[(page - 1) * size : page * size]
        total = {"X-WP-Total": str(len(listed)), "X-WP-TotalPages": str(-(-len(listed) // size))}
        if not shown and page > 1:
            return SimpleNamespace(body=json.dumps(PAST_THE_END).encode(), status=400, headers={}, raw=None)
        return SimpleNamespace(body=json.dumps(shown).encode(), status=200, headers=total, raw=None)

    return answer


def _ids(pages: list[Page]) -> list[int]:
    return [post["id"] for page in pages for post in json.loads(page.body)]


def test_each_site_has_two_routes() -> None:
    """What a site files under the tag and what it says in its text are two reads with coverage of their own."""
    sites = ["https://blog.example/", {"url": "https://w.example/news", "api": "https://api.example/sites/w"}]
    queries = wordpress.queries(("itp28",), {"sites": sites})
    assert [query.name for query in queries] == [
        "blog.example/tag/itp28",
        "blog.example/search/itp28",
        "w.example/news/tag/itp28",
        "w.example/news/search/itp28",
    ]
    assert [query.base_url for query in queries[1:3]] == ["https://blog.example/wp-json", "https://api.example/sites/w"]


def test_all_pages_are_read(server: Server, transport: Transport) -> None:
    """Oldest change first, from just before `since`; then from the last change read, in the site's own time."""
    server.answer = _blog([_changed(number, number) for number in range(1, 6)])
    found = _ids(list(wordpress.fetch(_search(server), transport, {})))
    assert list(dict.fromkeys(found)) == [1, 2, 3, 4, 5]
    asked = [one.query for one in server.asked]
    assert [one["modified_after"] for one in asked[:2]] == ["2026-02-02T11:59:59Z", "2026-02-03T17:45:01"]
    assert (asked[0]["orderby"], asked[0]["order"], asked[0]["search"]) == ("modified", "asc", "itp28")
    assert {one["page"] for one in asked} == {"1"}
    assert transport.requests == 4


def test_more_posts_of_one_second_than_a_page_holds(server: Server, transport: Transport) -> None:
    """As a plugin leaves them that edits all posts at once: they are paged by number, and then it goes on by time."""
    server.answer = _blog([_changed(number, 7) for number in range(1, 6)] + [_changed(6, 8), _changed(7, 9)])
    assert set(_ids(list(wordpress.fetch(_search(server), transport, {})))) == set(range(1, 8))
    assert max(int(one.query["page"]) for one in server.asked) > 1


def test_a_server_without_totals_is_read_to_the_400(server: Server, transport: Transport, monkeypatch: Any) -> None:
    """Where a proxy swallows the totals, the 400 past the end is the normal end."""
    monkeypatch.setattr(wordpress_walk, "PAGE_SIZE", 1)
    server.says([{"id": 1}])
    server.says([{"id": 2}])
    server.says(PAST_THE_END, status=400)
    assert _ids(list(wordpress.fetch(_search(server), transport, {}))) == [1, 2]


def test_another_400_is_refused(server: Server, transport: Transport, monkeypatch: Any) -> None:
    """Only the 400 that means the end is an end."""
    monkeypatch.setattr(wordpress_walk, "PAGE_SIZE", 1)
    server.says([{"id": 1}])
    server.says({"code": "rest_invalid_param"}, status=400)
    with pytest.raises(RequestRefused):
        list(wordpress.fetch(_search(server), transport, {}))


def test_edits_removals_and_additions_between_pages_lose_nothing(server: Server, transport: Transport) -> None:
    """One post moves to the end, one vanishes and one comes in, all within one page: its size stays, nothing slips."""
    posts = [_changed(number, number) for number in range(1, 8)]

    def change(request: int) -> None:
        if request == 2:
            posts[0]["modified"] = "2026-02-03T17:46:00"
            del posts[1]
            posts.insert(1, _changed(90, 4))

    server.answer = _blog(posts, before=change)
    assert set(_ids(list(wordpress.fetch(_search(server), transport, {})))) == {1, 2, 3, 4, 5, 6, 7, 90}


def test_a_removal_among_posts_of_one_second_is_found_out(server: Server, transport: Transport) -> None:
    """There the list is paged by number, and a promised page that is not there means that something moved up."""
    posts = [_changed(number, 7) for number in range(1, 6)]

    def remove(request: int) -> None:
        if request == 4:
            posts.pop(0)

    server.answer = _blog(posts, before=remove)
    with pytest.raises(Unavailable, match="changes while it is read"):
        list(wordpress.fetch(_search(server), transport, {}))


def test_the_same_broken_record_on_two_pages_is_no_change(
    server: Server, transport: Transport, monkeypatch: Any
) -> None:
    """What has no id is nobody's post twice: the list is read once."""
    monkeypatch.setattr(wordpress_walk, "PAGE_SIZE", 2)
    server.says([{"id": 1}, None], headers={"X-WP-TotalPages": "2"})
    server.says([{"id": 2}, None], headers={"X-WP-TotalPages": "2"})
    assert len(list(wordpress.fetch(_search(server), transport, {}))) == transport.requests == 2


def test_the_same_page_for_ever_ends(server: Server, transport: Transport) -> None:
    """A server that ignores page numbers is found out."""
    server.says([{"id": 1}], headers={"X-WP-TotalPages": "99"})
    with pytest.raises(BadAnswer, match="same posts"):
        list(wordpress.fetch(_search(server), transport, {}))


def test_the_tag_route_asks_for_the_sites_own_tags(server: Server, transport: Transport) -> None:
    """All tags that mean the campaign's are read, whatever their spelling; look-alikes are not."""
    server.says(
        [
            {"id": 4, "name": "ITP28", "slug": "itp28"},
            {"id": 5, "name": "#itp28", "slug": "itp28-2"},
            {"id": 6, "name": "ITP28extra", "slug": "itp28extra"},
        ]
    )
    server.says([])
    list(wordpress.fetch(_search(server, "tag"), transport, {}))
    assert server.asked[1].query["tags"] == "4,5"


def test_the_campaigns_tag_is_found_beyond_a_page_of_look_alikes(server: Server, transport: Transport) -> None:
    """A short word stands in the names of many tags, and what is no tag costs itself."""
    look_alikes = [{"id": number, "name": f"itp28{number}", "slug": f"itp28{number}"} for number in range(1, 101)]
    server.says(look_alikes, headers={"X-WP-TotalPages": "2"})
    server.says([7, {"id": 104, "name": "itp28", "slug": "itp28"}], headers={"X-WP-TotalPages": "2"})
    server.says([])
    list(wordpress.fetch(_search(server, "tag"), transport, {}))
    assert [asked.query.get("page") for asked in server.asked] == ["1", "2", "1"]
    assert server.asked[-1].query["tags"] == "104"


def test_a_tag_that_does_not_exist_is_silence(server: Server, transport: Transport) -> None:
    """Nothing is filed under a tag that nobody made: no pages, and no error."""
    server.says([])
    assert list(wordpress.fetch(_search(server, "tag"), transport, {})) == []


def test_php_messages_before_the_answer_are_cut_off(server: Server, transport: Transport) -> None:
    """A plugin's warning does not cost the page; the bytes are kept as they came, and we say so."""
    server.says(b"<br />\n<b>Warning</b>: Undefined key [x] in /p.php on line <b>3</b><br />\n" + BODY)
    page = next(iter(wordpress.fetch(_search(server), transport, {})))
    assert page.body.startswith(b"<br />")
    assert len(list(wordpress.split(page))) == 5
    assert len(transport.warnings) == 1


def test_a_closed_interface_is_told(server: Server, transport: Transport) -> None:
    """`rest_not_logged_in` is for a person to mend."""
    server.says({"code": "rest_not_logged_in"}, status=401)
    with pytest.raises(AccessDenied):
        list(wordpress.fetch(_search(server), transport, {}))


def test_a_post_is_read() -> None:
    """Entities are characters, times without offset are UTC, the post's name is the site's and its id."""
    post = _posts()[0]
    assert post.post_id == "blog.example/11"
    assert post.title == "Day 3 – post 11"
    assert post.text == "My memory 🏛️ for #ITP28 & friends there"
    assert post.hashtags == ("itp28",)
    assert post.links == ("https://museum.example/",)
    assert post.media_types == ("image",)
    assert post.created_at == datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
    assert post.edited_at is None
    assert post.author is not None
    assert post.author.account_id == "blog.example/users/7"
    assert (post.author.handle, post.author.display_name) == ("farida@blog.example", "Farida Example")
    assert post.flags == ()


def test_tags_come_from_the_site_and_from_the_text_never_from_look_alikes() -> None:
    """Filed under the tag counts, written with # counts, a longer word does not."""
    _, filed, look_alike, _, hidden_author = _posts()
    assert filed.hashtags == ("itp28", "museum & memory", "museum-memory")
    assert look_alike.hashtags == ("itp28extra",)
    assert look_alike.edited_at == datetime(2026, 2, 4, 8, 0, tzinfo=UTC)
    assert hidden_author.hashtags == ("itp28",)


def test_a_hidden_author_is_an_id() -> None:
    """A security plugin's error object is not a name."""
    author = _posts()[4].author
    assert author is not None
    assert (author.account_id, author.handle, author.display_name) == ("blog.example/users/7", None, None)


def test_posts_behind_a_password_and_drafts_are_not_public() -> None:
    """Protected posts, and whatever is not published, are marked before anything is kept."""
    assert [item.public for item in wordpress.split(_page())] == [True, True, True, False, True]
    draft = json.dumps([json.loads(BODY)[0] | {"status": "private"}]).encode()
    assert next(wordpress.split(_page(draft))).public is False


def test_comments_of_others_do_not_come_along() -> None:
    """Saved pages may embed comments: they are other people's words and are left out."""
    post = json.loads(BODY)[0]
    post["_embedded"]["replies"] = [[{"author_name": "Someone Else", "content": {"rendered": "hello"}}]]
    item = next(wordpress.split(_page(json.dumps([post]).encode())))
    assert b"Someone Else" not in item.body


def test_a_bad_record_costs_one_record() -> None:
    """Its neighbours come through."""
    good, bad, no_id = wordpress.split(_page(b'[{"id":1},{"author":7,"x":nul},{"author":7}]'))
    assert isinstance(good, RawItem)
    assert isinstance(bad, Rejected)
    assert isinstance(no_id, Rejected)
    assert [bad.reason, no_id.reason] == ["not_json", "no_id"]
    assert bad.accounts == no_id.accounts == ("blog.example/users/7",)


def test_probe_tells_that_the_site_answers(server: Server, transport: Transport) -> None:
    """Doctor's sentence, with the number of posts."""
    server.says([{"id": 1}], headers={"X-WP-Total": "12"})
    assert "12 posts" in wordpress.probe(_search(server).query, transport, {}).works
