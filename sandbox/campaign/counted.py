"""What counts and what it is copied from: kinds A-E and P of the reference campaign's table (`metrics.md` g.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sandbox.campaign.cast import Cast
from sandbox.campaign.files import Files
from sandbox.campaign.words import Writer
from sandbox.world import Planned


def prompt_id(platform: str, day: int) -> str:
    """The plan_id of the organiser's post with a day's prompt. `others` plans these posts; counted posts answer them."""
    return f"I-{platform}-{day:02}"


def prompt_at(files: Files, day: int) -> datetime:
    """When the organiser posts a day's prompt: as the day begins in the far east, 10:00 UTC the day before."""
    return datetime.combine(files.settings["starts_on"] + timedelta(days=day - 1), time(), UTC) - timedelta(hours=14)


def counted(files: Files, cast: Cast, writer: Writer) -> list[Planned]:
    """The counted posts (plan_id as in the file), their copies (`U0001-b1`), double submits (`…-c`), reposted halves
    (`…-r`), bridge copies (`…-d`) and second copies on X (`…-e`), in order of time."""
    raise NotImplementedError


def plan(cast: Cast, plan_id: str, author: str, platform: str, at: datetime, text: str, **more: Any) -> Planned:
    """A planned post by an account (a person_id of `cast.people`), with everything else as usual.

    `more` are further fields of Planned; `edits=((at, text), …)` are later versions, `tags=` those beside the text.
    """
    raise NotImplementedError


def places_of(cast: Cast, author: str, platform: str) -> str:
    """Where an account posts on a platform: its Mastodon instance, the group, the blog, else nothing."""
    raise NotImplementedError


def clashes(posts: Iterable[Planned]) -> list[tuple[str, str]]:
    raise NotImplementedError
