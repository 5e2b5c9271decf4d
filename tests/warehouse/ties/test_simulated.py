"""Both tests on simulated networks of the reference campaign's size: how often they err, and what they find."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import numpy as np
import pytest

from tests.warehouse.ties import simulated
from tests.warehouse.ties.simulated import ACTS_BEFORE, ACTS_DURING, CHANCE, TIES, TIES_ELSEWHERE
from warehouse.ties import mixing
from warehouse.ties.chance import Chance, by_chance
from warehouse.ties.change import Acts, Change, change
from warehouse.ties.network import Network, Numbers

NULLS = 2_000
KEEPS_ITS_LEVEL = (0.04, 0.06)


def cohorts() -> Numbers:
    return simulated.groups("cohort").labels


def chances(networks: Iterable[Network], labels: Numbers, permutations: int = 199) -> list[Chance]:
    return [by_chance(network, labels, permutations, seed) for seed, network in enumerate(networks)]


def changes(windows: Iterable[Acts], shuffles: int = 99) -> list[Change]:
    return [change(acts, shuffles, seed) for seed, acts in enumerate(windows)]


def rejected(ps: Iterable[float]) -> float:
    return float(np.mean([p <= 0.05 for p in ps]))


def tell(line: str) -> None:
    """For whoever runs this with `-rP`."""
    sys.stdout.write(f"{line}\n")


def level(ps: Iterable[float]) -> bool:
    low, high = KEEPS_ITS_LEVEL
    return low <= rejected(ps) <= high


def test_the_test_against_chance_is_wrong_about_one_in_twenty() -> None:
    """Of 2,000 networks that know nothing of cohorts, however unequal people are; p_lower is careful, not wrong."""
    found = chances(simulated.networks(np.random.default_rng(2), NULLS, TIES), cohorts())
    assert level(one.p_r for one in found)
    assert level(one.p_two_sided for one in found)
    assert rejected(one.p_lower for one in found) <= KEEPS_ITS_LEVEL[1]
    assert rejected(one.p_upper for one in found) <= KEEPS_ITS_LEVEL[1]


def test_the_test_of_change_is_wrong_about_one_in_twenty() -> None:
    """Of 2,000 pairs of windows with the same people, six times as many acts in one, and the same share of them."""
    windows = simulated.windows(np.random.default_rng(2), NULLS, cohorts(), (ACTS_BEFORE, 0.83), (ACTS_DURING, 0.83))
    assert level(one.p_rise for one in changes(windows))


def test_ten_points_from_chance_are_found() -> None:
    """With the ties of the reference campaign nearly always."""
    networks = simulated.networks(np.random.default_rng(2), 200, TIES, CHANCE - 0.1, cohorts())
    found = chances(networks, cohorts())
    assert rejected(one.p_r for one in found) > 0.95
    assert rejected(one.p_two_sided for one in found) > 0.95


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_planted_mixing_is_recovered(share: float) -> None:
    """E-I and the internal share are those that were planted, to what chance leaves open."""
    labels, size = cohorts(), mixing.sizes(cohorts(), 14)
    networks = list(simulated.networks(np.random.default_rng(2), 200, TIES, share, labels))
    found = [mixing.observed(network, labels, len(size)) for network in networks]
    assert np.mean([mixing.ei(one) for one in found]) == pytest.approx(2 * share - 1, abs=0.02)
    assert np.mean([mixing.assortativity(one) > 0 for one in found]) > (0.95 if share < 0.9 else 0.6)


def test_activity_is_not_taken_for_homophily() -> None:
    """Where one large cohort does most of all there is, E-I falls, and configuration E-I and r say why."""
    labels = np.repeat(np.arange(5), 10)
    random = np.random.default_rng(2)
    weight = np.where(labels == 0, 8.0, 1.0)
    drawn = random.choice(50, (4_000, 2), p=weight / weight.sum()).tolist()
    source, target = np.array([tie for tie in dict.fromkeys(map(tuple, drawn)) if tie[0] != tie[1]][:150]).T
    found = mixing.observed(Network(people=50, source=source, target=target), labels, 5)
    assert mixing.ei(found) < mixing.expected_ei(mixing.sizes(labels, 5)) - 0.1
    assert mixing.ei(found) == pytest.approx(1 - 2 * mixing.configuration_internal(found), abs=0.1)
    assert abs(mixing.assortativity(found)) < 0.1


@pytest.mark.full
@pytest.mark.parametrize("ties", [60, TIES_ELSEWHERE])
@pytest.mark.parametrize("attribute", ["cohort", "region", "country"])
def test_few_ties_and_other_groups_keep_the_level(ties: int, attribute: str) -> None:
    """As many ties as before the campaign, and as are left without Facebook and Instagram."""
    found = chances(
        simulated.networks(np.random.default_rng(ties), NULLS, ties), simulated.groups(attribute).labels, 399
    )
    tell(f"{attribute}, {ties} ties: {rejected(one.p_r for one in found)}, {rejected(one.p_lower for one in found)}")
    assert level(one.p_r for one in found)
    assert rejected(one.p_lower for one in found) <= KEEPS_ITS_LEVEL[1]


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", [CHANCE, 0.75, 0.57])
@pytest.mark.parametrize("bursts", [False, True])
def test_the_test_of_change_keeps_its_level_at_any_share(share: float, bursts: bool) -> None:
    """Also where more acts alone change the share of ties by ten points, and where acts come in bursts."""
    windows = simulated.windows(
        np.random.default_rng(5), NULLS, cohorts(), (ACTS_BEFORE, share), (ACTS_DURING, share), bursts
    )
    found = changes(windows, 199)
    tell(f"share {share}, bursts {bursts}: {rejected(one.p_rise for one in found)}")
    assert rejected(one.p_rise for one in found) <= KEEPS_ITS_LEVEL[1]
    if not bursts:
        assert level(one.p_rise for one in found)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_power_is_what_we_say_it_is() -> None:
    """Ten points: against chance with all ties and without two platforms, and between two windows."""
    for ties, lowest in ((TIES, 0.99), (80, 0.8), (60, 0.75), (TIES_ELSEWHERE, 0.65)):
        found = chances(simulated.networks(np.random.default_rng(28), 1_000, ties, CHANCE - 0.1, cohorts()), cohorts())
        power = rejected(one.p_r for one in found)
        tell(f"{ties} ties, ten points below chance: {power}, p_lower {rejected(one.p_lower for one in found)}")
        assert power >= lowest
    for acts, before, lowest in (
        (ACTS_BEFORE, 0.57, 0.3), (ACTS_BEFORE, 0.73, 0.4), (ACTS_BEFORE, 0.83, 0.6), (ACTS_DURING, 0.83, 0.9),
    ):  # fmt: skip
        windows = simulated.windows(
            np.random.default_rng(28), 1_000, cohorts(), (acts, before), (ACTS_DURING, before + 0.1)
        )
        power = rejected(one.p_rise for one in changes(windows))
        tell(f"{acts} acts before, a rise from {before} by ten points: {power}")
        assert power >= lowest
