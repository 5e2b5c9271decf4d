"""`rollcall forget`: erases a person, and says what went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.console import safe, say, show_json, working
from flows.errors import ConfigurationError
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.steps.forget import Forgotten
    from warehouse.forget import Receipt

SHOWN_FILES = 20


def forget(
    person: Annotated[str, typer.Argument(help="The person_id, as the roster has it.", metavar="PERSON_ID")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
) -> None:
    """Erase a person from the warehouse, for good, and keep them out. Prints a receipt, and which files to look at."""
    from flows.steps.forget import forget as run_forget

    if as_json and not yes:
        raise ConfigurationError("With --json nobody can be asked: say --yes too.")
    if not yes:
        typer.confirm(
            "Everything of this person will be deleted from the warehouse and kept out from now on. This cannot be "
            "undone. Go on?",
            abort=True,
        )
    with working("Erasing", quiet=as_json) as progress:
        done = run_forget(Settings.from_environment(), person, progress=progress)
    show_json(done.as_json()) if as_json else _show(done)
    if done.not_built:
        raise typer.Exit(3)


def _show(done: Forgotten) -> None:
    receipt = done.receipt
    say("[bold]Erased.[/] What went:")
    for table, rows in sorted(receipt.rows.items()):
        say(f"  {rows:6,d}  rows of {safe(table)}")
    for column, values in sorted(receipt.rewritten.items()):
        say(f"  {values:6,d}  mentions by others, in {safe(column)}")
    say(f"Kept out from now on: {receipt.posts:,d} posts, and {receipt.suppressed:,d} forms of ids, handles and names.")
    if done.built:
        say(f"Published anew without the person: {safe(', '.join(done.built))}.")
    for name, why in done.not_built.items():
        say(f"[yellow]The numbers of {safe(name)} still count the person:[/] {safe(why)}")
    _show_others(receipt)
    _show_files(done.files)
    if done.backups:
        say(
            f"The person is still in {len(done.backups)} backups made before, in {safe(done.backups[0].parent)}. "
            "`rollcall db restore` erases them again; each new backup lets an old one go."
        )
    say(
        "Yours to look through and change: your roster and sheets, the folders of `rollcall db export` and `rollcall "
        "review export`, reports that lie elsewhere, copies handed on."
    )


def _show_others(receipt: Receipt) -> None:
    """Tables that people made beside ours."""
    if receipt.elsewhere:
        say("Tables that are not rollcall's hold the person's id or key. Look through them, with whoever made them:")
        for column in receipt.elsewhere:
            say(f"  {safe(column)}")
    if receipt.unread:
        say("Tables that the warehouse's owner may not read. Only whoever made them can look:")
        for table in receipt.unread:
            say(f"  {safe(table)}")


def _show_files(paths: Sequence[Path]) -> None:
    if paths:
        say("These files may still hold the person. Look, and delete what you do not need:")
    for path in paths[:SHOWN_FILES]:
        say(f"  {safe(path)}")
    if len(paths) > SHOWN_FILES:
        say(f"  and {len(paths) - SHOWN_FILES} more (--json lists all)")
