from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hashtags import in_text, normalise


@pytest.mark.parametrize("written", ["#ITP28", "＃ITP28", "﹟itp28", "itp28", "ＩＴＰ28", "#ITP２８", " Itp28 "])
def test_spellings_of_one_tag_are_one_tag(written: str) -> None:
    """Sign, case and width of letters do not make another tag."""
    assert normalise(written) == "itp28"


@pytest.mark.parametrize("other", ["#ITP280", "#itp28s", "#ITP28extra", "itp-28", "itp 28"])
def test_look_alikes_are_other_tags(other: str) -> None:
    """Tags are compared whole, never by what they begin with."""
    assert normalise(other) != "itp28"


@given(st.text())
def test_normalising_twice_changes_nothing(tag: str) -> None:
    """Two systems that both normalise agree."""
    once = normalise(tag)
    assert normalise(once) == once


@given(st.text(), st.sampled_from(["x", "mastodon", "bluesky", "wordpress"]))
def test_any_text_can_be_searched(text: str, platform: str) -> None:
    """No text crashes the search, and each tag comes once."""
    found = in_text(text, platform)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky", "wordpress"])
def test_the_campaigns_tag_is_found_among_look_alikes(platform: str) -> None:
    """Between punctuation, in any spelling, not in an address and not in a longer word."""
    text = "Day 3 of #ITP28, at https://museum.example/#itp29 with #itp28extra"
    assert in_text(text, platform) == ("itp28", "itp28extra")


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky", "wordpress"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("متحف #ITP28 اليوم ٥", True),
        ("#ITP28th", False),
        ("#ITP2828", False),
    ],
)
def test_where_the_campaigns_tag_ends(platform: str, text: str, found: bool) -> None:
    """More letters and digits make another tag, and the direction of writing does not matter."""
    assert ("itp28" in in_text(text, platform)) is found


@pytest.mark.parametrize(
    ("platform", "found"), [("x", "itp28"), ("mastodon", "itp28"), ("wordpress", "itp28"), ("bluesky", "itp28❤️")]
)
def test_an_emoji_ends_the_tag_but_on_bluesky(platform: str, found: str) -> None:
    """Bluesky's own rule takes an emoji into the tag."""
    assert in_text("Day 3 #ITP28❤️", platform) == (found,)
