"""The platforms' own cases for hashtags, and the exact set of those that fail, each with its reason.

| suite | cases | pass |
|---|---|---|
| X: twitter-text, `hashtags`, `hashtags_with_indices`, `hashtags_from_astral` | 76 | 76 |
| Mastodon: the first match of `HASHTAG_RE` | 23 | 23 |
| Mastodon: names of tags | 5 | 1 |
| Bluesky: `bluesky_tags` | 39 | 39 |

Tags are compared as written, in order, repetitions too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors import hashtag_rules
from connectors.hashtags import SIGNS, normalise

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"
X_SUITES = {"hashtags": 65, "hashtags_with_indices": 8, "hashtags_from_astral": 3}
TYPED = "names typed into a form, of which Mastodon drops what no tag can hold; we only compare tags that are marked"
WIDTH = "Mastodon keeps wide letters apart from narrow ones; for us they are one tag (NFKC), on every platform"
KNOWN = {"hello world": TYPED, ".abcdef123": TYPED, "Hello❤️World": TYPED, "abcABCａｂｃＡＢＣやゆよ": WIDTH}
"""Text of the case -> why it fails."""

pytestmark = pytest.mark.skipif(
    not CONFORMANCE.is_dir(), reason="the platforms' conformance cases lie beside the project, not in it"
)
State = Callable[[str], None]


@pytest.fixture
def state(capsys: pytest.CaptureFixture[str]) -> State:
    """Say a figure in the tests' output."""

    def state(sentence: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{sentence}\n")

    return state


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CONFORMANCE / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("suite", "number"), X_SUITES.items())
def test_x_finds_in_its_own_cases_what_x_finds(state: State, suite: str, number: int) -> None:
    """All 76 of the three suites about hashtags; the others are about addresses, names and tickers."""
    run = [case for case in cases("twitter_extract.jsonl") if case["suite"] == suite]
    failed = {}
    for case in run:
        expected = [one["hashtag"] if isinstance(one, dict) else one for one in case["expected"]]
        found = list(hashtag_rules.x(case["text"]))
        if found != expected:
            failed[case["text"]] = (expected, found)
    state(f"X, {suite}: {len(run) - len(failed)} of {len(run)} cases pass")
    assert (len(run), failed) == (number, {})


def test_mastodon_finds_first_what_mastodon_finds_first(state: State) -> None:
    """All 23: between signs, in addresses, in other scripts."""
    run = [case for case in cases("mastodon_hashtag_re.jsonl") if "expected_first_match" in case]
    failed = {}
    for case in run:
        expected = (case["expected_first_match"] or "").lstrip(SIGNS) or None
        found = next(hashtag_rules.mastodon(case["text"]), None)
        if found != expected:
            failed[case["text"]] = (expected, found)
    state(f"Mastodon, first match: {len(run) - len(failed)} of {len(run)} cases pass")
    assert (len(run), failed) == (23, {})


def test_names_of_mastodons_tags_differ_where_we_know_why(state: State) -> None:
    """Exactly the known ones fail, so one that is mended or newly broken is noticed."""
    run = [case for case in cases("mastodon_hashtag_re.jsonl") if "expected_first_match" not in case]
    failed = {case["text"] for case in run if normalise(case["text"]) != case["expected"]}
    state(f"Mastodon, names of tags: {len(run) - len(failed)} of {len(run)} cases pass; the others:")
    for text in sorted(failed):
        state(f"  {text!r}: {KNOWN.get(text, 'not known')}")
    assert (len(run), failed) == (5, set(KNOWN))


def test_bluesky_finds_in_its_own_cases_what_bluesky_finds(state: State) -> None:
    """All 39."""
    run = [case for case in cases("bluesky_facets.jsonl") if case["suite"] == "bluesky_tags"]
    failed = [case["text"] for case in run if list(hashtag_rules.bluesky(case["text"])) != case["expected"]]
    state(f"Bluesky, tags: {len(run) - len(failed)} of {len(run)} cases pass")
    assert (len(run), failed) == (39, [])
