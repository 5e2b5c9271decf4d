"""What can go wrong in the warehouse, named by what the caller should do.

WarehouseError
├── DatabaseUnavailable   no PostgreSQL answers there, or it is too old: a person looks at the server or the URL
├── SchemaMismatch        the database is older, newer or somebody else's: migrate, update, or use another database
├── NotPermitted          the database account may not do that: its owner must grant it
├── AlreadyRunning        another command is at it: try again when it is done
├── RosterError           the roster file has problems: a person corrects the file (`problems` lists them all)
├── SurveyError           a survey's file has problems: a person corrects it (`problems` lists them all)
├── ReviewError           files of decisions have problems: a person corrects them (`problems` lists them all)
├── UnknownPerson         nobody on the roster has this id: a person looks it up
├── StillThere            an erasure would have left something: nothing was erased, a person cleans what is named
├── TallyMismatch         items went missing between page and table: a defect of ours, nothing is kept
├── GateRed               a critical quality rule failed: the last good tables stay
├── WordsRemoved          what builds count by was removed because its time was over: what is published stays
├── CannotFreeze          a publication cannot be kept under that label: a person chooses another, or decides first
├── BackupError           a backup cannot be made, read or restored: the sentence says why; nothing half is left
└── PublishError          the built tables cannot be published: nothing is changed
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.checks import Check


class WarehouseError(Exception):
    """One plain sentence: what, where, what to do. Never a secret, never a person's name or text."""


class DatabaseUnavailable(WarehouseError):
    """No PostgreSQL answers there, or it is too old."""


class SchemaMismatch(WarehouseError):
    """The database's schema is older, newer or somebody else's."""


class NotPermitted(WarehouseError):
    """The database account may not do that."""


class AlreadyRunning(WarehouseError):
    """Another command is at it."""


class RosterError(WarehouseError):
    """The roster file has problems; every one of them is listed."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


class SurveyError(WarehouseError):
    """A survey's file cannot be read, or not as it was asked for; what is wrong is listed."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


class ReviewError(WarehouseError):
    """Files of decisions cannot be written or have problems; every one of them is listed."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


class UnknownPerson(WarehouseError):
    """Nobody on the roster has this id."""


class StillThere(WarehouseError):
    """An erasure would have left something of the person, so nothing was erased."""


class TallyMismatch(WarehouseError):
    """What was fetched is not what was accounted for."""


class GateRed(WarehouseError):
    """A critical quality rule failed."""

    def __init__(self, message: str, checks: Mapping[str, int] | None = None, found: Sequence[Check] = ()) -> None:
        super().__init__(message)
        self.checks = dict(checks or {})
        """How many rules passed, failed and warned."""
        self.found = list(found)
        """What each rule found; the rows in it are for the terminal only."""


class PublishError(WarehouseError):
    """The built tables cannot be published."""


class WordsRemoved(WarehouseError):
    """The rules of retention took what a build counts by, so that it would change published numbers."""


class CannotFreeze(WarehouseError):
    """A publication cannot be kept under that label."""


class BackupError(WarehouseError):
    """A backup cannot be made, read or restored; nothing half is left."""
