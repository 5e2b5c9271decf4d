"""What goes over the wire while a query is read, and answers bent on their way: empty, doubled, in another order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.exchange import Answer, Asked, Place, as_json
from tests.connectors.kit.bench import Bench, Reading

Path = tuple[Any, ...]
Bend = Callable[[Place, Asked, datetime], Answer]
TOKENS = frozenset({"next_token", "nextPageToken", "cursor", "after"})
"""What platforms call the way to the next page."""
NEXT = re.compile(r'<[^>]*>;\s*rel="next"')
SAME = "thesametoken"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    asked: Asked
    answer: Answer

    @property
    def document(self) -> Any:
        return decoded(self.answer)

    @property
    def records(self) -> list[Any]:
        return at(self.document, main_list(self.document) or ()) if main_list(self.document) is not None else []

    @property
    def promises_more(self) -> bool:
        """Whether it tells where to go on, apart from what is listed."""
        return bool(tokens(self.document)) or bool(NEXT.search(self.answer.header("Link") or ""))

    def is_(self, asked: Asked) -> bool:
        return (self.asked.path, self.asked.query) == (asked.path, asked.query)


def decoded(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a document and what is there, from the root down."""
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from places(child, (*path, name))


def at(document: Any, path: Path) -> Any:
    for name in path:
        document = document[name]
    return document


def lists(document: Any) -> list[Path]:
    """The lists of objects that are in no other list: the outermost and largest first."""
    found = [
        (-len(path), len(str(value)), path)
        for path, value in places(document)
        if isinstance(value, list)
        and value
        and all(isinstance(one, dict) for one in value)
        and not any(isinstance(name, int) for name in path)
    ]
    return [path for _, _, path in sorted(found, key=lambda one: one[:2], reverse=True)]


def main_list(document: Any) -> Path | None:
    """Where the records of an answer are."""
    return next(iter(lists(document)), None)


def tokens(document: Any) -> list[str]:
    return [
        value for path, value in places(document) if path and path[-1] in TOKENS and isinstance(value, str) and value
    ]


def exchanges(bench: Bench, reading: Reading) -> list[Exchange]:
    """What was asked and answered when the query is read again; tokens that were sent are remembered as secrets."""
    kept: list[Exchange] = []

    def record(place: Place, asked: Asked, now: datetime) -> Answer:
        answer = place.answer(asked, now)
        kept.append(Exchange(asked=asked, answer=answer))
        if asked.token:
            bench.wire_secrets.add(asked.token)
        return answer

    bench.reset()
    bench.bend(record)
    bench.read(reading.query)
    bench.reset()
    return kept


def walk(bench: Bench, reading: Reading) -> list[Exchange]:
    """The longest way of the query from page to page."""
    ways: list[list[Exchange]] = []
    by_path: dict[str, list[Exchange]] = {}
    for one in exchanges(bench, reading):
        if not one.records:
            continue
        by_path.setdefault(one.asked.path, []).append(one)
        asked_for = " ".join(value for values in one.asked.query.values() for value in values)
        for way in ways:
            link = way[-1].answer.header("Link") or ""
            told = (
                tokens(way[-1].document)
                or [
                    value
                    for name, values in one.asked.query.items()
                    for value in values
                    if name not in way[-1].asked.query and f"{name}={value}" in link
                ]
                or [
                    value
                    for name, values in one.asked.query.items()
                    for value in values
                    if way[-1].asked.query.get(name) != values and f"{name}={value}" in link
                ]
            )
            if way[-1].asked.path == one.asked.path and any(token in asked_for for token in told):
                way.append(one)
                break
        else:
            ways.append([one])
    longest = max(ways, key=len)
    return longest if len(longest) > 2 else max(by_path.values(), key=len)


def with_records(answer: Answer, change: Callable[[list[Any]], list[Any]]) -> Answer:
    """The answer with another list of records in it."""
    document = decoded(answer)
    path = main_list(document)
    if answer.status != 200 or path is None:
        return answer
    records = change(list(at(document, path)))
    told = document.get("meta") if isinstance(document, dict) else None
    if isinstance(told, dict) and "result_count" in told:  # X says how many there are, and leaves out an empty list
        told["result_count"] = len(records)
    changed = put(document, path, records)
    if isinstance(told, dict) and not records:
        del changed[path[0]]
    return replace(as_json(changed), headers=answer.headers)


def put(document: Any, path: Path, value: Any) -> Any:
    """The document with another value at this place; the document itself is changed."""
    if not path:
        return value
    at(document, path[:-1])[path[-1]] = value
    return document


def changed_at(where: Exchange, change: Callable[[list[Any]], list[Any]]) -> Bend:
    """One answer of a walk with other records, all others as they are."""

    def bend(place: Place, asked: Asked, now: datetime) -> Answer:
        answer = place.answer(asked, now)
        return with_records(answer, change) if where.is_(asked) else answer

    return bend


def changed_everywhere(way: list[Exchange], change: Callable[[list[Any]], list[Any]]) -> Bend:
    """Each answer of a walk with other records."""

    def bend(place: Place, asked: Asked, now: datetime) -> Answer:
        answer = place.answer(asked, now)
        return with_records(answer, change) if any(one.is_(asked) for one in way) else answer

    return bend


class SameToken:
    """A platform whose way to the next page bears the same name on every page, and gets on all the same."""

    def __init__(self) -> None:
        self.real: dict[str, str] = {}

    def __call__(self, place: Place, asked: Asked, now: datetime) -> Answer:
        real = self.real.get(asked.path, "")
        query = {name: tuple(value.replace(SAME, real) for value in values) for name, values in asked.query.items()}
        answer = place.answer(replace(asked, query=query), now)
        told = tokens(decoded(answer))
        if not told:
            return answer
        self.real[asked.path] = told[0]
        body = answer.body.decode()
        for mark in ('"%s"', "after=%s&", 'after=%s"'):
            body = body.replace(mark % told[0], mark % SAME)
        return replace(answer, body=body.encode())
