"""Backups of the warehouse: taking one, and how old the newest is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Engine

from flows.errors import ConfigurationError, sentence
from flows.settings import Settings
from flows.steps import notify
from flows.steps.findings import Finding
from flows.steps.warehouse import now, open_warehouse, suppression_key, warehouse_url
from reports.words import age
from warehouse import backup
from warehouse.backup import KEEP, Made, erased, folder, in_words, restoring
from warehouse.campaign import Campaign
from warehouse.engine import connect
from warehouse.errors import AlreadyRunning, SchemaMismatch
from warehouse.people import which_key

FOLDER = "backups"
TOO_OLD = timedelta(days=2)
APPLICATION = "rollcall-campaigns"


def backups(settings: Settings) -> Path:
    """Where backups lie unless somebody says otherwise."""
    return settings.home / FOLDER


def back_up(
    settings: Settings,
    *,
    to: Path | None = None,
    number: int | None = KEEP,
    key_to: Path | None = None,
    as_it_is: bool = False,
    clock: Callable[[], datetime] = now,
) -> Made:
    """Write a backup and keep the `number` newest of this warehouse. Raises ConfigurationError and WarehouseError.

    `as_it_is`: also of a warehouse that a newer rollcall has brought to a form which this one does not know.
    """
    into = (to or backups(settings)).expanduser().absolute()
    if key_to:
        _refuse_beside(key_to.expanduser().absolute(), into)
    engine = opened_as_it_is(settings) if as_it_is else open_warehouse(settings)
    try:
        secret = suppression_key(settings, engine) if key_to else None
        restoring.sweep(engine)
        made = backup.make(
            engine,
            into,
            key_check=_key_check(settings, engine),
            application=version(APPLICATION),
            now=clock(),
            environment=settings.environment,
            number=number,
        )
        with engine.connect() as connection:
            remember(settings, connection, into)
    finally:
        engine.dispose()
    if key_to and secret:
        _keep_key(key_to.expanduser().absolute(), secret)
    return made


def opened_as_it_is(settings: Settings) -> Engine:
    """The warehouse, and if a newer rollcall has brought it to its form, so that it stays in that form."""
    try:
        return open_warehouse(settings)
    except SchemaMismatch:
        return connect(warehouse_url(settings))


def remember(settings: Settings, connection: Connection, *folders: Path) -> None:
    """Keep outside the warehouse who must not come back: in ROLLCALL_HOME, and beside the backups."""
    check = which_key.known(connection)
    assert check is not None, "it is entered before anything is hashed or backed up"
    lines = erased.known(connection, check)
    usual = [backups(settings)] if backups(settings).is_dir() else []
    for place in dict.fromkeys((settings.home, *usual, *folders)):
        erased.keep(place / erased.FILE, lines)


@contextmanager
def told_of_failures(settings: Settings) -> Iterator[None]:
    """Tell the team that there is no new backup, and let the error go on its way."""
    try:
        yield
    except AlreadyRunning:
        raise
    except BaseException as error:
        said = sentence(error) or f"It stopped on an error of ours ({type(error).__name__})."
        lines = [said, f"{age_in_words(settings, now())} When it is mended: rollcall db backup"]
        notify.send(settings, "rollcall: there is no new backup", "\n".join(lines), "failure")
        error.add_note(notify.TOLD)
        raise


def left_out_in_words(names: Sequence[str]) -> str:
    """What a backup does not hold, in a sentence; empty if nothing."""
    if not names:
        return ""
    return (
        f"Not in it, because the warehouse's owner may not read it or what it is made of: {', '.join(names)}. Whoever "
        "made it keeps a copy, or grants the owner usage on the schema and select on the tables and sequences."
    )


def age_in_words(settings: Settings, at: datetime) -> str:
    """How old the newest backup is, in a sentence."""
    there = folder.found(backups(settings))
    if not there:
        return f"There is no backup in {backups(settings)}."
    newest = there[-1].manifest
    return (
        f"The newest of {len(there)} backups is {age(at - newest.taken_at)} old ({newest.taken_at:%Y-%m-%d %H:%M} UTC)."
    )


def finding(settings: Settings, campaign: Campaign | None, clock: Callable[[], datetime]) -> Finding:
    """For the doctor: a campaign that is on should have a backup of the last two days."""
    there, told = folder.found(backups(settings)), age_in_words(settings, clock())
    is_on = campaign is not None and campaign.opens_at <= clock() < campaign.closes_at
    if is_on and (not there or clock() - there[-1].manifest.taken_at > TOO_OLD):
        return Finding(what="backup", verdict="look", sentence=f"{told} Make one: rollcall db backup")
    size = f" It has {in_words(there[-1].manifest.dump_bytes)}." if there else ""
    return Finding(what="backup", verdict="good", sentence=f"{told}{size}")


# ---------------------------------------------------------------- the key


def _refuse_beside(key_to: Path, into: Path) -> None:
    if key_to.resolve() == into.resolve() or into.resolve() in key_to.resolve().parents:
        raise ConfigurationError(
            "--key-to names the folder of the backups: whoever gets hold of one would have the key to its hashes too. "
            "Name another folder, best on another medium."
        )


def _key_check(settings: Settings, engine: Engine) -> str:
    """Of the warehouse's key. Once that is known a backup can be made without the key itself."""
    with engine.connect() as connection:
        check = which_key.known(connection)
    return check or which_key.key_check(suppression_key(settings, engine))


def _keep_key(folder: Path, secret: bytes) -> None:
    path = folder / "suppression.key"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.read_bytes().strip() != secret:
            raise ConfigurationError(f"The backup is made, but {path} is another key already: name another folder.")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secret)
    except OSError as error:
        raise ConfigurationError(
            f"The backup is made, but the key could not be written to {path}: {error.strerror}. Copy it by hand."
        ) from None
