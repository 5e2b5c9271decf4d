"""The clerks' sheet of acts: who dealt with whom where no program can see it, `docs/sheets.md`.

A planned answer with the route `acts` is a line of it, and of nothing else. What was said is not in it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.papers import ENTERED_AFTER, post_url
from sandbox.world import Planned, World

ROUTE = "acts"
COLUMNS = (
    *("type", "platform", "at", "entered_tz", "source", "target", "target_post"),
    *("evidence", "collected_at", "collected_by", "note"),
)


def entered(world: World, as_of: datetime) -> list[Planned]:
    """The acts that the clerks have entered by this moment, in that order."""
    acts = (post for post in world.posts.values() if post.route == ROUTE and post.kind == "reply")
    known = [act for act in acts if act.visible_from + ENTERED_AFTER <= as_of]
    return sorted(known, key=lambda act: (act.visible_from, act.plan_id))


def acts_csv(world: World, as_of: datetime) -> str:
    """The sheet as it stands at a moment."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(world, as_of))
    return text.getvalue()


def _rows(world: World, as_of: datetime) -> Iterator[dict[str, str]]:
    clerks = {clerk["name"]: ZoneInfo(clerk["zone"]) for clerk in world.settings.get("clerks", ())}
    for act in entered(world, as_of):
        clerk = act.clerk or next(iter(clerks))
        towards = world.posts[act.of or ""]
        yield {
            "type": "reply" if towards.kind == "reply" else "comment",
            "platform": act.platform,
            "at": act.published_at.astimezone(clerks[clerk]).strftime("%Y-%m-%dT%H:%M:%S"),
            "entered_tz": str(clerks[clerk]),
            "source": world.people[act.author].handle_at(act.platform, act.published_at),
            "target": world.people[towards.author].handle_at(act.platform, act.published_at),
            "target_post": _address(world, towards),
            "evidence": f"screenshots/{act.plan_id}.png",
            "collected_at": (act.visible_from + ENTERED_AFTER).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "collected_by": clerk,
            "note": "",
        }


def _address(world: World, post: Planned) -> str:
    return "" if post.route == ROUTE else post_url(world, post)  # before the campaign nobody wrote addresses down
