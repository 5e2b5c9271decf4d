"""Which prompt days a post names ("Day 3", "#Day3", "3/28" …), and which days' themes it mentions.

Rules of `named_days`, in every decimal script:
- a word for day, then a number: Day 3, Day #3, #ITP28Day3, Día 3, Tag 3, اليوم ٣, दिन ३; D3 (capital, or with `#`);
- the number first where a language says so: 第3天, 第三天, 3日目, 3일차, 3. gün;
- `N/28` that stands alone: before it the line's start, a sign or a hashtag; after it the line's end, a sign or a
  hashtag. So "3/28 #ITP28" counts, and "10/28 guests", "see you 10/28" and 3/28/2026 do not;
- several: "Day 1 & 2", "Day 3-5"; with the plural also "Days 3, 4 and 5" and "Days 3 - 5".
Numbers outside of 1 … last day name no day, nor does a number that counts or dates something ("days 2 hours",
"día 14 de febrero", "every day 2 cups").
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import regex
from sqlalchemy import Connection, text

from warehouse.campaign import Campaign, Prompt
from warehouse.landing import binary

RULE_VERSION = "2"
BATCH = 5000

DAY = (
    "day|día|dia|jour|tag|giorno|gün|день|дня|dag|dzień|ziua|ngày|hari|siku|ημέρα|μέρα|اليوم|يوم|روز|دن|दिन|দিন|יום|วันที่"
)
DAYS = "days|días|dias|jours|tage|giorni|günler|дни|dagen|dagar|dage|dni|الأيام|أيام|ימים"
UNITS = "nights?|hours?|hrs?|min(?:ute)?s?|weeks?|months?|years?|noches|nuits|nächte|heures|horas|stunden"
MONTHS = "jan|feb|mar|apr|(?-i:May|March)|june?|july?|aug|sept?|oct|nov|dec|january|february|april|august"
MONTHS += "|september|october|november|december"
MONTHS += "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
MONTHS += "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
MONTHS += "|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
MONTHS += "|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
MONTHS += "|januar|jänner|februar|märz|juni|juli|oktober|dezember"
ANY_DAY = "every|each|other|per|any|some|next|same"
TAGGED = r"(?:of\s+)?(?:your\s+|my\s+)?(?:friends|people|persons|others|more|museums|colleagues|fellows)"
CHINESE = {sign: number for number, sign in enumerate("一二三四五六七八九", start=1)}

_UNSEEN = regex.compile(r"[\u200b-\u200f\u2060\u202a-\u202e\u2066-\u2069\ufe0e\ufe0f\u20e3\ufeff]")
_ADDRESS = regex.compile(r"(?:https?://|www\.)\S+|(?<!\w)@\S+", regex.IGNORECASE)
_N = r"\p{Nd}{1,3}"
_AND = r"\s*(?:&|\+|,?\s(?:and|y|e|et|und|og|och|en|ve|и|i|और)\s|,?\sو)\s*"
_TO = r"\s*(?:[-–—]|\s(?:to|till|until|through|a|à|bis|al|до|إلى)\s)\s*"
_EACH = regex.compile(_N)
_RANGE = regex.compile(rf"({_N}){_TO}(?:\p{{L}}+\s*)?({_N})", regex.IGNORECASE)
_SIGNS = r"[\s_]*(?:[#:.\-–—]|no\.?|nr\.?|n[º°]|№)?[\s_]*"


def named_days(words: str, last_day: int) -> tuple[int, ...]:
    """The days from 1 to `last_day` that the words name, each once, in order."""
    plain = _ADDRESS.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFKC", words)))
    days: set[int] = set()
    for pattern in _patterns(last_day):
        for found in pattern.finditer(plain):
            days.update(_numbers(found["numbers"], last_day))
    return tuple(sorted(day for day in days if 1 <= day <= last_day))


@lru_cache
def _patterns(last_day: int) -> tuple[regex.Pattern[str], ...]:
    of_all = rf"(?:\s*/\s*0*{last_day}(?!\p{{Nd}}))?"
    end = rf"(?:st|nd|rd|th|er|ème|º|ª)?{of_all}(?!\p{{Nd}}|[.:]\p{{Nd}}|,\p{{Nd}}{{3}}|\p{{Latin}}|\s*%)"
    end += rf"(?!\s*(?:{UNITS})\b|\s+(?:(?:de|of)\s+)?(?:{MONTHS})\b)"
    more = rf"{_N}{end}(?!\s+\p{{L}}+s\b)"
    word = rf"(?:(?:{DAYS}|{DAY}){_SIGNS})?"
    one = rf"(?:{_N}[-–—](?={_N}{end}){_N}|{_N}){end}(?:{_AND}#?{word}{more})*"
    item = rf"{_N}(?:{_TO}{word}{_N})?"
    several = rf"{item}{end}(?:(?:\s*,\s*|{_AND})#?{word}{item}{end}(?!\s+\p{{L}}+s\b))*"
    before = r"(?<=^|[#@]\w+\s+|[^\p{L}\p{M}\p{N}\s]\s+|[^\p{L}\p{M}\p{N}\s/.,:\-])"
    after = r"(?![/.,:\-]?\p{Nd}|\s*%)(?=\s*(?:$|[^\p{L}\p{M}\p{N}\s]))"
    sources = (
        rf"(?<![\p{{L}}\p{{M}}])(?<!\b(?:{ANY_DAY})\s)(?!tag{_SIGNS}{_N}\s+{TAGGED}\b)(?:{DAY}){_SIGNS}(?P<numbers>{one})",
        rf"(?<![\p{{L}}\p{{M}}])(?:{DAYS}){_SIGNS}(?P<numbers>{several})",
        rf"(?<![\p{{L}}\p{{M}}\p{{N}}])(?:#d|(?-i:D))(?P<numbers>{_N}){end}",
        rf"{before}(?P<numbers>{_N})\s?/\s?0*{last_day}{after}",
        r"第\s*(?P<numbers>\p{Nd}{1,3}|[一二三四五六七八九十]{1,3})\s*[天日]",
        rf"(?<!\p{{Nd}})(?P<numbers>{_N})(?:\s*日目|\s*일(?:차|째)|\.\s*gün(?!\p{{L}}))",
    )
    return tuple(regex.compile(source, regex.IGNORECASE | regex.MULTILINE) for source in sources)


def _numbers(found: str, last_day: int) -> Iterator[int]:
    """The numbers of a list such as `3-5, 7 & 8`; ranges are filled."""
    if not _EACH.search(found):
        yield _chinese(found)
        return
    written = regex.sub(rf"/\s*0*{last_day}(?!\p{{Nd}})", "", found)
    yield from map(int, _EACH.findall(written))
    for first, last in _RANGE.findall(written):
        yield from range(int(first), min(int(last), last_day) + 1)


def _chinese(written: str) -> int:
    """一 … 九十九 as a number."""
    tens, ten, ones = written.rpartition("十")
    return (CHINESE.get(tens, 1) * 10 if ten else 0) + CHINESE.get(ones, 0)


# ---------------------------------------------------------------- themes


def theme_days(words: str, prompts: Sequence[Prompt]) -> tuple[int, ...]:
    """The days of which a keyword stands in the text as whole words, without case and width, in order."""
    keywords = tuple((word, prompt.day) for prompt in prompts for word in prompt.keywords)
    if not keywords:
        return ()
    pattern, days = _keywords(keywords)
    found = pattern.finditer(_folded(words), overlapped=True)
    return tuple(sorted({day for match in found for day in days[" ".join(match[1].split())]}))


@lru_cache(maxsize=16)
def _keywords(keywords: tuple[tuple[str, int], ...]) -> tuple[regex.Pattern[str], dict[str, set[int]]]:
    """One pattern for all keywords, longest first, and the days of each together with the keywords within it."""
    own: dict[str, set[int]] = {}
    for word, day in keywords:
        if folded := _folded(word):
            own.setdefault(folded, set()).add(day)
    longest_first = sorted(own, key=len, reverse=True)
    pattern = regex.compile(f"({'|'.join(map(_as_words, longest_first)) or '(?!)'})")
    days = {
        word: set().union(*(own[part] for part in own if regex.search(_as_words(part), word))) for word in longest_first
    }
    return pattern, days


def _as_words(folded: str) -> str:
    """Whole words, with any space between; scripts that write none are found anywhere."""
    inner = r"\s+".join(regex.escape(piece) for piece in folded.split())
    if regex.search(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]", folded):
        return inner
    return rf"(?<![\p{{L}}\p{{M}}\p{{N}}]){inner}(?![\p{{L}}\p{{M}}\p{{N}}])"


def _folded(words: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", words).casefold())
    return " ".join(_UNSEEN.sub("", folded).split())


# ---------------------------------------------------------------- the warehouse


def refresh(connection: Connection, campaign: Campaign) -> int:
    """Fills `core.item_days` for items whose content or whose rules changed; returns how many rows were written."""
    version = rule_version(campaign)
    connection.execute(text("drop table if exists read_days"))
    connection.execute(text(READ_DAYS))
    for batch in _changed(connection, campaign.name, version):
        rows = [(*key, *_read(words, campaign)) for *key, words in batch]
        binary.copy(connection, "read_days", COLUMNS, rows)
    return connection.execute(text(UPSERT), {"campaign": campaign.name, "version": version}).rowcount


def rule_version(campaign: Campaign) -> str:
    """The rules' version together with the prompts they are applied to."""
    schedule = json.dumps([campaign.days, [(prompt.day, prompt.keywords) for prompt in campaign.prompts]])
    return f"{RULE_VERSION}:{hashlib.sha256(schedule.encode()).hexdigest()[:12]}"


def _read(words: str, campaign: Campaign) -> tuple[list[int], list[int]]:
    return list(named_days(words, campaign.days)), list(theme_days(words, campaign.prompts))


def _changed(connection: Connection, campaign_name: str, version: str) -> Iterator[Sequence[Any]]:
    """The items to read, streamed: platform, post_id, content_hash, and all their words."""
    known = {"campaign": campaign_name, "version": version}
    streamed = {"stream_results": True, "max_row_buffer": BATCH}
    yield from connection.execute(text(CHANGED), known, execution_options=streamed).partitions(BATCH)


COLUMNS = (
    ("platform", "text"),
    ("post_id", "text"),
    ("content_hash", "bytea"),
    ("days", "bigint[]"),
    ("themes", "bigint[]"),
)

READ_DAYS = """
create temp table read_days (platform text, post_id text, content_hash bytea, days bigint[], themes bigint[])
on commit drop
"""

CHANGED = """
select item.platform, item.post_id, item.content_hash,
       concat_ws(E'\n', item.title, item.text, (
         select string_agg('#' || tag, E'\n') from unnest(item.hashtags) as tag)) as words
from core.item
left join core.item_days using (campaign, platform, post_id)
where campaign = :campaign
  and (item_days.content_hash, item_days.rule_version) is distinct from (item.content_hash, :version)
"""

UPSERT = """
insert into core.item_days (campaign, platform, post_id, content_hash, days, themes, rule_version)
select :campaign, platform, post_id, content_hash, days, themes, :version from read_days
on conflict (campaign, platform, post_id) do update
set (content_hash, days, themes, rule_version)
  = (excluded.content_hash, excluded.days, excluded.themes, excluded.rule_version)
"""
