"""Hashtags: how two are compared, and how they are found in text where a platform does not mark them itself.

A platform's own marks (entities, facets, `tags[]`) are always taken as given; `in_text` is the fallback. Each platform
has its own rule (`faults.md` §3.6); the sources are twitter-text (`validHashtag`), mastodon (`Tag::HASHTAG_RE`) and
bluesky-social/atproto (`richtext/util.ts`). The rule of X serves for any other text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import regex

SIGNS = "#＃﹟"

_X_SPECIAL = r"_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
_X_WORD = rf"[\p{{L}}\p{{M}}\p{{Nd}}{_X_SPECIAL}]"
_X = regex.compile(
    rf"(?:^|[\ufe0e\ufe0f]|(?<!{_X_WORD}|&))[#\uff03](?![\ufe0f\u20e3])"
    rf"({_X_WORD}*[\p{{L}}\p{{M}}]{_X_WORD}*)(?![#\uff03]|://)"
)
_URL = regex.compile(r"(?:https?://|(?<![\p{L}\p{Nd}@#])(?:[a-z0-9-]+\.)+[a-z]{2,}/)\S+", regex.IGNORECASE)

_MASTODON_WORD = r"[\p{L}\p{M}\p{Nd}\p{Pc}]"
_MASTODON_MIDDLE = r"[\p{L}\p{M}\p{Nd}\p{Pc}\u00b7\u30fb\u200c]"
_MASTODON_ALPHA = r"[\p{L}\p{M}_\u00b7\u30fb\u200c]"
_MASTODON = regex.compile(
    rf"(?<![=/)\p{{L}}\p{{M}}\p{{Nd}}])[#\uff03]"
    rf"({_MASTODON_WORD}{_MASTODON_MIDDLE}*{_MASTODON_ALPHA}{_MASTODON_MIDDLE}*{_MASTODON_WORD}"
    rf"|{_MASTODON_WORD}*[\p{{L}}\p{{M}}]{_MASTODON_WORD}*)"
)

_UNSEEN = r"\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"
_BLUESKY = regex.compile(rf"(?:^|(?<=\s))[#\uff03](?!\ufe0f)([^\s{_UNSEEN}]*[^\d\s\p{{P}}{_UNSEEN}]+[^\s{_UNSEEN}]*)")
_BLUESKY_TRAILING = regex.compile(r"\p{P}+$")
_BLUESKY_LONGEST = 64


def normalise(tag: str) -> str:
    """The form in which tags are compared: without its sign, NFKC, case-folded. Normalising again changes nothing."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold()).strip().lstrip(SIGNS)
    return plain if plain == tag else normalise(plain)


def in_text(text: str, platform: str) -> tuple[str, ...]:
    """The tags that the platform would find in a text, normalised, each once, in the order of the text."""
    return tuple(dict.fromkeys(normalise(tag) for tag in _found(text, platform)))


def _found(text: str, platform: str) -> Iterator[str]:
    match platform:
        case "mastodon":
            yield from _MASTODON.findall(_URL.sub(" ", text))
        case "bluesky":
            for found in _BLUESKY.findall(text):
                tag = _BLUESKY_TRAILING.sub("", found)
                if 0 < len(tag) <= _BLUESKY_LONGEST:
                    yield tag
        case _:
            yield from _X.findall(_URL.sub(" ", text))
