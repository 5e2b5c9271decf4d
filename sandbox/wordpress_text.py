"""How WordPress writes texts, times and the links between pages."""

from __future__ import annotations

from datetime import datetime
from html import escape
from urllib.parse import urlencode

from sandbox.exchange import Asked

ENTITIES = {"'": "&#8217;", "\u2013": "&#8211;", "\u2026": "&#8230;", "“": "&#8220;", "”": "&#8221;"}


def texturised(text: str) -> str:
    """What WordPress makes of a text: entities for the signs that typographers care about."""
    html = escape(text, quote=False)
    for sign, entity in ENTITIES.items():
        html = html.replace(sign, entity)
    return html.replace("\n", "<br />\n")


def naive(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def page_links(asked: Asked, page: int, pages: int) -> tuple[tuple[str, str], ...]:
    def to(number: int, rel: str) -> str:
        kept = [(name, value) for name, values in asked.query.items() if name != "page" for value in values]
        return f'<{asked.base}{asked.path}?{urlencode([*kept, ("page", str(number))])}>; rel="{rel}"'

    links = [to(page - 1, "prev")] if page > 1 else []
    links += [to(page + 1, "next")] if page < pages else []
    return (("Link", ", ".join(links)),) if links else ()
