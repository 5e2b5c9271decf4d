"""Writes the report of a campaign as one web page that needs no network and runs no script.

Every number on it is a figure of `reports.figures`; the templates and the style sheet lie in `templates/`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from markupsafe import Markup
from sqlalchemy import Engine

from reports import catalogue, sections, together, words
from reports.figures import Figure, figures_of
from reports.files import environment, replace, source
from reports.published import Published, read

OLD_AFTER = timedelta(hours=36)


def write(
    engine: Engine,
    campaign_name: str,
    out_dir: Path,
    *,
    title: str | None = None,
    name: str = "report.html",
    now: datetime | None = None,
) -> Path:
    """Write the page, readable by its owner only (it names people), and return where it is."""
    published = read(engine, campaign_name)
    html = render(published, title=title or published.about["title"], now=now or datetime.now(UTC))
    return replace(out_dir / name, html)


def render(published: Published, *, title: str, now: datetime) -> str:
    figures = figures_of(published)
    templates = environment()
    return templates.get_template("page.html").render(
        title=title,
        written_at=now,
        age=now - published.publication.published_at,
        old_after=OLD_AFTER,
        published=published,
        publication=published.publication,
        page=sections.page(published),
        figure=_shower(figures),
        figures=figures,
        tables=[table for table in catalogue.METRICS if published.rows(table) or not table.since_later],
        words=words,
        plain_reason=together.plain,
        as_json=figures_json(published, figures),
        style=Markup(source(templates, "page.css")),  # our own file
    )


def figures_json(published: Published, figures: Sequence[Figure]) -> Markup:
    """The figures as JSON that no text in them can end (`<`, `>`, `&` are escapes). Decimals are strings, exact."""
    document = {
        "campaign": published.campaign,
        "publication_id": published.publication.publication_id,
        "run_id": str(published.publication.run_id),
        "definition_version": published.publication.definition_version,
        "figures": [asdict(figure) for figure in figures],
    }
    text = json.dumps(document, default=_plain, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _shower(figures: Sequence[Figure]) -> Callable[[str], Markup]:
    """`figure('headline.members')` in a template: the value as text that carries its id and its definition."""
    by_id = {figure.id: figure for figure in figures}

    def show(figure_id: str) -> Markup:
        figure = by_id[figure_id]
        machine = "" if figure.value is None else figure.value
        tip = f"{figure.id}: {figure.definition} As of {words.moment(figure.as_of)}."
        return Markup('<data data-figure="{}" value="{}" title="{}">{}</data>').format(
            words.clean(figure.id), machine, words.clean(tip), words.shown(figure.value, figure.form)
        )

    return show


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
