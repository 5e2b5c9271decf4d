"""A planned post of this world, with what is usual on its platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.campaign.cast import Cast
from sandbox.world import Arrival, Planned, Version

FEDERATES = timedelta(minutes=1)


def plan(cast: Cast, plan_id: str, author: str, platform: str, at: datetime, text: str, **more: Any) -> Planned:
    """A planned post by an account (a person_id of `cast.people`), with everything else as usual.

    `more` are further fields of Planned; `edits=((at, text), …)` are later versions, `tags=` those beside the text.
    """
    edits, tags, place = more.pop("edits", ()), more.pop("tags", ()), more.pop("place", None)
    place = places_of(cast, author, platform) if place is None else place
    usual = {
        "kind": "original",
        "of": None,
        "visible_from": at,
        "deleted_at": None,
        "title": "",
        "media": (),
        "image": None,
        "visibility": "public",
        "arrivals": _arrivals(cast, platform, place, at),
        "on_behalf_of": None,
        "clerk": None,
        "author_hidden": False,
        "says_days": (),
        "says_theme": None,
        "copy_of": None,
    }
    versions = ((at, text), *edits)
    return Planned(
        plan_id=plan_id,
        platform=platform,
        place=place,
        author=author,
        published_at=at,
        versions=tuple(Version(text=said, tags=tuple(tags), since=since) for since, said in versions),
        **{**usual, **more},
    )


def places_of(cast: Cast, author: str, platform: str) -> str:
    """Where an account posts on a platform: its Mastodon instance, the group, the blog, else nothing."""
    match platform:
        case "mastodon":
            return cast.people[author].handles["mastodon"].partition("@")[2]
        case "facebook":
            return str(cast.files.settings["accounts"]["facebook"])
        case "wordpress":
            return str(cast.files.settings["wordpress"][0]["domain"])
        case _:
            return ""


def _arrivals(cast: Cast, platform: str, place: str, at: datetime) -> tuple[Arrival, ...]:
    """Every instance that the team reads gets what is posted on Mastodon."""
    if platform != "mastodon":
        return ()
    domains = [str(one["domain"]) for one in cast.files.settings["mastodon"]]
    return tuple(Arrival(domain=one, at=at + FEDERATES, backfilled=False) for one in domains if one != place)


def title(text: str) -> str:
    """A blog post's: its first words once more."""
    return " ".join([word for word in text.split(" ") if not word.startswith("#")][:6]).rstrip(".,:;–")


def route(cast: Cast, platform: str, author: str, waits: str = "") -> str:
    """How a post comes: the API tells nothing of a personal account on Instagram, so somebody's browser met it.

    Not so where nobody knows whose it is (`author`).
    """
    person = cast.people[author].same_as or author
    browsed = platform == "instagram" and person in cast.personal and waits != "author"
    return "zeeschuimer" if browsed else ""
