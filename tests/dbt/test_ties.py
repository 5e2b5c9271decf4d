"""Did it bring people together: from who dealt with whom to the published tables, on the reference campaign's ties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.dbt.conftest import Built
from tests.dbt.rows import Row, insert
from tests.warehouse.ties import simulated
from warehouse import ties
from warehouse.engine import connect, create_database, drop_database
from warehouse.transform import run_dbt

pytestmark = pytest.mark.timeout(600)

MODELS = ("mixing", "homophily", "coleman", "network", "new_ties", "prepost")
STAFF = {"person_id": "S01", "is_fellow": False, "country": "GBR", "region": "Northern Europe"}


@pytest.fixture(scope="module")
def reference(world: Built, server_url: str, target_dir: Path) -> Iterator[Built]:
    """The built world with the reference campaign's ties in place of its own, and one of a member of staff."""
    world.engine.dispose()
    url = create_database(server_url, name := f"rollcall_dbt_{uuid4().hex[:12]}", template=world.engine.url.database)
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("truncate build.int_ties, build.int_ties__nodes")
        connection.exec_driver_sql("""
            update build.int_windows
            set days = 28, reason = case window_name when 'after' then 'not over yet' end
        """)
        people = [
            {"person_id": row["member_id"], "is_fellow": True, "role": "fellow"}
            | {name: row[name] for name in ("cohort", "region", "country")}
            for row in simulated.fellows()
        ]
        insert(connection, "build.int_ties__nodes", *people, STAFF)
        rows: list[Row] = [{"window_name": "during", "source_person": "S01", "target_person": "F01", "acts": 2}]
        for edges, window in (("baseline", "before"), ("campaign", "during")):
            network = simulated.network(edges)
            rows += (
                {"window_name": window, "source_person": people[one]["person_id"],
                 "target_person": people[other]["person_id"], "acts": 1}
                for one, other in zip(network.source.tolist(), network.target.tolist(), strict=True)
            )  # fmt: skip
        insert(connection, "build.int_ties", *rows)
        for statement in ties.TABLES:
            connection.exec_driver_sql(statement)
        ties.measure(connection)
    run_dbt(["run", "--select", *(f"metric_{model}" for model in MODELS)], url, target_dir)
    yield replace(world, url=url, engine=engine)
    engine.dispose()
    drop_database(server_url, name)


def one(built: Built, columns: str, table: str, **where: Any) -> tuple[Any, ...]:
    condition = " and ".join(f"{name} = :{name}" for name in where)
    (row,) = built.rows(f"select {columns} from build.metric_{table} where {condition}", **where)
    return row


def test_every_figure_of_the_reference_campaign(reference: Built) -> None:
    """metrics.md g.3, to the digits given there."""
    figures = (
        "dyads, internal, round(ei, 4)::float, round(expected_ei, 4)::float, round(r, 4)::float, p_lower::float, reason"
    )
    where = {"population": "fellows", "attribute": "cohort"}
    before = one(reference, figures, "homophily", **where, window_name="before")
    during = one(reference, figures, "homophily", **where, window_name="during")
    assert before == (60, 26, 0.1333, 0.8612, 0.3663, 0.0002, None)
    assert during == (240, 41, 0.6583, 0.8612, 0.0816, 0.0002, None)
    network = "dyads, isolates, round(reciprocity, 4)::float"
    assert one(reference, network, "network", population="fellows", window_name="before") == (60, 7, 0.0667)
    assert one(reference, network, "network", population="fellows", window_name="during") == (240, 0, 0.1083)
    new = one(reference, "dyads, new_dyads, cross_group, round(expected_cross_share, 4)::float", "new_ties", **where)
    assert new == (240, 231, 196, 0.9306)
    amount = one(
        reference, "before::float, during::float", "prepost",
        population="fellows", group_label="all", measure="dyads",
    )  # fmt: skip
    assert amount == (60, 240 * 28 / 35)  # of the 28 days and the seven of grace
    rise = one(
        reference, "round(difference, 4)::float, p_rise::float, ci_low > 0", "prepost",
        population="fellows", group_label="all", measure="cross_share_cohort",
    )  # fmt: skip
    assert rise == (0.2625, 0.001, True)


def test_what_is_not_over_is_null_with_a_reason(reference: Built) -> None:
    """Nothing of the window after is 0."""
    after = {"population": "fellows", "window_name": "after"}
    assert one(reference, "ei, dyads, p_lower, reason", "homophily", **after, attribute="cohort") == (
        None, None, None, "not over yet",
    )  # fmt: skip
    assert one(reference, "nodes, dyads, isolates, caption, reason", "network", **after) == (
        50, None, None, None, "not over yet",
    )  # fmt: skip
    assert one(
        reference, "sustained, sustained_cross_group, reason, sustained_reason", "new_ties",
        population="fellows", attribute="cohort",
    ) == (None, None, None, "after: not over yet")  # fmt: skip


def test_members_are_more_than_fellows(reference: Built) -> None:
    """Whose cohort is not known is shown in the matrix and left out of the index; both runs have their own rows."""
    where = {"population": "members", "window_name": "during"}
    assert one(reference, "nodes, dyads", "network", **where) == (51, 241)
    assert one(reference, "members, dyads", "homophily", **where, attribute="cohort") == (50, 240)
    assert one(reference, "members, dyads", "homophily", **where, attribute="country") == (51, 241)
    unknown = one(
        reference, "observed, expected", "mixing", **where, attribute="cohort", from_group="Unknown", to_group="2011"
    )
    assert unknown == (1, None)
    sums = reference.rows("""
        select distinct sum(observed)::int, round(sum(expected), 5)::int from build.metric_mixing
        group by population, attribute, window_name
    """)
    assert set(sums) == {(60, 60), (240, 240), (241, 240), (241, 241)}


def test_the_caption_says_what_is_not_seen(reference: Built) -> None:
    """In the manner of NodeXL, with the platforms that hide who acted."""
    with reference.engine.begin() as connection:
        hidden = set(connection.exec_driver_sql("select platform from build.int_acts__hidden").scalars())
    caption, platforms = one(
        reference, "caption, hidden_platforms", "network", population="fellows", window_name="during"
    )
    assert caption.startswith("The graph represents a network of 50 fellows who posted with #itp28.")
    assert "240 ties from 2026-02-01 to 2026-03-07 (days of grace included), 10.8 % of them returned." in caption
    assert "0 of the 50 have no tie." in caption
    assert set(platforms) <= hidden
    assert (", ".join(platforms) in caption) if platforms else ("Every platform shows who acted." in caption)


def test_the_same_ties_have_the_same_figures(reference: Built) -> None:
    """Whatever the order of the rows."""
    statement = "select t::text from build.tie_homophily as t union all select t::text from build.tie_change as t"
    before = sorted(reference.rows(statement))
    with reference.engine.begin() as connection:
        connection.exec_driver_sql("create table shuffled as select * from build.int_ties order by md5(ctid::text)")
        connection.exec_driver_sql("truncate build.int_ties")
        connection.exec_driver_sql("insert into build.int_ties select * from shuffled")
        for table in ties.TABLES:
            connection.exec_driver_sql(table)
        ties.measure(connection)
    assert sorted(reference.rows(statement)) == before
