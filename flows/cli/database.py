"""`rollcall db`: the warehouse itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Annotated

import typer

from flows.cli import backup, export
from flows.cli.console import say
from flows.errors import ConfigurationError
from flows.settings import Settings

app = typer.Typer(help="The warehouse itself: its address, a shell, its form.", no_args_is_help=True)
app.command()(export.export)
app.command()(backup.backup)
app.command()(backup.restore)
Role = Annotated[
    str | None,
    typer.Option(
        help="analyst, reviewer, loader or publisher: log in as somebody who may do no more than that.", metavar="ROLE"
    ),
]


@app.command()
def url(role: Role = None) -> None:
    """Print the warehouse's address, for psql, a notebook or a BI tool (starts the embedded server)."""
    sys.stdout.write(address_of(Settings.from_environment(), role) + "\n")


@app.command()
def shell(role: Role = None) -> None:
    """Open psql on the warehouse: your own, which may have line editing and your habits, else rollcall's."""
    from warehouse.backup import programs
    from warehouse.engine import without_password

    settings = Settings.from_environment()
    program = shutil.which("psql") or next(programs.candidates("psql"), None)
    if program is None:
        raise ConfigurationError("psql is not installed here. Point any SQL client at the address of: rollcall db url")
    url, password = without_password(address_of(settings, role))
    environment = {**settings.environment, **({"PGPASSWORD": password} if password else {})}
    raise typer.Exit(subprocess.run([program, url], env=environment, check=False).returncode)


def address_of(settings: Settings, role: str | None) -> str:
    from flows.steps.warehouse import role_url, warehouse_url

    return warehouse_url(settings) if role is None else role_url(settings, role)


@app.command()
def migrate() -> None:
    """Bring the warehouse to the form that this version needs (every command does so by itself)."""
    from flows.steps.warehouse import open_warehouse

    open_warehouse(Settings.from_environment()).dispose()
    say("The warehouse has the form that this version needs.")


@app.command()
def stop() -> None:
    """Stop the embedded server. It starts again with the next command."""
    from warehouse import embedded

    settings = Settings.from_environment()
    if settings.database_url:
        raise ConfigurationError("ROLLCALL_DATABASE_URL names a server of its own; there is no embedded one to stop.")
    embedded.stop(settings.home)
    say("The embedded PostgreSQL is stopped.")
