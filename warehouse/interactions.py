"""Interactions: who dealt with whom, how and when. Never what was said: no text of them reaches the warehouse.

`sift_interactions` is pure, like `sieve.sift`; `land_interactions` loads a batch inside the caller's transaction and
adds it to the run's tally. What could not be read is entered into the quarantine with its reason and its hash, but
without its bytes, because they would hold what somebody said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from connectors.records import Act, Interaction, Page, Rejected
from warehouse import landing, locks
from warehouse.landing import staging
from warehouse.landing.binary import copy
from warehouse.people import suppression
from warehouse.people.suppression import hash_key
from warehouse.sieve import Learnt, Reason, Sieve, cut
from warehouse.storable import LONGEST_KEY
from warehouse.storable import text as storable_text

HERE = Path(__file__).parent / "landing_acts"

ACT: staging.Columns = (
    ("seq", "int"),
    ("page_no", "int"),
    ("platform", "text"),
    ("interaction_id", "text"),
    ("act", "text"),
    ("actor_account", "text"),
    ("actor_handle", "text"),
    ("target_account", "text"),
    ("target_handle", "text"),
    ("target_post", "text"),
    ("acted_at", "timestamptz"),
    ("source", "text"),
    ("observed_at", "timestamptz"),
    ("target_hash", "bytea"),
)
REFUSED: staging.Columns = (("platform", "text"), ("interaction_id", "text"))


def _statement(name: str) -> TextClause:
    return text((HERE / f"{name}.sql").read_text(encoding="utf-8"))


KEPT_OUT, STRANGERS, WITHDRAWN, ACTS = map(_statement, ("kept_out", "strangers", "withdrawn", "acts"))
HIDDEN = text("""
insert into core.hidden_act as known (campaign, platform, act, reason, run_id)
select :campaign, :platform, act, reason, :run_id
from unnest(cast(:acts as text[]), cast(:reasons as text[])) as told (act, reason)
on conflict (campaign, platform, act) do update set reason = excluded.reason, run_id = excluded.run_id
where known.reason <> excluded.reason
""")
SHOWN = text("""
delete from core.hidden_act where campaign = :campaign and platform = :platform and act <> all(cast(:acts as text[]))
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiftedActs:
    """A page of interactions as it may land. Each of the `fetched` is in exactly one of the other fields."""

    page: Page
    fetched: int
    acts: tuple[Interaction, ...] = ()
    target_hashes: tuple[bytes | None, ...] = ()
    """The keyed hash of the post that each act is towards: it may be one that was kept out."""
    refused: tuple[tuple[str, Reason], ...] = ()
    """Ids of the acts that must not be kept, and why. For the moment only: they are not stored."""
    rejected: tuple[Rejected, ...] = ()
    out_of_scope: int = 0
    """Outside the window, or towards oneself. Of the rest, landing tells what is towards one's own post."""
    duplicate: int = 0
    learnt: tuple[Learnt, ...] = ()


def sift_interactions(
    page: Page,
    split: Callable[[Page], Iterator[Interaction | Rejected]],
    guard: Sieve,
    since: datetime,
    until: datetime,
) -> SiftedActs:
    """Cut a page into acts and keep those that may land and lie in [since, until), or whose time is not known."""
    pieces = cut(page, split)
    if isinstance(pieces, Rejected):
        return SiftedActs(page=page, fetched=1, rejected=(pieces,))
    acts: dict[tuple[str, str], Interaction] = {}
    refused: list[tuple[str, Reason]] = []
    rejected: list[Rejected] = []
    learnt: list[Learnt] = []
    out_of_scope = duplicate = 0
    for piece in pieces:
        if reason := guard.refuses(piece.platform, piece.accounts, piece.public):
            learnt += _learnt(piece, guard) if isinstance(piece, Interaction) else ()
            refused.append((piece.interaction_id if isinstance(piece, Interaction) else "", reason))
        elif isinstance(piece, Rejected):
            rejected.append(piece)
        elif _is_too_long(piece):
            rejected.append(_unreadable(piece))
        elif _is_out_of_scope(piece, since, until):
            out_of_scope += 1
        elif (name := (piece.platform, piece.interaction_id)) in acts:
            duplicate += 1
            acts[name] = _together(acts[name], piece)
        else:
            acts[name] = piece
    return SiftedActs(
        page=page,
        fetched=len(pieces),
        acts=tuple(acts.values()),
        target_hashes=tuple(_target_hash(act, guard) for act in acts.values()),
        refused=tuple(refused),
        rejected=tuple(rejected),
        out_of_scope=out_of_scope,
        duplicate=duplicate,
        learnt=tuple(dict.fromkeys(learnt)),
    )


def _learnt(act: Interaction, guard: Sieve) -> tuple[Learnt, ...]:
    """A platform names somebody by handle here and by number there; who opted out goes by both from now on."""
    return (
        *guard.learn(act.platform, (act.actor.account_id, act.actor.handle)),
        *guard.learn(act.platform, (act.target_account, act.target_handle)),
    )


def land_interactions(
    connection: Connection, run_id: UUID, campaign_name: str, sifted: Sequence[SiftedActs]
) -> landing.Tally:
    """Load a batch and add it to the run's tally, per platform; returns the batch's own. Raises TallyMismatch.

    Each act is towards a post or an account; what is known of it by another route is kept, gaps are filled.
    """
    locks.wait_for_rest_to_end(connection)
    values = {"campaign": campaign_name, "run_id": run_id}
    _stage(connection, sifted)
    connection.execute(landing.PAGES, values)
    connection.execute(landing.QUARANTINE, values)
    connection.execute(WITHDRAWN, values)
    kept_out = {platform: count for platform, count in connection.execute(KEPT_OUT, values)}
    strangers = {platform: count for platform, count in connection.execute(STRANGERS, values)}
    landed = {platform: (new, updated) for platform, new, updated in connection.execute(ACTS, values)}
    for part in sifted:
        suppression.learn(connection, part.learnt)
    total = landing.Tally()
    for platform in sorted({part.page.platform for part in sifted}):
        of_platform = [part for part in sifted if part.page.platform == platform]
        left = kept_out.get(platform, 0), strangers.get(platform, 0)
        tally = _tally(of_platform, *left, *landed.get(platform, (0, 0)))
        landing.enter(connection, run_id, platform, tally)
        total += tally
    return total


def record_hidden(
    connection: Connection, campaign_name: str, platform: str, hidden: Mapping[Act, str], run_id: UUID
) -> None:
    """Enter which acts this platform does not show, and why; what it shows by now is hidden no more."""
    told = {"campaign": campaign_name, "platform": platform, "acts": list(hidden), "run_id": run_id}
    connection.execute(SHOWN, told)
    connection.execute(HIDDEN, {**told, "reasons": list(hidden.values())})


def _is_out_of_scope(act: Interaction, since: datetime, until: datetime) -> bool:
    if act.acted_at is not None and not since <= act.acted_at < until:
        return True
    if act.target_account is not None:
        return act.target_account == act.actor.account_id
    return act.target_handle is not None and act.target_handle == act.actor.handle


def _target_hash(act: Interaction, guard: Sieve) -> bytes | None:
    return None if act.target_post is None else hash_key(guard.secret, act.platform, act.target_post)


def _together(one: Interaction, other: Interaction) -> Interaction:
    """The same act twice on a page: what either of them tells."""
    return replace(
        one,
        target_account=one.target_account or other.target_account,
        target_handle=one.target_handle or other.target_handle,
        target_post=one.target_post or other.target_post,
        acted_at=min((time for time in (one.acted_at, other.acted_at) if time), default=None),
    )


def _is_too_long(act: Interaction) -> bool:
    names = (*act.accounts, act.interaction_id, act.target_post or "", act.source)
    return any(len(name.encode(errors="replace")) > LONGEST_KEY for name in names)


def _unreadable(act: Interaction) -> Rejected:
    return Rejected(
        platform=act.platform,
        source=act.source,
        reason="id_too_long",
        detail="An id is longer than any real one.",
        body=act.interaction_id.encode(errors="replace"),
        observed_at=act.observed_at,
        accounts=act.accounts,
    )


def _tally(sifted: Sequence[SiftedActs], kept_out: int, strangers: int, new: int, updated: int) -> landing.Tally:
    reasons = Counter(reason for part in sifted for _, reason in part.refused)
    return landing.Tally(
        fetched=sum(part.fetched for part in sifted),
        new=new,
        updated=updated,
        unchanged=sum(len(part.acts) for part in sifted) - kept_out - strangers - new - updated,
        duplicate=sum(part.duplicate for part in sifted),
        out_of_scope=strangers + sum(part.out_of_scope for part in sifted),
        suppressed=kept_out + reasons["opted_out"],
        not_public=reasons["not_public"],
        quarantined=sum(len(part.rejected) for part in sifted),
    )


def _stage(connection: Connection, batch: Sequence[SiftedActs]) -> None:
    tables: dict[str, tuple[staging.Columns, Iterator[tuple[Any, ...]]]] = {
        "staged_page": (staging.PAGE, staging.page_rows([(part.page, part.fetched) for part in batch])),
        "staged_rejected": (staging.REJECTED, _rejected(batch)),
        "staged_act": (ACT, _acts(batch)),
        "staged_refused": (REFUSED, _refused(batch)),
    }
    for table, (columns, rows) in tables.items():
        connection.execute(text(staging.ddl(table, columns)))
        copy(connection, table, columns, rows)
    connection.execute(text("analyze staged_act"))


def _acts(batch: Sequence[SiftedActs]) -> Iterator[tuple[Any, ...]]:
    numbered = (
        (page_no, act, target_hash)
        for page_no, part in enumerate(batch)
        for act, target_hash in zip(part.acts, part.target_hashes, strict=True)
    )
    for seq, (page_no, act, target_hash) in enumerate(numbered):
        names = (
            act.platform,
            act.interaction_id,
            act.act,
            act.actor.account_id,
            act.actor.handle,
            act.target_account,
            act.target_handle,
            act.target_post,
        )
        yield (
            seq,
            page_no,
            *(None if name is None else storable_text(name) for name in names),
            act.acted_at,
            storable_text(act.source),
            act.observed_at,
            target_hash,
        )


def _refused(batch: Sequence[SiftedActs]) -> Iterator[tuple[Any, ...]]:
    for part in batch:
        yield from ((part.page.platform, storable_text(name)) for name, _ in part.refused if name)


def _rejected(batch: Sequence[SiftedActs]) -> Iterator[tuple[Any, ...]]:
    for page_no, part in enumerate(batch):
        pairs = ((rejected, part.page.query) for rejected in part.rejected)
        yield from (staging.rejected_row(page_no, rejected, query, keep_body=False) for rejected, query in pairs)
