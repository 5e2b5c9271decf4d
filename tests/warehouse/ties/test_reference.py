"""The reference campaign's ties: the figures of metrics.md g.3, and what may be concluded from them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.warehouse.ties import simulated
from warehouse.ties.measures import homophily
from warehouse.ties.population import ATTRIBUTES, Population, Window

Row = dict[str, float]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], Row]:
    windows = {
        name: Window(days=28, reason=None, is_over=True, network=network, acts=np.ones(network.ties, dtype=np.int64))
        for name, network in (("before", simulated.network("baseline")), ("during", simulated.network("campaign")))
    }
    fellows = Population(
        name="fellows", people=50, groupings={one: simulated.groups(one) for one in ATTRIBUTES}, windows=windows
    )
    return {(row["attribute"], row["window_name"]): row for row in homophily(fellows)}


@pytest.mark.parametrize(
    ("attribute", "window", "internal", "ei", "expected"),
    [
        ("cohort", "before", 26, 0.1333, 0.8612),
        ("cohort", "during", 41, 0.6583, 0.8612),
        ("region", "before", 9, 0.7000, 0.7241),
        ("region", "during", 30, 0.7500, 0.7241),
        ("country", "before", 6, 0.8000, 0.9282),
        ("country", "during", 7, 0.9417, 0.9282),
    ],
)
def test_ei_beside_chance(
    rows: dict[tuple[str, str], Row], attribute: str, window: str, internal: int, ei: float, expected: float
) -> None:
    """As an independent pass over the same files gave."""
    row = rows[attribute, window]
    assert row["internal"] == internal
    assert (row["ei"], row["expected_ei"]) == (pytest.approx(ei, abs=5e-5), pytest.approx(expected, abs=5e-5))


def test_cohorts_still_keep_to_themselves(rows: dict[tuple[str, str], Row]) -> None:
    """Much less than before, and still more than chance would."""
    before, during = rows["cohort", "before"], rows["cohort", "during"]
    assert (before["dyads"], during["dyads"]) == (60, 240)
    assert (before["p_lower"], during["p_lower"]) == (0.0002, 0.0002)
    assert before["r"] == pytest.approx(0.3663, abs=5e-5)
    assert during["r"] == pytest.approx(0.0816, abs=5e-5)
    assert before["z"] == pytest.approx(-11.1, abs=0.15)  # there by 4,999 relabelings, here exact: -11.02
    assert during["z"] == pytest.approx(-6.5, abs=0.05)


def test_regions_and_countries_are_at_chance_level(rows: dict[tuple[str, str], Row]) -> None:
    """During the campaign E-I is within one standard deviation of what labels dealt at random give."""
    for attribute in ("region", "country"):
        assert abs(rows[attribute, "during"]["z"]) < 1
        assert rows[attribute, "during"]["p_two_sided"] > 0.4
