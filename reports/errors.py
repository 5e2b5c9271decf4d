"""What can go wrong when a report is written, named by what the caller should do.

ReportError
├── NothingPublished   there is no publication of this campaign: build it first
├── TablesIncomplete   a published table or column is missing, or holds a key twice: build again with this version
├── NotFrozen          what everybody may see is not frozen yet: freeze it first
└── CannotWrite        the folder or file cannot be written: choose another
"""

from __future__ import annotations


class ReportError(Exception):
    """One plain sentence: what is wrong, where, what to do. Never a name or a post's text."""


class NothingPublished(ReportError):
    """There is no publication of this campaign."""

    def __init__(self, campaign: str) -> None:
        super().__init__(
            f"Nothing has been published yet for the campaign '{campaign}'. "
            f"Run `rollcall build --campaign {campaign}` and then the report again."
        )


class TablesIncomplete(ReportError):
    """The published tables are not of the shape that this version reads."""


class CannotWrite(ReportError):
    """The report's folder or file cannot be written."""


class NotFrozen(ReportError):
    """What everybody may see is handed out when it is frozen."""
