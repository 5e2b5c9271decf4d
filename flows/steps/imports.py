"""Importing files that people have: saved API pages, the clerks' CSV, and what other programs and platforms give out.

The same path as collecting: sieve, landing, tally. A bad line costs that line. A file that was imported before is read
as of its first import, so importing it again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from connectors import by_hand, by_hand_acts, cells, imports, saved
from connectors.errors import BadAnswer
from connectors.imports import archives
from connectors.records import Page, Rejected
from connectors.registry import CONNECTORS
from flows.errors import ConfigurationError, sentence
from flows.settings import Settings
from flows.steps.results import RunResult, platform_state, read_platform, run_state
from flows.steps.warehouse import now, open_warehouse, suppression_key
from warehouse import campaigns, interactions, landing, ledger, locks, sieve
from warehouse.campaign import Campaign

ACTS = "acts"
"""The one form that holds no posts: who dealt with whom, as the clerks saw it."""
FORMATS = ("auto", "pages", "hand", ACTS, *imports.FORMS)
FOLDERS = ("x-archive", "meta")
ITEMS_PER_TRANSACTION = 2_000
ENDED = {"failed": "Nothing of it could be read.", "partial": "Something in it could not be read."}


@dataclass(kw_only=True)
class Import:
    """One run of `import`: what every file of it shares, and the locks it has taken so far."""

    engine: Engine
    campaign: Campaign
    run: ledger.Run
    guard: sieve.Sieve
    tags: frozenset[str] | None
    """None: every post belongs to the campaign, whatever its hashtags say."""
    locks: ExitStack
    seen: set[str] = field(default_factory=set)
    unread: dict[str, list[str]] = field(default_factory=dict)
    """Platform -> what could not be read, as sentences with file and line."""

    def take(self, platform: str) -> None:
        """Make sure that nobody else loads this campaign and platform meanwhile."""
        if platform not in self.seen:
            self.locks.enter_context(locks.collecting(self.engine, self.campaign.name, platform))
            with self.engine.begin() as connection:
                ledger.set_platform(connection, self.run.run_id, platform, "running")
            self.seen.add(platform)


def import_files(
    settings: Settings,
    campaign: Campaign,
    files: Sequence[Path],
    *,
    form: str = "auto",
    any_hashtag: bool = False,
    zone: ZoneInfo | None = None,
    clock: Callable[[], datetime] = now,
    progress: Callable[[str, str], None] = lambda platform, what: None,
) -> RunResult:
    """Import files and return the tally per platform. Raises ConfigurationError for a file that cannot be an import.

    Partial where something in them could not be read, failed where nothing could.
    `zone` is where naive times of the clerks' sheets are meant; default: the campaign's zone.
    """
    forms = {path: _form(path, form) for path in files}
    engine = open_warehouse(settings)
    secret = suppression_key(settings, engine)
    ledger.sweep(engine)
    with engine.begin() as connection:
        campaigns.sync(connection, campaign)
    run = ledger.begin(engine, campaign.name, "import", clock)
    with engine.begin() as connection:
        guard = sieve.load(connection, secret)
    tags = None if any_hashtag else frozenset(campaign.hashtags)
    with ExitStack() as stack:
        job = Import(engine=engine, campaign=campaign, run=run, guard=guard, tags=tags, locks=stack)
        try:
            for path, its_form in forms.items():
                _import_file(job, path, its_form, zone or campaign.zone, clock(), progress)
        except BaseException as error:
            _give_up(job, sentence(error) or type(error).__name__)
            raise
        outcome = _end(job)
    engine.dispose()
    return outcome


def _import_file(
    job: Import, path: Path, form: str, zone: ZoneInfo, clock_now: datetime, progress: Callable[[str, str], None]
) -> None:
    digest = _sha256(path)
    imported_at = _first_import(job, digest) or clock_now
    if form == ACTS:
        _import_acts(job, path, zone, imported_at, progress)
    else:
        _import_posts(job, path, form, zone, imported_at, progress)
    with job.engine.begin() as connection:
        connection.execute(
            text(
                "insert into core.import_file (campaign, sha256, name, format, observed_at, run_id)"
                " values (:campaign, :sha256, :name, :format, :at, :run) on conflict do nothing"
            ),
            {
                "campaign": job.campaign.name,
                "sha256": digest,
                "name": path.name,
                "format": form,
                "at": imported_at,
                "run": job.run.run_id,
            },
        )


def _import_posts(
    job: Import, path: Path, form: str, zone: ZoneInfo, imported_at: datetime, progress: Callable[[str, str], None]
) -> None:
    batch: list[sieve.Sifted] = []
    for sifted in _sifted(job, path, form, zone, imported_at):
        batch.append(sifted)
        if sum(part.fetched for part in batch) >= ITEMS_PER_TRANSACTION:
            _land(job, batch)
            progress(sifted.page.platform, f"{path.name}: {len(batch)} pages")
            batch = []
    _land(job, batch)


def _import_acts(
    job: Import, path: Path, zone: ZoneInfo, imported_at: datetime, progress: Callable[[str, str], None]
) -> None:
    """Acts of any time: what the clerks saw before the campaign is its baseline."""
    for page in by_hand_acts.pages(path, imported_at, zone):
        job.take(page.platform)
        sifted = interactions.sift_interactions(
            page, by_hand_acts.split_interactions, job.guard, cells.FIRST, cells.LAST
        )
        said = job.unread.setdefault(page.platform, [])
        said += [_with_file(path.name, rejected.detail) for rejected in sifted.rejected]
        land = partial(
            interactions.land_interactions, run_id=job.run.run_id, campaign_name=job.campaign.name, sifted=[sifted]
        )
        ledger.retrying(job.engine, land)
        progress(page.platform, f"{path.name}: {sifted.fetched} acts")


def _sifted(job: Import, path: Path, form: str, zone: ZoneInfo, imported_at: datetime) -> Iterator[sieve.Sifted]:
    for page in _pages(path, form, zone, imported_at):
        job.take(page.platform)
        if isinstance(page, Rejected):
            sifted = sieve.refused(page, path.name, job.guard)
        else:
            reader = imports.reader(page.platform, page.source)
            sifted = sieve.sift(page, reader.split, reader.parse, job.guard, job.tags)
            ads = imports.ads(page)
            sifted = replace(sifted, fetched=sifted.fetched + ads, out_of_scope=sifted.out_of_scope + ads)
        said = job.unread.setdefault(page.platform, [])
        said += [_with_file(path.name, rejected.detail) for rejected in sifted.rejected]
        yield sifted


def _with_file(name: str, detail: str) -> str:
    return detail if detail.startswith(f"{name}:") else f"{name}: {detail}"


def _pages(path: Path, form: str, zone: ZoneInfo, imported_at: datetime) -> Iterator[Page | Rejected]:
    match form:
        case "hand":
            yield from by_hand.pages(path, imported_at=imported_at, default_zone=zone)
        case "pages":
            yield from saved.pages(path, imported_at=imported_at)
        case _:
            yield from imports.form(form).pages(path, imported_at)


def _land(job: Import, batch: Sequence[sieve.Sifted]) -> None:
    if batch:
        ledger.retrying(
            job.engine,
            lambda connection: landing.land(connection, job.run.run_id, job.campaign.name, batch),
        )


def _end(job: Import) -> RunResult:
    """Each platform with its tally. What could not be read makes it partial; where that is all of it, it has failed."""
    results = {}
    for platform in sorted(job.seen):
        with job.engine.begin() as connection:
            counts = read_platform(connection, job.run.run_id, platform).counts
            read, unread = counts["fetched"], counts["quarantined"]
            error = f"{unread} of {read} could not be read." if unread else None
            ledger.set_platform(connection, job.run.run_id, platform, platform_state(read, unread), error=error)
            result = read_platform(connection, job.run.run_id, platform)
        results[platform] = replace(result, warnings=tuple(job.unread.get(platform, ())))
    state = run_state([result.state for result in results.values()]) if results else "completed"
    job.run.finish(state, ENDED.get(state))
    return RunResult(run_id=job.run.run_id, state=state, platforms=results)


def _give_up(job: Import, error: str) -> None:
    for platform in sorted(job.seen):
        with job.engine.begin() as connection:
            ledger.set_platform(connection, job.run.run_id, platform, "failed", error=error)
    job.run.finish("failed", error)


def _first_import(job: Import, digest: bytes) -> datetime | None:
    with job.engine.begin() as connection:
        found: datetime | None = connection.execute(
            text("select observed_at from core.import_file where campaign = :campaign and sha256 = :sha256"),
            {"campaign": job.campaign.name, "sha256": digest},
        ).scalar()
    return found


def _sha256(path: Path) -> bytes:
    """Of a folder: of the names and contents of all files in it."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    whole = hashlib.sha256()
    with archives.opened(path) as folder:
        for name in folder.names():
            whole.update(name.encode(errors="surrogatepass") + b"\0")
            with (path / name).open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.digest()


def _form(path: Path, form: str) -> str:
    """What kind of file this is, by looking into it; never by its name."""
    if not path.exists():
        raise ConfigurationError(f"There is no file {path}.")
    if path.is_file() and path.stat().st_size == 0:
        raise ConfigurationError(f"The file {path} is empty.")
    if path.is_dir() and form not in ("auto", *FOLDERS):
        raise ConfigurationError(f"{path} is a folder; with --format {form} name the files in it.")
    if form != "auto":
        return form
    try:
        found = imports.form_of(path)
    except BadAnswer as broken:
        raise ConfigurationError(str(broken)) from broken
    if found:
        return found
    if path.is_file() and saved.looks_like_pages(path):
        return "pages"
    if path.is_file() and by_hand_acts.looks_like_acts_csv(path):
        return ACTS
    if path.is_file() and by_hand.looks_like_hand_csv(path):
        return "hand"
    raise ConfigurationError(
        f"{path} is none of the files that we can read: saved API pages of {', '.join(CONNECTORS)} (JSON or JSONL), "
        "a CSV of posts seen by hand with the columns platform and posted_at, one of acts with the columns type, "
        "platform, at, source and target, a file of Zeeschuimer, 4CAT or twarc, the archive of X, or a download of "
        "Instagram or Facebook in JSON (ZIP or folder). docs/imports.md says how to "
        f"get each; say --format with one of {', '.join(FORMATS[1:])} if you know better."
    )
