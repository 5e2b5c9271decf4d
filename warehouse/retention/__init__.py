"""What must not be kept longer is removed, in the caller's transaction, and counted: by rule and platform.

bytes    posts as their platforms sent them. Nothing published rests on them; `rebuild` leaves such posts as they are
words    titles, texts and evidence, in every version and copy, also those that a platform wants refreshed or deleted,
         and that nobody refreshed in time (terms_words.sql). The words decide which posts are copies of which, so a
         build after that would count otherwise: `refuse_build`
posts    the rows of posts, of who made them and of who dealt with whom, and the published tables about people and
         posts. Totals stay
terms    bytes, counts and names that a platform wants refreshed or deleted, and that nobody refreshed in time

With words or posts the builds' work space is emptied, as `forget` does: it holds names and posts until the next build,
and after this there may be none.

`metrics.md` f.7 has the times; the campaign file may change them, but not how long a platform's own terms allow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text

from warehouse.campaign import Campaign
from warehouse.errors import WordsRemoved
from warehouse.freeze import unrestricted
from warehouse.publish import PUBLISHED
from warehouse.transform import BUILD_SCHEMA

HERE = Path(__file__).parent
TERMS = {"youtube": timedelta(days=30)}
"""Developer Policies III.E.4: what is stored is refreshed or deleted within 30 days."""
LAST_FREEZE = text("select max(frozen_at) from metrics.frozen_publication where campaign = :campaign")
NOTED = text("""
insert into core.removal (run_id, campaign, rule, platform, removed, removed_at)
values (:run_id, :campaign, :rule, :platform, :removed, :removed_at)
""")
LOST = text("""
select bool_or(rule = 'posts') as is_empty, max(removed_at) filter (where rule = 'words') as words_went_at
from core.removal where campaign = :campaign
""")
BUILT = text("""
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname = :build
order by 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    rule: str
    platform: str
    rows: int


def due_at(connection: Connection, campaign: Campaign) -> dict[str, datetime]:
    """Rule -> when its time comes: so many days after the campaign's grace, or after its last freeze if later."""
    frozen: datetime | None = connection.execute(LAST_FREEZE, {"campaign": campaign.name}).scalar()
    settled = max(campaign.closes_at, frozen) if frozen else campaign.closes_at
    kept = campaign.retention
    days = {"bytes": kept.raw_days, "words": kept.text_days, "posts": kept.post_days}
    return {rule: settled + timedelta(days=number) for rule, number in days.items()}


def remove(connection: Connection, campaign: Campaign, run_id: UUID, at: datetime) -> Sequence[Removed]:
    """Remove what is over its time at `at`, and enter it into `core.removal`. Returns what went.

    The caller sees to it that nothing is built meanwhile (`locks.building`), as it may empty the builds' work space.
    """
    gone = Counter[tuple[str, str]]()
    for rule, due in due_at(connection, campaign).items():
        if at >= due:
            gone.update(_apply(connection, rule, {"campaign": campaign.name}))
            if rule == "posts":
                gone.update(_published(connection, campaign.name))
    for platform, kept in TERMS.items():
        asked = {"campaign": campaign.name, "platform": platform, "before": at - kept}
        gone.update(_apply(connection, "terms", asked))
        gone.update(_apply(connection, "words", asked, "terms_words"))
    if {rule for rule, _ in gone} & {"words", "posts"}:
        _empty_the_work_space(connection)
    removed = [Removed(rule=rule, platform=platform, rows=rows) for (rule, platform), rows in sorted(gone.items())]
    for one in removed:
        noted = {"rule": one.rule, "platform": one.platform, "removed": one.rows}
        connection.execute(NOTED, {**noted, "run_id": run_id, "campaign": campaign.name, "removed_at": at})
    return removed


def refuse_build(connection: Connection, campaign: Campaign, at: datetime, *, anyway: bool = False) -> str | None:
    """What a build would do otherwise than the last one because words are gone; None if nothing is.

    Raises WordsRemoved where that would change the numbers of a campaign that is over, unless `anyway`.
    """
    lost = connection.execute(LOST, {"campaign": campaign.name}).one()
    if lost.is_empty:
        raise WordsRemoved(
            f"The posts of {campaign.title} were removed by its rules of retention, so nothing can be built from them. "
            "What is published stays as it is."
        )
    if lost.words_went_at is None:
        return None
    day: date = lost.words_went_at.date()
    said = (
        f"Words of {campaign.title} were removed on {day} by its rules of retention. A build counts otherwise since "
        "then, because copies are told by their words."
    )
    if at >= campaign.closes_at and not anyway:
        raise WordsRemoved(f"{said} What is published stays as it is; to publish all the same: rollcall build --anyway")
    return said


def _apply(
    connection: Connection, rule: str, asked: Mapping[str, object], script: str | None = None
) -> Counter[tuple[str, str]]:
    """Run a rule's statements; those that remove something tell the platform of each row."""
    gone = Counter[tuple[str, str]]()
    for statement in (HERE / f"{script or rule}.sql").read_text(encoding="utf-8").split(";\n"):
        result = connection.execute(text(statement), asked)
        if result.returns_rows:
            gone.update((rule, platform) for platform in result.scalars())
    return gone


def _empty_the_work_space(connection: Connection) -> None:
    if built := connection.execute(BUILT, {"build": BUILD_SCHEMA}).scalars().all():
        connection.execute(text(f"truncate {', '.join(built)}"))


def _published(connection: Connection, campaign_name: str) -> Counter[tuple[str, str]]:
    """The campaign's rows of the published tables that tell of people or posts; totals stay."""
    totals, rows = set(unrestricted(connection)), 0
    for schema, table in PUBLISHED:
        there = connection.execute(text("select to_regclass(:name)"), {"name": f"{schema}.{table}"}).scalar()
        if there and (schema, table) not in totals:
            rows += connection.execute(
                text(f"delete from {schema}.{table} where campaign = :campaign"), {"campaign": campaign_name}
            ).rowcount
    return Counter({("posts", "published"): rows}) if rows else Counter()
