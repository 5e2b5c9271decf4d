"""X: what is counted, priced, settled and forecast, and what a first try of our access tells."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from connectors import x
from connectors.errors import BadAnswer, QuotaSpent
from connectors.records import Forecast, Member
from connectors.transport import Patience, Transport
from tests.connectors.conftest import Answer, Asked
from tests.connectors.x_answers import (
    DIALECTS,
    TOKEN,
    Purse,
    Server,
    counted,
    found,
    held,
    query_of,
    says,
    timelines,
    window,
)


def _counting(total: int, shown: int, word: str = "total_tweet_count") -> Callable[[Asked], object]:
    return lambda asked: {"data": [], "meta": {word: total}} if "counts" in asked.path else found(*range(1, shown + 1))


@pytest.mark.parametrize(("total", "shown", "warned"), [(40, 40, 0), (40, 38, 0), (40, 37, 1), (3, 4, 0), (0, 0, 0)])
@pytest.mark.parametrize("word", ["total_tweet_count", "total_post_count"])
def test_a_shortfall_beyond_deletions_is_told(
    server: Server, transport: Transport, word: str, total: int, shown: int, warned: int
) -> None:
    """X's count of the same window is compared with what was read, in both vocabularies."""
    says(server, _counting(total, shown, word))
    list(x.fetch(window(query_of(server, check_counts=True)), transport, TOKEN))
    assert len(transport.warnings) == warned
    assert all(f"counts {total} posts" in warning and f"showed {shown}" in warning for warning in transport.warnings)
    counts, search = server.asked
    assert (counts.path, counts.query["granularity"]) == ("/2/tweets/counts/recent", "hour")
    assert all(counts.query[bound] == search.query[bound] for bound in ("query", "start_time", "end_time"))
    assert transport.cost == Decimal("0.005") + shown * Decimal("0.005")


def test_pages_are_no_larger_than_what_is_counted(server: Server) -> None:
    """So no more money is set aside than the posts can cost."""
    purse = Purse()
    transport = Transport(purse=purse, sleep=lambda _: None)
    says(server, _counting(20, 20))
    list(x.fetch(window(query_of(server, check_counts=True)), transport, TOKEN))
    assert server.asked[1].query["max_results"] == "22"
    assert purse.reserved == [Decimal("0.005"), 22 * Decimal("0.015")]
    assert purse.settled == [Decimal("0.005"), 20 * Decimal("0.005")]


def test_the_archives_counts_come_by_the_month(server: Server, transport: Transport) -> None:
    """Their pages are added up, each paid for, one a second."""
    totals = {None: (5, "a"), "a": (4, "b"), "b": (3, None)}

    def answers(asked: Asked) -> object:
        if "counts" not in asked.path:
            return found(*range(1, 7))
        total, token = totals[asked.query.get("next_token")]
        return {"meta": {"total_tweet_count": total} | ({"next_token": token} if token else {})}

    says(server, answers)
    list(x.fetch(window(query_of(server, check_counts=True, archive=True), days=80), transport, TOKEN))
    assert [asked.path.rsplit("/", 1)[-1] for asked in server.asked] == ["all"] * 4
    assert "counts 12 posts" in transport.warnings[0]
    assert transport.cost == 3 * Decimal("0.010") + 6 * Decimal("0.005")


@pytest.mark.parametrize("archive", [False, True])
def test_counts_that_never_end_are_not_paid_for(server: Server, transport: Transport, archive: bool) -> None:
    """One request for each month of the window, whatever X says of more."""
    endless = {"meta": {"total_tweet_count": 1, "next_token": "again"}}
    says(server, lambda asked: endless if "counts" in asked.path else found(1))
    list(x.fetch(window(query_of(server, check_counts=True, archive=archive), days=40), transport, TOKEN))
    assert len([asked for asked in server.asked if "counts" in asked.path]) == (2 if archive else 1)
    assert "could not be checked" in transport.warnings[-1]


@pytest.mark.parametrize("answer", [Answer(b"{}", 403), Answer(b'{"meta":{}}'), Answer(b"{}", 400)])
def test_a_check_that_is_not_possible_is_told_and_no_loss(server: Server, transport: Transport, answer: Answer) -> None:
    """All pages come all the same."""
    says(server, lambda asked: answer if "counts" in asked.path else found(1, 2))
    assert len(list(x.fetch(window(query_of(server, check_counts=True)), transport, TOKEN))) == 1
    assert len(transport.warnings) == 1
    assert transport.warnings[0].startswith("Whether all posts were read could not be checked")


def test_every_request_is_priced_before_and_settled_after(server: Server) -> None:
    """On every route something is set aside, never less than the answer costs; a budget too small asks nothing."""
    answered = found(1, public_metrics={"reply_count": 1, "quote_count": 1, "retweet_count": 1}, conversation_id="1")
    user = {"data": [{"id": "70", "username": "hana"}], "meta": counted(1)}
    says(server, lambda asked: user if asked.path.endswith(("/by", "retweeted_by")) else answered)
    purse = Purse()
    transport = Transport(purse=purse, sleep=lambda _: None)
    query = query_of(server, ("hana", "71"), interactions=True)
    list(x.fetch_interactions(window(query), [held("1")], transport, TOKEN))
    list(x.reread([held("1")], query, transport, TOKEN))
    assert len(purse.reserved) == len(purse.settled) == len(server.asked) == 8
    assert all(most > 0 for most in purse.reserved)
    assert transport.cost == sum(purse.settled)
    poor = Transport(purse=Purse("0.001"), sleep=lambda _: None)
    asked = len(server.asked)
    for pages in (x.fetch(window(query), poor, TOKEN), x.reread([held("1")], query, poor, TOKEN)):
        with pytest.raises(QuotaSpent):
            list(pages)
    assert len(server.asked) == asked


def test_a_lost_answer_stays_set_aside(server: Server) -> None:
    """What broke off on the way may have been billed; a refusal was not."""
    server.says(b'{"data": [', status=200)
    server.says([], status=503)
    server.says(found(1))
    purse = Purse()
    transport = Transport(patience=Patience(read_timeout=1), purse=purse, sleep=lambda _: None)
    list(x.fetch(window(query_of(server)), transport, TOKEN))
    assert purse.settled == [100 * Decimal("0.015"), Decimal(0), Decimal("0.005")]


def test_an_answer_that_is_no_page_counts_in_full(server: Server) -> None:
    """Nobody can tell what it cost."""
    server.says({"data": 7})
    purse = Purse()
    transport = Transport(purse=purse, sleep=lambda _: None)
    with pytest.raises(BadAnswer):
        list(x.fetch(window(query_of(server)), transport, TOKEN))
    assert purse.settled == [100 * Decimal("0.015")]


def test_a_post_costs_again_on_the_next_utc_day(server: Server, transport: Transport) -> None:
    """By X's clock: the same post on two pages costs once, unless midnight lies between them."""
    pages = [found(1, 2) | {"meta": {"result_count": 2, "next_token": "a"}}, found(1, 3)]
    days = ["Tue, 03 Mar 2026 23:59:58 GMT", "Wed, 04 Mar 2026 00:00:01 GMT"]
    for page, day in zip(pages, days, strict=True):
        server.says(page, headers={"Date": day})
    list(x.fetch(window(query_of(server)), transport, TOKEN))
    assert transport.cost == 4 * Decimal("0.005")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_forecast_is_no_less_than_a_read_costs(server: Server, transport: Transport, dialect: str) -> None:
    """For a search with as many posts, authors and references as there can be."""
    users = [{"id": str(one), "username": f"u{one}"} for one in range(60)]
    body = found(*range(100, 130)) | {"includes": {"users": users[:30] if dialect == "tweet" else users}}
    if dialect == "post":
        body["includes"]["posts"] = [{"id": str(one)} for one in range(200, 260)]
    says(server, lambda asked: {"meta": {"total_tweet_count": 30}} if "counts" in asked.path else body)
    search = window(query_of(server, check_counts=True, dialect=dialect))
    list(x.fetch(search, transport, TOKEN))
    forecast = x.forecast(search, 30)
    assert (forecast.requests, forecast.cost) == (transport.requests, transport.cost)


def test_forecasts_know_their_streams() -> None:
    """Timelines cost a request a member, the archive's counts a request a month; without authors it is a third."""
    roster = tuple(Member(handle=f"u{number}") for number in range(150))
    options = {"members": True, "interactions": True, "base_url": "http://h"}
    search_query, timelines = x.queries(("itp28",), options, roster)
    (acts,) = x.interaction_queries(("itp28",), options, roster)
    assert x.forecast(window(search_query), 630).requests == 8
    assert x.forecast(window(search_query), 0) == Forecast(requests=2, cost=Decimal("0.005"))
    assert x.forecast(window(timelines), 0) == Forecast(requests=152, cost=Decimal("1.500"))
    assert x.forecast(window(acts), 10).cost > x.forecast(window(timelines), 10).cost
    (cheap,) = x.queries(("itp28",), {"authors": False, "archive": True})
    assert x.forecast(window(cheap, days=40), 100).cost == Decimal("0.520")


def test_authors_can_be_left_out(server: Server, transport: Transport) -> None:
    """Then only ids come; the new vocabulary has no other way to tell them, and asks all the same."""
    server.says(found(1))
    for dialect in DIALECTS:
        list(x.fetch(window(query_of(server, authors=False, dialect=dialect)), transport, TOKEN))
    old, new = (asked.query["expansions"].split(",") for asked in server.asked)
    assert "author_id" not in old
    assert "author_id" in server.asked[0].query["tweet.fields"]
    assert "author_id" in new


def test_probe_tells_what_is_seen_and_left(server: Server, transport: Transport) -> None:
    """The cheapest request and the free one; X's other vocabulary is told, because it may refuse ours."""
    usage = {"data": {"project_cap": "3000000", "project_usage": "1200"}}
    says(server, lambda asked: usage if "usage" in asked.path else {"meta": {"total_post_count": 4}})
    access = x.probe(query_of(server), transport, TOKEN)
    assert 'set dialect = "post"' in access.works
    assert access.left is not None
    assert access.left.startswith("2998800 of 3000000 post reads")
    assert "seven days" in (access.sees or "")
    assert "reposts" in (access.cannot_see or "")
    assert 'set dialect = "tweet"' not in x.probe(query_of(server, dialect="post"), transport, TOKEN).works
    assert transport.cost == Decimal("0.010")


def test_probe_without_a_usage_page(server: Server, transport: Transport) -> None:
    """X has answered 404 there; what is left is then unknown."""
    says(server, lambda asked: Answer(b"{}", 404) if "usage" in asked.path else {"meta": {"total_tweet_count": 4}})
    assert x.probe(query_of(server), transport, TOKEN).left is None


def test_the_access_of_a_stream_without_tags(server: Server, transport: Transport) -> None:
    """Timelines are tried without paying for anybody's posts."""
    server.says({"data": {"project_cap": "10", "project_usage": "3"}})
    assert x.probe(timelines(server, "71"), transport, TOKEN).works == "x.com accepts our token."
    assert [asked.path for asked in server.asked] == ["/2/usage/tweets"]
    assert transport.cost == 0
