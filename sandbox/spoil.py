"""How each fault looks on the wire, where an answer can show it. Hangs and drops are the server's business."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from sandbox.exchange import Answer, Asked, Headers, Place, as_json
from sandbox.faults import Fault

HTML = b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body>Checking your browser.</body></html>"
DEPTH = 100_000
HALF = rb"\ud83d"
"""Half of a surrogate pair, as JSON escapes allow and UTF-8 does not."""
STAND_IN = "(something that no JSON writer writes)"
TOLD_IN = {"content", "text", "record", "snippet"}
"""What the platforms call the part of a post that says something."""


def spoiled(fault: Fault, place: Place, asked: Asked, now: datetime, elsewhere: str) -> Answer:
    """What the place answers instead."""
    options = fault.options
    match fault.kind:
        case "rate_limited":
            return place.refusal(429).with_headers(
                resets(str(options.get("reset", "missing")), now, float(options.get("wait", 60)))
            )
        case "status":
            return place.refusal(int(options["status"]), str(options.get("code", "")))
        case "html":
            return Answer(body=HTML, headers=(("Content-Type", "text/html; charset=UTF-8"),))
        case "body":
            return Answer(body=str(options.get("body", "")).encode(), headers=(("Content-Type", "application/json"),))
        case "redirect":
            return Answer(status=302, headers=(("Location", str(options.get("to", elsewhere)) + asked.path),))
        case "same_page":
            first = (place.name, asked.path)
            if first not in fault.kept:
                fault.kept[first] = place.endless(place.answer(asked, now), asked)
            kept: Answer = fault.kept[first]
            return kept
        case "bent":
            bent: Answer = options["by"](place, asked, now)
            return bent
        case "bad_record":
            return _with_bad_record(place.answer(asked, now), place, str(options.get("how", "missing_id")))
        case _:
            return place.answer(asked, now)


def resets(form: str, now: datetime, wait: float) -> Headers:
    """The ways in which servers say when to come back."""
    at = now + timedelta(seconds=wait)
    epoch, iso = str(int(at.timestamp())), at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    far = now + timedelta(days=3650)
    forms: dict[str, Headers] = {
        "epoch": (("x-rate-limit-reset", epoch), ("x-rate-limit-remaining", "0")),
        "iso": (("X-RateLimit-Reset", iso), ("X-RateLimit-Remaining", "0")),
        "seconds": (("Retry-After", str(int(wait))),),
        "date": (("Retry-After", format_datetime(at, usegmt=True)),),
        "doubled": (("Retry-After", f"{int(wait)}, {int(wait)}"), ("x-rate-limit-reset", f"{epoch}, {epoch}")),
        "missing": (),
        "past": (("x-rate-limit-reset", str(int((now - timedelta(hours=1)).timestamp()))), ("Retry-After", "-60")),
        "absurd": (("x-rate-limit-reset", str(int(far.timestamp()))), ("Retry-After", str(10 * 365 * 86400))),
    }
    return forms[form]


def _with_bad_record(answer: Answer, place: Place, how: str) -> Answer:
    """A page with one record more that nobody can read; `surrogate` changes the first one's text instead.

    All other records stay as they were, byte for byte.
    """
    document = json.loads(answer.body) if answer.status == 200 else None
    records = place.records(document) if document else []
    if not _are_posts(records):
        return answer
    if how == "surrogate":
        _add_to_text(records[0], STAND_IN)
    else:
        records.insert(len(records) // 2, _unreadable(records[-1], how))
    written = HALF if how == "surrogate" else b"[" * DEPTH + b"]" * DEPTH
    body = as_json(document).body
    stand_in = STAND_IN.encode() if how == "surrogate" else f'"{STAND_IN}"'.encode()
    return Answer(body=body.replace(stand_in, written), headers=answer.headers)


def _are_posts(records: Any) -> bool:
    return isinstance(records, list) and bool(records) and bool(TOLD_IN & records[0].keys())


def _unreadable(record: dict[str, Any], how: str) -> Any:
    match how:
        case "missing_id":
            return {
                name: value
                for name, value in record.items()
                if name not in {"id", "uri", "guid", "link", "url", "shortcode", "permalink"} and "history" not in name
            }
        case "wrong_type":
            return ["this", "is", "no", "post"]
        case "null":
            return None
        case "deep":
            return {"id": STAND_IN}
    raise ValueError(f"There is no bad record of the kind '{how}'.")


def _add_to_text(record: dict[str, Any], more: str) -> None:
    if isinstance(record.get("record"), dict):
        record["record"]["text"] += more
    elif isinstance(record.get("snippet"), dict):
        record["snippet"]["description"] += more
    elif isinstance(record.get("content"), dict):
        record["content"]["rendered"] += more
    else:
        record["content" if "content" in record else "text"] += more
