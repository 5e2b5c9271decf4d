"""dbt's tests as checks: what each says in a sentence, and which rows break it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection

from warehouse import failing
from warehouse.checks import Check

SUITE = "dbt"
SENTENCES = {
    "key": "{model}: every row has its key, and no key is there twice.",
    "relationships": "{model}.{column}: every value exists in the table it points to.",
    "accepted_values": "{model}.{column}: no value but the known ones.",
}
WRONG_VALUE = {"relationships": "from_field", "accepted_values": "value_field"}
"""Tests of a column's values -> the column of their own result that holds the wrong ones."""
OF_OUR_OWN = Path(__file__).parents[1] / "dbt_like_sql" / "data-tests"


def check(connection: Connection, result: Any, project: Any) -> Check:
    """The check of one test's result. The rows of one that does not pass are kept as a view."""
    node, passed = result.node, str(result.status) == "pass"
    rule = _rule(node)
    return Check(
        suite=SUITE,
        rule=rule,
        passed=passed,
        severity="warning" if node.config.severity.lower() == "warn" else "critical",
        failed=result.failures or 0,
        examined=None,
        sentence=sentence(rule),
        failing=None if passed else failing.find(connection, SUITE, rule, _rows(node, project)),
    )


def sentence(rule: str) -> str:
    """What holds where the rule passes; of a rule that there is no more, its name."""
    *words, test = rule.split()
    if test in SENTENCES and words:
        return SENTENCES[test].format(model=words[0], column=words[-1])
    return _descriptions().get(rule, rule)


def _rule(node: Any) -> str:
    metadata = getattr(node, "test_metadata", None)
    if metadata is None:
        return str(node.name)
    return " ".join(filter(None, (_model(node), node.column_name, metadata.name)))


def _model(node: Any) -> str:
    return str(node.attached_node.rpartition(".")[2])


def _rows(node: Any, project: Any) -> str:
    """The failing rows: as the test tells them; where it tells values only, the rows that have these, by their key."""
    compiled = str(node.compiled_code)
    metadata = getattr(node, "test_metadata", None)
    if metadata is None or metadata.name not in WRONG_VALUE:
        return compiled
    columns = dict.fromkeys([*_key(node.attached_node, project), node.column_name])
    return (
        f"select {', '.join(columns)} from {node.schema}.{_model(node)} "
        f"where {node.column_name} in (select {WRONG_VALUE[metadata.name]} from ({compiled}) as wrong)"
    )


def _key(model_id: str, project: Any) -> list[str]:
    for node in project.nodes.values():
        metadata = getattr(node, "test_metadata", None)
        if metadata is not None and metadata.name == "key" and node.attached_node == model_id:
            return list(metadata.kwargs["columns"])
    return []


@cache
def _descriptions() -> dict[str, str]:
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in OF_OUR_OWN.glob("*.yml")]
    return {test["name"]: test["description"] for file in files for test in file["data_tests"]}
