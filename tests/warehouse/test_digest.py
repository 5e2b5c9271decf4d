"""A day in numbers: what was made on it, by how many, who for the first time, and who of them may be named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, text

from warehouse import ledger
from warehouse.campaign import Campaign
from warehouse.digest import DayInNumbers, day_in_numbers, died_since, keep_told, told_before

DAY = date(2026, 3, 4)
CAMPAIGN = Campaign(
    name="isles",
    title="#Isles7",
    hashtags=("isles7",),
    starts_on=date(2026, 3, 2),
    ends_on=date(2026, 3, 8),
    zone=ZoneInfo("Pacific/Auckland"),
)
BEGINS, ENDS = datetime(2026, 3, 3, 11, tzinfo=UTC), datetime(2026, 3, 4, 11, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = ENDS + timedelta(hours=1)


@pytest.fixture
def connection(engine: Engine) -> Connection:
    """In a transaction that is never committed: the published tables, as far as is looked at."""
    with engine.connect() as connection:
        connection.execute(
            text("create table marts.fct_posts (campaign text, platform text, person_id text, created_at timestamptz)")
        )
        yield connection


def publish(connection: Connection, as_of: datetime, posts: list[tuple[str, str | None, datetime]]) -> None:
    connection.execute(
        text(
            "insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version)"
            " values ('isles', :run, :as_of, :as_of, '1')"
        ),
        {"run": uuid4(), "as_of": as_of},
    )
    for platform, person_id, created_at in posts:
        values = {"platform": platform, "person_id": person_id, "created_at": created_at}
        connection.execute(
            text("insert into marts.fct_posts values ('isles', :platform, :person_id, :created_at)"), values
        )


def person(connection: Connection, person_id: str, *consents: tuple[str, datetime]) -> None:
    connection.execute(
        text("insert into people.person (person_id, display_name, source, created_at) values (:id, :name, 't', now())"),
        {"id": person_id, "name": f"Name of {person_id}"},
    )
    for state, changed_at in consents:
        connection.execute(
            text(
                "insert into people.consent (person_id, purpose, state, changed_at) values (:id, :purpose, :state, :at)"
            ),
            {"id": person_id, "purpose": "named_in_report", "state": state, "at": changed_at},
        )


def numbers(connection: Connection) -> DayInNumbers:
    return day_in_numbers(connection, CAMPAIGN, DAY, LATER)


def test_a_day_is_one_of_the_campaigns_zone(connection: Connection) -> None:
    """From its midnight to the next; who posted before is not there for the first time, whoever posts later may be."""
    publish(
        connection,
        LATER,
        [
            ("x", "P1", BEGINS - SECOND),
            ("x", "P1", BEGINS),
            ("mastodon", "P2", ENDS - SECOND),
            ("x", "P3", ENDS),
            ("x", "P2", ENDS),
            ("x", None, BEGINS + SECOND),
        ],
    )
    found = numbers(connection)
    assert (found.unique, found.people, found.first) == ({"x": 2, "mastodon": 1}, 2, 1)


def test_tables_older_than_the_day_say_nothing_of_it(connection: Connection) -> None:
    """Unknown is not 0."""
    publish(connection, ENDS - SECOND, [("x", "P1", BEGINS)])
    found = numbers(connection)
    assert (found.unique, found.people, found.first) == (None, None, None)
    publish(connection, ENDS, [])
    assert numbers(connection).people == 1


def test_only_who_agrees_at_that_time_can_be_named(connection: Connection) -> None:
    """The latest word counts; one that comes later does not yet."""
    for name, consents in {
        "P1": [("granted", BEGINS)],
        "P2": [("granted", BEGINS), ("withdrawn", ENDS)],
        "P3": [("refused", BEGINS), ("granted", ENDS)],
        "P4": [("granted", LATER + SECOND)],
        "P5": [],
    }.items():
        person(connection, name, *consents)
    publish(connection, LATER, [("x", f"P{number}", BEGINS) for number in range(1, 6)])
    found = numbers(connection)
    assert found.first == 5
    assert list(found.nameable) == ["Name of P1", "Name of P3"]


def test_what_was_told_is_kept_for_the_next_day(engine: Engine) -> None:
    """The newest digest of another run; and runs that died since are told."""
    runs = [ledger.begin(engine, "isles", "daily", lambda at=at: at, day=DAY) for at in (BEGINS, ENDS, LATER)]
    with engine.begin() as connection:
        assert told_before(connection, "isles", runs[0].run_id) == {}
        for number, run in enumerate(runs[:2]):
            keep_told(connection, run.run_id, {"headline": {"unique_posts": number}})
        assert told_before(connection, "isles", runs[2].run_id) == {"headline": {"unique_posts": 1}}
        assert told_before(connection, "isles", runs[1].run_id) == {"headline": {"unique_posts": 0}}
    for run in runs:
        run.finish("completed")
    ledger.begin(engine, "isles", "build", lambda: ENDS).life.close()
    ledger.sweep(engine)
    with engine.begin() as connection:
        assert list(died_since(connection, "isles", ENDS)) == [("build", ENDS)]
        assert list(died_since(connection, "isles", ENDS + SECOND)) == []
