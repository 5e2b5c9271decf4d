"""Meta's own client library reads the simulated Instagram and Facebook Page, and finds what our connectors find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.shadowighashtag import ShadowIGHashtag
from facebook_business.api import Cursor, FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from connectors import facebook, instagram
from connectors.errors import ConnectorError
from connectors.facebook_post import ASKED
from connectors.instagram_media import LISTED
from connectors.records import Member, Post, Query, RawItem, Search
from connectors.transport import Transport
from sandbox import instagram as simulated_instagram
from sandbox import server
from sandbox.graph import wanted
from sandbox.server import Sandbox
from sandbox.world import World, load, moment

TOKENS = {"instagram": "isles-instagram-token", "facebook": "isles-facebook-token"}
CONNECTORS: dict[str, Any] = {"instagram": instagram, "facebook": facebook}
TAGS = ("isles7", "isle7")
MEDIA = ["id", "caption", "permalink", "timestamp", "like_count", "comments_count"]
POST = ["id", "message", "created_time", "permalink_url", "from", "reactions.summary(total_count).limit(0)"]
Told = tuple[str, str | None, datetime | None, int | None]
"""Key, text, time, likes."""


@pytest.fixture(scope="module")
def world() -> World:
    return load(Path(server.__file__).parent / "worlds" / "archipelago")


@pytest.fixture
def isles(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Both platforms, with three to a page."""
    monkeypatch.setattr(server, "PLATFORMS", ("instagram", "facebook"))
    for platform in TOKENS:
        monkeypatch.setitem(world.settings[platform][0], "largest_page", 3)
    with server.serve(world) as isles:
        isles.clock.set(moment("2026-03-06T06:00:00Z"))
        yield isles


def theirs(isles: Sandbox, platform: str, token: str | None = None) -> FacebookAdsApi:
    """The library, pointed at the sandbox."""
    session = FacebookSession(access_token=token or TOKENS[platform], timeout=5)
    session.GRAPH = isles.urls[platform]
    session.requests.trust_env = False
    return FacebookAdsApi(session, api_version="v26.0")


def ours(isles: Sandbox, platform: str, route: str, members: tuple[Member, ...] = ()) -> dict[str, Told]:
    connector = CONNECTORS[platform]
    queries = connector.queries(TAGS, {"base_url": isles.urls[platform], "version": "v26.0"}, members)
    query: Query = next(query for query in queries if route in query.name)
    search = Search(query=query, since=isles.clock.now() - timedelta(days=30), until=isles.clock.now())
    transport = Transport("rollcall-test", clock=isles.clock, sleep=isles.clock.advance)
    found = {}
    for page in connector.fetch(search, transport, {"token": TOKENS[platform]}):
        for item in connector.split(page):
            assert isinstance(item, RawItem)
            post = connector.parse(item)
            assert isinstance(post, Post)
            found[post.post_id] = (post.post_id, post.text, post.created_at, post.counts.likes)
    return found


def media(found: Any) -> dict[str, Told]:
    told = {}
    for one in found:
        key = one["permalink"].rstrip("/").rpartition("/")[2]
        told[key] = (key, one["caption"], datetime.fromisoformat(one["timestamp"]), one.get("like_count"))
    return told


def posts(found: Any) -> dict[str, Told]:
    told = {}
    for one in found:
        key = one["id"].partition("_")[2]
        likes = one["reactions"]["summary"]["total_count"]
        told[key] = (key, one["message"], datetime.fromisoformat(one["created_time"]), likes)
    return told


def on_page(isles: Sandbox, edge: str) -> Cursor:
    """The library's walk along `paging`; its own methods for these lists refuse fields with arguments."""
    api = theirs(isles, "facebook")
    return Cursor(target_objects_class=PagePost, fields=POST, api=api, node_id="me", endpoint=edge)


def us(isles: Sandbox) -> IGUser:
    return IGUser(simulated_instagram.account_id(isles.world, "ORG"), api=theirs(isles, "instagram"))


@pytest.mark.parametrize(("route", "edge"), [("own", "get_media"), ("tagged", "get_tags")])
def test_lists_of_our_account(isles: Sandbox, route: str, edge: str) -> None:
    """The same media, texts, times and likes; hidden likes are absent for both."""
    found = media(getattr(us(isles), edge)(fields=MEDIA))
    assert found
    assert ours(isles, "instagram", route) == found


def test_hashtags_across_a_cursor_that_stays_the_same(isles: Sandbox) -> None:
    """The library walks it page by page as we do; recent and top media united."""
    account = us(isles)
    api = theirs(isles, "instagram")
    answer = api.call("GET", ("ig_hashtag_search",), params={"user_id": account["id"], "q": "isles7"}).json()
    tag = ShadowIGHashtag(answer["data"][0]["id"], api=api)
    asked = {"user_id": account["id"], "limit": 50}
    found = media(tag.get_recent_media(fields=MEDIA, params=asked))
    found |= media(tag.get_top_media(fields=MEDIA, params=asked))
    assert len(found) > 3
    assert ours(isles, "instagram", "hashtag/isles7") == found


def test_members_accounts(isles: Sandbox) -> None:
    """Business discovery, which the library reads as a nested object."""
    found = {}
    members = (Member(handle="mariam.haddad"), Member(handle="kwabena.ofori"))
    for member in members:
        fields = f"business_discovery.username({member.handle}){{id,username,media.limit(50){{{','.join(MEDIA)}}}}}"
        account = theirs(isles, "instagram").call("GET", (us(isles)["id"],), params={"fields": fields}).json()
        assert account["business_discovery"]["username"] == member.handle
        found |= media(account["business_discovery"]["media"]["data"])
    assert len(found) == 3
    assert ours(isles, "instagram", "members/", members) == found


def test_comments_on_our_media(isles: Sandbox) -> None:
    """The library's objects take the fields that ours are read from."""
    [own] = us(isles).get_media(fields=["id"])
    comments = list(IGMedia(own["id"], api=theirs(isles, "instagram")).get_comments(fields=["id", "from", "timestamp"]))
    assert [comment["from"]["username"] for comment in comments] == ["odd.bystander", "kwabena.ofori"]


@pytest.mark.parametrize("edge", ["feed", "published_posts", "tagged"])
def test_lists_of_a_page(isles: Sandbox, edge: str) -> None:
    """The same posts, texts, times and likes on each list."""
    found = posts(on_page(isles, edge))
    assert found
    assert ours(isles, "facebook", f"me/{edge}") == found


def test_comments_on_a_page(isles: Sandbox) -> None:
    """As a stream, with the answers."""
    [welcome] = [post for post in on_page(isles, "feed") if "Welcome" in post["message"]]
    post = PagePost(welcome["id"], api=theirs(isles, "facebook"))
    found = post.get_comments(fields=["id", "from", "parent"], params={"filter": "stream"})
    assert [comment["from"]["name"] for comment in found] == ["Odd Bystander", "Tide House", "Rowan Vale"]


@pytest.mark.parametrize(
    ("fault", "code", "transient"), [(401, 190, False), (403, 10, False), (429, 4, False), (503, 2, True)]
)
@pytest.mark.parametrize("platform", ["instagram", "facebook"])
def test_errors_are_understood(isles: Sandbox, platform: str, fault: int, code: int, transient: bool) -> None:
    """The library finds code and kind in each error, and our connector raises for the same request."""
    isles.faults.plant(platform, "status", status=fault)
    with pytest.raises(FacebookRequestError) as caught:
        theirs(isles, platform).call("GET", ("me",))
    assert caught.value.api_error_code() == code
    assert bool(caught.value.api_transient_error()) is transient
    with pytest.raises(ConnectorError):
        ours(isles, platform, "feed" if platform == "facebook" else "own")


def test_a_wrong_token_and_a_missing_post_are_understood(isles: Sandbox) -> None:
    """190, and 100 with subcode 33."""
    with pytest.raises(FacebookRequestError) as caught:
        theirs(isles, "facebook", token="wrong").call("GET", ("me",))
    assert (caught.value.http_status(), caught.value.api_error_code()) == (400, 190)
    with pytest.raises(FacebookRequestError) as caught:
        PagePost("1_2", api=theirs(isles, "facebook")).api_get()
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (100, 33)


def test_every_field_that_we_ask_for_is_known_to_the_library() -> None:
    """Of Pages' posts and of media; lists inside them (children, comments …) are edges there, and not fields."""
    edges = {"attachments", "children", "comments", "reactions"}
    for asked, known in ((ASKED, PagePost), (f"{LISTED},username", IGMedia)):
        fields = {value for name, value in vars(known.Field).items() if not name.startswith("_")}
        assert set(wanted(asked)) - edges <= fields
