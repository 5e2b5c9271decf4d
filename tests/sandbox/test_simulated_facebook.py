"""The simulated Facebook Page speaks the Graph API, seen with plain requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import facebook, server
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from sandbox.truth import truth
from sandbox.world import World, load, moment

TOKEN = "isles-facebook-token"
POST = "id,message,created_time,permalink_url,from,privacy,comments.summary(true).limit(0),shares"


@pytest.fixture(scope="module")
def world() -> World:
    return load(Path(server.__file__).parent / "worlds" / "archipelago")


@pytest.fixture
def settings(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    settings = dict(world.settings["facebook"][0]) | {"largest_page": 2}
    monkeypatch.setitem(world.settings, "facebook", [settings])
    return settings


@pytest.fixture
def isles(world: World, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(server, "PLATFORMS", ("facebook",))
    with server.serve(world) as isles:
        isles.clock.set(moment("2026-03-12T06:00:00Z"))
        yield isles


def get(isles: Sandbox, path: str, token: str | None = TOKEN, **asked: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{isles.urls['facebook']}/v26.0/{path}", params=asked, headers=headers, timeout=5)


def walk(isles: Sandbox, path: str, **asked: Any) -> list[dict[str, Any]]:
    answer, found = get(isles, path, **asked).json(), []
    while True:
        assert len(answer["data"]) <= 2
        found += answer["data"]
        if not (link := answer.get("paging", {}).get("next")):
            return found
        answer = requests.get(link, timeout=5).json()


def code(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_page_is_known_by_three_names(isles: Sandbox) -> None:
    """Of its token, its id and its own."""
    me = get(isles, "me", fields="id,name,username").json()
    assert me["username"] == "tidehouse"
    assert me == get(isles, me["id"], fields="id,name,username").json()
    assert me == get(isles, "tidehouse", fields="id,name,username").json()


def test_the_lists_overlap(isles: Sandbox) -> None:
    """The feed has the Page's own posts, those that tag it, and visitors'; newest first, each once."""
    feed, own, tagged = (walk(isles, f"me/{edge}", fields=POST) for edge in ("feed", "published_posts", "tagged"))
    ids = [post["id"] for post in feed]
    assert len(set(ids)) == len(ids)
    assert {post["id"] for post in [*own, *tagged]} < set(ids)
    times = [post["created_time"] for post in feed]
    assert times == sorted(times, reverse=True)
    assert code(get(isles, "me/visitor_posts")) == (400, 12)


def test_only_the_pages_own_posts_have_an_author(isles: Sandbox) -> None:
    """`from` is withheld for everybody else; an id is the Page's and the post's own, as in the address."""
    own = {post["id"] for post in walk(isles, "me/published_posts")}
    for post in walk(isles, "me/feed", fields=POST):
        assert ("from" in post) is (post["id"] in own)
        assert post["permalink_url"].endswith("/posts/" + post["id"].partition("_")[2])
    assert {post["privacy"]["value"] for post in walk(isles, "me/feed", fields=POST)} == {"EVERYONE", "CUSTOM"}


def test_comments_are_a_flat_stream(isles: Sandbox, settings: dict[str, Any]) -> None:
    """With `filter=stream` the answers stand between the comments, each with its parent; else the comments alone."""
    [post] = [one for one in walk(isles, "me/feed", fields=POST) if "Welcome" in one["message"]]
    assert post["comments"]["summary"]["total_count"] == 3
    stream = walk(isles, f"{post['id']}/comments", filter="stream", fields="id,from,parent{id}")
    assert [one["from"]["name"] for one in stream] == ["Odd Bystander", "Tide House", "Rowan Vale"]
    assert [one.get("parent", {}).get("id") for one in stream] == [None, stream[0]["id"], None]
    assert len(walk(isles, f"{post['id']}/comments", fields="id")) == 2
    settings["hides_commenters"] = True
    assert not any("from" in one for one in walk(isles, f"{post['id']}/comments", filter="stream", fields="id,from"))


def test_a_deleted_post_is_not_there(isles: Sandbox) -> None:
    """100, subcode 33, which is also what a post says that may not be seen."""
    isles.clock.set(moment("2026-03-05T06:00:00Z"))
    [post] = [one for one in walk(isles, "me/feed", fields=POST) if "Wrong link" in one["message"]]
    assert get(isles, post["id"], fields="id,message").json() == {"id": post["id"], "message": post["message"]}
    isles.clock.set(moment("2026-03-05T09:00:00Z"))
    refused = get(isles, post["id"])
    assert (code(refused), refused.json()["error"]["error_subcode"]) == ((400, 100), 33)


def test_edits_show_in_the_text_only(isles: Sandbox) -> None:
    """The time of the last update moves with every comment."""
    isles.clock.set(moment("2026-03-07T09:30:00Z"))
    assert any(post["message"].endswith("awak?") for post in walk(isles, "me/feed", fields=POST))
    isles.clock.set(moment("2026-03-07T10:00:00Z"))
    assert any(post["message"].endswith("awake?") for post in walk(isles, "me/feed", fields=POST))


@pytest.mark.parametrize(("token", "wrong"), [(None, 104), ("wrong", 190)])
def test_without_the_token_nobody_is_let_in(isles: Sandbox, token: str | None, wrong: int) -> None:
    """Status 400."""
    assert code(get(isles, "me", token=token)) == (400, wrong)


def test_calls_are_limited(isles: Sandbox, settings: dict[str, Any]) -> None:
    """80001 as 400, with the minutes to wait in a header."""
    settings["calls"] = 5
    answers = [get(isles, "me") for _ in range(6)]
    assert code(answers[-1]) == (400, 80001)
    [business] = json.loads(answers[-1].headers["X-Business-Use-Case-Usage"]).values()
    assert business[0]["estimated_time_to_regain_access"] > 0


def test_what_it_shows_over_time_is_what_the_plan_counts_on(isles: Sandbox, world: World) -> None:
    """The Page shows a post exactly when `meets` says so, in the words of that moment."""
    for now in world.collections():
        isles.clock.set(now)
        shown = {one["id"].partition("_")[2]: one["message"] for one in walk(isles, "me/feed", fields=POST)}
        posts = [post for post in world.on("facebook") if facebook.meets(world, post, now)]
        assert shown == {facebook.post_id(world, p): version.text for p in posts if (version := p.at(now))}


def test_clerks_do_not_enter_what_the_page_tells(world: World) -> None:
    """Posts of a Page come by the API, those of the closed group by hand."""
    last = world.collections()[-1]
    assert "Isles" not in hand_csv(world, last)


def test_the_plan_does_not_contradict_the_rules(world: World) -> None:
    """Every post of this platform has the fate that the rules give it."""
    fates = truth(world)["fates"]
    own = {fates[post.plan_id] for post in world.on("facebook")}
    wanted = {
        "organiser_account",
        "author_unresolved",
        "deleted",
        "not_public",
        "out_of_scope",
        "unseen",
        "reply_or_comment",
    }
    assert own == wanted
