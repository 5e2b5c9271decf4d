"""The ids that platforms give: made from time and a seed, so that a world has the same ones in every run."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256

X_EPOCH_MS = 1_288_834_974_657
"""X: milliseconds since its epoch, shifted by 22 bits."""


@lru_cache(maxsize=1 << 16)
def number(*parts: object, below: int) -> int:
    """A number in [0, below) that looks random and depends on nothing but its arguments."""
    digest = sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def x_id(moment: datetime, *parts: object) -> str:
    return str((milliseconds(moment) - X_EPOCH_MS) << 22 | number("x", *parts, below=1 << 22))


def x_moment_ms(post_id: str) -> int:
    return (int(post_id) >> 22) + X_EPOCH_MS


def mastodon_id(moment: datetime, *parts: object) -> str:
    """Mastodon: milliseconds shifted by 16 bits; of the arrival for pushed posts, of `created_at` for fetched ones."""
    return str(milliseconds(moment) << 16 | number("mastodon", *parts, below=1 << 16))
