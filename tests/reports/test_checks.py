"""The page of checks: whole without a network, in counts, and plain about whether the last build was published."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from selectolax.parser import HTMLParser as Tree
from sqlalchemy import Engine, text

from reports import checks
from warehouse.checks import Check, record

NOW = datetime(2026, 3, 15, 14, 30, tzinfo=UTC)
RULES = (
    ("posts", "post_is_there_once", "critical"),
    ("people", "has_role", "warning"),
    ("dbt", "fct_posts key", "critical"),
    ("dbt", "ties_sum_up", "critical"),
    ("dbt", "a_rule_of_old", "warning"),
)


def judged(engine: Engine, at: datetime, *, failed: tuple[str, ...] = (), published: bool = True) -> None:
    run_id = uuid.uuid4()
    found = [
        Check(suite=s, rule=r, severity=v, passed=r not in failed, failed=3 * (r in failed), examined=1700, sentence="")
        for s, r, v in RULES
    ]  # type: ignore[arg-type]
    with engine.begin() as connection:
        connection.execute(
            text("insert into core.run (run_id, campaign, verb, state, started_at, ended_at, host, pid)"
                 " values (:run_id, 'itp28', 'build', 'completed', :at, :at, 'h', 1)"),
            {"run_id": run_id, "at": at},
        )  # fmt: skip
        record(connection, "itp28", run_id, found)
        if published:
            connection.execute(
                text("insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version)"
                     " values ('itp28', :run_id, :at, :at, '1')"),
                {"run_id": run_id, "at": at},
            )  # fmt: skip


def written(engine: Engine, folder: Path) -> Tree:
    return Tree(checks.write(engine, "itp28", folder, title="#ITP28", now=NOW).read_text("utf-8"))


def said(tree: Tree, selector: str = "main") -> str:
    node = tree.css_first(selector)
    assert node is not None
    return " ".join(node.text(separator=" ").split())


def test_before_the_first_build_the_page_says_what_to_do(engine: Engine, tmp_path: Path) -> None:
    """There may be nothing to show yet."""
    assert "rollcall build --campaign itp28" in said(written(engine, tmp_path))


def test_every_check_has_its_sentence(engine: Engine, tmp_path: Path) -> None:
    """Also one that only an older version knew: that one has its name."""
    judged(engine, NOW - timedelta(hours=1))
    tree = written(engine, tmp_path)
    text_of_it = said(tree)
    assert text_of_it.startswith("All in order 5 passed of 5 checks")
    for sentence in (
        "No post of a platform is there twice.",
        "Everybody on the roster has a role.",
        "fct_posts: every row has its key, and no key is there twice.",
        "Observed ties from group to group sum to the network's ties",
        "a_rule_of_old",
    ):
        assert sentence in text_of_it
    assert text_of_it.count("✓ passed") == 5


def test_a_red_build_is_told_with_what_stays(engine: Engine, tmp_path: Path) -> None:
    """The newest build counts, not the newest publication; a warning alone is published."""
    judged(engine, NOW - timedelta(hours=9), failed=("has_role",))
    assert said(written(engine, tmp_path)).startswith("Published, with something to look at 4 passed")
    judged(engine, NOW - timedelta(hours=1), failed=("post_is_there_once", "has_role"), published=False)
    tree = written(engine, tmp_path)
    assert "1 check failed, so nothing of this build was published." in said(tree, ".notice")
    assert "the tables of 15 March 2026, 05:30 UTC" in said(tree, ".notice")
    rows = [" ".join(row.text(separator=" ").split()) for row in tree.css("section:first-of-type tbody tr")]
    assert rows[0].startswith("No post of a platform is there twice. ✗ failed 3 of 1,700 stops the publication")
    assert rows[1].startswith("Everybody on the roster has a role. ! look 3 of 1,700 is published with a note")


def test_the_page_needs_nothing_from_outside(engine: Engine, tmp_path: Path) -> None:
    """No address, no script; it lies beside the report and leads there; its owner only can read it."""
    judged(engine, NOW)
    tree = written(engine, tmp_path)
    html = (tmp_path / "checks.html").read_text("utf-8")
    assert re.findall(r"(?i)\b(?:https?:|ftp:|javascript:|data:|url\(|@import|//[a-z])", html) == []
    assert tree.css("[src], link, iframe, object, form, script") == []
    targets = {node.attributes["href"] or "" for node in tree.css("a")} - {"report.html"}
    assert all(tree.css_first(target) is not None for target in targets)
    assert (tmp_path / "checks.html").stat().st_mode & 0o077 == 0
