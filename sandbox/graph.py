"""What Instagram, Facebook Pages and Threads have in common on the wire: fields, cursors, errors, usage headers.

Truth: developers.facebook.com/docs/graph-api (overview/rate-limiting, guides/error-handling, results). Errors come with
status 400 or 403 whatever they are; the code tells.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.exchange import Answer, Asked, as_json
from sandbox.limits import Limit, Windows
from sandbox.world import World

DEFAULT_PAGE = 25
CALLS = 4800
USAGE_SHOWN_FROM = 10
"""Per cent. Below, no usage header is sent."""
TOKEN_LASTS = timedelta(days=60)
VERSIONED = re.compile(r"/v\d+\.\d+/(?P<rest>.+)")

WORDS = {
    1: "An unknown error occurred",
    2: "Service temporarily unavailable",
    4: "Application request limit reached",
    10: "Application does not have permission for this action",
    24: "The requested resource does not exist",
    18: "Invalid parameter",
    33: "Unsupported get request.",
    100: "Invalid parameter",
    104: "An access token is required to request this resource.",
    110: "Invalid user id",
    190: "Invalid OAuth access token - Cannot parse access token",
    803: "Some of the aliases you requested do not exist",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `fields` asks of one field: its arguments (`limit(5)`, `username(x)`) and the fields inside."""

    arguments: Mapping[str, str] = field(default_factory=dict)
    inner: Mapping[str, Wanted] = field(default_factory=dict)


def refused(code: int, subcode: int = 0, status: int = 400, words: str = "") -> Answer:
    error = {
        "message": f"(#{code}) {words or WORDS.get(code, 'Something went wrong')}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
    }
    if subcode:
        error["error_subcode"] = subcode
    if code in (1, 2):
        error["is_transient"] = True
    return as_json({"error": error}, status)


def refusal(status: int) -> Answer:
    """A status in the Graph API's own words; most come as 400 or 403."""
    match status:
        case 401:
            return refused(190, 463)
        case 403:
            return refused(10, status=403)
        case 404:
            return refused(803, status=404)
        case 429:
            return refused(4, status=403)
        case status if status >= 500:
            return refused(2, status=status)
    return refused(100, status=status)


def nothing_there() -> Answer:
    return refused(100, 33, words="Unsupported get request. It does not exist, or cannot be loaded.")


def token(asked: Asked) -> str | None:
    return asked.token or asked.one("access_token")


def let_in(asked: Asked, settings: Mapping[str, Any]) -> Answer | None:
    """None, or why not."""
    given = token(asked)
    if given is None:
        return refused(104)
    return None if given == settings["token"] else refused(190)


def path(asked: Asked) -> list[str]:
    """The parts of the path after the version."""
    found = VERSIONED.fullmatch(asked.path)
    return found["rest"].strip("/").split("/") if found else [""]


def used(place: str, settings: Mapping[str, Any], windows: Windows, now: datetime) -> tuple[float, int]:
    """Count one call; how many per cent are used, and in how many minutes it begins anew."""
    standing = windows.take(place, Limit(name="calls", requests=settings.get("calls", CALLS), seconds=3600), now)
    minutes = math.ceil((standing.reset_at - now).total_seconds() / 60)
    return 100 * (standing.limit - standing.remaining) / standing.limit, minutes


def with_usage(answer: Answer, per_cent: float, minutes: int, kind: str) -> Answer:
    """The usage headers: JSON, in per cent. The business one tells when it goes on, once nothing goes any more."""
    if per_cent < USAGE_SHOWN_FROM:
        return answer
    used_up = {"call_count": int(per_cent), "total_cputime": int(per_cent / 3), "total_time": int(per_cent / 2)}
    wait = minutes if per_cent > 100 else 0
    business = {"1784": [{"type": kind, **used_up, "estimated_time_to_regain_access": wait}]}
    usage = (("X-App-Usage", json.dumps(used_up)), ("X-Business-Use-Case-Usage", json.dumps(business)))
    return answer.with_headers(usage)


def token_info(world: World) -> Answer:
    ends = datetime.combine(world.starts_on, datetime.min.time(), UTC) + TOKEN_LASTS
    return as_json({"data": {"type": "USER", "is_valid": True, "expires_at": int(ends.timestamp()), "scopes": []}})


def wanted(fields: str) -> Mapping[str, Wanted]:
    """`a,b.limit(5){c,d}` as a tree. ValueError if it does not close."""
    tree, rest = _fields(fields)
    if rest:
        raise ValueError("unbalanced")
    return tree


def _fields(text: str) -> tuple[dict[str, Wanted], str]:
    tree: dict[str, Wanted] = {}
    while text and text[0] != "}":
        found = re.match(r"\s*(\w+)((?:\.\w+\([^()]*\))*)", text)
        if found is None:
            raise ValueError("no field")
        text = text[found.end() :]
        inner: dict[str, Wanted] = {}
        if text.startswith("{"):
            inner, text = _fields(text[1:])
            if not text.startswith("}"):
                raise ValueError("unbalanced")
            text = text[1:]
        tree[found[1]] = Wanted(dict(re.findall(r"\.(\w+)\(([^()]*)\)", found[2])), inner)
        text = text.removeprefix(",").lstrip()
    return tree, text


def chosen(document: Mapping[str, Any], fields: Mapping[str, Wanted]) -> dict[str, Any]:
    """Of a whole object what was asked for; `id` is always there. Inside lists and objects likewise."""
    kept: dict[str, Any] = {}
    for name, value in document.items():
        if name == "id" or name in fields:
            kept[name] = _within(value, fields.get(name, Wanted()).inner)
    return kept


def _within(value: Any, inner: Mapping[str, Wanted]) -> Any:
    if not inner:
        return value
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return value | {"data": [chosen(one, inner) for one in value["data"]]}
    return chosen(value, inner) if isinstance(value, dict) else value


def cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def page(listed: Sequence[dict[str, Any]], after: str | None, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """The objects behind a cursor, and whether there are more."""
    names = [cursor(str(one["id"])) for one in listed]
    start = names.index(after) + 1 if after in names else 0
    return list(listed[start : start + limit]), start + limit < len(listed)


def limit(asked: Asked, settings: Mapping[str, Any], largest: int) -> int:
    """How many to a page. The platform may give fewer than asked for."""
    written = asked.one("limit") or str(DEFAULT_PAGE)
    asked_for = int(written) if written.isdigit() else DEFAULT_PAGE
    return max(1, min(asked_for, int(settings.get("largest_page", largest))))


def listing(asked: Asked, whole: Sequence[dict[str, Any]], size: int, fields: Mapping[str, Wanted]) -> Answer:
    """One page of a list, with the address of the next one, in which the token stands."""
    shown, more = page(whole, asked.one("after"), size)
    data = [chosen(one, fields) for one in shown]
    ends = (cursor(str(shown[0]["id"])), cursor(str(shown[-1]["id"]))) if shown else ("", "")
    return as_json({"data": data, **paging(asked, ends, more)})


def paging(asked: Asked, ends: tuple[str, str], more: bool) -> dict[str, Any]:
    before, after = ends
    if not after:
        return {}
    cursors = {"cursors": {"before": before, "after": after}}
    return {"paging": cursors | ({"next": next_address(asked, after)} if more else {})}


def next_address(asked: Asked, after: str) -> str:
    kept = [
        (name, value)
        for name, values in asked.query.items()
        if name not in {"after", "access_token"}
        for value in values
    ]
    return f"{asked.base}{asked.path}?{urlencode([('access_token', token(asked) or ''), *kept, ('after', after)])}"


def endless(answer: Answer, asked: Asked) -> Answer:
    """The same page, made to point at a next one."""
    document = json.loads(answer.body)
    found = document.get("business_discovery", {}).get("media", document)
    if answer.status == 200 and isinstance(found.get("data"), list):
        after = cursor("for ever")
        found["paging"] = {"cursors": {"after": after}, "next": next_address(asked, after)}
    return Answer(status=answer.status, body=as_json(document).body, headers=answer.headers)


def time(moment: datetime) -> str:
    """`2026-02-03T10:11:12+0000`, without a colon in the offset."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
