"""One thing that the doctor looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["good", "look", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    what: str
    verdict: Verdict
    sentence: str
    details: Mapping[str, str] = field(default_factory=dict)
    """Of a platform: as whom, what it sees and what not, what is left, what it costs, when the credential expires."""
