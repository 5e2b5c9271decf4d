"""What a run may spend: asked before each request, told after each answer.

A request whose answer is lost may have been billed, so what was set aside for it stays spent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol


class Purse(Protocol):
    def reserve(self, most: Decimal) -> object:
        """Set aside one request and at most so many dollars. Raises `QuotaSpent` if there is not that much left."""

    def settle(self, ticket: object, cost: Decimal) -> None:
        """Say what the request cost in truth, never more than was set aside."""


class OpenPurse:
    """No limit: for platforms without a budget."""

    def reserve(self, most: Decimal) -> object:
        return None

    def settle(self, ticket: object, cost: Decimal) -> None:
        """Nothing is kept."""
