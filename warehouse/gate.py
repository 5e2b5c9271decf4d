"""The quality gate: what entered the warehouse (posts, counts, roster) is judged before anything is published.

Each rule is written here once and run by Great Expectations over PostgreSQL, in a context that lives in memory only.
A suite's query reduces people to harmless facts and their ids, and results hold numbers of rows, never a value.
What is published is judged by dbt's tests (`warehouse.transform`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Engine

from warehouse import failing
from warehouse.checks import Check, record
from warehouse.errors import WarehouseError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    name: str
    expectation: str
    """The name of a Great Expectations class."""
    given: Mapping[str, Any]
    severity: Literal["critical", "warning"] = "critical"
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    name: str
    query: str
    """One row per row to examine; `{campaign}` stands for the campaign's name."""
    rules: tuple[Rule, ...]


def _holds(column: str, sentence: str, severity: Literal["critical", "warning"] = "critical") -> Rule:
    given = {"column": column, "value_set": [True]}
    return Rule(
        name=column, expectation="ExpectColumnValuesToBeInSet", given=given, severity=severity, sentence=sentence
    )


SUITES = (
    Suite(
        name="posts",
        query="""
            select
                items.platform,
                nullif(btrim(items.post_id), '') as post_id,
                extract(epoch from items.created_at - items.observed_at) / 3600 as hours_ahead,
                campaign.starts_on - (items.created_at at time zone 'UTC')::date as days_early
            from core.item as items
            inner join core.campaign as campaign on items.campaign = campaign.campaign
            where items.campaign = {campaign}
        """,
        rules=(
            Rule(
                name="post_id_is_there",
                expectation="ExpectColumnValuesToNotBeNull",
                given={"column": "post_id"},
                sentence="Every collected post has its platform's id.",
            ),
            Rule(
                name="post_is_there_once",
                expectation="ExpectCompoundColumnsToBeUnique",
                given={"column_list": ["platform", "post_id"]},
                sentence="No post of a platform is there twice.",
            ),
            Rule(
                name="platform_is_a_name",
                expectation="ExpectColumnValuesToMatchRegex",
                given={"column": "platform", "regex": "^[a-z][a-z0-9_]*$"},
                sentence="Every platform is a plain lower-case name.",
            ),
            Rule(
                name="posted_before_seen",
                expectation="ExpectColumnValuesToBeBetween",
                given={"column": "hours_ahead", "max_value": 24},
                severity="warning",
                sentence="No post was made more than a day after it was seen.",
            ),
            Rule(
                name="posted_near_the_campaign",
                expectation="ExpectColumnValuesToBeBetween",
                given={"column": "days_early", "max_value": 366},
                severity="warning",
                sentence="No post is more than a year older than the campaign.",
            ),
        ),
    ),
    Suite(
        name="counts",
        query="""
            select platform, post_id, least(likes, reposts, replies, quotes, views, bookmarks) as smallest
            from core.metric_snapshot
            where campaign = {campaign}
        """,
        rules=(
            Rule(
                name="counts_are_not_negative",
                expectation="ExpectColumnValuesToBeBetween",
                given={"column": "smallest", "min_value": 0},
                severity="warning",
                sentence="No count of likes, reposts, replies, quotes, views or bookmarks is below 0.",
            ),
        ),
    ),
    Suite(
        name="people",
        query="""
            select
                people.person_id,
                btrim(people.display_name) <> '' as is_named,
                exists (select from people.person_role as roles where roles.person_id = people.person_id) as has_role
            from people.person as people
        """,
        rules=(
            Rule(
                name="person_is_there_once",
                expectation="ExpectColumnValuesToBeUnique",
                given={"column": "person_id"},
                sentence="No person is on the roster twice.",
            ),
            _holds("is_named", "Everybody on the roster has a name."),
            _holds("has_role", "Everybody on the roster has a role.", "warning"),
        ),
    ),
    Suite(
        name="fellows",
        query="""
            select
                roles.person_id,
                roles.cohort_year,
                exists (
                    select from people.person_country as countries
                    where countries.person_id = roles.person_id
                        and countries.kind = 'programme' and countries.known_to = 'infinity'
                ) as has_programme_country
            from people.person_role as roles
            where roles.role in ('fellow', 'senior_fellow') and roles.known_to = 'infinity'
        """,
        rules=(
            Rule(
                name="fellow_has_a_cohort",
                expectation="ExpectColumnValuesToNotBeNull",
                given={"column": "cohort_year"},
                sentence="Every fellow has a cohort year.",
            ),
            _holds("has_programme_country", "Every fellow has a programme country.", "warning"),
        ),
    ),
    Suite(
        name="places",
        query="""
            select countries.person_id, reference.iso3 is not null as is_in_reference, true as is_zone_known
            from people.person_country as countries
            left join people.country_ref as reference on countries.iso3 = reference.iso3
            where countries.known_to = 'infinity'
            union all
            select zones.person_id, true, zones.tz in (select name from pg_timezone_names)
            from people.person_timezone as zones
            where zones.known_to = 'infinity'
        """,
        rules=(
            _holds("is_in_reference", "Every country of the roster is in the country reference."),
            _holds("is_zone_known", "The database server knows every time zone of the roster.", "warning"),
        ),
    ),
    Suite(
        name="handles",
        query="""
            select own.person_id, own.platform, not exists (
                select from people.person_handle as other
                where other.person_id <> own.person_id
                    and other.platform = own.platform and other.handle = own.handle
                    and other.valid_from < own.valid_to and other.valid_to > own.valid_from
                    and other.known_to = 'infinity'
            ) and not exists (
                select from people.person_handle as other
                where other.person_id <> own.person_id
                    and other.platform = own.platform and other.stable_id = own.stable_id
                    and other.valid_from < own.valid_to and other.valid_to > own.valid_from
                    and other.known_to = 'infinity'
            ) as has_one_owner
            from people.person_handle as own
            where own.known_to = 'infinity'
        """,
        rules=(_holds("has_one_owner", "No handle belongs to two people at the same time."),),
    ),
)


BREAKS = {
    "ExpectColumnValuesToNotBeNull": "{column} is null",
    "ExpectColumnValuesToBeInSet": "not ({column} = any (array{value_set}))",
    "ExpectColumnValuesToBeBetween": "coalesce({column} < {min_value}, false) or {column} > {max_value}",
    "ExpectColumnValuesToMatchRegex": "{column} !~ '{regex}'",
    "ExpectColumnValuesToBeUnique": "{column} is not null and count(*) over (partition by {column}) > 1",
    "ExpectCompoundColumnsToBeUnique": "count(*) over (partition by {columns}) > 1 and num_nulls({columns}) = 0",
}
"""Which rows an expectation counts, as SQL. Its own index query is no valid SQL where what is examined is a query."""
UNUSED = ("altair", "scipy.stats")
"""Half of the time in which Great Expectations is imported goes into drawing and fitting distributions."""


def judge(engine: Engine, campaign_name: str, run_id: UUID) -> list[Check]:
    """Runs every rule and keeps what it found in core.quality_result; the rows that break one are kept as a view."""
    with engine.begin() as connection:
        failing.forget_all(connection)
    checks = list(examine(engine, campaign_name))
    with engine.begin() as connection:
        record(connection, campaign_name, run_id, checks)
    return checks


def examine(engine: Engine, campaign_name: str, suites: Sequence[Suite] = SUITES) -> Iterator[Check]:
    """What Great Expectations finds, rule by rule."""
    with _without(UNUSED):
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # our own connections: the address is never dialled, and the one with the password never enters the context
    warehouse = context.data_sources.add_postgres(
        "warehouse",
        connection_string="postgresql+psycopg2://our@connections/only",
        kwargs={"pool": engine.pool},  # type: ignore[call-arg]  # missing in its own stub
    )
    # in hex, because a name may hold what a query would read as something else
    campaign = f"convert_from(decode('{campaign_name.encode().hex()}', 'hex'), 'UTF8')"
    for suite in suites:
        query = suite.query.replace("{campaign}", campaign)
        expected = gx.ExpectationSuite(
            name=suite.name,
            expectations=[
                getattr(gx.expectations, rule.expectation)(
                    **rule.given, severity=rule.severity, meta={"rule": rule.name}
                )
                for rule in suite.rules
            ],
        )
        found: Any = (
            warehouse.add_query_asset(suite.name, query=query)
            .add_batch_definition_whole_table("all")
            .get_batch()
            .validate(expected, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
        )
        results = {result.expectation_config.meta["rule"]: result for result in found.results}
        yield from (_check(engine, suite, query, rule, results[rule.name]) for rule in suite.rules)


def _check(engine: Engine, suite: Suite, query: str, rule: Rule, result: Any) -> Check:
    examined = result.result.get("element_count")
    if examined is None:
        raise WarehouseError(
            f"The quality rule {suite.name}/{rule.name} could not be examined: this is a defect of ours."
        )
    rows = None
    if not result.success:
        with engine.begin() as connection:
            rows = failing.find(connection, suite.name, rule.name, breaking(rule, query))
    return Check(
        suite=suite.name,
        rule=rule.name,
        passed=bool(result.success),
        severity=rule.severity,
        failed=result.result.get("unexpected_count") or 0,
        examined=examined,
        sentence=rule.sentence,
        failing=rows,
    )


def breaking(rule: Rule, query: str) -> str:
    """The query's rows that break the rule."""
    given = {"min_value": "null", "max_value": "null", **rule.given}
    columns = ", ".join(rule.given.get("column_list", ()))
    breaks = BREAKS[rule.expectation].format(**given, columns=columns)
    judged = f"select examined.*, {breaks} as breaks_the_rule from ({query}) as examined"
    return f"select * from ({judged}) as judged where breaks_the_rule"


@contextmanager
def _without(modules: tuple[str, ...]) -> Iterator[None]:
    """Imports of these modules wait until somebody asks for something in them."""
    waiting = [_Waiting(name) for name in modules if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in waiting})
    try:
        yield
    finally:
        for module in waiting:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]


class _Waiting(ModuleType):
    """Stands for a module that is imported when it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
