"""The simulated Instagram speaks the Graph API, seen with plain requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import instagram, server
from sandbox.server import Sandbox
from sandbox.truth import truth
from sandbox.world import World, load, moment

TOKEN = "isles-instagram-token"
MEDIA = "id,caption,permalink,timestamp,like_count,comments_count"


@pytest.fixture(scope="module")
def world() -> World:
    return load(Path(server.__file__).parent / "worlds" / "archipelago")


@pytest.fixture
def settings(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    settings = dict(world.settings["instagram"][0]) | {"largest_page": 2}
    monkeypatch.setitem(world.settings, "instagram", [settings])
    return settings


@pytest.fixture
def isles(world: World, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(server, "PLATFORMS", ("instagram",))
    with server.serve(world) as isles:
        isles.clock.set(moment("2026-03-05T06:00:00Z"))
        yield isles


def us(isles: Sandbox) -> str:
    return instagram.account_id(isles.world, "ORG")


def get(isles: Sandbox, path: str, token: str | None = TOKEN, **asked: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{isles.urls['instagram']}/v26.0/{path}", params=asked, headers=headers, timeout=5)


def tag(isles: Sandbox, name: str = "isles7") -> str:
    [found] = get(isles, "ig_hashtag_search", user_id=us(isles), q=name).json()["data"]
    return str(found["id"])


def walk(isles: Sandbox, path: str, **asked: Any) -> list[list[dict[str, Any]]]:
    """The pages along `paging.next`."""
    answer, pages = get(isles, path, **asked).json(), []
    while True:
        pages.append(answer["data"])
        if not (link := answer.get("paging", {}).get("next")):
            return pages
        answer = requests.get(link, timeout=5).json()


def code(answer: requests.Response) -> tuple[int, int, int]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode", 0)


def test_a_hashtag_shows_a_day_without_order_author_or_moving_cursor(isles: Sandbox, world: World) -> None:
    """The published rules of recent_media, each seen on the wire."""
    isles.clock.set(moment("2026-03-02T20:00:00Z"))
    asked = {"user_id": us(isles), "fields": MEDIA, "limit": 50}
    pages = walk(isles, f"{tag(isles)}/recent_media", **asked)
    media = [one for page in pages for one in page]
    assert len(pages) > 1
    assert all(len(page) <= 2 for page in pages)
    assert len({one["id"] for one in media}) == len(media)
    now = isles.clock.now()
    expected = {
        instagram.media_id(world, post)
        for post in world.on("instagram")
        if post.kind == "original"
        and post.visibility == "public"
        and "isles7" in post.tags_at(now)
        and now - post.published_at <= timedelta(hours=24)
    }
    assert {one["id"] for one in media} == expected
    times = [one["timestamp"] for one in media]
    assert times not in (sorted(times), sorted(times, reverse=True))
    assert all(time.endswith("+0000") for time in times)
    cursors = [get(isles, f"{tag(isles)}/recent_media", **asked).json()["paging"]["cursors"]["after"] for _ in range(2)]
    assert len(set(cursors)) == 1
    for refused in ("username", "owner", "id,username"):
        assert code(get(isles, f"{tag(isles)}/recent_media", user_id=us(isles), fields=refused))[:2] == (400, 100)


def test_top_media_are_older_too(isles: Sandbox) -> None:
    """The most liked of any age."""
    isles.clock.set(moment("2026-03-12T06:00:00Z"))
    assert [one for page in walk(isles, f"{tag(isles)}/recent_media", user_id=us(isles)) for one in page] == []
    assert (
        len([one for page in walk(isles, f"{tag(isles)}/top_media", user_id=us(isles)) for one in page])
        == instagram.TOP
    )


def test_an_account_searches_thirty_hashtags_in_a_week(isles: Sandbox) -> None:
    """The next one is refused, the same one again is free, and after a week it begins anew."""
    place = instagram.places(isles.world, isles.windows)[0]
    assert code(get(isles, "ig_hashtag_search", user_id=us(isles), q="neverused")) == (400, 24, 2207024)
    tag(isles)
    tag(isles)
    assert len(get(isles, f"{us(isles)}/recently_searched_hashtags").json()["data"]) == 1
    place.searched = {f"tag{n}": isles.clock.now() for n in range(instagram.TAGS_A_WEEK)}
    refused = place._search("isles7", isles.clock.now())
    assert json.loads(refused.body)["error"]["error_subcode"] == 2207034
    assert place._search("isles7", isles.clock.now() + instagram.WEEK).status == 200


def test_business_discovery_shows_professional_accounts_to_their_end(isles: Sandbox, settings: dict[str, Any]) -> None:
    """Nested paging without `next`; an account that is personal, or not there, gives the same error."""
    isles.clock.set(moment("2026-03-12T06:00:00Z"))

    def discover(handle: str, after: str = "") -> requests.Response:
        fields = f"business_discovery.username({handle}){{id,username,media_count,media.limit(50){after}{{{MEDIA}}}}}"
        return get(isles, us(isles), fields=fields)

    first = discover("kwabena.ofori").json()["business_discovery"]
    assert (first["username"], first["media_count"]) == ("kwabena.ofori", 2)
    captions = []
    account = discover("mariam.haddad").json()["business_discovery"]
    while True:
        captions += [one["caption"] for one in account["media"]["data"]]
        assert "next" not in account["media"].get("paging", {})
        after = account["media"].get("paging", {}).get("cursors", {}).get("after")
        if not after:
            break
        account = discover("mariam.haddad", f".after({after})").json()["business_discovery"]
    assert len(captions) == account["media_count"]
    assert code(discover("nobody.there")) == (400, 110, 2207013)
    settings["personal"] = ("I02",)
    assert code(discover("kwabena.ofori")) == (400, 110, 2207013)


def test_our_own_account_is_linked_to_a_page(isles: Sandbox) -> None:
    """`me/accounts` leads to it; its media and those that tag it have names."""
    [page] = get(isles, "me/accounts", fields="instagram_business_account").json()["data"]
    assert page["instagram_business_account"]["id"] == us(isles)
    [own] = get(isles, f"{us(isles)}/media", fields="id,username,owner,comments_count").json()["data"]
    assert (own["username"], own["owner"], own["comments_count"]) == ("tidehouse", {"id": us(isles)}, 2)
    tagged = [one["username"] for page in walk(isles, f"{us(isles)}/tags", fields="id,username") for one in page]
    assert tagged == ["bayar.t", "kwabena.ofori"]
    [question, answered] = [
        one for page in walk(isles, f"{own['id']}/comments", fields="id,from,replies{id,from}") for one in page
    ]
    assert question["from"]["username"] == "odd.bystander"
    assert [one["from"]["username"] for one in answered["replies"]["data"]] == ["tidehouse"]
    assert "text" not in question
    assert get(isles, own["id"], fields="id,caption").json()["caption"].startswith("Seven days")
    assert code(get(isles, "17900000000000001")) == (400, 100, 33)


def test_likes_are_left_out_where_they_are_hidden(isles: Sandbox, world: World) -> None:
    """The key is missing, not 0."""
    isles.clock.set(moment("2026-03-12T06:00:00Z"))
    asked = {"user_id": us(isles), "fields": MEDIA, "limit": 50}
    media = {one["id"]: one for page in walk(isles, f"{tag(isles)}/top_media", **asked) for one in page}
    for post in world.on("instagram"):
        if (found := media.get(instagram.media_id(world, post))) is not None:
            assert ("like_count" in found) is not instagram.hides_likes(world, post.author)
    assert {"like_count" in one for one in media.values()} == {True, False}


def test_only_what_was_asked_for_is_told(isles: Sandbox) -> None:
    """Without `fields` the ids alone; broken `fields` are an error."""
    [own] = get(isles, f"{us(isles)}/media").json()["data"]
    assert own.keys() == {"id"}
    assert code(get(isles, f"{us(isles)}/media", fields="id,children{media_type"))[:2] == (400, 2500)
    assert code(get(isles, f"{us(isles)}/media", fields="id,followers"))[:2] == (400, 100)


@pytest.mark.parametrize(("token", "wrong"), [(None, 104), ("wrong", 190)])
def test_without_the_token_nobody_is_let_in(isles: Sandbox, token: str | None, wrong: int) -> None:
    """Status 400, whatever is asked; the token is taken from the address too."""
    assert code(get(isles, "me/accounts", token=token))[:2] == (400, wrong)
    assert get(isles, "me/accounts", token=None, access_token=TOKEN).status_code == 200


def test_calls_are_limited_and_counted_in_headers(isles: Sandbox, settings: dict[str, Any]) -> None:
    """In per cent, from a tenth on; then code 4 as 403 with the minutes to wait."""
    settings["calls"] = 10
    answers = [get(isles, "me/accounts") for _ in range(11)]
    shown = [json.loads(answer.headers["X-App-Usage"])["call_count"] for answer in answers[:-1]]
    assert shown == list(range(10, 101, 10))
    assert code(answers[-1])[:2] == (403, 4)
    [business] = json.loads(answers[-1].headers["X-Business-Use-Case-Usage"]).values()
    wait = business[0]["estimated_time_to_regain_access"]
    assert 0 < wait <= 60
    isles.clock.advance(60 * wait)
    assert get(isles, "me/accounts").status_code == 200


def test_faults_are_in_its_own_words(isles: Sandbox) -> None:
    """By code; the status is often 400 or 403."""
    told = {}
    for status in (401, 403, 404, 429, 503):
        isles.faults.plant("instagram", "status", status=status, times=1)
        told[status] = code(get(isles, "me/accounts"))
    assert told == {401: (400, 190, 463), 403: (403, 10, 0), 404: (404, 803, 0), 429: (403, 4, 0), 503: (503, 2, 0)}
    isles.faults.plant("instagram", "same_page")
    first = get(isles, f"{us(isles)}/tags", fields="id").json()
    assert requests.get(first["paging"]["next"], timeout=5).json() == first


def test_what_it_shows_over_time_is_what_the_plan_counts_on(isles: Sandbox, world: World) -> None:
    """Every route together shows a post exactly when `meets` says so, in the words of that moment."""
    handles = [
        person.handles["instagram"] for person in world.people.values() if person.on_roster and not person.refuses
    ]
    for now in world.collections():
        isles.clock.set(now)
        shown = {one["id"]: one["caption"] for one in _everything(isles, handles)}
        posts = [post for post in world.on("instagram") if instagram.meets(world, post, now)]
        plan = {instagram.media_id(world, post): version.text for post in posts if (version := post.at(now))}
        assert shown == plan


def _everything(isles: Sandbox, handles: list[str]) -> Iterator[dict[str, Any]]:
    for edge in ("media", "tags"):
        for page in walk(isles, f"{us(isles)}/{edge}", fields=MEDIA):
            yield from page
    for name in ("isles7", "isle7"):
        for found in get(isles, "ig_hashtag_search", user_id=us(isles), q=name).json().get("data", []):
            for edge in ("recent_media", "top_media"):
                for page in walk(isles, f"{found['id']}/{edge}", user_id=us(isles), fields=MEDIA):
                    yield from page
    for handle in handles:
        after = ""
        while True:
            fields = f"business_discovery.username({handle}){{id,media{after}{{{MEDIA}}}}}"
            media = get(isles, us(isles), fields=fields).json()["business_discovery"].get("media", {"data": []})
            yield from media["data"]
            if not (cursor := media.get("paging", {}).get("cursors", {}).get("after")):
                break
            after = f".after({cursor})"


def test_the_plan_does_not_contradict_the_rules(world: World) -> None:
    """Every post of this platform has the fate that the rules give it."""
    fates = truth(world)["fates"]
    own = {fates[post.plan_id] for post in world.on("instagram")}
    assert own >= {"counted", "deleted", "opted_out", "author_unresolved", "out_of_scope", "unseen"}
