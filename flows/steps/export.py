"""Writing published tables as files for other programs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.warehouse import open_warehouse
from reports.errors import CannotWrite
from warehouse.campaign import Campaign

if TYPE_CHECKING:
    from reports.export import Exported


def export(
    settings: Settings, campaign: Campaign, wanted: Sequence[str], out: Path, *, form: str, audience: str
) -> list[Exported]:
    """Write these tables of the campaign's publication, or all that the audience may have, into the folder `out`.

    Raises ConfigurationError for a table, form or audience that there is not, and ReportError.
    """
    from reports import export as files

    for option, given, known in (("format", form, files.Form), ("audience", audience, files.Audience)):
        if given not in get_args(known):
            raise ConfigurationError(f"--{option} {given} is unknown; it is one of {', '.join(get_args(known))}.")
    engine = open_warehouse(settings)
    try:
        relations = files.tables(engine, audience)  # type: ignore[arg-type]
        chosen = _chosen(wanted, relations, audience)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(f"Cannot use the folder {out} ({error.strerror}). Choose another with --out.") from error
        return files.write(engine, campaign.name, chosen, out, form, only_frozen=audience == "public")  # type: ignore[arg-type]
    finally:
        engine.dispose()


def _chosen(wanted: Sequence[str], known: dict[str, str], audience: str) -> dict[str, str]:
    """A table may be named with its schema or without."""
    if not known:
        raise ConfigurationError(
            f"This login may read no table for --audience {audience}, or this version has built none yet: "
            "run `rollcall build`, or see docs/roles.md."
        )
    names = [name.rpartition(".")[2] for name in wanted]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            meant = f" Is {close[0]} meant?" if close else ""
            raise ConfigurationError(
                f"There is no published table {name} for --audience {audience}.{meant} There are {', '.join(known)}."
            )
    return {name: known[name] for name in names} or known
