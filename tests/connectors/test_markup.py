from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import markup


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br />three", "one\ntwo\nthree"),
        ("a &amp; b &#39;c&#8217; &lt;d&gt;", "a & b 'c’ <d>"),
        ("<p>x <script>alert(1)</script><style>p{}</style>y</p>", "x y"),
        ("<!-- wp:paragraph -->\n<p>a\n  b</p>\n", "a b"),
        ('#<span>ITP28</span> <span class="invisible">https://</span>a', "#ITP28 https://a"),
        ("I <3 tea & cake", "I <3 tea & cake"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_that_people_read(html: str, text: str) -> None:
    """Paragraphs and breaks are lines, entities are characters, programs are nothing."""
    assert markup.text(html) == text


@given(st.text())
def test_any_text_can_be_read_as_html(html: str) -> None:
    """Nothing that a server calls HTML crashes us."""
    assert isinstance(markup.text(html), str)
    assert all(link.startswith("http") for link in markup.links(html))
    assert markup.has_image(html) in (True, False)


def test_deep_nesting_is_read() -> None:
    """Hostile depth is no recursion error."""
    assert markup.text("<i>" * 3000 + "x" + "</i>" * 3000) == "x"


def test_links_lead_to_the_web_only() -> None:
    """No scripts, no mail, none of the links that a server makes of hashtags."""
    html = '<a href="https://a.example/">a</a><a href="javascript:x">b</a><a class="hashtag" href="https://c">c</a>'
    assert markup.links(html) == ("https://a.example/",)
