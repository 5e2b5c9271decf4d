"""Landing: a batch of sifted pages into the warehouse, inside the caller's transaction.

COPY into temporary tables, then the statements beside this file, each over the whole batch and each touching only rows
that change. The same observations give the same items, accounts and counts in whatever order and batches they come,
with two limits. Equal observations are not stored, so if a source shows A, B, A without times of edit, and B arrives
after the second A, B holds until that source is read again. And an untagged version that arrives before any tagged one
of its post is out of scope, although it would have been kept in the order of time. (What `rebuild` lands again was in
scope once and stays so, in whatever order.)

What the tally's words mean for an item that landed:

new          its post was not known
updated      its post's row changed: a newer version, a better copy, a later sight of the same version that differs, or
             another copy that knows what the best one does not
unchanged    anything else: a poorer or older copy, a sight from before its loss, or only other counts (those are
             a snapshot of their own)
duplicate    the same post again within its page; the newest observation was taken
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from warehouse import locks
from warehouse.errors import TallyMismatch
from warehouse.landing import gone
from warehouse.landing.gone import mark_gone
from warehouse.landing.staging import content_hash, stage
from warehouse.people import suppression
from warehouse.sieve import Sifted

__all__ = ["Tally", "content_hash", "enter", "land", "mark_gone"]

HERE = Path(__file__).parent


def _statement(name: str) -> TextClause:
    return text((HERE / f"{name}.sql").read_text(encoding="utf-8"))


PAGES, RAW_ITEMS, QUARANTINE = map(_statement, ("pages", "raw_items", "quarantine"))
BACK, ACCOUNTS, HANDLES, WINNERS = map(_statement, ("back", "accounts", "account_handles", "winners"))
BEFORE_ITEMS = [PAGES, BACK, RAW_ITEMS, ACCOUNTS, HANDLES, WINNERS]
AFTER_ITEMS = [*map(_statement, ("versions", "earlier", "media", "sightings", "metrics", "unsieved")), QUARANTINE]
SIEVED = _statement("sieved")
SCOPE, UNNAMED, STAY_GONE = map(_statement, ("scope", "unnamed", "stay_gone"))
NEW, UPDATED = map(_statement, ("new_items", "updated_items"))
MIXED, COPIES, MERGED, MERGED_VERSIONS = map(_statement, ("mixed", "copies", "merged_items", "merged_versions"))
OPTED_OUT, NO_LONGER_PUBLIC = map(_statement, ("opted_out", "no_longer_public"))
KEPT, TALLY = map(_statement, ("kept", "tally"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of every item fetched."""

    fetched: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    out_of_scope: int = 0
    suppressed: int = 0
    not_public: int = 0
    quarantined: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: count + getattr(other, name) for name, count in asdict(self).items()})

    @property
    def accounted_for(self) -> int:
        return (
            self.new
            + self.updated
            + self.unchanged
            + self.duplicate
            + self.out_of_scope
            + self.suppressed
            + self.not_public
            + self.quarantined
        )


def land(
    connection: Connection, run_id: UUID, campaign_name: str, sifted: Sequence[Sifted], *, again: bool = False
) -> Tally:
    """Load a batch and add it to the run's tally, per platform; returns the batch's own, over all platforms.

    `again`: the batch was read from `raw.item`, so all of it was in scope once, and it is there already; the caller
    holds `locks.at_rest`.
    The caller's transaction is the batch's: it commits or leaves nothing. Raises TallyMismatch.
    """
    if not again:
        locks.wait_for_rest_to_end(connection)
    values = {"campaign": campaign_name, "run_id": run_id}
    stage(connection, sifted)

    def counted(statement: TextClause) -> Counter[str]:
        return Counter({platform: count for platform, count in connection.execute(statement, values)})

    out_of_scope = Counter[str]() if again else counted(SCOPE)
    unnamed, stay_gone = counted(UNNAMED), counted(STAY_GONE)
    for statement in BEFORE_ITEMS:
        if not (again and statement in (PAGES, RAW_ITEMS)):
            connection.execute(statement, values)
    has_copies = connection.execute(MIXED, values).scalar_one() > 0
    new, updated = counted(NEW), counted(UPDATED)
    if has_copies:
        connection.execute(COPIES, values)
        updated += counted(MERGED)
    for statement in AFTER_ITEMS:
        connection.execute(statement, values)
    if has_copies:
        connection.execute(MERGED_VERSIONS, values)
    kept = counted(KEPT)
    if any(part.sieved for part in sifted):
        _let_go(connection, values)
    for part in sifted:
        suppression.learn(connection, part.learnt)
    total = Tally()
    for platform in sorted({part.page.platform for part in sifted}):
        of_platform = [part for part in sifted if part.page.platform == platform]
        known = {
            "out_of_scope": out_of_scope[platform] + sum(part.out_of_scope for part in of_platform),
            "new": new[platform],
            "updated": updated[platform],
            "unchanged": kept[platform] + stay_gone[platform] - new[platform] - updated[platform],
            "suppressed": unnamed[platform],
        }
        tally = _tally(of_platform, known)
        enter(connection, run_id, platform, tally)
        total += tally
    return total


def _let_go(connection: Connection, values: dict[str, object]) -> None:
    """Enter what the sieve kept out; what the warehouse held of it goes: all of it, or its content."""
    connection.execute(gone.EMPTY)
    for statement in (NO_LONGER_PUBLIC, gone.LOST, OPTED_OUT, SIEVED):
        connection.execute(statement, values)


def _tally(sifted: Sequence[Sifted], known: dict[str, int]) -> Tally:
    """What the sieve counted and what the tables say, which are counted apart from each other."""
    reasons = Counter(kept_out.reason for part in sifted for kept_out in part.sieved)
    return Tally(**known) + Tally(
        fetched=sum(part.fetched for part in sifted),
        duplicate=sum(part.duplicate for part in sifted),
        suppressed=reasons["opted_out"],
        not_public=reasons["not_public"],
        quarantined=sum(len(part.rejected) for part in sifted),
    )


def enter(connection: Connection, run_id: UUID, platform: str, tally: Tally) -> None:
    """Add a batch to the run's tally. Raises TallyMismatch if an item of it is unaccounted for."""
    if tally.fetched != tally.accounted_for:
        raise TallyMismatch(
            f"{tally.fetched} items were fetched from {platform}, but {tally.accounted_for} are accounted for. "
            "This is a defect of ours: please report it. Nothing of this batch was kept."
        )
    connection.execute(TALLY, {"run_id": run_id, "platform": platform, **asdict(tally)})
