"""Who must never land: accounts as keyed hashes of their ids and handles."""

from __future__ import annotations

import hashlib
import hmac


def hash_key(secret: bytes, platform: str, value: str) -> bytes:
    """The keyed hash under which an id or handle is suppressed; case does not matter."""
    return hmac.digest(secret, f"{platform}\n{value.casefold()}".encode(errors="surrogatepass"), hashlib.sha256)
