"""Rows of a small world, put into the warehouse by SQL: campaigns, posts and their days, people and their accounts."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, text

LONG_AGO = "2010-01-01T00:00:00Z"
Row = dict[str, Any]


def insert(connection: Connection, table: str, *rows: Row) -> None:
    """Rows into a table by its column names; a column that no row names gets its default."""
    columns = sorted({column for row in rows for column in row})
    connection.execute(
        text(f"""
            insert into {table} ({", ".join(columns)})
            select {", ".join(columns)} from jsonb_populate_recordset(null::{table}, cast(:rows as jsonb))
        """),
        {"rows": json.dumps(rows)},
    )


def campaign(name: str, starts_on: str, ends_on: str, **more: Any) -> Row:
    return {
        "campaign": name, "title": name, "hashtags": ["itp28"], "judged_by": ["itp28"],
        "starts_on": starts_on, "ends_on": ends_on, "zone": "Europe/London", "grace_days": 7, "organisers": {}, **more,
    }  # fmt: skip


def item(name: str, platform: str, post_id: str, account_id: str | None, created_at: str | None, **more: Any) -> Row:
    """A row of core.item, tagged and original unless it says otherwise."""
    seen = created_at or "2026-02-02T00:00:00Z"
    content = more.pop("content_hash", "\\x" + hashlib.sha256(f"{platform}{post_id}".encode()).hexdigest())
    return {
        "campaign": name, "platform": platform, "post_id": post_id, "account_id": account_id, "created_at": created_at,
        "source": platform, "source_rank": 2, "kind": "original", "version_at": seen, "hashtags": ["itp28"],
        "tagged": True, "mentions": [], "links": [], "media_types": [], "media_hashes": [], "audience": "public",
        "flags": [], "content_hash": content, "first_seen_at": seen, "observed_at": seen, **more,
    }  # fmt: skip


def put_items(connection: Connection, *items: Row, days: dict[str, list[int]], themes: dict[str, list[int]]) -> None:
    """Items with their accounts, and the prompt days that their texts name."""
    accounts = {(row["platform"], row["account_id"]) for row in items if row["account_id"]}
    insert(
        connection,
        "core.account",
        *({"platform": p, "account_id": a, "handle": a, "observed_at": LONG_AGO} for p, a in sorted(accounts)),
    )
    insert(connection, "core.item", *items)
    insert(
        connection,
        "core.item_days",
        *(
            {key: row[key] for key in ("campaign", "platform", "post_id", "content_hash")}
            | {"days": days.get(row["post_id"], []), "themes": themes.get(row["post_id"], []), "rule_version": "1"}
            for row in items
        ),
    )


def put_person(
    connection: Connection, person_id: str, *roles: Row, accounts: tuple[str, ...] = (), **more: Any
) -> None:
    """A person with roles, countries and zones, owning `platform/account` accounts that exist already."""
    person = {"person_id": person_id, "display_name": more.pop("name", f"Name of {person_id}"), "source": "test"}
    always = {"person_id": person_id, "valid_from": "-infinity", "valid_to": "infinity"}
    known = {"known_from": LONG_AGO, "known_to": "infinity"}
    aliases = more.pop("aliases", [])
    insert(connection, "people.person", {**person, "name_aliases": aliases, "status": "active", "created_at": LONG_AGO})
    insert(connection, "people.person_role", *({**always, **known, **role} for role in roles))
    for kind in ("programme", "residence"):
        label = more.pop(f"{kind}_label", None)
        if iso3 := more.pop(kind, None):
            insert(
                connection,
                "people.person_country",
                {**always, **known, "kind": kind, "label": label or f"L {iso3}", "iso3": iso3},
            )
    for zone in more.pop("zones", ()):
        insert(connection, "people.person_timezone", {**always, **known, "source": "self", **zone})
    assert not more, more
    owned = (account.split("/") for account in accounts)
    basis = {"match_rule": "handle", "match_basis": "opt_in", "confidence": 1, "decided_by": "rule"}
    for platform, account_id in owned:
        insert(
            connection, "people.account_owner",
            {**always, **known, **basis, "platform": platform, "account_id": account_id},
        )  # fmt: skip
