"""What a colleague's browser met: Instagram posts in the form in which Zeeschuimer exports them, NDJSON, one a line.

Zeeschuimer keeps the object that Instagram's own site loads and adds where and when it was loaded. A post is met an
hour after it is shown, as it is then; what becomes of it later, the export does not tell.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sandbox.ids import milliseconds, number
from sandbox.instagram import hides_likes, media_id, shortcode
from sandbox.pulse import pulse
from sandbox.world import Planned, World

ROUTE = "zeeschuimer"
MET_AFTER = timedelta(hours=1)
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
KINDS = {"image": 1, "video": 2}
ALBUM = 8


def met_at(post: Planned) -> datetime:
    return post.visible_from + MET_AFTER


def zeeschuimer_ndjson(world: World, as_of: datetime) -> str:
    """The export as it stands at a moment: everything that was met so far, in that order."""
    met = [post for post in world.on("instagram") if post.route == ROUTE and met_at(post) <= as_of]
    met.sort(key=lambda post: (met_at(post), post.plan_id))
    lines = (
        json.dumps(_line(world, post, n), ensure_ascii=False) for n, post in enumerate(met) if post.at(met_at(post))
    )
    return "".join(f"{line}\n" for line in lines)


def _line(world: World, post: Planned, position: int) -> dict[str, Any]:
    handle = world.people[post.author].handle_at("instagram", met_at(post))
    return {
        "nav_index": f"1:{position}",
        "item_id": media_id(world, post),
        "timestamp_collected": milliseconds(met_at(post)),
        "source_platform": "instagram.com",
        "source_platform_url": f"https://www.instagram.com/{handle}/",
        "source_url": "https://www.instagram.com/graphql/query",
        "user_agent": USER_AGENT,
        "data": _item(world, post, handle),
    }


def _item(world: World, post: Planned, handle: str) -> dict[str, Any]:
    """An `item list` object, as far as anybody reads it."""
    seen_at, owner = met_at(post), str(number(world.seed, "instagram pk", post.author, below=10**10))
    version, counts = post.at(seen_at) or post.versions[-1], pulse(world, post, met_at(post))
    name, kinds = world.people[post.author].name, [KINDS[kind] for kind in post.media] or [KINDS["image"]]
    own_id = media_id(world, post)
    item: dict[str, Any] = {
        "pk": own_id,
        "id": f"{own_id}_{owner}",
        "code": shortcode(world, post),
        "taken_at": int(post.published_at.timestamp()),
        "media_type": ALBUM if len(kinds) > 1 else kinds[0],
        "caption": {"text": version.text, "created_at": int(post.published_at.timestamp())},
        "user": {"pk": owner, "username": handle, "full_name": name, "is_private": False},
        "like_and_view_counts_disabled": hides_likes(world, post.author),
        "like_count": counts.likes,
        "comment_count": counts.replies,
        "image_versions2": {"candidates": [{"url": f"https://scontent.example/{own_id}.jpg"}]},
    }
    if len(kinds) > 1:
        item["carousel_media"] = [{"pk": f"{own_id}{n}", "media_type": kind} for n, kind in enumerate(kinds)]
    return item
