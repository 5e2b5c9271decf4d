"""Did it bring people together? What the tables of ties say, in words, always beside what chance alone would give.

It says what changed during the campaign and never why: there is no group to compare with (`metrics.md` b.10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.published import Published, Row
from reports.tables_of_ties import AMOUNTS, HOMOPHILY, NETWORK, NEW_TIES, SHARES

BETWEEN = {"cohort": "ITP years", "region": "regions", "country": "countries"}
WHO = {"fellows": "fellows", "members": "members in any role"}
WINDOWS = ("before", "during", "after")
CLEAR = 0.05
"""A result that chance gives at most this often is called clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """Ties between the groups of one attribute."""

    population: str
    attribute: str
    between: str
    share: Row
    new: Row
    during: Row
    windows: Sequence[Row]
    level: str
    change: str

    @property
    def id(self) -> str:
        return f"cross_share.{self.population}.all.all.cross_share_{self.attribute}"

    @property
    def expected(self) -> str:
        return f"new_ties.{self.population}.{self.attribute}.expected_cross_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    populations: Sequence[tuple[str, str, Sequence[Across]]]
    """Code, word, and what is between the groups of each attribute."""
    network: Sequence[Row]
    amounts: Sequence[Row]
    hidden: Sequence[str]
    """Platforms that do not, or not always, show who acted."""
    caption: str | None


def together(published: Published) -> Together | None:
    """None if the tables were last built by a version that did not measure it."""
    network = sorted(published.rows(NETWORK), key=_place)
    if not network or not published.rows(SHARES):
        return None
    found = [(code, word, _across(published, code)) for code, word in WHO.items()]
    captions = [row["caption"] for row in network if row["window_name"] == "during" and row["caption"]]
    return Together(
        populations=[entry for entry in found if entry[2]],
        network=network,
        amounts=published.rows(AMOUNTS),
        hidden=network[0]["hidden_platforms"] or (),
        caption=captions[0] if captions else None,
    )


def _place(row: Row) -> tuple[int, int]:
    return list(WHO).index(row["population"]), WINDOWS.index(row["window_name"])


def _across(published: Published, population: str) -> list[Across]:
    shares = {row["measure"]: row for row in published.rows(SHARES) if row["population"] == population}
    new = {row["attribute"]: row for row in published.rows(NEW_TIES) if row["population"] == population}
    rows = [row for row in published.rows(HOMOPHILY) if row["population"] == population]
    found = []
    for attribute, between in BETWEEN.items():
        windows = sorted((row for row in rows if row["attribute"] == attribute), key=_place)
        share = shares.get(f"cross_share_{attribute}")
        if not windows or share is None or attribute not in new:
            continue
        during = next(row for row in windows if row["window_name"] == "during")
        found.append(
            Across(
                population=population,
                attribute=attribute,
                between=between,
                share=share,
                new=new[attribute],
                during=during,
                windows=windows,
                level=_level(during),
                change=_change(share),
            )
        )
    return found


def _level(during: Row) -> str:
    if during["ei"] is None or during["p_two_sided"] is None:
        return _unknown(during["reason"])
    if during["p_two_sided"] > CLEAR:
        return "About what chance alone would give."
    return "Clearly fewer than chance alone would give." if during["z"] < 0 else "Clearly more than chance would give."


def _change(share: Row) -> str:
    if share["before"] is None or share["during"] is None:
        return _unknown(share["reason"])
    if share["p_rise"] is not None and share["p_rise"] <= CLEAR and share["difference"] > 0:
        return "Clearly more than before."
    if share["ci_high"] is not None and share["ci_high"] < 0:
        return "Fewer than before."
    return "No clear change."


def _unknown(reason: str | None) -> str:
    return f"Not measured: {plain(reason)}."


def plain(reason: str | None) -> str:
    """A reason without the window that it is of, which stands beside it."""
    return (reason or "too few links").removeprefix("before: ").removeprefix("during: ").removeprefix("after: ")
