"""Which days a post names, in the languages and habits of a real challenge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from warehouse import days
from warehouse.campaign import Campaign, Prompt

PROMPTS = (
    Prompt(day=3, keywords=("ITP memory", "memory")),
    Prompt(day=7, keywords=("recipe", "recipes")),
    Prompt(day=9, keywords=("猫",)),
    Prompt(day=16, keywords=("song on repeat",)),
)
DAY_WORDS = ("Day", "day", "DAY", "Día", "Dia", "Jour", "Giorno", "Gün", "День", "اليوم", "दिन", "#Day", "#day_")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Day 3", (3,)),
        ("#Day3 my cat", (3,)),
        ("#ITP28Day3", (3,)),
        ("#ITP28 Day 3", (3,)),
        ("DAY-03", (3,)),
        ("Day #3", (3,)),
        ("Day no. 3", (3,)),
        ("Día 3", (3,)),
        ("Jour 12 : musée", (12,)),
        ("Tag 3 – Erinnerung", (3,)),
        ("3. Gün", (3,)),
        ("День 3", (3,)),
        ("اليوم ٥", (5,)),
        ("\u200fاليوم ٢٨\u200f", (28,)),
        ("दिन ३", (3,)),
        ("第3天", (3,)),
        ("第二十三天", (23,)),
        ("第十天", (10,)),
        ("3日目", (3,)),
        ("Ｄａｙ　３", (3,)),
        ("Day 1️⃣2️⃣", (12,)),
        ("D3 and #d4", (3, 4)),
        ("3/28", (3,)),
        ("3/28 #ITP28", (3,)),
        ("#ITP28 3/28", (3,)),
        ("A cat (3/28) #ITP28", (3,)),
        ("Day 3/28", (3,)),
        ("Day 1 & 2", (1, 2)),
        ("Day 1 and Day 2", (1, 2)),
        ("Days 3-5", (3, 4, 5)),
        ("Days 3, 4 and 6", (3, 4, 6)),
        ("Day 27-30", (27, 28)),
        ("Catching up: Day 5\nand Day 6", (5, 6)),
    ],
)
def test_a_day_that_is_named(words: str, named: tuple[int, ...]) -> None:
    """A word for day with its number, in any decimal script, or N of all."""
    assert days.named_days(words, 28) == named


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Day 29",
        "Day 0",
        "Day 128",
        "Day 3.5",
        "3 days to go",
        "only 3 days 2 hours to go",
        "10/28 guests",
        "see you 10/28!",
        "10/2",
        "3/28/2026",
        "28",
        "#ITP28",
        "#ITP28❤️",
        "birthday 3, Sunday 7, #holiday21",
        "tag 3 friends",
        "vitamin d3",
        "https://x.example/day/3 www.x.example/3/28",
        "Valentine's Day 14 Feb",
        "el día 14 de febrero",
        "no dia 5 de março",
        "le jour 14 février",
        "every day 2 cups of tea",
        "the other day 5 students came",
        "in 2026",
    ],
)
def test_a_number_that_is_no_day(words: str) -> None:
    """Counts, dates, addresses and days outside of the campaign name none."""
    assert days.named_days(words, 28) == ()


@given(st.integers(1, 28), st.sampled_from(DAY_WORDS), st.sampled_from(["", " ", "  ", " #", "-"]), st.text(max_size=0))
def test_every_day_is_found_in_every_spelling(day: int, word: str, sign: str, after: str) -> None:
    """Word, sign, number."""
    assert days.named_days(f"{word}{sign}{day}{after}", 28) == (day,)


@given(st.integers(1, 28), st.sampled_from("٠०০๐០၀"))
def test_every_decimal_script_is_a_number(day: int, zero: str) -> None:
    """Arabic-Indic, Devanagari, Bengali, Thai, Khmer, Myanmar digits."""
    written = "".join(chr(ord(zero) + int(digit)) for digit in str(day))
    assert days.named_days(f"Day {written} #ITP28", 28) == (day,)


@given(st.integers(29, 10**6))
def test_no_day_lies_outside_of_the_campaign(number: int) -> None:
    """A larger number is not cut down to a day either."""
    assert days.named_days(f"Day {number} and #Day{number}", 28) == ()


@given(st.text(), st.integers(1, 40))
def test_any_text_names_only_days_of_the_campaign(words: str, last_day: int) -> None:
    """In order, each once."""
    named = days.named_days(words, last_day)
    assert list(named) == sorted(set(named))
    assert all(1 <= day <= last_day for day in named)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("My ITP Memory!", (3,)),
        ("memories", ()),
        ("#recipes", (7,)),
        ("A ＲＥＣＩＰＥ", (7,)),
        ("a song\non  repeat, my recipe", (7, 16)),
        ("我的猫很好", (9,)),
        ("", ()),
    ],
)
def test_themes_are_whole_words(words: str, found: tuple[int, ...]) -> None:
    """Without case and width; a longer keyword does not hide a shorter one within it."""
    assert days.theme_days(words, PROMPTS) == found


def test_a_keyword_within_another_counts_for_its_own_day_too() -> None:
    """Two days hit means that no theme is clear."""
    prompts = (Prompt(day=1, keywords=("memory",)), Prompt(day=2, keywords=("ITP memory",)))
    assert days.theme_days("my itp memory", prompts) == (1, 2)
    assert days.theme_days("my memory", prompts) == (1,)
    assert days.theme_days("anything", (Prompt(day=1),)) == ()


# ---------------------------------------------------------------- in the warehouse


def campaign(*prompts: Prompt) -> Campaign:
    return Campaign(
        name="itp28",
        title="#ITP28",
        hashtags=("itp28",),
        starts_on=date(2026, 2, 1),
        ends_on=date(2026, 2, 28),
        zone=ZoneInfo("Europe/London"),
        prompts=prompts,
    )


def add_items(connection: Connection, words: dict[str, str]) -> None:
    now = datetime(2026, 2, 3, tzinfo=UTC)
    connection.execute(
        text(
            "insert into core.item (campaign, platform, post_id, source, source_rank, kind, text, version_at,"
            " hashtags, tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash,"
            " first_seen_at, observed_at)"
            " select 'itp28', 'x', post_id, 's', 1, 'original', words, :now, '{itp28}', true, '{}', '{}', '{}', '{}',"
            " 'public', '{}', sha256(convert_to(words, 'UTF8')), :now, :now"
            " from unnest(cast(:ids as text[]), cast(:words as text[])) as t(post_id, words)"
            " on conflict (campaign, platform, post_id) do update"
            " set text = excluded.text, content_hash = excluded.content_hash"
        ),
        {"now": now, "ids": list(words), "words": list(words.values())},
    )


def stored(connection: Connection) -> dict[str, tuple[list[int], list[int], str]]:
    rows = connection.execute(text("select post_id, days, themes, xmin::text from core.item_days"))
    return {post_id: (named, themes, xmin) for post_id, named, themes, xmin in rows}


def test_only_what_changed_is_read_again(engine: Engine) -> None:
    """A second refresh writes nothing; an edited post, or another schedule, is read anew."""
    with engine.begin() as connection:
        add_items(connection, {"1": "Day 3", "2": "a recipe", "3": "nothing"})
        assert days.refresh(connection, campaign(*PROMPTS)) == 3
        first = stored(connection)
        assert {post: row[:2] for post, row in first.items()} == {"1": ([3], []), "2": ([], [7]), "3": ([], [])}
    with engine.begin() as connection:
        assert days.refresh(connection, campaign(*PROMPTS)) == 0
        assert stored(connection) == first
        add_items(connection, {"3": "Day 5"})
        assert days.refresh(connection, campaign(*PROMPTS)) == 1
        assert stored(connection)["3"][0] == [5]
        assert days.refresh(connection, campaign(Prompt(day=8, keywords=("recipe",)))) == 3
        assert stored(connection)["2"][1] == [8]


def test_more_items_than_a_batch_are_streamed(engine: Engine) -> None:
    """Reading goes on while what was read is copied back."""
    many = {str(n): f"Day {n % 28 + 1}" for n in range(2 * days.BATCH + 1)}
    with engine.begin() as connection:
        add_items(connection, many)
        assert days.refresh(connection, campaign()) == len(many)
