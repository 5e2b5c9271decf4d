"""Did it bring people together? Who deals with whom within and between groups, beside chance (metrics.md b.10).

Reads dbt's `int_ties`, `int_ties__nodes` and `int_windows` and writes, into the schema that dbt builds in, for fellows
and for all members:
- `tie_network`: figures of the whole network of each window;
- `tie_mixing`: ties from group to group, and how many are to be expected;
- `tie_homophily`: E-I, assortativity, and where they lie among those of random labels;
- `tie_coleman`: how much each group keeps to itself;
- `tie_change`: the same people before, during and after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from warehouse.ties.measures import Row, colemans, homophily, mixings, networks
from warehouse.ties.panel import compared
from warehouse.ties.population import Population, populations

DIGITS = 9
WHERE = "population text not null, attribute text not null, window_name text not null"

TABLES = (
    """
    drop table if exists
      build.tie_network, build.tie_mixing, build.tie_homophily, build.tie_coleman, build.tie_change
    """,
    """
    create table build.tie_network (
      population text not null, window_name text not null, nodes bigint not null, dyads bigint, isolates bigint,
      reciprocity numeric, density numeric, components bigint, largest_share numeric, reason text
    )
    """,
    f"""
    create table build.tie_mixing (
      {WHERE}, from_group text not null, to_group text not null,
      observed bigint not null, expected numeric, ratio numeric
    )
    """,
    f"""
    create table build.tie_homophily (
      {WHERE}, members bigint not null, groups bigint not null, dyads bigint, external bigint, internal bigint,
      ei numeric, expected_ei numeric, permutation_sd numeric, z numeric,
      p_lower numeric, p_upper numeric, p_two_sided numeric,
      configuration_internal numeric, configuration_ei numeric, r numeric, p_r numeric,
      permutations int not null, seed int not null, reason text
    )
    """,
    f"""
    create table build.tie_coleman (
      {WHERE}, group_label text not null, members bigint not null,
      out_ties bigint not null, in_ties bigint not null, internal bigint not null, coleman numeric
    )
    """,
    """
    create table build.tie_change (
      population text not null, group_type text not null, group_label text not null, measure text not null,
      members bigint not null, before numeric, during numeric, after numeric,
      difference numeric, ci_low numeric, ci_high numeric, by_volume numeric,
      p_rise numeric, p_two_sided numeric, reason text,
      after_difference numeric, after_ci_low numeric, after_ci_high numeric, after_by_volume numeric,
      after_p_rise numeric, after_p_two_sided numeric, after_reason text,
      resamples int not null, shuffles int, after_shuffles int, seed int not null
    )
    """,
)
"""Statements that make the five tables anew, empty. dbt's models read them, and no view does."""

MEASURES: Mapping[str, Callable[[Population], Iterable[Row]]] = {
    "tie_network": networks,
    "tie_mixing": mixings,
    "tie_homophily": homophily,
    "tie_coleman": colemans,
    "tie_change": compared,
}


def measure(connection: Connection) -> None:
    """Fills the five tables from build.int_ties, build.int_ties__nodes and build.int_windows."""
    for population in populations(connection):
        for table, measured in MEASURES.items():
            rows = [_plain({"population": population.name, **row}) for row in measured(population)]
            statement = f"insert into build.{table} select * from jsonb_populate_recordset(null::build.{table}, :rows)"
            connection.execute(text(statement.replace("::", "\\:\\:")), {"rows": json.dumps(rows)})


def _plain(row: Row) -> dict[str, Any]:
    """The row as JSON has it: numbers to nine digits after the point, so that no processor tells another value."""
    return {name: _number(value) if isinstance(value, float) else value for name, value in row.items()}


def _number(value: float) -> float | None:
    return round(float(value), DIGITS) if np.isfinite(value) else None
