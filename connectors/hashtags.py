"""Hashtags: how two are compared, and which are in a text where a platform does not mark them itself.

A platform's own marks (entities, facets, `tags[]`) are always taken as given; `in_text` is the fallback, by the
platform's own rule (`connectors.hashtag_rules`).
"""

from __future__ import annotations

import unicodedata

from connectors import hashtag_rules

SIGNS = "#＃﹟"


def normalise(tag: str) -> str:
    """The form in which tags are compared: without its sign, NFKC, case-folded. Normalising again changes nothing."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold()).strip().lstrip(SIGNS)
    return plain if plain == tag else normalise(plain)


def in_text(text: str, platform: str) -> tuple[str, ...]:
    """The tags that the platform would find in a text, normalised, each once, in the order of the text."""
    return tuple(dict.fromkeys(tag for one in hashtag_rules.found(text, platform) if (tag := normalise(one))))
