"""Which answers are points of a scale: the ones that `warehouse/reference/survey_scales.csv` lists, low to high.

Answers without a scale in that file (`not sure`, `prefer not to say`) may stand beside the points of any of them.
"""

from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import regex

SCALES = Path(__file__).parents[1] / "reference" / "survey_scales.csv"
LABELLED = regex.compile(r"(\d+) ?[-–—:=(.,] ?\D.*")
COUNTS = regex.compile(r"\b(how many|number of|combien de|cuánt[oa]s|quant[oa]s|wie viele)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    name: str
    points: Mapping[str, int]
    """Answer, in comparable form -> its place, 1 for the lowest."""

    @property
    def size(self) -> int:
        return max(self.points.values())


def comparable(answer: str) -> str:
    """An answer without case, width and spacing, and with a straight apostrophe."""
    return " ".join(unicodedata.normalize("NFKC", answer).casefold().replace("\u2019", "'").split())


def point(scale: Scale, answer: str) -> int | None:
    """The answer's place on the scale; `4`, `4 - agree` and `4 (agree)` are the same. None without one."""
    return scale.points.get(_bare(answer))


def scale_of(question: str, answers: Collection[str]) -> Scale | None:
    """The first scale that has all of the answers but those of no opinion. A number of things is no scale."""
    scales, without_opinion = _scales()
    given = {_bare(answer) for answer in answers} - without_opinion
    if not given or COUNTS.search(comparable(question)):
        return None
    return next((scale for scale in scales if given <= scale.points.keys()), None)


def _bare(answer: str) -> str:
    said = comparable(answer)
    labelled = LABELLED.fullmatch(said)
    return str(labelled[1]) if labelled else said


@cache
def _scales() -> tuple[tuple[Scale, ...], frozenset[str]]:
    points: dict[str, dict[str, int]] = defaultdict(dict)
    without_opinion = set[str]()
    with SCALES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["scale"]:
                points[row["scale"]][row["answer"]] = int(row["point"])
            else:
                without_opinion.add(row["answer"])
    return tuple(Scale(name=name, points=known) for name, known in points.items()), frozenset(without_opinion)
