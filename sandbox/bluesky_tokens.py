"""Bluesky's tokens: JSON Web Tokens that say when they end. They need no list of those that were given out."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from sandbox.ids import number

ACCESS, REFRESH = "com.atproto.access", "com.atproto.refresh"
LIVES = {ACCESS: timedelta(minutes=120), REFRESH: timedelta(days=90)}


def issued(scope: str, account: str, now: datetime, seed: int) -> str:
    claims = {
        "scope": scope,
        "sub": account,
        "iat": int(now.timestamp()),
        "exp": int((now + LIVES[scope]).timestamp()),
        "aud": "did:web:sandbox.example",
    }
    unsigned = f"{_written({'typ': 'at+jwt', 'alg': 'HS256'})}.{_written(claims)}"
    return f"{unsigned}.{_signature(unsigned, seed)}"


def valid(token: str, scope: str, seed: int) -> bool:
    unsigned, _, signature = token.rpartition(".")
    return bool(unsigned) and signature == _signature(unsigned, seed) and _claims(token).get("scope") == scope


def expired(token: str, now: datetime) -> bool:
    return float(_claims(token).get("exp", 0)) <= now.timestamp()


def _written(part: object) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _signature(unsigned: str, seed: int) -> str:
    return urlsafe_b64encode(number(seed, "jwt", unsigned, below=1 << 64).to_bytes(8, "big")).decode().rstrip("=")


def _claims(token: str) -> dict[str, str]:
    payload = token.split(".")[1]
    claims: dict[str, str] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
