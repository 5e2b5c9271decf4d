"""Accounts as they were seen, a roster as it was loaded, and whose the accounts are by that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from warehouse.people import matching, roster, roster_file

SECRET = b"a key for tests"
KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
HEADER = "person_id,name,role,match_basis,handle_x,id_x,handle_facebook,consent_match,valid_from,valid_to"


def february(day: int) -> datetime:
    return datetime(2026, 2, day, tzinfo=UTC)


class World:
    """Accounts as they were seen, a roster as it was loaded, and the owners that follow."""

    def __init__(self, connection: Connection, engine: Engine, folder: Path) -> None:
        self.connection, self.engine, self.folder = connection, engine, folder

    def roster(self, *rows: str, at: datetime = KNOWN, header: str = "") -> None:
        path = self.folder / "roster.csv"
        path.write_text("\n".join([header or HEADER, *rows]), encoding="utf-8")
        self.connection.commit()
        roster.load(self.engine, roster_file.read(path), at, SECRET)

    def seen(self, account_id: str, *handles: tuple[str, int], platform: str = "x", **more: str) -> None:
        """An account with an item, seen under each handle from a day of February on; a name by a clerk."""
        source = "hand:mira" if account_id.startswith("hand:") else "s"
        values = {"platform": platform, "account": account_id, "campaign": "itp28", "source": source}
        values |= {**more, "now": february(1)}
        self.connection.execute(text(ACCOUNT), values | {"handle": handles[-1][0]})
        for handle, day in handles:
            self.connection.execute(text(HANDLE), values | {"handle": handle, "seen_from": february(day)})
        self.connection.execute(text(ITEM), values)

    def says(self, account_id: str, platform: str = "x", **profile: Any) -> None:
        """What an account's profile says: display_name, links, moved_to."""
        values = {"platform": platform, "account": account_id, "links": [], "moved_to": None, "display_name": None}
        self.connection.execute(text(PROFILE), values | profile | {"now": february(3)})

    def acts(self, actor: str, target: str | None = None, platform: str = "x", **names: str) -> None:
        values = {"platform": platform, "actor": actor, "target": target, "handle": None, "target_handle": None}
        values |= {"source": "hand" if actor.startswith("hand:") else "s"}
        self.connection.execute(text(ACT), values | names | {"now": february(4)})

    def decides(self, account_id: str, verdict: str, person: str | None = None, **more: Any) -> None:
        """A word on an account in one of the campaign's queues."""
        values = {"platform": "x", "queue": "author_candidate", "evidence": account_id, "at": february(20)} | more
        self.connection.execute(text(DECISION), values | {"account": account_id, "verdict": verdict, "person": person})

    def candidates(self) -> set[tuple[str, str, str]]:
        """Account, person and reason."""
        rows = self.connection.execute(text("select account_id, person_id, rule from people.account_candidate"))
        return {(account, person, rule) for account, person, rule in rows}

    def learn(self, as_of: datetime = AS_OF, campaign: str = "itp28") -> int:
        changed = matching.learn_owners(self.connection, campaign, as_of)
        self.connection.commit()
        return changed

    def owners(self, at: datetime | None = None) -> set[tuple[str, str, str]]:
        """Account, person and rule, as known now; of all times, or of one."""
        rows = self.connection.execute(
            text(
                "select account_id, person_id, match_rule from people.account_owner where known_to = 'infinity'"
                " and (cast(:at as timestamptz) is null or (valid_from <= :at and :at < valid_to))"
            ),
            {"at": at},
        )
        return {(account, person, rule) for account, person, rule in rows}


ACCOUNT = """
insert into core.account (platform, account_id, handle, observed_at) values (:platform, :account, :handle, :now)
on conflict do nothing
"""
HANDLE = "insert into core.account_handle values (:platform, :account, :handle, :seen_from)"
ITEM = """
insert into core.item (campaign, platform, post_id, source, source_rank, account_id, kind, version_at, hashtags,
  tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash, first_seen_at, observed_at)
values (:campaign, :platform, 'post of ' || :account, :source, 1, :account, 'original', :now, '{}',
  true, '{}', '{}', '{}', '{}', 'public', '{}', '', :now, :now)
"""

PROFILE = """
update core.account set display_name = :display_name, links = :links, moved_to = :moved_to
where platform = :platform and account_id = :account;
insert into core.account (platform, account_id, display_name, links, moved_to, observed_at)
values (:platform, :account, :display_name, :links, :moved_to, :now)
on conflict do nothing
"""
ACT = """
insert into core.interaction (campaign, platform, interaction_id, act, actor_account, actor_handle, target_account,
  target_handle, source, first_observed_at, observed_at)
values ('itp28', :platform, :actor || coalesce(:target, ''), 'mention', :actor, :handle, :target, :target_handle,
  :source, :now, :now)
"""
DECISION = """
insert into people.review_decision
  (campaign, queue, subject, evidence, verdict, person_id, decided_by, decided_at, known_from)
values ('itp28', :queue, 'account:' || :platform || ':' || :account, :evidence, :verdict, :person, 'Team', :at, :at)
"""
