from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from connectors import bluesky
from connectors.errors import AccessDenied, RateLimited, RequestRefused, Unavailable
from connectors.records import Member, Search
from connectors.transport import Transport
from tests.connectors.bluesky_answers import (
    BAO,
    CREDENTIALS,
    FEED,
    NOW,
    SEARCH,
    SESSION,
    Server,
    answering,
    asked_of,
    fetched_by,
    listing_of,
    refusing,
    search_for,
    view_of,
)

# queries


def test_each_tag_is_a_query_and_all_members_are_one() -> None:
    """Names tell what is asked and nobody's handle; another roster has another name, another order has not."""
    amina, bao = Member(handle="amina.museum.example"), Member(account_id=BAO, handle="bao.example")
    queries = bluesky.queries(("itp28", "itp28challenge"), {}, (amina, bao))
    assert [query.name for query in queries[:2]] == ["search/itp28", "search/itp28challenge"]
    assert {query.base_url for query in queries} == {"https://bsky.social"}
    assert "example" not in queries[2].name
    assert queries[2].name == bluesky.queries(("itp28",), {}, (bao, amina))[1].name
    assert queries[2].name != bluesky.queries(("itp28",), {}, (bao,))[1].name
    assert len(bluesky.queries(("itp28",), {})) == 1
    assert [query.name for query in bluesky.interaction_queries(("itp28",), {})] == ["interactions/posts"]


# the session


def test_a_run_logs_in_once(server: Server, transport: Transport) -> None:
    """The session is kept for the run; another run logs in for itself; the password goes into the login only."""
    answering(server, searchPosts={"posts": []}, getAuthorFeed={"feed": []})
    for which in (0, 1):
        fetched_by(search_for(server, members=(Member(handle="a.example"),), which=which), transport)
    assert len(asked_of(server, "createSession")) == 1
    fetched_by(search_for(server), Transport())
    assert len(asked_of(server, "createSession")) == 2
    assert json.loads(server.asked[0].body) == {"identifier": "team.museum.example", "password": "planted-secret"}
    assert not any(b"planted-secret" in asked.body for asked in server.asked[1:] if "Session" not in asked.path)
    assert {asked.headers["authorization"] for asked in asked_of(server, "searchPosts")} == {"Bearer access-1"}


def test_without_a_password_nothing_is_asked(server: Server, transport: Transport) -> None:
    """Search wants a login: a missing one is told before any request."""
    with pytest.raises(AccessDenied, match="ROLLCALL_BLUESKY_APP_PASSWORD"):
        list(bluesky.fetch(search_for(server), transport, {"handle": "team.museum.example"}))
    assert server.asked == []


def test_an_expired_token_is_renewed(server: Server, transport: Transport) -> None:
    """ExpiredToken comes as 400: the session is refreshed once, and the request made again."""

    def search(asked: Any) -> Any:
        return {"posts": []} if asked.headers["authorization"] == "Bearer access-2" else refusing("ExpiredToken")

    renewed = {**SESSION, "accessJwt": "access-2", "refreshJwt": "refresh-2"}
    answering(server, searchPosts=search, refreshSession=renewed)
    assert fetched_by(search_for(server), transport) == [[], [], []]
    assert [asked.headers["authorization"] for asked in asked_of(server, "refreshSession")] == ["Bearer refresh-1"]
    assert len(asked_of(server, "createSession")) == 1


def test_a_session_that_cannot_be_renewed_is_made_anew(server: Server, transport: Transport) -> None:
    """Where the refresh token is dead too, there is one more login."""
    logins = iter(["access-1", "access-2"])

    def search(asked: Any) -> Any:
        return {"posts": []} if asked.headers["authorization"] == "Bearer access-2" else refusing("ExpiredToken")

    answering(
        server,
        createSession=lambda asked: {**SESSION, "accessJwt": next(logins)},
        searchPosts=search,
        refreshSession=refusing("ExpiredToken", "Token has been revoked"),
    )
    assert fetched_by(search_for(server), transport) == [[], [], []]
    assert len(asked_of(server, "createSession")) == 2


def test_a_server_that_refuses_every_token_is_not_logged_into_for_ever(server: Server, transport: Transport) -> None:
    """300 logins a day lock an account out: two, and then a person must look."""
    answering(server, searchPosts=refusing("ExpiredToken"), refreshSession=SESSION)
    with pytest.raises(AccessDenied, match="ROLLCALL_BLUESKY_HANDLE"):
        fetched_by(search_for(server), transport)
    assert (len(asked_of(server, "createSession")), len(asked_of(server, "refreshSession"))) == (2, 1)
    assert len(asked_of(server, "searchPosts")) == 3


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            refusing("AuthenticationRequired", "Invalid identifier or password", 401),
            "check or renew ROLLCALL_BLUESKY",
        ),
        (refusing("AuthFactorTokenRequired", "A code was sent", 401), "second factor"),
        (refusing("AccountTakedown", "Account has been taken down", 401), "suspended our account"),
    ],
)
def test_a_refused_login_says_what_to_do(server: Server, transport: Transport, error: Any, words: str) -> None:
    """A wrong password, a second factor and a suspended account are told apart; no secret is in the sentence."""
    answering(server, createSession=error)
    with pytest.raises(AccessDenied, match=words) as refused:
        fetched_by(search_for(server), transport)
    assert "planted-secret" not in str(refused.value)
    assert transport.requests == 1


def test_a_web_page_with_403_is_not_about_the_password(server: Server, transport: Transport) -> None:
    """The edge of the network answers some searches with HTML: the next run tries again, with the same password."""
    answering(server, searchPosts=(403, b"<html><body>403 Forbidden</body></html>"))
    with pytest.raises(Unavailable, match="about our password"):
        fetched_by(search_for(server), transport)
    assert len(asked_of(server, "searchPosts")) == 1


def test_an_error_that_we_do_not_know_is_a_refusal(server: Server, transport: Transport) -> None:
    """The error's name is told, never its message, which may quote anything."""
    answering(server, searchPosts=refusing("BadQueryString", "about zebra.example"))
    with pytest.raises(RequestRefused, match="400, BadQueryString") as refused:
        fetched_by(search_for(server), transport)
    assert "zebra" not in str(refused.value)


def test_too_many_requests_wait_for_their_reset(server: Server, transport: Transport, slept: list[float]) -> None:
    """429 names its reset in epoch seconds; the transport waits for it."""
    reset = str(int(transport.clock().timestamp()) + 30)
    limited = SimpleNamespace(
        body=b'{"error":"RateLimitExceeded"}', status=429, headers={"ratelimit-reset": reset}, raw=None
    )
    answering(server, searchPosts={"posts": []})
    then = server.answer
    server.answer = lambda asked: limited if len(server.asked) == 2 else then(asked)
    fetched_by(search_for(server), transport)
    assert len(slept) == 1
    assert 25 < slept[0] < 35


# the rest


def test_probe_says_as_whom_and_what(server: Server, transport: Transport) -> None:
    """One login and one search."""
    answering(server, searchPosts={"posts": []})
    access = bluesky.probe(search_for(server).query, transport, CREDENTIALS)
    assert access.as_whom == "team.museum.example"
    assert "lets us search" in access.works
    assert transport.requests == 2
    assert "planted-secret" not in repr(access)


def test_a_limit_that_holds_longer_than_a_run_is_told(server: Server, transport: Transport) -> None:
    """300 logins a day: what waits until tomorrow ends the run."""
    reset = {"ratelimit-reset": str(int(transport.clock().timestamp()) + 80_000)}
    server.says({"error": "RateLimitExceeded"}, status=429, headers=reset)
    with pytest.raises(RateLimited):
        fetched_by(search_for(server), transport)
    assert transport.requests == 1


@pytest.mark.parametrize(("posts", "route", "most"), [(0, 0, 8), (630, 0, 22), (630, 1, 50), (0, 1, 40)])
def test_a_forecast_is_kept(posts: int, route: int, most: int) -> None:
    """It counts the login, costs nothing, and grows with posts and members."""
    members = tuple(Member(handle=f"m{number}.example") for number in range(12))
    query = bluesky.queries(("itp28",), {}, members)[route]
    forecast = bluesky.forecast(Search(query=query, since=NOW, until=NOW), posts)
    assert (forecast.cost, forecast.requests <= most, forecast.requests > 0) == (0, True, True)


def test_a_forecast_is_not_exceeded(server: Server, transport: Transport) -> None:
    """A search that holds 250 posts takes no more requests than was said."""
    answering(server, searchPosts=listing_of([view_of(number) for number in range(250)]))
    search = search_for(server)
    fetched_by(search, transport)
    assert transport.requests <= bluesky.forecast(search, 250).requests


def test_saved_pages_are_known() -> None:
    """A search's page and a feed are; other platforms' pages are not."""
    assert bluesky.recognises(SEARCH)
    assert bluesky.recognises(FEED)
    for other in ({"data": []}, [], {"posts": []}, {"posts": [{"id": 1}]}, {"feed": [None]}, {"posts": 7}, None):
        assert not bluesky.recognises(other)
