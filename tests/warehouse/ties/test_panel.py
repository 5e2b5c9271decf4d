"""The same people before, during and after, and why something is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warehouse.ties import change
from warehouse.ties.measures import ONE_GROUP, TOO_FEW, colemans, homophily, mixings, networks
from warehouse.ties.network import Network
from warehouse.ties.panel import TOO_FEW_PEOPLE, compared
from warehouse.ties.population import Population, Window, grouping

Row = dict[str, Any]
PEOPLE = 12
COHORTS = [*"aaaa", *"bbbb", *"cc", None, None]


def window(ties: int, days: int = 28, reason: str | None = None, seed: int = 1, is_over: bool = True) -> Window:
    """So many ties of twelve people, three acts each."""
    pairs = np.array([(one, other) for one in range(PEOPLE) for other in range(PEOPLE) if one != other])
    source, target = np.random.default_rng(seed).permutation(pairs)[:ties].T
    return Window(
        days=days,
        reason=reason,
        is_over=is_over,
        network=Network(people=PEOPLE, source=source, target=target),
        acts=np.full(ties, 3, dtype=np.int64),
    )


def population(cohorts: list[str | None] | None = None, **windows: Window) -> Population:
    return Population(
        name="members", people=PEOPLE, groupings={"cohort": grouping(cohorts or COHORTS)}, windows=windows
    )


NOT_OVER = window(0, reason="not over yet")


def panel(people: Population) -> dict[tuple[str, str], Row]:
    return {(row["group_label"], row["measure"]): row for row in compared(people)}


def test_amounts_are_per_28_days_of_the_same_people() -> None:
    """Of windows of other lengths too; all members are counted, and each group's ties are those that it gives."""
    rows = panel(population(before=window(40), during=window(80, days=14), after=window(60, seed=2)))
    everybody = rows["all", "dyads"]
    assert (everybody["members"], everybody["before"], everybody["during"], everybody["after"]) == (12, 40, 160, 60)
    assert (everybody["difference"], everybody["after_difference"]) == (120, 20)
    assert everybody["ci_low"] < 120 < everybody["ci_high"]
    assert everybody["after_ci_low"] < 20 < everybody["after_ci_high"]
    assert rows["all", "acts"]["during"] == 480
    assert everybody["reason"] is everybody["after_reason"] is None
    assert "p_rise" not in everybody
    source = window(40).network.source
    assert rows["a", "dyads"]["before"] == (source < 4).sum()


def test_shares_are_of_ties_between_people_whose_group_is_known() -> None:
    """Those of everybody are tested for a change, those of single groups are not."""
    before, during = window(60), window(90, seed=2)
    rows = panel(population(before=before, during=during, after=NOT_OVER))
    found = rows["all", "cross_share_cohort"]

    def share(one: Window) -> float:
        ties = zip(one.network.source.tolist(), one.network.target.tolist(), strict=True)
        known = [COHORTS[a] != COHORTS[b] for a, b in ties if COHORTS[a] and COHORTS[b]]
        return sum(known) / len(known)

    assert (found["before"], found["during"]) == (pytest.approx(share(before)), pytest.approx(share(during)))
    assert found["difference"] == pytest.approx(share(during) - share(before))
    assert 0 < found["p_rise"] < 1
    assert found["shuffles"] == 999
    assert "after_p_rise" not in found
    assert "p_rise" not in rows["a", "cross_share_cohort"]


def test_what_is_not_known_says_why() -> None:
    """No window after, too few ties for a share, too few people for an interval; amounts stay."""
    rows = panel(population(before=window(30), during=window(90, seed=2), after=NOT_OVER))
    assert rows["all", "dyads"]["after"] is None
    assert rows["all", "dyads"]["after_reason"] == "after: not over yet"
    assert "after_difference" not in rows["all", "dyads"]
    group = rows["a", "dyads"]
    assert (group["reason"], group["difference"] is not None, "ci_low" in group) == (TOO_FEW_PEOPLE, True, False)
    share = rows["a", "cross_share_cohort"]
    assert (share["before"], share["reason"]) == (None, f"before: {TOO_FEW}")


def test_without_a_baseline_nothing_is_compared() -> None:
    """Neither during nor after; the values of the windows are there."""
    nothing = window(0, reason="nothing was collected")
    rows = panel(population(before=nothing, during=window(90), after=window(60)))
    found = rows["all", "cross_share_cohort"]
    assert (found["reason"], found["after_reason"]) == ("before: nothing was collected",) * 2
    assert found["before"] is None
    assert None not in (found["during"], found["after"])
    assert not {"difference", "after_difference", "p_rise", "by_volume"} & set(found)


def test_a_window_that_goes_on_is_not_compared() -> None:
    """Twelve days of a campaign are not held against 28 before it, nor do they pass for its figures."""
    rows = panel(population(before=window(60), during=window(90, seed=2, is_over=False), after=NOT_OVER))
    for measure in ("acts", "dyads", "cross_share_cohort"):
        found = rows["all", measure]
        assert (found["during"], found["reason"]) == (None, "during: not over yet")
        assert found["before"] is not None
        assert not {"difference", "ci_low", "p_rise", "by_volume", "shuffles"} & set(found)


def test_each_comparison_says_how_often_it_was_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a campaign there may be fewer acts, and so more shuffles, than during it."""
    monkeypatch.setattr(change, "SHUFFLED_ACTS", 150_000)
    rows = panel(population(before=window(60), during=window(120, seed=2), after=window(30, seed=3)))
    found = rows["all", "cross_share_cohort"]
    before, during, after = (known_acts(window(ties, seed=seed)) for ties, seed in ((60, 1), (120, 2), (30, 3)))
    assert found["shuffles"] == 150_000 // (before + during)
    assert found["after_shuffles"] == 150_000 // (before + after)
    assert found["shuffles"] != found["after_shuffles"]


def known_acts(one: Window) -> int:
    ties = zip(one.network.source.tolist(), one.network.target.tolist(), strict=True)
    return 3 * sum(bool(COHORTS[a] and COHORTS[b]) for a, b in ties)


def test_nobody_has_no_rows() -> None:
    """A campaign without members is no error."""
    empty = Network(people=0, source=np.array([], dtype=np.int64), target=np.array([], dtype=np.int64))
    nobody = Population(
        name="fellows",
        people=0,
        groupings={"cohort": grouping([])},
        windows={
            name: Window(days=28, reason=None, is_over=True, network=empty, acts=empty.source)
            for name in ("before", "during")
        },
    )
    assert list(compared(nobody)) == list(mixings(nobody)) == list(colemans(nobody)) == []
    assert [row["dyads"] for row in networks(nobody)] == [0, 0]
    assert {row["reason"] for row in homophily(nobody)} == {TOO_FEW}


def test_no_index_of_few_ties_of_one_group_or_of_a_window_that_is_not_over() -> None:
    """What was counted stays; the reason says why there is no index."""
    windows = {"before": window(19), "during": window(60), "after": NOT_OVER}
    few, enough, later = homophily(population([*"aaaa", *"bbbb", *"cccc"], **windows))
    assert (few["dyads"], few["reason"], "ei" in few) == (19, TOO_FEW, False)
    assert (enough["dyads"], "reason" in enough, "ei" in enough) == (60, False, True)
    assert (later["reason"], "dyads" in later) == ("not over yet", False)
    alike = next(iter(homophily(population([*"aaaaaaaaaaaa"], during=window(60)))))
    assert (alike["reason"], alike["internal"]) == (ONE_GROUP, 60)


def test_people_without_a_group_are_shown_and_left_out_of_homophily() -> None:
    """All ties are in the matrix; expectation and index are of the ten whose group is known."""
    people = population(during=window(90))
    rows = list(mixings(people))
    (index,) = homophily(people)
    known = [row for row in rows if "Unknown" not in (row["from_group"], row["to_group"])]
    assert {row["from_group"] for row in rows} == {"a", "b", "c", "Unknown"}
    assert sum(row["observed"] for row in rows) == 90
    assert index["members"] == 10
    assert sum(row["observed"] for row in known) == index["dyads"] < 90
    assert sum(row["expected"] for row in known) == pytest.approx(index["dyads"])
    assert all(np.isnan(row["expected"]) for row in rows if row not in known)


def test_a_window_that_is_not_measured_has_people_and_a_reason() -> None:
    """No figure of its network is 0."""
    (row,) = networks(population(after=NOT_OVER))
    assert (row.pop("window_name"), row.pop("nodes"), row.pop("reason")) == ("after", 12, "not over yet")
    assert set(row.values()) == {None}
