"""Hashtags in plain text by Bluesky's own rule: bluesky-social/atproto, `packages/api/src/rich-text`.

It serves for posts whose client marked none: `#ITP28` written by a program that makes no facets.
"""

from __future__ import annotations

import regex

_UNSEEN = r"\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"
_TAG = regex.compile(rf"(?:^|(?<=\s))[#\uff03](?!\ufe0f)([^\s{_UNSEEN}]*[^\d\s\p{{P}}{_UNSEEN}]+[^\s{_UNSEEN}]*)")
_TRAILING = regex.compile(r"\p{P}+$")
LONGEST = 64
"""In UTF-16 units, as Bluesky's own program counts."""


def bluesky_tags(text: str) -> tuple[str, ...]:
    """The tags in a text as written, without their sign, each as often as it occurs."""
    found = (_TRAILING.sub("", tag) for tag in _TAG.findall(text))
    return tuple(tag for tag in found if 0 < len(tag.encode("utf-16-le", "surrogatepass")) // 2 <= LONGEST)
