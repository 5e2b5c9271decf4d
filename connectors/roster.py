"""How a query that reads members' own posts is named: after all of them together, and after nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from connectors.records import Member


def digest(members: Iterable[Member]) -> str:
    """Changes when somebody joins, leaves or is renamed, so that a new roster is read from the beginning.

    It goes by handles where there are any: a permanent id that is learnt on the way makes nobody new.
    """
    names = sorted(member.handle or member.account_id or "" for member in members)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
