"""One request and one answer, as the simulated platforms see them: plain values, no sockets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    base: str
    """`http://host:port` as the asker wrote it; links in answers point there."""
    path: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    """Names in lower case."""
    method: str = "GET"
    body: bytes = b""

    def one(self, name: str, default: str | None = None) -> str | None:
        return self.query.get(name, (default,))[-1]

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter, whether repeated or separated by commas."""
        return tuple(part for value in self.query.get(name, ()) for part in value.split(",") if part)

    @property
    def token(self) -> str | None:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.casefold() == "bearer" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.casefold() == name.casefold()), None)

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Answer:
        """The same answer with these headers; one that is there already is replaced."""
        new = tuple(headers)
        names = {name.casefold() for name, _ in new}
        kept = tuple(pair for pair in self.headers if pair[0].casefold() not in names)
        return Answer(status=self.status, body=self.body, headers=kept + new)


class Place(Protocol):
    """One simulated server: an instance, a site, an API."""

    name: str
    """`mastodon/north.example`, `wordpress/blog.example`, `x`: faults and the request log go by it."""
    platform: str

    def answer(self, asked: Asked, now: datetime) -> Answer: ...

    def refusal(self, status: int, code: str = "") -> Answer:
        """An error in this platform's own words."""
        ...

    def records(self, document: Any) -> list[Any]:
        """The list of posts inside a decoded page."""
        ...

    def endless(self, answer: Answer, asked: Asked) -> Answer:
        """The same page, made to point at a next one."""
        ...


def as_json(document: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status=status, body=body, headers=(("Content-Type", "application/json; charset=utf-8"), *headers))
