"""Rules that are broken on purpose, one at a time: in a copy of the dbt project, in the code, or in the data.

A build with a broken rule is not published: its gate would be red. The numbers are read where they are built.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.reference.living import Warehouse
from warehouse import transform
from warehouse.people import matching

PRISTINE = transform.PROJECT
Change = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Break:
    """What is broken, and the numbers by which metrics.md g.4 knows it."""

    posts: int | None = None
    more: Mapping[str, int] = field(default_factory=dict)
    """Other columns of the headline."""
    models: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """Model -> texts in it that are replaced."""
    data: Callable[[Warehouse], None] = lambda warehouse: None
    """Changes the copied warehouse before people are matched …"""
    owners: Callable[[Warehouse], None] = lambda warehouse: None
    """… or after."""
    code: Callable[[pytest.MonkeyPatch], None] = lambda patch: None


class Workshop:
    """A copy of the dbt project in which models can be broken; dbt reads only what changed."""

    def __init__(self, home: Path) -> None:
        self.project, self.target = home / "dbt_like_sql", home / "target"
        shutil.copytree(PRISTINE, self.project, ignore=shutil.ignore_patterns("target", "logs"))

    @contextmanager
    def broken(self, models: Mapping[str, Sequence[Change]]) -> Iterator[Path]:
        """The project with these models changed; a text that is not there any more is an error of the test."""
        paths = {next(self.project.rglob(f"{model}.sql")): changes for model, changes in models.items()}
        whole = {path: path.read_text("utf-8") for path in paths}
        for path, changes in paths.items():
            text = whole[path]
            for old, new in changes:
                assert old in text, f"{path.stem} does not hold: {old}"
                text = text.replace(old, new)
            path.write_text(text, "utf-8")
        yield self.project
        for path, text in whole.items():
            path.write_text(text, "utf-8")


def headline_with(broken: Break, warehouse: Warehouse, workshop: Workshop, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The headline as it is built when this rule is broken."""
    team = warehouse.team
    as_of = team.servers.clock.now()
    broken.data(warehouse)
    with warehouse.engine.begin() as connection:
        matching.learn_owners(connection, team.campaign.name, as_of)
    broken.owners(warehouse)
    run_dbt = transform.run_dbt
    with workshop.broken(broken.models) as project, patch.context() as inner:
        inner.setattr(transform, "PROJECT", project)
        inner.setattr(transform, "BEFORE_CLUSTERING", (*transform.BEFORE_CLUSTERING, "--select", "+metric_headline"))
        inner.setattr(transform, "AFTER_CLUSTERING", ("--select", f"{transform.AFTER_CLUSTERING[-1]},+metric_headline"))
        inner.setattr(
            transform,
            "run_dbt",
            lambda command, *more: run_dbt([*command, "--exclude-resource-type", "test"], *more),
        )
        broken.code(inner)
        assert team.settings.database_url
        transform.transform(team.settings.database_url, team.campaign.name, uuid4(), as_of, workshop.target)
    (row,) = warehouse.rows("select to_jsonb(headline) from build.metric_headline as headline")
    return dict(row[0])
