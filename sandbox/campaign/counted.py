"""What counts and what it is copied from: kinds A-E and P of the reference campaign's table (`metrics.md` g.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any

from sandbox.campaign.cast import Cast
from sandbox.campaign.chosen import Chosen, choose
from sandbox.campaign.copies import copies
from sandbox.campaign.files import BadWorld, Counted, Files
from sandbox.campaign.names import COUNTRIES
from sandbox.campaign.planning import places_of, plan, route, title
from sandbox.campaign.words import Writer, alike
from sandbox.ids import number
from sandbox.world import Planned, tags_in

__all__ = ["counted", "places_of", "plan", "prompt_at", "prompt_id", "says"]

DOUBTFUL = (0.56, 0.74)
"""How much alike two texts are about which people are asked."""
ANSWERED = timedelta(days=4)
"""Posts are answered that are not older than this."""


def counted(files: Files, cast: Cast, writer: Writer) -> list[Planned]:
    """The counted posts (plan_id as in the file), their copies (`U0001-b1`), double submits (`…-c`), reposted halves
    (`…-r`), bridge copies (`…-d`) and second copies on X (`…-e`), in order of time."""
    chosen = choose(files)
    texts = _texts(files, cast, writer, chosen)
    posts: dict[str, Planned] = {}
    for line in sorted(files.posts.values(), key=lambda one: (one.published_at, one.post_id)):
        posts[line.post_id] = _planned(cast, writer, chosen, line, texts[line.post_id], posts)
    clerks = _clerks(files)
    posts = {plan_id: replace(post, clerk=clerks.get(plan_id)) for plan_id, post in posts.items()}
    found = [*posts.values(), *copies(cast, writer, chosen, posts)]
    return sorted(found, key=lambda post: (post.published_at, post.plan_id))


def prompt_id(platform: str, day: int) -> str:
    """The plan_id of the organiser's post with a day's prompt, which counted posts may answer."""
    return f"I-{platform}-{day:02}"


def prompt_at(files: Files, day: int) -> datetime:
    """When the organiser posts a day's prompt: as the day begins in the far east, 10:00 UTC the day before."""
    return datetime.combine(files.settings["starts_on"] + timedelta(days=day - 1), time(), UTC) - timedelta(hours=14)


# texts


def _texts(files: Files, cast: Cast, writer: Writer, chosen: Chosen) -> dict[str, str]:
    """What each counted post says, by its id."""
    bodies: dict[str, str] = {}
    for n, pair in enumerate(chosen.greetings):
        home = COUNTRIES[files.members[pair[0].member_id].iso3].label
        bodies |= {one.post_id: f"{writer.greetings[n % len(writer.greetings)]}, from {home}." for one in pair}
    for one, other in chosen.twins:
        bodies[one.post_id] = bodies[other.post_id] = writer.body(one.post_id)
    texts = {line.post_id: _text(files, cast, writer, line, bodies.get(line.post_id)) for line in files.posts.values()}
    for one, other in chosen.greetings:
        texts |= {line.post_id: _dated(writer, line, bodies[line.post_id]) for line in (one, other)}
    for one, other in chosen.twins:
        texts |= {line.post_id: _dated(writer, line, bodies[line.post_id]) for line in (one, other)}
    for one, other in chosen.look_alikes:
        texts[other.post_id] = _look_alike(files, cast, writer, one, other, texts[one.post_id])
    return texts


def _dated(writer: Writer, line: Counted, body: str) -> str:
    """With its day in front, in the one way in which everybody writes it."""
    return f"Day {line.prompt_day}: {body} {writer.tag(line.tag_form, line.post_id)}"


def _text(files: Files, cast: Cast, writer: Writer, line: Counted, body: str | None = None) -> str:
    days, theme = says(files, line)
    iso3 = files.members[line.member_id].iso3
    text = writer.text(
        line.post_id, days=days, theme=theme, tag=line.tag_form, culture=COUNTRIES[iso3].culture, body=body
    )
    if line.form != "on_behalf":
        return text
    if not (phrases := files.settings.get("on_behalf_phrases")):
        raise BadWorld("world.toml: a post on behalf is planned, but there are no on_behalf_phrases.")
    return f"{phrases[0][:1].upper()}{phrases[0][1:]} {cast.people[line.member_id].row['name']}: {text}"


def _look_alike(files: Files, cast: Cast, writer: Writer, one: Counted, other: Counted, earlier: str) -> str:
    """What the other says, in words so near the earlier one's that people have to be asked."""
    body = writer.body(one.post_id)
    own = [word for word in body.split(" ") if word]
    for turn, place in enumerate(range(2, len(own), 2)):
        own[place] = writer.draw("nouns", other.post_id, 50 + turn)
        text = _text(files, cast, writer, other, " ".join(own))
        if DOUBTFUL[0] <= alike(text, earlier) <= DOUBTFUL[1]:
            return text
    raise BadWorld(f"world.toml: {other.post_id} cannot be made to look like {one.post_id}.")


def says(files: Files, line: Counted) -> tuple[tuple[int, ...], int | None]:
    """Which days a counted post's text names, and whose theme."""
    local = (line.local_date - files.settings["starts_on"]).days + 1
    match line.day_method:
        case "explicit":
            days = tuple(sorted({line.prompt_day, *line.extra_days}))
            both = len(days) == 1 and number(files.seed, line.post_id, "both", below=3) == 0
            has_keywords = any(
                one["day"] == line.prompt_day and one.get("keywords") for one in files.settings["prompts"]
            )
            return days, line.prompt_day if both and has_keywords else None
        case "explicit_conflict":
            return (local - 1,), local
        case "theme":
            return (), line.prompt_day
        case _:
            return (), None


# posts


def _planned(
    cast: Cast, writer: Writer, chosen: Chosen, line: Counted, text: str, earlier: dict[str, Planned]
) -> Planned:
    files, (days, theme) = cast.files, says(cast.files, line)
    if line.post_id in chosen.dated:
        theme = None
    author = _author(cast, line)
    more: dict[str, Any] = {"says_days": days, "says_theme": theme, "counts": "yes"}
    more["waits"] = "author" if line.auto_match != "matched" else ""
    more["route"] = route(cast, line.platform, author, more["waits"])
    if line.form == "on_behalf":
        more["on_behalf_of"] = line.member_id
    if line.form in ANSWERS:
        more |= {"kind": ANSWERS[line.form], "of": _answered(cast, line, earlier)}
    if line.platform == "wordpress":
        more |= {"title": title(text), "tags": tags_in(text)}
    more["media"], more["image"] = _media(files, line)
    more["looks_like"] = next((one.post_id for one, other in chosen.look_alikes if other == line), None)
    if line in chosen.future:
        more["place"] = "future"
    if line in chosen.backdated:
        more["visible_from"] = line.published_at + timedelta(hours=30)
    if line in chosen.edited:
        soon = line.published_at + timedelta(minutes=4 + number(files.seed, line.post_id, "edited", below=24))
        more["edits"] = ((soon, text),)
        text = _misspelt(text)
    return plan(cast, line.post_id, author, line.platform, line.published_at, text, **more)


ANSWERS = {"reply_with_media": "reply", "quote_with_media": "quote"}


def _author(cast: Cast, line: Counted) -> str:
    if line.form == "on_behalf":
        return cast.organiser
    known = line.auto_match != "unknown_handle"
    return cast.account(line.member_id, line.platform, line.published_at, known=known)


def _media(files: Files, line: Counted) -> tuple[tuple[str, ...], str | None]:
    turn = number(files.seed, line.post_id, "media", below=20)
    if line.platform == "instagram" or line.form in ANSWERS:
        return ("image",), line.post_id
    if turn < 2:
        return (), None
    return (("video",), None) if turn == 2 else (("image",), line.post_id)


def _clerks(files: Files) -> dict[str, str]:
    """Who enters which post: each clerk the number of rows that is asked, the first one the rest."""
    rows = [post.post_id for post in files.posts.values() if post.platform == "facebook"]
    if not rows:
        return {}
    first, *others = files.settings["clerks"]
    rows.sort(key=lambda post_id: number(files.seed, post_id, "clerk", below=1 << 40))
    entered = dict.fromkeys(rows, str(first["name"]))
    shared = iter(rows)
    for clerk in others:
        entered |= dict.fromkeys(islice(shared, clerk.get("rows", 0)), str(clerk["name"]))
    return entered


def _answered(cast: Cast, line: Counted, earlier: dict[str, Planned]) -> str:
    """An earlier post on the platform by somebody whom the author deals with, else the organiser's prompt."""
    files = cast.files
    ties = {target for source, target in files.ties_in("campaign") if source == line.member_id}
    is_fellow = files.members[line.member_id].role == "fellow"
    since = line.published_at - ANSWERED

    def may_be(post: Planned) -> bool:
        person = cast.people[post.author].same_as or post.author
        if post.platform != line.platform or post.on_behalf_of or person == line.member_id or post.waits:
            return False
        free = not is_fellow or files.members[person].role != "fellow" or person in ties
        return free and since <= post.published_at <= line.published_at - timedelta(minutes=10)

    found = [plan_id for plan_id, post in earlier.items() if may_be(post)]
    if found:
        return found[number(files.seed, line.post_id, "answers", below=len(found))]
    return prompt_id(
        line.platform, max(day for day in range(1, files.days + 1) if prompt_at(files, day) <= line.published_at)
    )


def _misspelt(text: str) -> str:
    """Two letters of the longest word change places."""
    longest = max((word for word in text.split(" ") if word.isascii() and word.isalpha()), key=len)
    return text.replace(longest, f"{longest[:2]}{longest[3]}{longest[2]}{longest[4:]}", 1)
