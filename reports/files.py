"""Pages on disk: their templates, and files that appear whole or not at all, for their owner only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports import words
from reports.errors import CannotWrite


def environment() -> Environment:
    """Templates in which all text is escaped and cleaned of what no reader can see."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        finalize=lambda value: words.clean(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"person": words.person_name, "platform": words.platform, "role": words.role}
    made.filters |= {"moment": words.moment, "day": words.day, "short_day": words.short_day, "age": words.age}
    return made


def source(templates: Environment, name: str) -> str:
    assert templates.loader is not None
    return templates.loader.get_source(templates, name)[0]


def replace(target: Path, html: str) -> Path:
    """Write beside the target and rename, so that nobody ever opens half a page. Raises CannotWrite."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".report-", suffix=".html")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(html)
            os.replace(temporary, target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotWrite(f"Cannot write the report to {target} ({error.strerror}). Choose another folder.") from error
    return target
