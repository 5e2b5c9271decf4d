"""The author's local date, and the prompt day by what a text says, else by that date (`metrics.md` b.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sandbox.world import Planned, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    date: date
    """The author's."""
    local: int
    """That date as a day of the campaign, 1 for the first."""
    prompt: int | None
    method: str


def length(world: World) -> int:
    """How many days the campaign has."""
    return (world.ends_on - world.starts_on).days + 1


def day(world: World, post: Planned) -> Day:
    zone = ZoneInfo(world.people[world.credited(post)].timezone or world.settings["zone"])
    written = post.published_at.astimezone(zone).date()
    local = (written - world.starts_on).days + 1
    prompt, method = _prompt(set(post.says_days), post.says_theme, local, length(world))
    return Day(date=written, local=local, prompt=prompt, method=method)


def _prompt(says: set[int], theme: int | None, local: int, last: int) -> tuple[int | None, str]:
    if len(says) == 1 and theme == local and local not in says:
        return local, "explicit_conflict"
    if says:
        passed = [named for named in says if named <= local]
        return local if local in says else max(passed) if passed and len(says) > 1 else min(says), "explicit"
    if theme:
        return theme, "theme"
    return (local, "date") if 1 <= local <= last else (None, "unassigned")


def in_window(world: World, day: Day) -> bool:
    """Within the campaign, or caught up within the grace period by a post that names its day."""
    last, names_its_day = length(world), day.method in {"explicit", "explicit_conflict", "theme"}
    return 1 <= day.local <= last or (last < day.local <= last + world.settings["grace_days"] and names_its_day)
