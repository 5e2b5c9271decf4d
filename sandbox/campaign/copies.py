"""Copies of counted posts: on other platforms, sent twice, deleted and sent again, by bridges, by the organiser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import bridges, papers
from sandbox.campaign.cast import Cast
from sandbox.campaign.chosen import Chosen
from sandbox.campaign.files import BadWorld, Copy
from sandbox.campaign.planning import plan, route, title
from sandbox.campaign.words import Writer
from sandbox.ids import number
from sandbox.world import Planned, World, tags_in

DOUBTFUL = (0.56, 0.74)
NEARLY = (0.84, 0.97)
BARELY, HARDLY = (0.8, 0.84), (0.55, 0.61)
"""A copy beside a doubtful one, and that one: so that the two are not alike."""
LINKED = ("instagram", "facebook", "mastodon")
"""Where a post's address does not depend on who serves it."""
PICTURED = ("instagram", "x", "mastodon", "bluesky")
"""Where the platform itself tells the picture."""


def copies(cast: Cast, writer: Writer, chosen: Chosen, posts: Mapping[str, Planned]) -> Iterator[Planned]:
    yield from _cross_posts(cast, writer, posts)
    for line in chosen.submitted_twice:
        post = posts[line.post_id]
        after = timedelta(minutes=1 + number(cast.files.seed, line.post_id, "twice", below=9))
        yield _again(post, "c", post.published_at + after, counts="duplicate_same_platform")
    for line in chosen.posted_anew:
        yield _first_half(cast, posts[line.post_id])
    for line, platform in chosen.bridged:
        yield _bridged(cast, posts[line.post_id], platform)
    for line in chosen.on_behalf:
        post = posts[line.post_id]
        after = timedelta(minutes=5 + number(cast.files.seed, line.post_id, "x too", below=50))
        yield _elsewhere(cast, post, f"{post.plan_id}-e", cast.organiser, "x", post.published_at + after, _text(post))


# on other platforms


def _cross_posts(cast: Cast, writer: Writer, posts: Mapping[str, Planned]) -> Iterator[Planned]:
    ways, keys = _ways(cast, posts), _keys(cast)
    doubtful = {
        copy.of: [
            key for key, other in zip(keys, cast.files.copies, strict=True) if other.doubtful and other.of == copy.of
        ]
        for copy in cast.files.copies
        if copy.doubtful
    }
    for place, copy in enumerate(cast.files.copies):
        post = posts[copy.of]
        at = post.published_at + copy.after
        author = cast.account(cast.files.posts[copy.of].member_id, copy.platform, at)
        key = keys[place]
        beside = next((other for other in doubtful.get(copy.of, ()) if other != key), "")
        text, picture = _said(cast, writer, post, key, ways[place], beside)
        yield _elsewhere(
            cast, post, key, author, copy.platform, at, text,
            picture=picture, waits="duplicate" if copy.doubtful else "",
        )  # fmt: skip


def _keys(cast: Cast) -> list[str]:
    """What each copy is called: `U0001-b1`, `U0001-b2`."""
    lines = [copy.of for copy in cast.files.copies]
    return [f"{of}-b{lines[: place + 1].count(of)}" for place, of in enumerate(lines)]


def _ways(cast: Cast, posts: Mapping[str, Planned]) -> list[str]:
    """By what each copy is recognised: its words (`same`, `nearly`, `truncated`), `link`, `picture`; or `doubtful`."""
    files = cast.files
    ways = ["doubtful" if copy.doubtful else "" for copy in files.copies]
    once = {copy.of for copy in files.copies if sum(other.of == copy.of for other in files.copies) == 1}
    order = sorted(range(len(ways)), key=lambda place: number(files.seed, "way", place, below=1 << 40))

    def take(way: str, count: int, fits: Any) -> None:
        found = [
            place for place in order if not ways[place] and fits(files.copies[place], posts[files.copies[place].of])
        ]
        if len(found) < count:
            raise BadWorld(f"world.toml: [copies] asks for {count} by {way}, but there are {len(found)} such copies.")
        for place in found[:count]:
            ways[place] = way

    wanted = files.settings.get("copies", {})
    take("link", wanted.get("by_link", 0), lambda copy, post: _may_link(copy, post) and copy.of in once)
    take("picture", wanted.get("by_picture", 0), lambda copy, post: _may_show(copy, post) and copy.of in once)
    take("truncated", wanted.get("truncated", 0), lambda copy, post: bool(post.says_days) and copy.of in once)
    for place in order:
        turn = number(files.seed, "words", place, below=3)
        ways[place] = ways[place] or ("nearly" if turn == 0 else "same")
    return ways


def _may_link(copy: Copy, post: Planned) -> bool:
    return post.platform in LINKED and copy.platform in ("x", "mastodon", "bluesky") and bool(post.says_days)


def _may_show(copy: Copy, post: Planned) -> bool:
    return post.image is not None and post.platform in PICTURED and copy.platform in PICTURED


def _said(cast: Cast, writer: Writer, post: Planned, key: str, way: str, beside: str) -> tuple[str, str | None]:
    """What the copy says, and its picture. It keeps the hashtag's form, the days and the theme."""
    text, tag = _text(post), " ".join(f"#{tag}" for tag in tags_in(_text(post)) if _is_ours(cast, tag))
    near = post.image and (f"{post.image}~2" if number(cast.files.seed, key, "altered", below=4) == 0 else post.image)
    match way:
        case "doubtful":
            is_alone = sum(copy.of == post.plan_id for copy in cast.files.copies) == 1
            return writer.reworded(text, key, *(DOUBTFUL if is_alone else HARDLY)), key if post.image else None
        case "same" | "nearly" if beside:
            return writer.reworded(text, key, *BARELY, beside=beside), near
        case "nearly":
            return writer.reworded(text, key, *NEARLY), near
        case "truncated":
            words = [word for word in text.split(" ") if not word.startswith("#") or not _is_ours(cast, word[1:])]
            return f"{tag} {' '.join(words[: len(words) * 3 // 4]).rstrip('.,:;')}…", near
        case "link":
            return f"{_days(post)} {writer.remark(key)} {_address(cast, post)} {tag}", None
        case "picture":
            own = writer.text(key, days=post.says_days, theme=post.says_theme)
            return f"{own} {tag}", post.image
    return text, near


def _is_ours(cast: Cast, tag: str) -> bool:
    return tag.casefold() in {one.casefold() for one in cast.files.settings["hashtags"]}


def _days(post: Planned) -> str:
    return f"Day {' & '.join(map(str, post.says_days))}:"


def _address(cast: Cast, post: Planned) -> str:
    world = World(home=cast.files.home, settings=cast.files.settings, people=cast.people, posts={post.plan_id: post})
    return bridges.mastodon_url(world, post) if post.platform == "mastodon" else papers.post_url(world, post)


def _text(post: Planned) -> str:
    return post.versions[-1].text


# the same again


def _again(post: Planned, letter: str, at: datetime, **more: Any) -> Planned:
    """By the same account in the same place."""
    moved = at - post.published_at
    return replace(
        post,
        plan_id=f"{post.plan_id}-{letter}",
        published_at=at,
        visible_from=at,
        versions=(replace(post.versions[-1], since=at),),
        arrivals=tuple(replace(one, at=one.at + moved) for one in post.arrivals),
        **{"copy_of": post.plan_id, **more},
    )


def _first_half(cast: Cast, post: Planned) -> Planned:
    """Sent shortly before a collection, met by it, deleted, and sent again as the post that counts."""
    collection = cast.files.settings["collection"]
    pause = timedelta(hours=collection.get("every_hours", 24))
    first = datetime.combine(collection["first"], collection["at"], UTC)
    met = first + (post.published_at - timedelta(minutes=20) - first) // pause * pause
    sent, deleted = met - timedelta(minutes=15), met + timedelta(minutes=10)
    return _again(post, "r", sent, deleted_at=deleted, copy_of=None, counts="deleted")


def _elsewhere(
    cast: Cast, post: Planned, plan_id: str, author: str, platform: str, at: datetime, text: str,
    *, picture: str | None = "", waits: str = "",
) -> Planned:  # fmt: skip
    """On another platform, with the same picture unless it is said which."""
    image = post.image if picture == "" else picture
    more: dict[str, Any] = {"title": title(text), "tags": tags_in(text)} if platform == "wordpress" else {}
    if platform == "facebook":
        more["clerk"] = cast.files.settings["clerks"][0]["name"]
    if platform == "instagram" and image is None:
        image = plan_id
    return plan(
        cast, plan_id, author, platform, at, text,
        media=("image",) if image else (), image=image, on_behalf_of=post.on_behalf_of, says_days=post.says_days,
        says_theme=post.says_theme, counts="duplicate_crosspost", copy_of=post.plan_id, waits=waits,
        route=route(cast, platform, author), **more,
    )  # fmt: skip


def _bridged(cast: Cast, post: Planned, platform: str) -> Planned:
    author = cast.bridge(post.author, platform)
    return plan(
        cast, f"{post.plan_id}-d", author, platform, post.published_at, _text(post),
        media=post.media, image=post.image, says_days=post.says_days, says_theme=post.says_theme,
        visible_from=post.published_at + timedelta(minutes=2), counts="bridge_copy", copy_of=post.plan_id,
    )  # fmt: skip
