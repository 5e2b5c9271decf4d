"""Accounts that are renamed, move, give verified addresses, or stand for one on another network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox import bluesky_records, instagram, mastodon, server, x
from sandbox.bridges import mastodon_url
from sandbox.exchange import Asked
from sandbox.limits import Windows
from sandbox.mastodon_status import uri as mastodon_uri
from sandbox.mastodon_status import url
from sandbox.world import Person, Planned, Rename, World, load

ISLES = load(Path(server.__file__).parent / "worlds" / "archipelago")
BEFORE, RENAMED, AFTER = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (4, 5, 6))
X_TOKEN = {"authorization": "Bearer isles-x-bearer"}
INSTAGRAM_TOKEN = {"authorization": "Bearer isles-instagram-token"}


def world(*people: Person, posts: Mapping[str, Planned] | None = None) -> World:
    changed = {person.person_id: person for person in people}
    return replace(ISLES, people={**ISLES.people, **changed}, posts={**ISLES.posts, **(posts or {})})


def asked(path: str, headers: Mapping[str, str] | None = None, **query: str) -> Asked:
    wanted = {name.replace("__", "."): (value,) for name, value in query.items()}
    return Asked(base="http://here", path=path, query=wanted, headers=headers or {})


def user_of_x(of: World, now: datetime, username: str) -> dict[str, Any]:
    found = asked("/2/users/by", X_TOKEN, usernames=username, user__fields="entities,url")
    document: dict[str, Any] = json.loads(x.places(of, Windows())[0].answer(found, now).body)
    return document["data"][0] if "data" in document else {}


def test_x_keeps_an_account_under_its_new_name() -> None:
    """Same id before and after; the old name is nobody's then."""
    renamed = replace(ISLES.people["I02"], renames={"x": (Rename(handle="kwabena_now", at=RENAMED),)})
    isles = world(renamed)
    old = user_of_x(isles, BEFORE, "kwabena_o")
    assert old["username"] == "kwabena_o"
    assert user_of_x(isles, AFTER, "kwabena_now") == {**old, "username": "kwabena_now"}
    assert not user_of_x(isles, AFTER, "kwabena_o")
    assert not user_of_x(isles, BEFORE, "kwabena_now")


def test_a_name_that_was_given_up_can_be_somebody_elses() -> None:
    """Before, it leads to whoever had it first; after, to the other account."""
    renamed = replace(ISLES.people["I02"], renames={"x": (Rename(handle="kwabena_now", at=RENAMED),)})
    stranger = replace(ISLES.people["S01"], handles={"x": "kwabena_o"})
    isles = world(renamed, stranger)
    ids = [user_of_x(isles, now, "kwabena_o")["id"] for now in (BEFORE, AFTER)]
    assert ids[0] == user_of_x(isles, AFTER, "kwabena_now")["id"]
    assert ids[1] not in ("", ids[0])


def test_x_tells_a_profiles_address() -> None:
    linked = replace(ISLES.people["I02"], links=("https://kwabena.example/",))
    urls = user_of_x(world(linked), AFTER, "kwabena_o")["entities"]["url"]["urls"]
    assert [one["expanded_url"] for one in urls] == ["https://kwabena.example/"]
    assert "entities" not in user_of_x(ISLES, AFTER, "kwabena_o")


def test_instagram_shows_a_renamed_account_under_its_new_name_only() -> None:
    renamed = replace(ISLES.people["I02"], renames={"instagram": (Rename(handle="kwabena.now", at=RENAMED),)})
    isles = world(renamed)

    def name(now: datetime, handle: str) -> str | None:
        fields = f"business_discovery.username({handle}){{username,media{{username}}}}"
        us = instagram.account_id(isles, "ORG")
        answer = instagram.places(isles, Windows())[0].answer(
            asked(f"/v26.0/{us}", INSTAGRAM_TOKEN, fields=fields), now
        )
        found = json.loads(answer.body).get("business_discovery", {})
        media = found.get("media", {"data": []})["data"]
        assert {one["username"] for one in media} <= {found.get("username")}
        return found.get("username") if media else None

    assert name(BEFORE, "kwabena.ofori") == "kwabena.ofori"
    assert name(AFTER, "kwabena.now") == "kwabena.now"
    assert name(AFTER, "kwabena.ofori") is None


def account_on_mastodon(of: World, now: datetime, acct: str) -> dict[str, Any]:
    instance = next(one for one in mastodon.places(of, Windows()) if acct.endswith(one.domain))
    document: dict[str, Any] = json.loads(instance.answer(asked("/api/v1/accounts/lookup", acct=acct), now).body)
    return document


def test_mastodon_tells_where_an_account_has_moved_once_something_is_said_there() -> None:
    old = replace(ISLES.people["I02"], moved_to={"mastodon": "I02b"})
    new = replace(
        old, person_id="I02b", same_as="I02", moved_to={}, on_roster=False, handles={"mastodon": "kwabena@far.example2"}
    )
    said = replace(ISLES.posts["M02"], plan_id="M02b", author="I02b", published_at=RENAMED, visible_from=RENAMED)
    isles = world(old, new, posts={"M02b": said})
    assert "moved" not in account_on_mastodon(isles, BEFORE, "kwabena@far.example")
    moved = account_on_mastodon(isles, AFTER, "kwabena@far.example")["moved"]
    assert moved["uri"] == "https://far.example2/users/kwabena"
    assert "moved" not in moved


def test_mastodon_marks_the_addresses_that_it_has_verified() -> None:
    linked = replace(ISLES.people["I02"], links=("https://kwabena.example/",))
    account = account_on_mastodon(world(linked), AFTER, "kwabena@far.example")
    assert [field["verified_at"] is not None for field in account["fields"]] == [True]
    assert "https://kwabena.example/" in account["fields"][0]["value"]


def bridged(platform: str, original: str, handle: str) -> tuple[World, Planned]:
    """The account of a bridge that repeats a post, and its copy."""
    first = ISLES.posts[original]
    account = replace(
        ISLES.people[first.author],
        person_id="bridge",
        same_as=first.author,
        on_roster=False,
        handles={platform: handle},
    )
    copy = replace(
        first, plan_id="copy", platform=platform, author="bridge", copy_of=original, media=(), place="", arrivals=()
    )
    return world(account, posts={"copy": copy}), copy


def test_a_bridge_to_bluesky_shows_the_address_of_what_it_repeats() -> None:
    isles, copy = bridged("bluesky", "M02", "kwabena.far.example.ap.brid.gy")
    records = bluesky_records.Records(isles)
    address = mastodon_url(isles, isles.posts["M02"])
    record = records.record(copy, copy.versions[0])
    assert record["embed"]["external"]["uri"] == record["bridgyOriginalUrl"] == address
    view = records.view(copy, copy.versions[0], AFTER)
    assert view["embed"]["$type"] == "app.bsky.embed.external#view"
    assert view["embed"]["external"]["uri"] == address
    assert "embed" not in records.record(isles.posts["B04"], isles.posts["B04"].versions[0])


def test_a_bridge_to_mastodon_names_its_posts_by_what_it_repeats() -> None:
    isles, copy = bridged("mastodon", "B04", "tomas.isles.example@bsky.brid.gy")
    original = isles.posts["B04"]
    assert mastodon_uri(isles, copy).startswith("https://bsky.brid.gy/convert/ap/at://did:plc:")
    assert url(isles, copy) == f"https://bsky.brid.gy/r/{bluesky_records.url(isles, original)}"
