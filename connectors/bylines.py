"""Whom a text names as its authors: a line of its own at its beginning or end, such as "Written by NAME, ITP 2014".

Nothing is guessed. A line counts only if it begins with one of the phrases and what follows is names and nothing else,
up to a comma, a bracket or a dash. What a sentence says of people is not read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import regex

PHRASES = (
    *("by", "written by", "words by", "text by", "blog by", "post by", "blog post by", "story by"),
    *(
        "guest post by",
        "guest blog by",
        "guest blog post by",
        "a guest post by",
        "a guest blog by",
        "author",
        "authors",
    ),
    *("por", "escrito por", "texto de", "autor", "autora", "par", "écrit par", "texte de", "auteur", "autrice"),
    *("von", "geschrieben von", "yazan", "kaleme alan", "بقلم", "كتبه", "كتبته", "كتابة", "लेखक", "लेखिका"),
)
"""What a line begins with that names authors, where the campaign file does not list its own."""
LINES = 3
"""How many lines at the beginning, and then at the end, may be one."""
LONGEST_LINE, LONGEST_NAME, MOST_WORDS = 200, 100, 7

_TITLES = """
dr doctor prof professor mr mrs ms miss mx sir dame eng sr sra señor señora dra mme m mlle hr frau herr doç sayın
د أ الدكتور الدكتورة الأستاذ الأستاذة श्री श्रीमती डॉ
"""
_PARTICLES = """
de da do dos das del della di du des la le les van von der den ter ten zu af av el al ul bin bint binti ibn ben y e i
abu umm o'
"""
_NO_NAMES = """
the us me our we team staff itp fellow fellows guest museum museums gallery galleries university institute library
archive archives department ministry centre center foundation trust society curator keeper director assistant
conservator archaeologist volunteer editor museo universidad instituto musée université müze müzesi üniversitesi متحف
جامعة संग्रहालय
"""
TITLES, PARTICLES = frozenset(_TITLES.split()), frozenset(_PARTICLES.split())
"""Words before names, and words of names that are written small."""
NO_NAMES = frozenset(_NO_NAMES.split())
"""What makes of words in capitals an institution, an office or anybody."""
AND = r"(?:and|und|et|ve|и|و|और|[&;+/])"
TOGETHER = rf"(?:\s+{AND}|[&;+/])\s+"
OR_PART_OF_A_NAME = r"\s+[ye]\s+"
ENDS = regex.compile(r"\s*[(\[|•·]|\s[\u2012-\u2015-]\s")
INVISIBLE = regex.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
BEFORE = " \t\"'*_-\u00ab\u2012\u2013\u2014\u2015\u2018\u201c\u2022~"
NAME = regex.compile(r"[\p{L}\p{M}][\p{L}\p{M}'’ʼ`´.\u200c\u200d\u2010\u2011-]*")


def bylines(text: str, phrases: Sequence[str] = PHRASES) -> tuple[str, ...]:
    """The names of its authors, as written, each once; none if no line says it. Those at the beginning come first."""
    lines = [line for line in map(_plain, text.splitlines()) if line]
    for part in (lines[:LINES], lines[-LINES:]):
        found: dict[str, str] = {}
        for name in (name for line in part for name in _named(line, phrases)):
            found.setdefault(name.casefold(), name)
        if found:
            return tuple(found.values())
    return ()


def _plain(line: str) -> str:
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFC", line)).split())


def _named(line: str, phrases: Sequence[str]) -> Sequence[str]:
    line = line.lstrip(BEFORE)
    if len(line) > LONGEST_LINE:
        return ()
    for phrase in sorted(phrases, key=len, reverse=True):
        words = r"\s+".join(map(regex.escape, phrase.split()))
        if words and (found := regex.match(rf"{words}(\s*[:：]\s*|\s+)", line, regex.IGNORECASE)):
            is_plain = ":" in found[1] or "：" in found[1] or " " in phrase.strip()
            return _authors(line[found.end() :], is_plain)
    return ()


def _authors(said: str, is_plain: bool) -> Sequence[str]:
    """The names at the beginning of what follows a phrase. `is_plain`: a phrase that nothing but a name follows.

    After another ("by"), a single word in capitals is no name, and what has a comma and ends like a sentence is one.
    """
    before = ENDS.split(said, maxsplit=1)[0]
    first, *others = [part.strip() for part in regex.split(r"[,،、]", before)]
    is_sentence = said.endswith((".", "!", "?", "…")) and bool(others)
    names = _people(first.removesuffix(".") if not others else first)
    if not names or (not is_plain and (is_sentence or not any(map(_is_whole, names)))):
        return ()
    return names + _others([other.removesuffix(".") for other in others])


def _others(parts: Sequence[str]) -> list[str]:
    """The names behind the first comma: a list of names ends in "and". Without it that is where somebody is from."""
    if not parts:
        return []
    last = regex.sub(rf"^{AND}\s+", "", parts[-1])
    listed = [_people(part) for part in (*parts[:-1], last)]
    is_list = last != parts[-1] or len(listed[-1]) > 1
    if not is_list or not all(more and all(map(_is_whole, more)) for more in listed):
        return []
    return [name for more in listed for name in more]


def _people(said: str) -> list[str]:
    """The names that this is, and nothing else; empty if any of it is none."""
    names = [_untitled(part) for piece in regex.split(TOGETHER, said) for part in _apart(piece)]
    return names if all(map(_is_name, names)) else []


def _apart(said: str) -> Iterator[str]:
    """Spanish `y` and Portuguese `e` join two people or the two halves of a surname: people have two words each."""
    parts = regex.split(OR_PART_OF_A_NAME, said)
    yield from parts if all(" " in part for part in parts) else [said]


def _is_whole(name: str) -> bool:
    """Two words; where there are no capitals, one may be all of it (徐浩然)."""
    return " " in name or not name[0].isupper()


def _untitled(said: str) -> str:
    words = said.split()
    while len(words) > 1 and words[0].rstrip(".").casefold() in TITLES:
        words = words[1:]
    return " ".join(words)


def _is_name(said: str) -> bool:
    words = said.split()
    return (
        1 <= len(words) <= MOST_WORDS
        and len(said) <= LONGEST_NAME
        and any(word.casefold() not in PARTICLES for word in words)
        and not any(word.casefold().strip(".") in NO_NAMES for word in words)
        and all(NAME.fullmatch(word) and (not word[0].islower() or _begins_small(word)) for word in words)
    )


def _begins_small(word: str) -> bool:
    """`de`, `al-Masri`, `d'Arc`: written small, or a small part before a capital."""
    head, *tail = regex.split(r"['’-]", word, maxsplit=1)
    return word.casefold() in PARTICLES or bool(tail and tail[0][:1].isupper() and len(head) <= 3)
