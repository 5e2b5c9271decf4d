"""Which key the warehouse's hashes were made with: with any other one nobody in its lists is recognised."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import Connection, text

KNOWN = "select key_check from people.suppression_key"
ENTER = "insert into people.suppression_key (key_check) values (:key_check) on conflict do nothing"
HASHES = "select exists (select from people.suppression)"


def key_check(secret: bytes) -> str:
    """By which a key is recognised and cannot be found."""
    return hmac.digest(secret, b"rollcall: which key is this?", hashlib.sha256).hex()[:16]


def known(connection: Connection) -> str | None:
    """The check value of the warehouse's key; None as long as no key was used."""
    return connection.execute(text(KNOWN)).scalar()


def enter(connection: Connection, check: str) -> str:
    """Make this the warehouse's key, unless it has one already; returns the check value of the one that it has."""
    connection.execute(text(ENTER), {"key_check": check})
    return str(connection.execute(text(KNOWN)).scalar_one())


def has_hashes(connection: Connection) -> bool:
    """Whether some key was used before check values were kept."""
    return bool(connection.execute(text(HASHES)).scalar_one())
