"""A JSON object read field by field: what is absent is None, what is unreadable is None and a flag.

So a field that changes its type or disappears costs that field, never the item (`faults.md` 36).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

from connectors.moments import moment

T = TypeVar("T")
_UNSTORABLE = {"nul_replaced": re.compile("\0"), "surrogate_replaced": re.compile("[\ud800-\udfff]")}
LARGEST_COUNT = 2**63 - 1


class Fields:
    """One object and those inside it; they share their list of flags."""

    __slots__ = ("_object", "flags")

    def __init__(self, value: object, flags: list[str] | None = None) -> None:
        self._object: dict[str, object] = value if isinstance(value, dict) else {}
        self.flags: list[str] = [] if flags is None else flags

    def __bool__(self) -> bool:
        return bool(self._object)

    def has(self, name: str) -> bool:
        return self._object.get(name) is not None

    def value(self, name: str) -> object:
        return self._object.get(name)

    def text(self, name: str) -> str | None:
        value = self._object.get(name)
        return self._or_flag(name, value if isinstance(value, str) else None)

    def html(self, name: str) -> str | None:
        """Text that is going to be parsed as HTML; an HTML parser would swallow what cannot be encoded."""
        value = self.text(name)
        for flag, character in _UNSTORABLE.items():
            if value is not None and character.search(value):
                self.flag(flag)
                value = character.sub("\ufffd", value)
        return value

    def identity(self, name: str) -> str | None:
        """An id; some servers give numbers where others give strings."""
        value = self._object.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self._or_flag(name, value if isinstance(value, str) and value else None)

    def count(self, name: str) -> int | None:
        value = self._object.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:20])
        is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT
        return self._or_flag(name, value if isinstance(value, int) and is_count else None)

    def truth(self, name: str) -> bool | None:
        value = self._object.get(name)
        return self._or_flag(name, value if isinstance(value, bool) else None)

    def moment(self, name: str, *, naive_is_utc: bool = False) -> datetime | None:
        """A time; one without offset is unknown, except where the platform defines that field as UTC."""
        return self._or_flag(name, moment(self._object.get(name), naive_is_utc=naive_is_utc))

    def part(self, name: str) -> Fields:
        value = self._object.get(name)
        return Fields(self._or_flag(name, value if isinstance(value, dict) else None), self.flags)

    def parts(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        for one in self._list(name):
            if isinstance(one, dict):
                yield Fields(one, self.flags)
            else:
                self.flag(f"{name}_unreadable")

    def lists(self, name: str) -> Iterator[list[Fields]]:
        """The lists of a list, each with its objects."""
        for one in self._list(name):
            yield list(Fields({name: one}, self.flags).parts(name))

    def texts(self, name: str) -> Iterator[str]:
        """The strings of a list; numbers are written as strings."""
        for one in self._list(name):
            if isinstance(one, str | int) and not isinstance(one, bool):
                yield str(one)
            else:
                self.flag(f"{name}_unreadable")

    def flag(self, flag: str) -> None:
        if flag not in self.flags:
            self.flags.append(flag)

    def _list(self, name: str) -> list[object]:
        value = self._object.get(name)
        return self._or_flag(name, value if isinstance(value, list) else None) or []

    def _or_flag(self, name: str, readable: T | None) -> T | None:
        """What could be read; a flag where something was there that could not."""
        if readable is None and self.has(name):
            self.flag(f"{name}_unreadable")
        return readable
