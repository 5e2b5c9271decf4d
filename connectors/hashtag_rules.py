"""Each platform's own rule for finding hashtags in plain text, for where a platform or a file marks none.

X: twitter-text (`validHashtag`); Mastodon: `Tag::HASHTAG_RE`; Bluesky: atproto's `richtext/util.ts`. No single rule
satisfies all three (`faults.md` §3.6). Instagram, Threads, TikTok and Facebook publish none: X's serves for them.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

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
"""In UTF-16 units, as Bluesky's own program counts."""


def found(text: str, platform: str) -> Iterator[str]:
    """The tags in a text as they are written there, without their sign."""
    match platform:
        case "mastodon":
            yield from mastodon(text)
        case "bluesky":
            yield from bluesky(text)
        case _:
            yield from x(text)


def x(text: str) -> Iterator[str]:
    yield from _X.findall(_URL.sub(" ", text))


def mastodon(text: str) -> Iterator[str]:
    yield from _MASTODON.findall(_URL.sub(" ", text))


def bluesky(text: str) -> Iterator[str]:
    for written in _BLUESKY.findall(text):
        tag = _BLUESKY_TRAILING.sub("", written)
        if 0 < len(tag.encode("utf-16-le", "surrogatepass")) // 2 <= _BLUESKY_LONGEST:
            yield tag
