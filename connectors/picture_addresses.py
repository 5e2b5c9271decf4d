"""What posts tell of their pictures: addresses, and hashes where the platform gives them for free. All of it pure."""

from __future__ import annotations

from base64 import b32decode
from binascii import Error
from collections.abc import Iterable

import regex

MOST = 20
"""Pictures of one post that are looked at: albums have up to 20."""
LONGEST = 2000
_SHA256_CID = bytes((1, 0x55, 0x12, 32))
"""Version 1, raw bytes, SHA-256, 32 bytes of it (https://github.com/multiformats/cid)."""
_HASH_FORMS = {16: "phash", 64: "sha256"}


def addresses(told: Iterable[str | None]) -> tuple[str, ...]:
    """Those that are web addresses, each once."""
    web = (url for url in told if url and len(url) <= LONGEST and url.startswith(("https://", "http://")))
    return tuple(dict.fromkeys(web))[:MOST]


def hash_of_cid(cid: str | None) -> str | None:
    """The SHA-256 that a blob's content identifier is made of (https://atproto.com/specs/data-model#link-and-cid)."""
    letters = (cid or "").removeprefix("b").upper()
    try:
        content = b32decode(letters + "=" * (-len(letters) % 8))
    except (Error, ValueError):
        return None
    is_sha256 = len(content) == 36 and content.startswith(_SHA256_CID)
    return f"sha256:{content[4:].hex()}" if is_sha256 else None


def written_hash(written: str) -> str:
    """A hash as a clerk writes it, named by its length: 16 hex digits or 64; else as written, in lower case."""
    digits = written.lower()
    form = _HASH_FORMS.get(len(digits)) if regex.fullmatch("[0-9a-f]+", digits) else None
    return f"{form}:{digits}" if form else digits
