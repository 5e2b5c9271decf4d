"""Bridges (Bridgy Fed): accounts that repeat on one network what somebody posts on another, with a way back to it.

An account of Bluesky is `handle@bsky.brid.gy` on the Fediverse; one of Mastodon is `name.server.ap.brid.gy` on Bluesky.
"""

from __future__ import annotations

from sandbox.ids import mastodon_id
from sandbox.world import Planned, World

ON_MASTODON = "bsky.brid.gy"
ON_BLUESKY = "ap.brid.gy"


def original(world: World, post: Planned) -> Planned | None:
    """The post on the other network that a bridge's account repeats, None for everybody else's posts."""
    ending = {"mastodon": f"@{ON_MASTODON}", "bluesky": f".{ON_BLUESKY}"}.get(post.platform)
    if ending is None or not world.handle(post).endswith(ending):
        return None
    return world.posts.get(post.copy_of or "")


def mastodon_url(world: World, post: Planned) -> str:
    """Where people read a post on its author's own server."""
    name, _, domain = world.handle(post).partition("@")
    return f"https://{domain}/@{name}/{mastodon_id(post.published_at, world.seed, post.plan_id, post.place)}"
