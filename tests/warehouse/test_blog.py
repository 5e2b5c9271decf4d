"""Posts of the programme's blog: what lands of them, and of whom nothing does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from connectors.errors import BadAnswer
from connectors.records import Author, BlogPost, Page, Rejected
from warehouse import blog, ledger
from warehouse.errors import TallyMismatch
from warehouse.landing import Tally
from warehouse.people.suppression import PERSON, listed
from warehouse.sieve import Sieve

SECRET = b"a key for tests"
NAME, SITE = "itp28", "blog.example"
NOW = datetime(2026, 2, 7, 6, tzinfo=UTC)
PAGE = Page(
    platform="wordpress", query="blog/blog.example", source=SITE, url="u", status=200, observed_at=NOW, body=b"[]"
)
TEAM = Author(account_id="blog.example/users/2", handle="team@blog.example", display_name="The team")
AMINA = Author(account_id="blog.example/users/7", handle="amina@blog.example", display_name="Amina Sample")
NOBODY = Sieve(SECRET, frozenset())


def post(number: str, *names: str, by: Author | None = TEAM, **more: Any) -> BlogPost:
    told = {
        "platform": "wordpress", "source": SITE, "post_id": number, "url": f"https://blog.example/{number}",
        "published_at": datetime(2026, 1, 5, tzinfo=UTC), "author": by, "bylines": names, "observed_at": NOW,
        "accounts": tuple(filter(None, (by.account_id, by.handle, "slug"))) if by else (), **more,
    }  # fmt: skip
    return BlogPost(**told)


def refusing(*who: str) -> Sieve:
    return Sieve(SECRET, frozenset(listed(SECRET, "wordpress", one) for one in who))


def sift(*pieces: BlogPost | Rejected, guard: Sieve = NOBODY) -> blog.SiftedBlog:
    return blog.sift_blog(PAGE, lambda page: iter(pieces), guard, frozenset({"itp28"}))


@pytest.fixture
def run(engine: Engine) -> Iterator[ledger.Run]:
    run = ledger.begin(engine, NAME, "blog", lambda: NOW)
    with engine.begin() as connection:
        ledger.set_platform(connection, run.run_id, "wordpress", "running")
    yield run
    run.finish("completed")


def land(engine: Engine, run_id: UUID, *sifted: blog.SiftedBlog) -> Tally:
    with engine.begin() as connection:
        return blog.land_blog(connection, run_id, NAME, "wordpress", sifted)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def signed(engine: Engine) -> dict[str, tuple[str | None, list[str]]]:
    """Post -> its account and its bylines."""
    query = """
        select post_id, account_id, array_remove(array_agg(name order by place), null)
        from core.blog_post left join core.blog_byline using (campaign, site, post_id)
        where deleted_at is null group by 1, 2
    """
    return {number: (account, names) for number, account, names in rows(engine, query)}


def test_a_post_is_whose_its_byline_says(engine: Engine, run: ledger.Run) -> None:
    land(engine, run.run_id, sift(post("1", "Amina Sample", "Ben Other"), post("2"), post("3", by=None)))
    assert signed(engine) == {
        "1": (TEAM.account_id, ["Amina Sample", "Ben Other"]), "2": (TEAM.account_id, []), "3": (None, []),
    }  # fmt: skip
    assert rows(engine, "select handle from core.account_handle") == [("team@blog.example",)]


@pytest.mark.parametrize(
    ("told", "who", "lands"),
    [
        (post("1", "Amina  SAMPLE"), f"{PERSON}amina sample", None),
        (post("1", "Amina Sample", "Ben Other"), f"{PERSON}amina sample", (TEAM.account_id, ["Ben Other"])),
        (post("1", by=AMINA), "amina@blog.example", None),
        (post("1", by=AMINA), "slug", None),
        (post("1", "Ben Other", by=AMINA), "amina@blog.example", (None, ["Ben Other"])),
        (post("1", "Amina Sample", by=AMINA), "amina@blog.example", (None, ["Amina Sample"])),
        (post("1", "Amina Sample"), f"{PERSON}amina", (TEAM.account_id, ["Amina Sample"])),
    ],
)
def test_whoever_opted_out_is_left_out(
    engine: Engine, run: ledger.Run, told: BlogPost, who: str, lands: tuple[str | None, list[str]] | None
) -> None:
    """By byline, or by the account where there is none; what was held before goes, and so does the account."""
    guard = (
        refusing(who) if not who.startswith(PERSON) else Sieve(SECRET, frozenset({listed(SECRET, "wordpress", who)}))
    )
    land(engine, run.run_id, sift(told))
    tally = land(engine, run.run_id, sift(told, guard=guard))
    assert signed(engine) == ({"1": lands} if lands else {})
    assert (tally.suppressed, tally.fetched) == (0 if lands else 1, 1)
    if told.author == AMINA:
        assert rows(engine, "select 1 from core.account") == []


def test_what_is_not_public_any_more_is_gone(engine: Engine, run: ledger.Run) -> None:
    land(engine, run.run_id, sift(post("1", "Amina Sample")))
    tally = land(engine, run.run_id, sift(post("1", "Amina Sample", public=False), post("2", public=False)))
    assert (tally.not_public, signed(engine)) == (2, {})
    assert rows(engine, "select post_id, url, deleted_at from core.blog_post") == [("1", None, NOW)]
    assert rows(engine, "select 1 from core.blog_byline") == []


def test_every_post_of_a_page_is_accounted_for(engine: Engine, run: ledger.Run) -> None:
    broken = Rejected(platform="wordpress", source=SITE, reason="no_id", detail="no id", body=b"words", observed_at=NOW)
    theirs = replace(broken, accounts=("amina@blog.example",), body=b"more words")
    first = sift(
        post("1"), post("1"), post("2"), post("3", by=AMINA), post("4", public=False), broken, theirs,
        post("5" * 2000), guard=refusing("amina@blog.example"),
    )  # fmt: skip
    tally = land(engine, run.run_id, first)
    assert tally == Tally(fetched=8, new=2, duplicate=1, suppressed=2, not_public=1, quarantined=2)
    assert land(engine, run.run_id, first).unchanged == 2
    changed = post("2", "Amina Sample", observed_at=NOW + timedelta(days=1))
    assert land(engine, run.run_id, sift(changed)).updated == 1
    assert rows(engine, "select distinct body from raw.quarantine") == [(b"",)] or all(
        bytes(body) == b"" for (body,) in rows(engine, "select body from raw.quarantine")
    )
    assert rows(engine, "select fetched from core.run_platform") == [(17,)]


def test_a_page_that_cannot_be_cut_is_kept_aside_without_its_words() -> None:
    def split(page: Page) -> Iterator[BlogPost | Rejected]:
        raise BadAnswer("answered with something that is not a list.")
        yield

    sifted = blog.sift_blog(PAGE, split, NOBODY, frozenset())
    assert (sifted.fetched, [one.reason for one in sifted.rejected]) == (1, ["not_a_page"])


def test_a_post_that_comes_back_is_there_again(engine: Engine, run: ledger.Run) -> None:
    """And an older sight of it does not undo what was seen since."""
    land(engine, run.run_id, sift(post("1", "Amina Sample")))
    with engine.begin() as connection:
        gone = partial(blog.mark_gone, connection, NAME, SITE, at=NOW)
        assert (gone(["1", "2"]), gone(["1"])) == (1, 0)
        assert blog.held(connection, NAME, SITE) == []
    later = post("1", "Ben Other", observed_at=NOW + timedelta(days=1))
    assert land(engine, run.run_id, sift(later)).updated == 1
    land(engine, run.run_id, sift(post("1", "Amina Sample")))
    assert signed(engine) == {"1": (TEAM.account_id, ["Ben Other"])}


def test_the_same_post_on_two_pages_of_a_batch(engine: Engine, run: ledger.Run) -> None:
    """A list is read with an overlap; the newest sight is taken."""
    first, second = sift(post("1", "Old Name")), sift(post("1", "New Name", observed_at=NOW + timedelta(seconds=1)))
    assert land(engine, run.run_id, second, first) == Tally(fetched=2, new=1, unchanged=1)
    assert signed(engine)["1"][1] == ["New Name"]


def test_texts_that_cannot_be_stored_cost_nothing(engine: Engine, run: ledger.Run) -> None:
    land(engine, run.run_id, sift(post("1", "Am\x00ina Sample", url="https://blog.example/\ud800")))
    assert signed(engine)["1"][1] == ["Am\ufffdina Sample"]


def test_a_blog_that_is_the_programmes_no_more(engine: Engine, run: ledger.Run) -> None:
    """Nothing of it stays, no name either; an account that is known elsewhere does. Asked again, nothing is written."""
    known, only_there = "blog.example/users/2", "old.example/users/3"
    accounts = {name: replace(TEAM, account_id=name) for name in (known, only_there)}
    old = [
        replace(post(number, "Amina Sample"), source="old", author=author)
        for number, author in (("8", accounts[known]), ("9", accounts[only_there]))
    ]
    land(engine, run.run_id, sift(post("1", "Ben Other", author=accounts[known]), *old))
    with engine.begin() as connection:
        for site in ("old", SITE):
            blog.record_read(connection, NAME, site, NOW - timedelta(days=9), NOW, run.run_id)
        blog.record_read(connection, NAME, SITE, NOW - timedelta(days=5), NOW + timedelta(days=1), run.run_id)
        blog.ask(connection, NAME, [SITE])
    assert rows(engine, "select site, read_from, read_until from core.blog") == [
        (SITE, NOW - timedelta(days=5), NOW + timedelta(days=1))
    ]
    assert rows(engine, "select site, post_id from core.blog_post") == [(SITE, "1")]
    assert rows(engine, "select name from core.blog_byline") == [("Ben Other",)]
    assert rows(engine, "select account_id from core.account") == [(known,)]
    with engine.begin() as connection:
        blog.ask(connection, NAME, [])
    for table in ("core.blog", "core.blog_post", "core.blog_byline", "core.account"):
        assert rows(engine, f"select 1 from {table}") == []


def test_an_unbalanced_tally_undoes_the_batch(engine: Engine, run: ledger.Run) -> None:
    with pytest.raises(TallyMismatch):
        land(engine, run.run_id, replace(sift(post("1")), fetched=2))
    assert signed(engine) == {}
