"""HTML as platforms send it, turned into the text that a person reads."""

from __future__ import annotations

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "blockquote", "pre", "tr", "table", "figure", "figcaption", "section",
                     "article", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_UNREAD = ("script", "style", "template", "noscript")
_SPACES = regex.compile(r"[^\S\n]+")
_AROUND_BREAKS = regex.compile(r" ?\n ?")
_MANY_BREAKS = regex.compile(r"\n{3,}")


def text(html: str) -> str:
    """Paragraphs and line breaks become line breaks, entities become characters, everything else only its text."""
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    written: list[str] = []
    _write(body, written)
    plain = _AROUND_BREAKS.sub("\n", _SPACES.sub(" ", "".join(written)))
    return _MANY_BREAKS.sub("\n\n", plain).strip()


def links(html: str) -> tuple[str, ...]:
    """Where the text links to, each once; only http(s)."""
    anchors = LexborHTMLParser(html).css("a[href]")
    found = (anchor.attributes.get("href") or "" for anchor in anchors)
    return tuple(dict.fromkeys(link for link in found if link.startswith(("https://", "http://"))))
