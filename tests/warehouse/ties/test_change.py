"""Whether a share of ties changed between two windows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from warehouse.ties import change
from warehouse.ties.change import Acts


def acts(*ties: tuple[int, bool, int, int]) -> Acts:
    source, cross, before, after = np.array(ties).T
    return Acts(source=source, cross=cross.astype(bool), before=before, after=after)


def test_every_shuffle_of_a_small_case() -> None:
    """p is that of all ways to deal the windows to eight acts of eight people, of which one is as extreme."""
    ties = [(person, person >= 4, int(person < 4), int(person >= 4)) for person in range(8)]
    assert len(list(combinations(range(8), 4))) == 70
    found = change.change(acts(*ties), shuffles=6_999)
    assert (found.difference, found.shuffles) == (1.0, 6_999)
    assert found.p_rise == pytest.approx(1 / 70, abs=0.005)
    assert found.p_two_sided == pytest.approx(2 / 70, abs=0.01)
    assert found.by_chance == pytest.approx(0, abs=0.05)


def test_a_fall_is_no_rise() -> None:
    """The same the other way round has the same two-sided p."""
    ties = [(person, person < 4, int(person < 4), int(person >= 4)) for person in range(8)]
    found = change.change(acts(*ties), shuffles=6_999)
    assert (found.difference, found.p_rise) == (-1.0, 1.0)
    assert found.p_two_sided == pytest.approx(2 / 70, abs=0.01)


def test_the_order_of_ties_does_not_matter_to_what_is_compared() -> None:
    """Difference and the mean of the shuffled ones, whoever is listed first."""
    random = np.random.default_rng(3)
    ties = [(int(who), bool(cross), int(a), int(b)) for who, cross, a, b in random.integers(0, 2, (60, 4)) if a + b]
    one, other = change.change(acts(*ties)), change.change(acts(*reversed(ties)))
    assert one.difference == pytest.approx(other.difference)
    assert one.by_chance == pytest.approx(other.by_chance, abs=0.02)


def test_more_acts_alone_make_more_ties_between_groups() -> None:
    """Whoever has few of their own group soon has met all of it: by_chance tells what that does to the share."""
    inside = [(person, False, 1, 9) for person in range(20)]
    outside = [(person, True, int(person % 4 == 0 and n == 0), 1) for person in range(20) for n in range(9)]
    found = change.change(acts(*inside, *outside))
    assert found.difference == pytest.approx(0.9 - 0.2)
    assert found.by_chance > 0.25


def test_one_busy_person_is_not_many() -> None:
    """Twenty ties that one person turned around say less than one each of twenty people."""
    one = change.change(acts(*((0, cross, int(not cross), int(cross)) for cross in (False, True) for _ in range(20))))
    many = change.change(
        acts(*((person, cross, int(not cross), int(cross)) for cross in (False, True) for person in range(20)))
    )
    assert one.difference == pytest.approx(many.difference) == pytest.approx(1)
    assert many.p_rise == 0.001
    assert one.p_rise > 0.3


def test_very_many_acts_are_shuffled_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """But at least 199 times, and in parts that fit in memory."""
    monkeypatch.setattr(change, "SHUFFLED_ACTS", 4_000)
    monkeypatch.setattr(change, "AT_ONCE", 100)
    assert change.change(acts(*((person, person > 4, 1, 1) for person in range(9)))).shuffles == 222
    monkeypatch.setattr(change, "SHUFFLED_ACTS", 0)
    assert change.change(acts(*((person, person > 4, 1, 1) for person in range(9)))).shuffles == 199


def test_resamples_draw_people() -> None:
    """Each sample has as many as there are; the middle 95 % of their means cover what a mean's error says."""
    drawn = change.resampled(50)
    assert drawn.shape == (change.RESAMPLES, 50)
    assert set(drawn.sum(axis=1)) == {50}
    values = np.random.default_rng(2).normal(size=50)
    low, high = change.interval(drawn @ values / 50)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 50**0.5, rel=0.06)
