"""How often two posts are rightly made one.

Pairs are made by what people do, not by what the rules look at. Posted again elsewhere: tags, mentions and emoji added,
cut to a platform's length, other punctuation, a sentence more, a word corrected, the picture recompressed, a link to
the first. And, as many, two posts that look like one: the same prompt with other words and another picture, a greeting
every morning, a series in the same words, the same text of two people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from jinja2 import Environment
from sqlalchemy import Connection, text

from warehouse import clustering, days
from warehouse.engine import connect, create_database, drop_database
from warehouse.landing import binary
from warehouse.transform import PROJECT

SEED, PAIRS_OF_A_KIND = 28, 400
START = datetime(2027, 2, 1, 9, tzinfo=UTC)
LIMITS = {"x": 280, "bluesky": 300, "mastodon": 500, "facebook": 5000, "instagram": 2200}
OPENINGS = (
    "Today I would like to show you", "Here is my answer to the prompt:", "I keep coming back to", "My team restored",
    "We found this in the store rooms:", "Look closely at", "هذا من متحفنا:", "Bugün müzemizden", "Hoje quero mostrar",
)  # fmt: skip
THINGS = (
    "a bronze cat", "the painted coffin", "a glass bead necklace", "our oldest map", "a clay tablet",
    "el telar de mi abuela",
    "the stone lion", "a silver coin", "the blue tiles", "a wooden mask", "die alte Orgel", "the reed boat",
    "一只青铜鼎",
    "a woven basket", "the marble head", "a letter from 1911", "the iron key", "our tea bowls", "قلادة من الذهب",
)  # fmt: skip
PLACES = ("Luxor", "Jaipur", "Accra", "Lima", "Erbil", "Hanoi", "Tbilisi", "Khartoum", "Izmir", "Wuhan", "Salvador")
THOUGHTS = (
    "it was found by farmers a hundred years ago", "visitors always ask about it", "children love it most of all",
    "nobody knows who made it", "it survived a flood and two wars", "it will travel to London next spring",
    "the light in that room is wonderful in the morning", "my grandmother had one like it",
    "we still argue about its age",
    "it took four of us to carry it", "the conservation took eleven months", "I wrote my thesis about it",
)  # fmt: skip
GREETINGS = (
    "Good morning from {place} everyone",
    "Another day at the museum in {place}, hello all",
    "Hello from {place}!",
)
EMOJI, TAGS = ("🏛", "❤️", "🌍✨", "😺", "📸"), ("#museum", "#heritage", "#MuseumsFromHome", "@britmusITP", "#ITPfellows")
OTHER_SIGNS = str.maketrans({"'": "’", ",": " –", ":": "…", ".": "!", "!": "."})


class Post(NamedTuple):
    platform: str
    at: datetime
    words: str
    picture: int | None
    links: tuple[str, ...] = ()
    other_person: bool = False


Pair = tuple[Post, Post]


def story(dice: Random) -> str:
    """A post of one to five sentences."""
    thoughts = dice.sample(THOUGHTS, dice.randint(0, 4))
    return ". ".join([f"{dice.choice(OPENINGS)} {dice.choice(THINGS)} from {dice.choice(PLACES)}", *thoughts])


def first(dice: Random, words: str) -> Post:
    day = dice.randint(1, 28)
    named = f"Day {day}: " if dice.random() < 0.7 else ""
    picture = dice.getrandbits(64) if dice.random() < 0.8 else None
    at = START + timedelta(days=day - 1, minutes=dice.randint(0, 600))
    return Post(dice.choice(list(LIMITS)), at, f"{named}{words} #ITP28", picture)


def elsewhere(dice: Random, post: Post) -> Post:
    """The same contribution on another platform, some minutes or a day later."""
    platform = dice.choice([name for name in LIMITS if name != post.platform])
    later = timedelta(minutes=min(2880.0, dice.expovariate(1 / 90)))
    return post._replace(platform=platform, at=post.at + later, picture=recompressed(dice, post.picture))


def recompressed(dice: Random, picture: int | None) -> int | None:
    """What the other platform made of it: a few bits of what it looks like are other ones; some cannot be read."""
    if picture is None or dice.random() < 0.3:
        return None
    for _ in range(min(12, int(dice.expovariate(0.7)))):
        picture ^= 1 << dice.randrange(64)
    return picture


# ---------------------------------------------------------------- one contribution


def tagged(dice: Random, post: Post) -> Post:
    return post._replace(words=" ".join([*dice.sample(TAGS, 2), post.words, *dice.sample(TAGS, 2)]))


def cut(dice: Random, post: Post) -> Post:
    limit = min(LIMITS[post.platform], dice.randint(90, 200))
    if len(post.words) <= limit:
        return post
    return post._replace(words=f"{post.words[: limit - 30].rstrip()}… {address('facebook', dice.randrange(10**9))}")


def decorated(dice: Random, post: Post) -> Post:
    words = post.words.translate(OTHER_SIGNS) if dice.random() < 0.7 else post.words
    return post._replace(words=f"{dice.choice(EMOJI)} {words}{dice.choice(EMOJI)}")


def edited(dice: Random, post: Post) -> Post:
    words = post.words.split(" ")
    if dice.random() < 0.5:
        words[dice.randrange(len(words))] += "e"
    else:
        words.insert(dice.randrange(len(words)), "really")
    return post._replace(words=" ".join(words))


def linked(dice: Random, post: Post) -> Post:
    return post._replace(words=f"New on our page! {dice.choice(THOUGHTS)}", picture=None, links=("first",))


SAME: tuple[Callable[[Random, Post], Post], ...] = (tagged, cut, decorated, edited, linked)


# ---------------------------------------------------------------- two contributions


def same_prompt(dice: Random, post: Post) -> Post:
    words = f"{post.words.split(' ', 3)[0]} {story(dice)} #ITP28"
    return post._replace(words=words, picture=dice.getrandbits(64), at=post.at + timedelta(hours=dice.randint(1, 20)))


def greeting(dice: Random, post: Post) -> Pair:
    """Every morning the same words and another picture; they name the day, as campaigns ask for, or are days apart."""
    words, day = dice.choice(GREETINGS).format(place=dice.choice(PLACES)), dice.randint(1, 20)
    apart, names = (dice.randint(1, 3), True) if dice.random() < 0.8 else (dice.randint(4, 8), False)
    told = [f"{words} #Day{n} #ITP28" if names else f"{words} #ITP28" for n in (day, day + apart)]
    one = Post(post.platform, START + timedelta(days=day - 1), told[0], dice.getrandbits(64))
    return one, one._replace(at=one.at + timedelta(days=apart), words=told[1], picture=dice.getrandbits(64))


def series(dice: Random, _: Post) -> Pair:
    """Two parts of a series, a day apart, in the same frame of words."""
    frame = f"Object of the day in {dice.choice(PLACES)}: {{}}. Come and see it until Sunday, {dice.choice(THOUGHTS)}"
    one, other = dice.sample(THINGS, 2)
    thoughts = dice.sample(THOUGHTS, 2)
    first_part = first(dice, frame.format(f"{one}, {thoughts[0]}"))
    words = f"{frame.format(f'{other}, {thoughts[1]}')} #ITP28"
    return first_part, first_part._replace(
        words=words, at=first_part.at + timedelta(hours=24), picture=dice.getrandbits(64)
    )


def two_people(dice: Random, post: Post) -> Post:
    return elsewhere(dice, post)._replace(other_person=True)


def same_thing(dice: Random, post: Post) -> Post:
    """More about what was shown the day before, with another picture of it."""
    words = f"More about {post.words.split(': ')[-1].removesuffix(' #ITP28').split('. ')[0]}: {dice.choice(THOUGHTS)}"
    return post._replace(words=words, at=post.at + timedelta(hours=dice.randint(2, 40)), picture=dice.getrandbits(64))


OTHER: tuple[Callable[[Random, Post], Post | Pair], ...] = (same_prompt, greeting, series, two_people, same_thing)


def pairs(of_a_kind: int = PAIRS_OF_A_KIND) -> Iterator[tuple[str, bool, Post, Post]]:
    """The kind of pair, whether it is one contribution, and its posts."""
    dice = Random(SEED)
    for change in SAME:
        for _ in range(of_a_kind):
            post = first(dice, story(dice))
            yield change.__name__, True, post, change(dice, elsewhere(dice, post))
    for differ in OTHER:
        for _ in range(of_a_kind):
            post = first(dice, story(dice))
            found = differ(dice, post)
            yield (differ.__name__, False, post, found) if isinstance(found, Post) else (differ.__name__, False, *found)


def address(platform: str, number: int) -> str:
    return f"https://{platform}.example/posts/{number}"


# ---------------------------------------------------------------- judged by the warehouse

COLUMNS = (
    *(("number", "bigint"), ("person", "text"), ("platform", "text"), ("at", "timestamptz"), ("words", "text")),
    *(("days", "bigint[]"), ("url", "text"), ("links", "text[]"), ("hashes", "text[]")),
)
COUNTABLE = """
create table build.int_items__countable as
select number as place, platform, number::text as post_id, person as person_id, at as created_at,
       nullif(days, '{}')::int[] as named_days, {{ comparable_words('words') }} as words,
       {{ ends_in_ellipsis('words') }} as is_truncated, url, links, hashes as media_hashes, false as is_bridge
from posted
"""


Judged = tuple[str, bool, bool, bool]
"""A pair's kind, whether it is one contribution, whether it was merged, and whether a person is asked."""


def judged(server_url: str, of_a_kind: int = PAIRS_OF_A_KIND) -> list[Judged]:
    made = list(pairs(of_a_kind))
    engine = connect(create_database(server_url, name := "rollcall_quality_merging"))
    try:
        with engine.begin() as connection:
            merged, doubtful = _clustered(connection, made)
    finally:
        engine.dispose()
        drop_database(server_url, name)
    return [(kind, same, n in merged, n in doubtful) for n, (kind, same, *_) in enumerate(made)]


def _clustered(connection: Connection, made: list[tuple[str, bool, Post, Post]]) -> tuple[set[int], set[int]]:
    """The pairs, by number, that were merged, and those that a person is asked about."""
    macros = (PROJECT / "macros" / "text.sql").read_text("utf-8")
    countable = Environment(autoescape=False).from_string(macros + COUNTABLE).render()
    connection.execute(text("create schema build"))
    connection.execute(text(f"create temp table posted ({', '.join(' '.join(column) for column in COLUMNS)})"))
    binary.copy(
        connection, "posted", COLUMNS, (row for n, (_, _, *posts) in enumerate(made) for row in _rows(n, posts))
    )
    connection.exec_driver_sql(countable.replace("%", "%%"))
    connection.execute(text("create table build.stg_decisions (queue text, subject text, verdict text)"))
    for statement in clustering.TABLES:
        connection.execute(text(statement))
    clustering.cluster(connection)
    found = [
        {int(n) // 2 for (n,) in connection.execute(text(f"select post_id_a from build.{table}"))}
        for table in ("merged", "doubtful")
    ]
    return found[0], found[1]


def _rows(pair: int, posts: list[Any]) -> Iterator[tuple[Any, ...]]:
    for which, post in enumerate(posts):
        number = pair * 2 + which
        links = [address(posts[0].platform, pair * 2)] if post.links else []
        hashes = [] if post.picture is None else [f"phash:{post.picture:016x}"]
        named = list(days.named_days(post.words, 28))
        person = f"P{pair}{'b' if post.other_person else ''}"
        yield number, person, post.platform, post.at, post.words, named, address(post.platform, number), links, hashes
