"""Interactions: what lands, what is only counted, and that nothing of what was said stays."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from connectors.errors import BadAnswer
from connectors.records import Author, Interaction, Page, Rejected
from warehouse import interactions, landing, ledger, sieve
from warehouse.people.suppression import hash_key

START = datetime(2027, 2, 1, tzinfo=UTC)
SECRET = b"a secret of the tests"
ACTS = "interaction_id, act, actor_account, target_account, target_handle, target_post, acted_at, first_observed_at"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def page(*acts: dict[str, Any], seen: float = 10, source: str = "one.example", query: str = "interactions/q") -> Page:
    return Page(
        platform="toy", query=query, source=source, url=f"https://{source}/acts", status=200, observed_at=at(seen),
        body=json.dumps(acts).encode(),
    )  # fmt: skip


def split(given: Page) -> Iterator[Interaction | Rejected]:
    try:
        acts = json.loads(given.body)
    except ValueError as error:
        raise BadAnswer("This page is no JSON.") from error
    for act in acts:
        told = {"platform": given.platform, "source": given.source, "observed_at": given.observed_at}
        if "broken" in act:
            yield Rejected(reason="no_id", detail="No id.", body=json.dumps(act).encode(), **told)
            continue
        handle = act.get("by_handle", act["by"])
        yield Interaction(
            interaction_id=act["id"],
            act=act.get("act", "reply"),
            actor=Author(account_id=act["by"], handle=handle),
            target_account=act.get("to"),
            target_handle=act.get("to_handle"),
            target_post=act.get("post"),
            acted_at=None if (hour := act.get("hour", 1)) is None else at(hour),
            public=act.get("public", True),
            **told,
        )


@dataclass
class Acts:
    engine: Engine
    run: ledger.Run

    def sift(self, given: Page) -> interactions.SiftedActs:
        with self.engine.begin() as connection:
            return interactions.sift_interactions(given, split, sieve.load(connection, SECRET), at(0), at(24))

    def land(self, *pages: Page) -> landing.Tally:
        batch = [self.sift(given) for given in pages]
        return ledger.retrying(
            self.engine, lambda found: interactions.land_interactions(found, self.run.run_id, "itp28", batch)
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def suppress(self, account: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                text("insert into people.suppression values ('toy', :hash, 'opt_out', :since)"),
                {"hash": hash_key(SECRET, "toy", account), "since": START},
            )

    def post(self, post_id: str, account_id: str) -> None:
        """A post of the campaign."""
        with self.engine.begin() as connection:
            told = {"post": post_id, "account": account_id, "now": START}
            connection.execute(text(ACCOUNT), told)
            connection.execute(text(ITEM), told)


ACCOUNT = "insert into core.account (platform, account_id, observed_at) values ('toy', :account, :now)"
ITEM = """
insert into core.item (campaign, platform, post_id, source, source_rank, account_id, kind, version_at, hashtags,
  tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash, first_seen_at, observed_at)
values ('itp28', 'toy', :post, 's', 1, :account, 'original', :now, '{}',
  true, '{}', '{}', '{}', '{}', 'public', '{}', '', :now, :now)
"""


@pytest.fixture
def acts(engine: Engine) -> Iterator[Acts]:
    run = ledger.begin(engine, "itp28", "collect", lambda: START)
    yield Acts(engine, run)
    run.life.close()


def test_every_act_is_accounted_for(acts: Acts) -> None:
    """Each of eleven acts is in exactly one column of the run's tally, which the database checks."""
    acts.suppress("nothanks")
    acts.post("p1", "u2")
    tally = acts.land(
        page(
            {"id": "a1", "by": "u1", "to": "u2"},
            {"id": "a1", "by": "u1", "to": "u2"},
            {"id": "late", "by": "u1", "to": "u2", "hour": 24},
            {"id": "early", "by": "u1", "to": "u2", "hour": -0.1},
            {"id": "self", "by": "u1", "to": "u1"},
            {"id": "own post", "by": "u2", "post": "p1", "act": "comment"},
            {"id": "timeless", "by": "u1", "post": "somewhere else", "act": "repost", "hour": None},
            {"id": "from one who opted out", "by": "NoThanks", "to": "u2"},
            {"id": "to one who opted out", "by": "u1", "to_handle": "nothanks", "act": "mention"},
            {"id": "secret", "by": "u1", "to": "u2", "public": False},
            {"broken": "zebra"},
        )
    )
    assert tally == landing.Tally(
        fetched=11, new=1, duplicate=1, out_of_scope=5, suppressed=2, not_public=1, quarantined=1
    )
    assert acts.rows("select fetched, new, out_of_scope, suppressed from core.run_platform") == [(11, 1, 5, 2)]
    assert acts.rows("select interaction_id from core.interaction") == [("a1",)]


def test_who_whom_how_when(acts: Acts) -> None:
    """A row says who acted towards whom by which post, when, and when that was seen."""
    acts.land(page({"id": "m", "act": "mention", "by": "u1", "to_handle": "u3", "hour": 2}, seen=5))
    assert acts.rows(f"select {ACTS} from core.interaction") == [("m", "mention", "u1", None, "u3", None, at(2), at(5))]


def test_an_act_without_a_time_is_kept_for_a_post_of_the_campaign(acts: Acts) -> None:
    """A list of people who passed our post on tells no time; it is kept, with its time unknown."""
    acts.post("p1", "u2")
    acts.land(page({"id": "r", "act": "repost", "by": "u1", "post": "p1", "hour": None}))
    assert acts.rows("select interaction_id, acted_at from core.interaction") == [("r", None)]


def test_an_answer_to_somebody_below_ones_own_post_is_no_soliloquy(acts: Acts) -> None:
    """A blog's author answers a comment: the post is their own, whom they answer is not."""
    acts.post("p1", "u2")
    own, other = {"id": "own", "by": "u2", "post": "p1"}, {"id": "other", "by": "u2", "post": "p1", "to": "u1"}
    assert acts.land(page({**own, "act": "comment"}, {**other, "act": "comment"})).out_of_scope == 1
    assert acts.rows("select interaction_id from core.interaction") == [("other",)]


def test_an_act_towards_nobody_knows_whom_is_not_kept(acts: Acts) -> None:
    """Whose post it quotes is not told, and it is none of ours: it may be that of somebody who opted out."""
    acts.post("p1", "u2")
    quotes = [{"id": f"q{post}", "act": "quote", "by": "u1", "post": post} for post in ("p1", "unknown")]
    assert acts.land(page(*quotes, {"id": "r", "act": "repost", "by": "u1", "post": "x", "to_handle": "u3"})).new == 2
    assert acts.rows("select interaction_id from core.interaction order by 1") == [("qp1",), ("r",)]


def test_what_another_route_knows_is_added(acts: Acts) -> None:
    """The list gives no time, the actor's own timeline does; neither erases what the other told, in either order."""
    acts.post("p1", "u2")
    listed = page({"id": "r", "act": "repost", "by": "u1", "post": "p1", "hour": None}, seen=5)
    own = page({"id": "r", "act": "repost", "by": "u1", "post": "p1", "to": "u2", "hour": 3}, seen=7)
    for first, second in ((listed, own), (own, listed)):
        assert acts.land(first).new == 1
        second_tally = acts.land(second)
        assert (second_tally.new, second_tally.updated) == (0, 1)
        assert acts.rows(f"select {ACTS} from core.interaction") == [
            ("r", "repost", "u1", "u2", None, "p1", at(3), at(5))
        ]
        assert acts.land(first, second).unchanged == 2
        acts.rows("delete from core.interaction returning 1")


def test_reading_again_touches_no_row(acts: Acts) -> None:
    """The same acts seen again later are unchanged, and their rows are where they were, by the same writer."""
    told = [{"id": f"a{number}", "by": "u1", "to": "u2"} for number in range(20)]
    acts.land(page(*told))
    before = acts.rows("select xmin::text, ctid::text, t::text from core.interaction t order by 3")
    assert acts.land(page(*told, seen=20)).unchanged == 20
    assert acts.rows("select xmin::text, ctid::text, t::text from core.interaction t order by 3") == before


def test_order_and_batches_do_not_matter(acts: Acts) -> None:
    """The same sights in any order and batches give the same rows."""
    dice = random.Random(5)
    acts.post("p1", "owner")
    pages = []
    for seen in range(12):
        told = [
            {
                "id": f"a{number}", "act": "repost", "by": f"u{number}", "post": "p1",
                "hour": dice.choice([None, number]), "to": dice.choice([None, "owner"]),
                "by_handle": dice.choice(["old", "new"]),
            }
            for number in dice.sample(range(6), 4)
        ]  # fmt: skip
        pages.append(page(*told, seen=seen, source=dice.choice(["a.example", "b.example"])))
    columns = f"{ACTS}, actor_handle, source"
    expected = None
    for _ in range(6):
        dice.shuffle(pages)
        cut = dice.randint(0, len(pages))
        acts.land(*pages[:cut])
        for one in pages[cut:]:
            acts.land(one)
        found = acts.rows(f"select {columns} from core.interaction order by 1")
        expected = expected or found
        assert found == expected
        acts.rows("delete from core.interaction returning 1")


def test_nothing_of_what_was_said_stays(acts: Acts) -> None:
    """Of acts and pages that cannot be read the reason and a hash stay, but none of their bytes."""
    acts.land(page({"broken": "zebra"}), replace(page(query="interactions/r"), body=b"<p>zebra</p>"))
    assert acts.rows("select reason, length(body) from raw.quarantine order by 1") == [("no_id", 0), ("not_a_page", 0)]


def test_whoever_opts_out_leaves(acts: Acts) -> None:
    """An act that is held and met again after one of the two has opted out is taken away."""
    given = page({"id": "a1", "by": "u1", "to": "u2"}, {"id": "a2", "by": "u3", "to": "u4"})
    acts.land(given)
    acts.suppress("u2")
    tally = acts.land(replace(given, observed_at=at(20)))
    assert (tally.suppressed, tally.unchanged) == (1, 1)
    assert acts.rows("select interaction_id from core.interaction") == [("a2",)]


def test_an_act_towards_a_post_that_was_kept_out_is_kept_out(acts: Acts) -> None:
    """Its author is known to the sieve by a name that the act does not tell; what is held of it goes, too."""
    given = page(
        {"id": "q", "act": "quote", "by": "u1", "to": "an id", "post": "p9"}, {"id": "a", "by": "u1", "to": "u2"}
    )
    assert acts.land(given).new == 2
    with acts.engine.begin() as connection:
        kept_out = {"hash": hash_key(SECRET, "toy", "p9"), "now": START}
        connection.execute(text("insert into core.sieved values ('itp28', 'toy', :hash, 'opted_out', :now)"), kept_out)
    tally = acts.land(given)
    assert (tally.suppressed, tally.unchanged) == (1, 1)
    assert acts.rows("select interaction_id from core.interaction") == [("a",)]


def test_an_id_that_no_index_holds_costs_its_act(acts: Acts) -> None:
    """An id of several kilobytes is quarantined; its neighbours land."""
    tally = acts.land(page({"id": "é" * 5000, "by": "u1", "to": "u2"}, {"id": "a\x00", "by": "u1", "to": "u2"}))
    assert (tally.new, tally.quarantined) == (1, 1)


def test_what_is_hidden_is_written_down(acts: Acts) -> None:
    """Each act that a platform hides has its reason; saying the same again touches nothing, and what shows goes."""

    def told(hidden: dict[str, str]) -> list[tuple[Any, ...]]:
        with acts.engine.begin() as connection:
            interactions.record_hidden(connection, "itp28", "toy", hidden, acts.run.run_id)
        return acts.rows("select xmin::text, act, reason from core.hidden_act order by act")

    first = told({"repost": "Lists are closed.", "quote": "There are none."})
    assert [row[1:] for row in first] == [("quote", "There are none."), ("repost", "Lists are closed.")]
    assert told({"repost": "Lists are closed.", "quote": "There are none."}) == first
    assert [row[1:] for row in told({"repost": "Only for owners."})] == [("repost", "Only for owners.")]
    assert told({}) == []
