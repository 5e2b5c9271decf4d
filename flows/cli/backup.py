"""`rollcall db backup` and `rollcall db restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.console import moment, safe, say, show_json, working
from flows.errors import ConfigurationError
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.steps.restore import Done

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


def backup(
    to: Annotated[
        Path | None, typer.Option(help="Where backups go; without it ROLLCALL_HOME/backups.", metavar="DIR")
    ] = None,
    keep: Annotated[int, typer.Option(help="How many of this warehouse's backups stay.", metavar="N")] = 14,
    key_to: Annotated[
        Path | None,
        typer.Option(help="Also copy the suppression key, into this other folder.", metavar="DIR"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a backup of the warehouse, while it is in use. Older ones than the newest N go."""
    from flows.steps.backup import back_up, left_out_in_words
    from warehouse.backup import in_words

    settings = Settings.from_environment()
    with working("Writing a backup", quiet=as_json):
        made = back_up(settings, to=to, number=keep, key_to=key_to)
    told = made.backup.manifest
    if as_json:
        gone = [str(path) for path in made.removed]
        show_json({"state": "completed", "backup": str(made.backup.folder), "removed": gone, **told.as_json()})
        return
    say(f"[bold]Backed up[/] {sum(told.tables.values()):,d} rows of {len(told.tables)} tables, read again and whole.")
    say(f"  {safe(made.backup.folder)}, {in_words(told.dump_bytes)}; {len(made.removed)} older ones went")
    if told.left_out:
        say(f"[yellow]{safe(left_out_in_words(told.left_out))}[/]")
    say("Keep apart from it: a copy of the suppression key, without which no backup can be restored")
    say(f"  ({'written to ' + safe(key_to) if key_to else safe(_where_the_key_is(settings))}),")
    say("  and your campaign files, the roster and the clerks' sheets, which are no part of it.")


def restore(
    path: Annotated[Path, typer.Argument(help="A backup's folder, or a file in it.", metavar="FILE")],
    into: Annotated[
        str | None,
        typer.Option(help="Restore into this empty database; its password goes into PGPASSWORD.", metavar="URL"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the warehouse that is there.")] = False,
    keep_present: Annotated[
        bool, typer.Option("--keep-present/--discard-present", help="Back up first what is replaced.")
    ] = True,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: Json = False,
) -> None:
    """Restore a backup: all of it or nothing. Who was erased since stays erased."""
    from flows.steps.restore import restore as run_restore
    from warehouse.engine import without_password

    if into and replace:
        raise ConfigurationError("--into takes an empty database and --replace replaces the warehouse: say one.")
    if into and without_password(into)[1]:
        raise ConfigurationError(
            "--into holds a password, and everybody on this computer can read the words of a command. Leave it out of "
            "the address and set PGPASSWORD."
        )
    if replace and not yes:
        if as_json:
            raise ConfigurationError("With --json nobody can be asked: say --yes too.")
        typer.confirm("The warehouse will be as it was when the backup was taken. Go on?", abort=True)
    with working("Restoring", quiet=as_json) as progress:
        done = run_restore(
            Settings.from_environment(),
            path,
            into=into,
            replace=replace,
            keep_present=keep_present,
            progress=progress,
        )
    show_json(done.as_json()) if as_json else _show(done)
    if done.not_built:
        raise typer.Exit(3)


def _show(done: Done) -> None:
    told, applied = done.backup.manifest, done.restored.applied
    say(f"[bold]Restored[/] {sum(told.tables.values()):,d} rows, as they were on {moment(told.taken_at)}.")
    if applied.people or applied.rows:
        say(
            f"Erased again, because they were erased since: {applied.people} people, {applied.rows:,d} rows; "
            f"{applied.posts:,d} posts stay out."
        )
    _show_what_may_be_back(done)
    if done.restored.died:
        say(f"{done.restored.died} runs that were under way then are marked as died.")
    if done.built:
        say(f"Published anew without them: {safe(', '.join(done.built))}.")
    for name, why in done.not_built.items():
        say(f"[yellow]The numbers of {safe(name)} still count them:[/] {safe(why)}")
    for role in done.restored.roles_missing:
        say(f"[yellow]The server has no role {safe(role)}:[/] an administrator makes it (rollcall doctor says how).")
    if done.restored.strangers:
        say(f"Had rights, and are not on this server: {safe(', '.join(done.restored.strangers))}.")
    if done.kept:
        say(f"What was replaced is kept in {safe(done.kept)}.")
    say("Load the roster again (opt-outs told since are in it), import what came in since, and run rollcall daily.")


def _show_what_may_be_back(done: Done) -> None:
    """Who was erased where the lists do not come from; what the backup never held."""
    from flows.steps.backup import left_out_in_words

    if not done.asked:
        say(
            "[yellow]No list of later erasures was found:[/] whoever was erased after that time is back. Erase them "
            "again: rollcall forget PERSON_ID"
        )
    elif not done.asked_itself:
        until = f"go up to {moment(done.newest_erasure)}" if done.newest_erasure else "know of none"
        say(
            f"[yellow]The lists of erasures that were found {until}:[/] whoever was erased later, or on another "
            "computer, is back. Erase them again: rollcall forget PERSON_ID"
        )
    if done.backup.manifest.left_out:
        say(f"[yellow]{safe(left_out_in_words(done.backup.manifest.left_out))}[/]")


def _where_the_key_is(settings: Settings) -> str:
    return "ROLLCALL_SUPPRESSION_KEY" if settings.suppression_key else str(settings.home / "suppression.key")
