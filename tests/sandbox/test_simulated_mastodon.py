"""The simulated Mastodon speaks Mastodon's language, seen with plain requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from sandbox.server import Sandbox
from sandbox.world import World, moment

NORTH, HARBOUR = "mastodon/north.lanterns.example", "mastodon/harbour.example"
AFTER = "2026-02-12T06:00:00Z"


def timeline(sandbox: Sandbox, place: str = NORTH, tag: str = "lanterns7", **asked: Any) -> requests.Response:
    return requests.get(f"{sandbox.urls[place]}/api/v1/timelines/tag/{tag}", params=asked, timeout=5)


def walk(sandbox: Sandbox, place: str, limit: int) -> list[dict[str, Any]]:
    answer, found = timeline(sandbox, place, limit=limit), []
    while answer.json():
        found += answer.json()
        answer = requests.get(answer.links["next"]["url"], timeout=5)
    return found


def test_links_lead_through_every_post_once(sandbox: Sandbox) -> None:
    """A walk along `Link: rel=next` to the empty page meets each post once, newest first."""
    sandbox.clock.set(moment(AFTER))
    ids = [int(status["id"]) for status in walk(sandbox, NORTH, 7)]
    assert ids == sorted(set(ids), reverse=True)
    assert ids == [int(status["id"]) for status in walk(sandbox, NORTH, 40)]
    assert len(ids) > 30


def test_a_page_has_at_most_forty_posts(sandbox: Sandbox) -> None:
    """`limit` is capped at 40, and 20 is the default."""
    sandbox.clock.set(moment(AFTER))
    assert len(timeline(sandbox, limit=400).json()) == min(40, len(walk(sandbox, NORTH, 40)))
    assert len(timeline(sandbox).json()) == 20


def test_min_id_gives_the_page_above_its_bound(sandbox: Sandbox) -> None:
    """`min_id` gives the posts directly above it, `since_id` the newest of all: the middle is lost with the latter."""
    sandbox.clock.set(moment(AFTER))
    ids = [status["id"] for status in walk(sandbox, NORTH, 40)]
    oldest = ids[-1]
    assert [s["id"] for s in timeline(sandbox, min_id=oldest, limit=5).json()] == ids[-6:-1]
    assert [s["id"] for s in timeline(sandbox, since_id=oldest, limit=5).json()] == ids[:5]


def test_copies_have_ids_of_their_own_and_one_uri(sandbox: Sandbox) -> None:
    """A post has another id on every instance; its uri is the same, and only at home its author has no host."""
    sandbox.clock.set(moment(AFTER))
    home = {s["uri"]: s for s in walk(sandbox, NORTH, 40) if "@" not in s["account"]["acct"]}
    away = {s["uri"]: s for s in walk(sandbox, HARBOUR, 40) if s["account"]["acct"].endswith("@north.lanterns.example")}
    both = home.keys() & away.keys()
    assert len(both) > 10
    assert all(home[uri]["id"] != away[uri]["id"] for uri in both)
    assert all(home[uri]["account"]["id"] != away[uri]["account"]["id"] for uri in both)


def test_a_back_filled_post_appears_below_the_newest(sandbox: Sandbox, world: World) -> None:
    """M19 comes to the instance forty hours late, under an id as old as itself."""
    late = world.posts["M19"].arrivals[0].at
    sandbox.clock.set(late - timedelta(minutes=1))
    before = [status["id"] for status in walk(sandbox, NORTH, 40)]
    sandbox.clock.set(late)
    [new] = [s for s in walk(sandbox, NORTH, 40) if s["id"] not in before]
    assert "second round" in new["content"]
    assert int(new["id"]) < max(map(int, before))


def test_any_adds_tags_and_only_public_posts_are_listed(sandbox: Sandbox) -> None:
    """`any[]` finds the variant of the tag; look-alikes and followers-only posts are not listed."""
    sandbox.clock.set(moment(AFTER))
    alone = timeline(sandbox, HARBOUR, limit=40).json()
    variant = timeline(sandbox, HARBOUR, tag="lantern7", limit=40).json()
    assert {t["name"] for s in alone for t in s["tags"]} == {"lanterns7"}
    assert ["Day 7 from the harbour wall" in status["content"] for status in variant] == [True]
    assert timeline(sandbox, HARBOUR, **{"any[]": "lantern7", "limit": 5}).json()[0]["id"] >= variant[0]["id"]
    assert {status["visibility"] for status in walk(sandbox, NORTH, 40)} == {"public"}


def test_a_leaking_server_shows_followers_only_posts(sandbox: Sandbox) -> None:
    """The other instance is set to list followers-only posts, and says that they are."""
    sandbox.clock.set(moment(AFTER))
    assert "private" in {status["visibility"] for status in walk(sandbox, HARBOUR, 40)}


def test_the_clock_decides_what_is_seen(sandbox: Sandbox) -> None:
    """Edits, deletions and the Date header follow the simulated clock."""
    sandbox.clock.set(moment("2026-02-06T06:00:00Z"))
    [early] = [s for s in walk(sandbox, NORTH, 40) if "gaden" in s["content"]]
    sandbox.clock.set(moment("2026-02-06T09:00:00Z"))
    [late] = [s for s in walk(sandbox, NORTH, 40) if "garden" in s["content"]]
    assert (early["id"], early["edited_at"]) == (late["id"], None)
    assert late["edited_at"] == "2026-02-06T08:00:00.000Z"
    assert timeline(sandbox).headers["Date"] == "Fri, 06 Feb 2026 09:00:00 GMT"
    sandbox.clock.set(moment("2026-02-04T11:00:00Z"))
    assert any("tyop" in s["content"] for s in walk(sandbox, NORTH, 40))
    sandbox.clock.set(moment("2026-02-04T13:00:00Z"))
    assert not any("tyop" in s["content"] for s in walk(sandbox, NORTH, 40))


def test_paging_is_limited_with_an_iso_reset(sandbox: Sandbox) -> None:
    """300 paging requests in 15 minutes; then 429, and a reset in ISO form after which it goes on."""
    sandbox.clock.set(moment(AFTER))
    with requests.Session() as session:
        url = f"{sandbox.urls[NORTH]}/api/v1/timelines/tag/lanterns7?max_id=1"
        left = [session.get(url, timeout=5).headers["X-RateLimit-Remaining"] for _ in range(300)]
    assert left == [str(n) for n in range(299, -1, -1)]
    refused = timeline(sandbox, max_id="1")
    reset = datetime.fromisoformat(refused.headers["X-RateLimit-Reset"])
    assert (refused.status_code, refused.json()) == (429, {"error": "Too many requests"})
    assert timedelta() < reset - sandbox.clock.now() <= timedelta(minutes=15)
    sandbox.clock.set(reset.astimezone(UTC))
    assert timeline(sandbox, max_id="1").status_code == 200


def api(sandbox: Sandbox, path: str, place: str = NORTH, **asked: Any) -> requests.Response:
    return requests.get(f"{sandbox.urls[place]}/api/v1/{path}", params=asked, timeout=5)


def test_an_account_is_found_and_its_list_narrowed(sandbox: Sandbox) -> None:
    """By its name with or without the server's domain; the own list holds boosts, the tagged one does not."""
    sandbox.clock.set(moment(AFTER))
    found = [api(sandbox, "accounts/lookup", acct=acct).json() for acct in ("priya", "priya@north.lanterns.example")]
    assert found[0] == found[1]
    assert found[0]["acct"] == "priya"
    own = api(sandbox, f"accounts/{found[0]['id']}/statuses", limit=40).json()
    tagged = api(sandbox, f"accounts/{found[0]['id']}/statuses", limit=40, tagged="lanterns7").json()
    assert [status["id"] for status in own if status["reblog"]] == [s["id"] for s in own if s not in tagged]
    assert {status["visibility"] for status in own} == {"public"}
    assert api(sandbox, "accounts/lookup", acct="nobody").status_code == 404


def test_many_ids_bring_those_that_are_there(sandbox: Sandbox) -> None:
    """Twenty at most, and no word about the others."""
    sandbox.clock.set(moment(AFTER))
    ids = [status["id"] for status in walk(sandbox, NORTH, 40)]
    assert {s["id"] for s in api(sandbox, "statuses", **{"id[]": [*ids[:5], "1"]}).json()} == set(ids[:5])
    assert len(api(sandbox, "statuses", **{"id[]": ids[:25]}).json()) == 20


def test_a_boost_vanishes_with_what_it_boosts(sandbox: Sandbox, world: World) -> None:
    """It stands among the boosters while the boosted post does, and has content of the other's."""
    sandbox.clock.set(moment(AFTER))
    [boosted] = [s for s in walk(sandbox, NORTH, 40) if "courtyard before sunrise" in s["content"]]
    [account] = api(sandbox, f"statuses/{boosted['id']}/reblogged_by").json()
    assert account["acct"] == "priya"
    own = api(sandbox, f"accounts/{account['id']}/statuses", limit=40).json()
    [boost] = [status for status in own if status["reblog"]]
    assert (boost["content"], boost["uri"].endswith("/activity")) == (boosted["content"], True)


def test_a_thread_holds_what_came_before_and_after(sandbox: Sandbox) -> None:
    """The middle of three posts has one above and one below it."""
    sandbox.clock.set(moment(AFTER))
    [middle] = [s for s in walk(sandbox, NORTH, 40) if "here is mine" in s["content"]]
    thread = api(sandbox, f"statuses/{middle['id']}/context").json()
    assert ["varanda" in status["content"] for status in thread["ancestors"]] == [True]
    assert ["other side" in status["content"] for status in thread["descendants"]] == [True]
