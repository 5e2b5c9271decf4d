"""What the page says of ties and habits: beside chance, with a reason where it is unknown, only where it is built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from selectolax.parser import HTMLParser as Tree
from sqlalchemy import Engine, text

from reports import page
from reports.catalogue import METRICS
from reports.figures import figures

NOW = datetime(2026, 3, 15, 14, 30, tzinfo=UTC)
TEXTS = {
    "population",
    "attribute",
    "window_name",
    "reason",
    "after_reason",
    "sustained_reason",
    "caption",
    "role",
    "region",
}
TEXTS |= {"group_type", "group_label", "group_by", "group_name", "measure", "timeliness", "person_id"}
TEXTS |= {"survey", "question", "answer", "kind", "scale"}
OTHER = {"hidden_platforms": "text[]", "local_date": "date", "as_of": "timestamptz", "run_id": "uuid"}


@pytest.fixture
def later_tables(engine: Engine, publish: Any) -> None:
    """The tables that this version builds and older ones did not."""
    with engine.begin() as connection:
        for name in sorted({table.name for table in METRICS if table.since_later}):
            of_it = [table for table in METRICS if table.name == name]
            columns = dict.fromkeys(c for table in of_it for c in (*table.keys, *table.labels, *table.measures))
            stamp = ("campaign", "definition_version", "as_of", "run_id", "publication_id")
            typed = [
                f"{c} {OTHER.get(c, 'text' if c in TEXTS | set(stamp[:2]) else 'numeric')}" for c in (*columns, *stamp)
            ]
            connection.execute(text(f"create table {name} ({', '.join(typed)})"))


def ties(**changed: Any) -> dict[str, Any]:
    """Worked figures of the reference campaign, between ITP years."""
    of = {"population": "fellows"}
    homophily = {**of, "attribute": "cohort", "hidden_platforms": ["instagram"]}
    share = {**of, "group_type": "all", "group_label": "all", "measure": "cross_share_cohort"}
    during = {
        "ei": Decimal("0.6583"),
        "expected_ei": Decimal("0.8612"),
        "z": Decimal("-6.5"),
        "p_two_sided": Decimal("0.0004"),
    }
    return {
        "metrics.metric_homophily": [
            {**homophily, "window_name": "during", "dyads": 240, "external": 199, "internal": 41, **during},
            {**homophily, "window_name": "after", "reason": "not over yet"},
        ],
        "metrics.metric_prepost": [
            {**share, "during": Decimal("0.8292"), "before": Decimal("0.5667"), "difference": Decimal("0.2625")}
            | {"ci_low": Decimal("0.11"), "ci_high": Decimal("0.40"), "p_rise": Decimal("0.0005")}
            | {"after_reason": "after: not over yet"}
            | changed
        ],
        "metrics.metric_new_ties": [
            {**of, "attribute": "cohort", "dyads": 240, "new_dyads": 231, "known_group": 231, "cross_group": 196}
            | {"cross_share": Decimal("0.8485"), "expected_cross_share": Decimal("0.9306")}
            | {"sustained_reason": "after: not over yet"}
        ],
        "metrics.metric_network": [
            {
                **of,
                "window_name": "during",
                "nodes": 50,
                "dyads": 240,
                "isolates": 0,
                "hidden_platforms": ["instagram"],
            },
            {**of, "window_name": "after", "nodes": 50, "reason": "not over yet", "hidden_platforms": ["instagram"]},
        ],
    }


def habits() -> dict[str, Any]:
    everybody = {"group_by": "all", "group_name": "all"}
    return {
        "metrics.metric_retention": [
            {**everybody, "day": n, "local_date": date(2026, 2, n), "members": 3, "active": 2, "still_posting": 4 - n}
            | {"started_by": n}
            for n in (1, 2, 3)
        ],
        "metrics.metric_concentration": [
            {**everybody, "population": "participants", "people": 3, "posts": 7, "gini": Decimal("0.5213")}
            | {"top_six_share": 1, "single_post_members": 1}
        ],
        "metrics.metric_timeliness": [{**everybody, "lag_days": n, "posts": 5 - n, "members": 1} for n in (-1, 0, 2)],
        "metrics.metric_streaks": [{"person_id": "F01", "longest_prompt_streak": 12, "longest_posting_streak": 11}],
        "metrics.metric_posts_by_role": [
            {"role": "staff", "posts": 2, "members": 1, "eligible": 4},
            {"role": "supporter", "posts": 0, "members": 0, "eligible": 2},
        ],
        "metrics.metric_posts_by_region": [{"region": "Western Asia", "posts": 5, "members": 2, "eligible": 7}],
        "metrics.metric_survey": [
            {"survey": "feedback", "place": 1, "question": "Felt <connected>?", "answer": a, "point": p}
            | {"answers": n, "n": 40, "respondents": 41, "share": Decimal(n) / 40}
            for a, p, n in (("no", 1, 10), ("yes", 2, 30))
        ]
        + [{"survey": "feedback", "place": 2, "question": "Words", "answer": None, "n": 9, "respondents": 41}],
    }  # fmt: skip


Written = Callable[..., Tree]


@pytest.fixture
def written(engine: Engine, publish: Any, later_tables: None, campaign_rows: Any, tmp_path: Path) -> Written:
    def write(*rows: dict[str, Any]) -> Tree:
        publish({**campaign_rows, **{table: of_it for some in rows for table, of_it in some.items()}})
        return Tree(page.write(engine, "itp28", tmp_path, now=NOW).read_text("utf-8"))

    return write


def words(tree: Tree, selector: str) -> str:
    node = tree.css_first(selector)
    assert node is not None, selector
    return " ".join(node.text(separator=" ").split())


def test_mixing_is_said_beside_chance_and_the_time_before(written: Written) -> None:
    """In the words of metrics.md §0.3, and without a claim about why."""
    said = words(written(ties()), "#together")
    assert (
        "83 of 100 links were between fellows of different ITP years; at random it would be 93 ; "
        "in the 3 days before the campaign it was 57 ." in said
    )
    assert "Clearly fewer than chance alone would give. Clearly more than before." in said
    assert "During less before: 26 ( 11 to 40 )" in said
    assert "what changed during the campaign, and not why" in said
    assert "because of" not in said
    assert "196" in said
    assert "not over yet" in said
    assert "after: " not in said
    assert "hidden, at least in part, on Instagram" in said


def test_without_a_baseline_nothing_is_said_to_have_grown(written: Written) -> None:
    """The reason stands where the figure would, and no comparison is made."""
    unknown = dict.fromkeys(("before", "difference", "ci_low", "ci_high", "p_rise"))
    tree = written(ties(**unknown, reason="before: nothing was collected"))
    said = words(tree, "#together")
    assert "in the 3 days before" not in said
    assert "No comparison with the time before: nothing was collected" in said
    assert "more than before" not in said
    assert words(tree, "#together .statement").endswith("at random it would be 93 .")


def test_too_few_links_are_said(written: Written) -> None:
    """Where the share itself is unknown the first sentence is its reason."""
    unknown = dict.fromkeys(("during", "before", "difference", "ci_low", "ci_high", "p_rise"))
    tree = written(ties(**unknown, reason="fewer than 20 ties"))
    assert words(tree, "#together .statement") == "Not measured: fewer than 20 ties."


def test_habits_roles_and_the_survey_have_their_sections(written: Written) -> None:
    """Evenness, staying, days late, streaks, roles, regions and answers, each from its table."""
    tree = written(habits())
    assert "The six who posted most made 100.0 % of all unique posts; 1 member posted once." in words(tree, "#habits")
    assert "1 of 3 members were still posting on day 3." in words(tree, "#habits")
    assert "1 earlier 6" in words(tree, "#habits .lags")
    assert "12 / 11" in words(tree, "#members")
    assert "Museum staff 2 1 4" in words(tree, "#roles")
    assert "No unique post by: Supporter." in words(tree, "#roles")
    assert "Western Asia 5 2 7" in words(tree, "#countries")
    said = words(tree, "#survey")
    assert "41 people answered; how many were asked is not known." in said
    assert "Felt <connected>? 40 answered." in said
    assert "yes 30 75.0 %" in said
    assert "9 answered in words of their own. Only that is kept." in said


def test_every_later_figure_is_what_its_own_query_gives(engine: Engine, written: Written) -> None:
    """Also where a key is unknown."""
    written(ties(), habits())
    found = {figure.id: figure for figure in figures(engine, "itp28")}
    for figure in found.values():
        query = text(f"select {figure.column} from {figure.table} where {figure.where}".replace(":", r"\:"))
        with engine.connect() as connection:
            assert connection.execute(query).scalars().all() == [figure.value], figure.id
    assert found["cross_share.fellows.all.all.cross_share_cohort.during"].value == Decimal("0.8292")
    assert found["streaks.F01.longest_prompt_streak"].value == 12
    assert found["survey.feedback.2.None.n"].value == 9


def test_tables_of_an_older_version_are_no_error(
    engine: Engine, publish: Any, campaign_rows: Any, tmp_path: Path
) -> None:
    """The page has no section for what was not built, and says that ties are not measured."""
    publish(campaign_rows)
    tree = Tree(page.write(engine, "itp28", tmp_path, now=NOW).read_text("utf-8"))
    for section in ("#together", "#habits", "#roles", "#survey"):
        assert tree.css_first(section) is None
    assert "is not measured: these tables were last built by an older version" in words(tree, "#method")
    assert "metric_homophily" not in words(tree, "#method")
