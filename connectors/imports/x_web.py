"""One post of X as its web site loads it (GraphQL): the old `legacy` object, with the author and the id beside it.

`{"rest_id", "legacy": {…}, "core": {"user_results": …}, "views", "note_tweet", "edit_control"}`; the author may be
missing. Older files hold `{"type": "adaptive", "legacy", "user"}`. Read after 4CAT's search_twitter.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors import verbatim
from connectors.fields import Fields
from connectors.imports import x_v1
from connectors.records import Post, RawItem, Rejected
from connectors.registry import connector

PLATFORM = "x"
_OTHERS = ("quoted_status_result", "quotedRefResult", "birdwatch_pivot", "card", "super_follows_reply_user_result")


def _whole(data: Fields) -> Fields:
    """The post itself: X wraps one whose visibility is limited once more."""
    return data.part("tweet") if data.has("tweet") and not data.has("legacy") else data


def _object(holder: Fields, name: str) -> dict[str, Any]:
    value = holder.value(name)
    return value if isinstance(value, dict) else {}


def _as_v1(data: Fields) -> Fields:
    """The post as an object of v1.1; what is absent stays absent."""
    whole = _whole(data)
    legacy = _object(whole, "legacy")
    written = legacy | {
        "id_str": whole.identity("rest_id") or whole.part("legacy").identity("id_str"),
        "user": _user(whole),
        "edit_control": whole.value("edit_control"),
        "note_tweet": _note(whole),
        "view_count": (whole.part("views") or whole.part("ext_views")).value("count"),
        "retweeted_status": _reference(whole.part("legacy"), "retweeted_status_result")
        or legacy.get("retweeted_status"),
        "quoted_status": _reference(whole, "quoted_status_result"),
    }
    return Fields({name: value for name, value in written.items() if value is not None}, data.flags)


def _user(whole: Fields) -> dict[str, Any] | None:
    """The author; X moved the names from `legacy` to `core` in 2025."""
    result = whole.part("core").part("user_results").part("result")
    if not result:
        return _object(whole, "user") or None
    old, new = result.part("legacy"), result.part("core")
    protected = old.truth("protected") or result.part("privacy").truth("protected")
    return {
        "id_str": result.identity("rest_id") or whole.part("legacy").identity("user_id_str"),
        "screen_name": old.text("screen_name") or new.text("screen_name"),
        "name": old.text("name") or new.text("name"),
        "protected": protected,
    }


def _note(whole: Fields) -> dict[str, Any] | None:
    result = whole.part("note_tweet").part("note_tweet_results").part("result")
    marked = [one.text("text") or "" for one in result.part("entity_set").parts("hashtags")]
    return x_v1.note(result.text("text"), marked)


def _reference(holder: Fields, name: str) -> dict[str, Any] | None:
    """Id and author of a nested post, whole or cut down already."""
    result = holder.part(name).part("result")
    other = _whole(result)
    if not other:
        return None
    author = other.part("core").part("user_results").part("result").identity("rest_id")
    legacy = other.part("legacy")
    return {"id_str": other.identity("rest_id"), "user": {"id_str": author or legacy.identity("user_id_str")}}


def key_of(data: Fields) -> str | None:
    return x_v1.key_of(_as_v1(data))


def accounts(data: Fields) -> tuple[str, ...]:
    return x_v1.author_names(_as_v1(data))


def is_public(data: Fields) -> bool:
    return x_v1.is_public(_as_v1(data))


def is_ad(data: Fields) -> bool:
    return data.value("promoted") is True or data.has("promotedMetadata")


def is_partial(data: Fields) -> bool:
    return not _whole(data).part("legacy").has("created_at")


def of_one_person(data: dict[str, Any]) -> dict[str, Any]:
    """The post with references where others' posts are nested; of a repost only what its author did."""
    if isinstance(data.get("tweet"), dict) and "legacy" not in data:
        return {**data, "tweet": of_one_person(data["tweet"])}
    fields = Fields(data)
    kept = {name: value for name, value in data.items() if name not in _OTHERS}
    if quoted := _reference(fields, "quoted_status_result"):
        kept["quoted_status_result"] = _cut(quoted)
    if isinstance(legacy := data.get("legacy"), dict):
        reposted = _reference(fields.part("legacy"), "retweeted_status_result")
        kept["legacy"] = x_v1.of_one_person(legacy | ({"retweeted_status": reposted} if reposted else {}))
        kept["legacy"].pop("retweeted_status_result", None)
        if reposted:
            kept.pop("note_tweet", None)
    return kept


def _cut(reference: dict[str, Any]) -> dict[str, Any]:
    author = {"user_results": {"result": {"rest_id": reference["user"]["id_str"]}}}
    return {"result": {"rest_id": reference["id_str"], "core": author}}


def post(data: Fields, item: RawItem) -> Post | Rejected:
    body = verbatim.encode(x_v1.as_v2(_as_v1(data)))
    read = connector(PLATFORM).parse(replace(item, body=body))
    if isinstance(read, Rejected):
        return replace(read, body=item.body)
    return replace(read, flags=tuple(dict.fromkeys([*read.flags, *data.flags])))
