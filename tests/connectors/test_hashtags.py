from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hashtags import in_text, normalise

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"
needs_conformance = pytest.mark.skipif(
    not CONFORMANCE.is_dir(), reason="the platforms' conformance cases lie beside the project, not in it"
)


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


def _cases(name: str, *suites: str) -> list[dict[str, Any]]:
    lines = (CONFORMANCE / name).read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if case["suite"].startswith(suites)]


def _expected(case: dict[str, Any]) -> list[str]:
    if "expected_first_match" in case:
        return [normalise(case["expected_first_match"])] if case["expected_first_match"] else []
    written = (one["hashtag"] if isinstance(one, dict) else one for one in case["expected"])
    return list(dict.fromkeys(map(normalise, written)))


@needs_conformance
@pytest.mark.parametrize(
    ("platform", "file", "suite", "cases"),
    [
        ("x", "twitter_extract.jsonl", "hashtags", 76),
        ("bluesky", "bluesky_facets.jsonl", "bluesky_tags", 39),
        ("mastodon", "mastodon_hashtag_re.jsonl", "mastodon_HASHTAG_RE", 23),
    ],
)
def test_the_platforms_own_cases_all_hold(platform: str, file: str, suite: str, cases: int) -> None:
    """Measured: all 76 of X, all 39 of Bluesky, all 23 extraction cases of Mastodon."""
    run = _cases(file, suite)
    first_only = platform == "mastodon"
    failures = []
    for case in run:
        found = list(in_text(case["text"], platform))
        if (found[:1] if first_only else found) != _expected(case):
            failures.append((case.get("description"), case["text"], found))
    assert len(run) == cases
    assert failures == []
