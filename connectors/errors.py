"""What can go wrong between us and a platform, named by what the caller should do.

ConnectorError
├── Unavailable     no usable answer within the time allowed: the next run tries again
│   └── RateLimited     the platform asked us to wait longer than this run may
├── BadAnswer       an answer that is not what the API promises: the next run tries again, a person looks if it lasts
│   └── TooLarge        it is larger than we read
├── AccessDenied    the credential is missing, wrong, expired or not allowed: a person must act
├── QuotaSpent      credits or a cap are used up: a person must act, and nothing is asked again before
├── RunStopped      our own run was stopped, or its time is over: the next run reads this again
└── RequestRefused  the platform says that our request is wrong: configuration, or a defect of ours

Trouble with one item is not an exception but a `Rejected` record.
"""

from __future__ import annotations

from datetime import datetime


class ConnectorError(Exception):
    """One plain sentence: what, where, what to do. Never a secret, never a post's text."""


class Unavailable(ConnectorError):
    """No usable answer within the time allowed."""


class RateLimited(Unavailable):
    """The platform asked us to wait longer than this run may."""

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class BadAnswer(ConnectorError):
    """An answer that is not what the API promises."""


class TooLarge(BadAnswer):
    """More than we read."""


class AccessDenied(ConnectorError):
    """The credential is missing, wrong, expired or not allowed."""


class QuotaSpent(ConnectorError):
    """Credits or a cap are used up."""


class RunStopped(ConnectorError):
    """Our own run was stopped, or its time is over."""


class RequestRefused(ConnectorError):
    """The platform says that our request is wrong."""
