"""The files that a campaign's team would have: the campaign file, the roster, and the clerks' CSV as of a day."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox import instagram
from sandbox.ids import number
from sandbox.pulse import pulse
from sandbox.world import Planned, World, moment, tags_in

ONLY_OURS = ("on_roster", "region", "why")
"""Columns of people.csv that no roster has."""
HAND_COLUMNS = (
    *("platform", "post_url", "author_key", "author_handle", "posted_at", "entered_tz", "text", "hashtags"),
    *("media_type", "image_hash", "likes", "comments", "shares", "on_behalf_of", "reply_to", "evidence"),
    *("edited_at", "deleted_at", "collected_at", "collected_by", "note"),
)
ENTERED_AFTER = timedelta(hours=3)
"""How long a clerk takes to enter a post, or to notice that one was changed."""


def campaign_toml(world: World, base_urls: Mapping[str, tuple[str, ...]]) -> str:
    """The campaign file of this world for servers at these base URLs."""
    settings = world.settings
    lines = [
        f"{name} = {_toml(settings[name])}"
        for name in (
            "name",
            "title",
            "hashtags",
            "starts_on",
            "ends_on",
            "zone",
            "grace_days",
            "contact",
            "programme_years",
            "on_behalf_phrases",
        )
        if name in settings
    ]
    lines += ["", "[organisers]"]
    handles: dict[str, list[str]] = {}
    for person_id in settings.get("organisers", ()):
        for platform, handle in world.people[person_id].handles.items():
            handles.setdefault(platform, []).append(handle)
    lines += [f"{platform} = {_toml(names)}" for platform, names in handles.items()]
    if "spam" in settings:
        lines += ["", "[spam]", *(f"{name} = {_toml(value)}" for name, value in settings["spam"].items())]
    if world.blog:
        lines += ["", "[blog]", f"since = {_toml(settings['blog']['since'])}"]
    for prompt in settings["prompts"]:
        lines += ["", "[[prompts]]", *(f"{name} = {_toml(value)}" for name, value in prompt.items())]
    for platform in dict.fromkeys((*base_urls, "facebook")):
        lines += ["", f"[platforms.{platform}]", *_platform(world, platform, base_urls.get(platform, ()))]
    return "\n".join(lines) + "\n"


def _platform(world: World, platform: str, urls: tuple[str, ...]) -> Iterator[str]:
    if urls:
        table = importlib.import_module(f"sandbox.{platform}").options(world, urls)
        yield from (f"{name} = {_toml(value)}" for name, value in table.items())
    else:
        yield "by_hand = true"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value) if hasattr(value, "isoformat") else json.dumps(value, ensure_ascii=False)


def roster_csv(world: World) -> str:
    """The roster as the team keeps it: without the people who are not on it, with a further line for what changed."""
    people = [person for person in world.people.values() if person.on_roster]
    rows = [row for person in people for row in (person.row, *person.also_on_roster)]
    columns = dict.fromkeys(name for row in rows for name in row if name not in ONLY_OURS)
    return _csv(list(columns), rows)


def hand_csv(world: World, as_of: datetime) -> str:
    """The clerks' file as it stands at a moment: their rows, and the lines that they typed wrong."""
    rows = sorted(_hand_rows(world, as_of), key=lambda row: row.get("entered_at") or row["collected_at"])
    return _csv(HAND_COLUMNS, rows)


def _csv(columns: Any, rows: Any) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def by_hand(post: Planned) -> bool:
    """Whether only the clerks see it: what is on Facebook is in the closed group, unless it is a Page's."""
    return post.platform == "facebook" and not post.place.startswith("page")


def entered_at(post: Planned) -> datetime:
    return post.visible_from + ENTERED_AFTER


def _hand_rows(world: World, as_of: datetime) -> Iterator[Mapping[str, str]]:
    clerks = {clerk["name"]: ZoneInfo(clerk["zone"]) for clerk in world.settings.get("clerks", ())}
    for post in world.posts.values():
        if _is_in_sheet(post, as_of):
            yield _hand_row(world, post, clerks[post.clerk or next(iter(clerks))], as_of)
    yield from (line for line in hand_slips(world) if moment(line["entered_at"]) <= as_of)


def _is_in_sheet(post: Planned, as_of: datetime) -> bool:
    """What only the clerks see; and a post of another platform (route `sheet`) when they notice that it is gone."""
    if by_hand(post):
        return post.route != "acts" and entered_at(post) <= as_of
    return post.route == "sheet" and post.deleted_at is not None and post.deleted_at + ENTERED_AFTER <= as_of


def hand_slips(world: World) -> list[dict[str, str]]:
    """The lines of hand.csv: what clerks typed that nobody can read, and when (`entered_at`, not in their file)."""
    path = world.home / "hand.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def post_url(world: World, post: Planned) -> str:
    if post.platform == "instagram":
        return f"https://www.instagram.com/p/{instagram.shortcode(world, post)}/"

    def own(one: Planned) -> int:
        return 10**14 + number(world.seed, "facebook", one.plan_id, below=10**13)

    above = [post]
    while above[-1].kind == "reply" and (parent := world.posts.get(above[-1].of or "")):
        above.append(parent)
    names = ("comment_id",) if len(above) == 2 else ("reply_comment_id", "comment_id")
    comments = "&".join(f"{name}={own(one)}" for name, one in zip(reversed(names), above[-2::-1], strict=False))
    address = f"https://www.facebook.com/groups/{post.place}/posts/{own(above[-1])}/"
    return f"{address}?{comments}" if comments else address


def _hand_row(world: World, post: Planned, zone: ZoneInfo, as_of: datetime) -> dict[str, str]:
    noticed = as_of - ENTERED_AFTER
    deleted_at = post.deleted_at if post.deleted_at and post.deleted_at <= noticed else None
    versions = [version for version in post.versions if version.since <= noticed] or [post.versions[0]]
    handle = world.people[post.author].handle_at(post.platform, entered_at(post))
    version, counts, parent = versions[-1], pulse(world, post, entered_at(post)), world.posts.get(post.of or "")
    return {
        "platform": post.platform,
        "post_url": post_url(world, post),
        "author_key": handle,
        "author_handle": handle,
        "posted_at": post.published_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "entered_tz": str(zone),
        "text": version.text,
        "hashtags": " ".join(f"#{tag}" for tag in tags_in(version.text)),
        "media_type": " ".join(post.media),
        "image_hash": post.image or "",
        "likes": str(counts.likes),
        "comments": str(counts.replies),
        "shares": "",
        "on_behalf_of": post.on_behalf_of or "",
        "reply_to": post_url(world, parent) if parent and post.kind == "reply" else "",
        "evidence": f"screenshots/{post.plan_id}.png",
        "edited_at": _local(version.since, zone) if version is not post.versions[0] else "",
        "deleted_at": _local(deleted_at, zone) if deleted_at else "",
        "collected_at": entered_at(post).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "collected_by": post.clerk or "",
        "note": "",
    }


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
