"""HTML as platforms send it, turned into the text that a person reads."""

from __future__ import annotations

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    {
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "blockquote",
        "pre",
        "tr",
        "table",
        "figure",
        "figcaption",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
    }
)
_MADE_BY_SERVER = {"hashtag", "mention"}
_UNREAD = ("script", "style", "template", "noscript")
_SPACES = regex.compile(r"\s+")
_RUNS = regex.compile(r"[^\S\n]+")
_AROUND_BREAKS = regex.compile(r" ?\n ?")
_MANY_BREAKS = regex.compile(r"\n{3,}")


def text(html: str) -> str:
    """Paragraphs and line breaks become line breaks, entities become characters, everything else only its text."""
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    written: list[str] = []
    _write(body, written)
    plain = _AROUND_BREAKS.sub("\n", _RUNS.sub(" ", "".join(written)))
    return str(_MANY_BREAKS.sub("\n\n", plain)).strip()


def links(html: str) -> tuple[str, ...]:
    """Where the text links to, each once; only http(s), and no links that a server makes of hashtags and mentions."""
    anchors = (anchor.attributes for anchor in LexborHTMLParser(html).css("a[href]"))
    found = (a.get("href") or "" for a in anchors if not _MADE_BY_SERVER & set((a.get("class") or "").split()))
    return tuple(dict.fromkeys(link for link in found if link.startswith(("https://", "http://"))))


def has_image(html: str) -> bool:
    return LexborHTMLParser(html).css_first("img") is not None


def images(html: str) -> tuple[str, ...]:
    """Where the pictures of the text lie; not the smileys that WordPress draws."""
    found = (image.attributes for image in LexborHTMLParser(html).css("img[src]"))
    return tuple(a.get("src") or "" for a in found if "wp-smiley" not in (a.get("class") or ""))


def _write(parent: LexborNode, written: list[str]) -> None:
    """Depth first without recursion: hostile HTML may be nested deeper than Python's stack."""
    waiting: list[LexborNode | str] = [parent]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            written.append(node)
        elif node.is_text_node:
            written.append(_SPACES.sub(" ", node.text_content or ""))
        elif node.tag == "br":
            written.append("\n")
        elif node.tag not in _UNREAD:
            break_ = "\n" if node.tag in _BLOCKS else ""
            waiting.append(break_)
            waiting.extend(reversed(list(node.iter(include_text=True))))
            written.append(break_)
