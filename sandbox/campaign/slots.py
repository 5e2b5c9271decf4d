"""Where the items of a kind are, one entry for each, mixed by the seed."""

from __future__ import annotations

from sandbox.campaign.files import Files
from sandbox.ids import number


def slots(files: Files, kind: str) -> list[str]:
    """The platform of every item of a kind."""
    where = [(platform, n) for platform in files.platforms for n in range(files.quota(kind, platform))]
    return [platform for platform, n in sorted(where, key=lambda one: number(files.seed, kind, *one, below=1 << 40))]


def shared(files: Files, kind: str) -> dict[str, list[str]]:
    """By whom -> the platforms of their items, so that a kind's shares and its quotas, of one sum, both hold."""
    where, shares = slots(files, kind), files.share(kind)
    split: dict[str, list[str]] = {}
    for whom, size in shares.items():
        split[whom], where = where[:size], where[size:]
    return split
