"""How values and codes read to a person: numbers, dates, ages, platforms, waterfall steps, text from outside."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

from reports.figures import Value
from reports.tables import Form

NOT_KNOWN = "not known"
LONGEST_NAME = 120
SPACES = re.compile(r"[^\S\u00a0]+")

# Zero-width joiners shape Persian and Indic names and stay; all else that is invisible or turns text around goes.
JOINERS = "\u200c\u200d"
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

PLATFORMS = {
    "blog": "Blog",
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "flickr": "Flickr",
    "instagram": "Instagram",
    "mastodon": "Mastodon",
    "threads": "Threads",
    "wordpress": "Blog (WordPress)",
    "x": "X",
    "youtube": "YouTube",
}

ROLES = {"fellow": "Fellow", "partner": "Partner", "staff": "Museum staff", "supporter": "Supporter"}

STEPS = {
    "quarantined": ("Could not be read", "Kept aside whole, with the reason. Not part of the sum."),
    "seen": ("Items seen", "Every post, reply, repost and copy that was met for this campaign."),
    "opted_out": ("Opted out", "By people who asked not to be collected. Only this number is kept."),
    "not_public": ("Not public", "The platform says that not everybody may see it. Only this number is kept."),
    "deleted": ("Deleted", "Taken down by the author or the platform."),
    "superseded_edit": ("Older version of an edited post", "The edit counts, what was there before does not."),
    "spam_or_collision": ("Spam, or another use of the tag", "Advertising, or a tag that means something else."),
    "excluded_by_review": ("Left out by a person", "Somebody who looked at it decided so."),
    "repost": ("Repost", "Passing on somebody's post is interaction, not a post."),
    "reply_or_comment": ("Reply or comment", "Conversation. With a picture and the tag of its own it is a post."),
    "thread_continuation": ("Later part of a thread", "The first part stands for the whole thread."),
    "quote_commentary": ("Quote with a remark", "A comment on somebody's post, with no picture of its own."),
    "organiser_account": (
        "The organiser's own post",
        "Prompts and round-ups. What it posts for a member is the member's.",
    ),
    "hashtag_missing_or_removed": ("Without the tag", "The tag was taken out again, or was never in the post."),
    "author_not_member": ("Author is not on the roster", "A genuine post by somebody outside the network."),
    "author_unresolved": ("Author not known yet", "Nobody could say so far whose post it is."),
    "out_of_window": (
        "Outside the campaign's days",
        "Before it began, or afterwards without naming the day it is for.",
    ),
    "duplicate_same_platform": ("Second copy on the same platform", "The same contribution, sent twice."),
    "duplicate_crosspost": ("Copy on another platform", "The same contribution in a second place."),
    "bridge_copy": ("Copy made by a bridge", "Carried from one network to another by software."),
    "counted": ("Unique posts", "What is left: contributions by members, each counted once."),
}

NOT_YET = (
    "A copy with other words and another picture, without a link, or later than 72 hours, counts as a post of its own.",
    "Spam is told by the marks that the campaign's file lists, and by people; strangers' posts count neither way.",
    "A decision needs one person: nobody has to confirm it.",
    "Likes, shares and views are in the warehouse's tables, but not on this page.",
    "This is the edition for the team. It obeys no small-group rule and must not be published.",
)
WITHOUT_TIES = (
    "Whether people of different ITP years, countries and regions answered one another is not measured: these tables "
    "were last built by an older version.",
)


def clean(text: str) -> str:
    """The text on one line, without what no reader can see: nothing in it can turn or hide what stands next to it."""
    kept = (c for c in text if c in JOINERS or c.isspace() or unicodedata.category(c) not in UNPRINTABLE)
    return SPACES.sub(" ", "".join(kept))


def person_name(name: str | None) -> str:
    shown = clean(name or "").strip()
    if not shown.strip(JOINERS + " \u00a0"):
        return "(no name)"
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"


def shown(value: Value, form: Form) -> str:
    """A figure's value as a reader sees it. Unknown is said, never shown as 0."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return day(value)
    match form:
        case "percent":
            return f"{value * 100:.1f}\u00a0%"
        case "ratio":
            return f"{value:,.2f}"
        case "of_hundred":
            return f"{value * 100:.0f}".replace("-", "−")
        case "index":
            return f"{value:+.3f}".replace("-", "−")
        case "p":
            return "below 0.001" if value < Decimal("0.001") else f"{value:.3f}"
        case _:
            return f"{value:,}"


def noun(number: int | None, one: str, many: str) -> str:
    return one if number == 1 else many


def day(value: date) -> str:
    return f"{value.day}\u00a0{value:%b}\u00a0{value:%Y}"


def short_day(value: date) -> str:
    return f"{value:%a} {value.day}\u00a0{value:%b}"


def moment(value: datetime) -> str:
    return f"{value.day}\u00a0{value:%B %Y, %H:%M} UTC"


def age(span: timedelta) -> str:
    """How long ago, in the unit a person would use."""
    hours = int(span.total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    return counted(hours, "hour") if hours < 48 else f"{hours // 24} days"


def counted(number: int, noun: str) -> str:
    """`1 hour`, `2 hours`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def dollars_spent(spent: Decimal) -> str:
    """A bound, because a platform may ask nothing for what it showed on the same day already."""
    return f"at most ${spent:.2f}" if spent else "$0.00"


def platform(code: str) -> str:
    return PLATFORMS.get(code, code.replace("_", " ").capitalize())


def role(code: str | None) -> str:
    return NOT_KNOWN if code is None else ROLES.get(code, code.replace("_", " ").capitalize())


def step(code: str) -> tuple[str, str]:
    return STEPS.get(code, (code.replace("_", " ").capitalize(), ""))


def share(part: int | Decimal | None, whole: int | Decimal | None) -> str:
    """The part of the whole as a CSS percentage; an unknown part has no length."""
    if not part or not whole:
        return "0"
    return f"{min(100.0, float(part) / float(whole) * 100):.2f}"
