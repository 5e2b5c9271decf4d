"""From a folder of counted posts, ties and quotas to a world of people and planned posts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sandbox.campaign import apart, counted, files, january, strangers
from sandbox.campaign import cast as casting
from sandbox.campaign.cast import Cast
from sandbox.campaign.known import Known
from sandbox.campaign.ties import Ties
from sandbox.campaign.words import Writer
from sandbox.world import Planned, World, own_blog


def expanded(home: Path) -> World:
    """The world of such a folder. Raises files.BadWorld with file and line."""
    read = files.read(home)
    people, writer = casting.cast(read), Writer(read)
    posts = counted.counted(read, people, writer)
    posts += _everything_else(people, writer, posts)
    posts.sort(key=lambda post: (post.published_at, post.plan_id))
    twice = [plan_id for plan_id, times in Counter(post.plan_id for post in posts).items() if times > 1]
    if twice:
        raise ValueError(f"Two planned posts are called {twice[0]}.")
    by_id = {post.plan_id: post for post in posts}
    settings = _settings(people)
    blog = own_blog(home, settings, people.people)
    return World(home=home, settings=settings, people=people.people, posts=by_id, blog=blog)


def _everything_else(people: Cast, writer: Writer, counted_posts: list[Planned]) -> list[Planned]:
    known = Known(people, counted_posts)
    institution = list(apart.institution(people, writer))
    return [
        *institution,
        *apart.threads(people, writer, known),
        *apart.out_of_window(people, writer, known),
        *apart.tag_removed(people, writer, known),
        *apart.deleted(people, writer, known),
        *apart.followers_only(people, writer, known),
        *apart.opted_out(people, writer),
        *strangers.spam(people, writer),
        *strangers.public(people, writer),
        *Ties(people, writer, known, institution).acts(),
        *january.before(people, writer, known),
    ]


def _settings(people: Cast) -> dict[str, Any]:
    """Those of world.toml, and whose accounts on Instagram are not professional."""
    settings = dict(people.files.settings)
    if "instagram" in settings:
        settings["instagram"] = [place | {"personal": list(people.personal)} for place in settings["instagram"]]
    return settings
