"""Everybody in the campaign and all their accounts, by invented names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.campaign.files import Files
from sandbox.world import Person


@dataclass(kw_only=True)
class Cast:
    files: Files
    people: dict[str, Person]
    """All accounts' people by person_id: roster first, then further accounts of members (`same_as`), then strangers."""
    organiser: str
    """The institution; its account is on every platform."""
    opted_out: str
    """The fellow who refuses; has accounts on X and Instagram."""
    silent: tuple[str, ...]
    """People of the roster who post nothing and have accounts on X and Facebook, or on another platform."""
    outsiders: tuple[str, ...]
    """Strangers who only react; accounts on all platforms."""
    public: tuple[str, ...]
    """Strangers who post in earnest; accounts on all platforms."""
    spammers: tuple[str, ...]
    """Strangers who advertise or mean another thing by the tag; accounts on all platforms."""
    recycled: str
    """The one of the spammers whose X handle was a member's before the rename, from the day after it."""
    bridges: dict[tuple[str, str], str] = field(default_factory=dict)
    """Member's person_id and the platform of the copies -> person_id of the bridge's account there."""
    personal: tuple[str, ...] = ()
    """Whose Instagram account is not professional, so that business discovery does not show it."""

    def account(self, person_id: str, platform: str, at: datetime, *, known: bool = True) -> str:
        """The person_id under which a person posts on a platform at a moment (another one after a move, or
        with an account that the roster does not give: `known=False`)."""
        raise NotImplementedError

    def give_account(self, person_id: str, platform: str) -> None:
        """An account there, in the roster too, for somebody who has none yet; else nothing."""
        raise NotImplementedError
