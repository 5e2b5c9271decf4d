"""Planted faults look on the wire as they do in the world."""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox, serve
from sandbox.world import World, moment

PLACES = ("mastodon/north.lanterns.example", "wordpress/workshop.lanterns.example", "x")
PATHS = {
    "mastodon/north.lanterns.example": "/api/v1/timelines/tag/lanterns7?limit=40",
    "wordpress/workshop.lanterns.example": "/wp-json/wp/v2/posts?search=lanterns7&per_page=100",
    "x": "/2/tweets/search/recent?query=%23lanterns7&max_results=100",
}


def ask(sandbox: Sandbox, place: str = PLACES[0], more: str = "", **kwargs: Any) -> requests.Response:
    headers = {"Authorization": "Bearer lanterns-x-bearer"} if place == "x" else {}
    return requests.get(sandbox.urls[place] + PATHS[place] + more, headers=headers, timeout=0.5, **kwargs)


def posts(answer: requests.Response) -> list[Any]:
    document = answer.json()
    found: list[Any] = document["data"] if isinstance(document, dict) else document
    return found


@pytest.fixture
def midweek(sandbox: Sandbox) -> Sandbox:
    sandbox.clock.set(moment("2026-02-06T06:00:00Z"))
    return sandbox


def test_a_fault_hits_the_requests_it_was_planted_for(midweek: Sandbox) -> None:
    """The second and third request to one place fail; other requests and other places do not."""
    midweek.faults.plant("mastodon/north.lanterns.example", "status", first=2, times=2, status=503)
    assert [ask(midweek).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert [ask(midweek, place).status_code for place in PLACES[1:]] == [200, 200]
    assert [request.fault for request in midweek.asked("mastodon")] == [None, "status", "status", None]


def test_resets_come_in_every_form(midweek: Sandbox) -> None:
    """Epoch, ISO, seconds, a date, doubled, none, past, and absurdly far, each relative to the simulated clock."""
    told = {}
    for form in ("epoch", "iso", "seconds", "date", "doubled", "missing", "past", "absurd"):
        midweek.faults.clear()
        midweek.faults.plant("x", "rate_limited", reset=form, wait=90)
        answer = ask(midweek, "x")
        assert answer.status_code == 429
        told[form] = answer.headers
    now = midweek.clock.now().timestamp()
    assert float(told["epoch"]["x-rate-limit-reset"]) == now + 90
    assert moment(told["iso"]["X-RateLimit-Reset"]).timestamp() == now + 90
    assert told["seconds"]["Retry-After"] == "90"
    assert parsedate_to_datetime(told["date"]["Retry-After"]).timestamp() == now + 90
    assert told["doubled"]["Retry-After"] == "90, 90"
    assert not {"Retry-After", "x-rate-limit-reset"} & told["missing"].keys()
    assert float(told["past"]["x-rate-limit-reset"]) < now
    assert float(told["absurd"]["x-rate-limit-reset"]) > now + timedelta(days=365).total_seconds()


def test_a_hang_never_answers_and_does_not_hold_up_the_end(world: World) -> None:
    """The client must give up by itself; the sandbox still closes at once."""
    started = time.monotonic()
    with serve(world) as sandbox:
        sandbox.faults.plant("x", "hang")
        with pytest.raises(requests.ReadTimeout):
            ask(sandbox, "x")
    assert time.monotonic() - started < 5


def test_a_dropped_connection(midweek: Sandbox) -> None:
    """No answer at all."""
    midweek.faults.plant("", "drop")
    with pytest.raises(requests.ConnectionError):
        ask(midweek)


def test_a_dripping_answer_outlives_the_read_timeout(midweek: Sandbox) -> None:
    """Each byte comes in time, the answer as a whole does not."""
    midweek.faults.plant("mastodon", "drip")
    with pytest.raises(requests.ConnectionError):
        ask(midweek)


@pytest.mark.parametrize("place", PLACES)
def test_bodies_that_are_no_pages(midweek: Sandbox, place: str) -> None:
    """A web page, half of the answer without a length, nothing, null: all with status 200."""
    for kind, options in (("html", {}), ("truncated", {}), ("body", {"body": ""}), ("body", {"body": "null"})):
        midweek.faults.clear()
        midweek.faults.plant(place, kind, **options)
        answer = ask(midweek, place)
        assert answer.status_code == 200
        if kind == "truncated":
            assert "Content-Length" not in answer.headers
        if options.get("body") == "null":
            assert answer.json() is None
        else:
            with pytest.raises(requests.JSONDecodeError):
                answer.json()


def test_the_same_page_for_ever_promises_a_next_one(midweek: Sandbox) -> None:
    """Whatever is asked, the first page comes back, and says that there is more."""
    midweek.faults.plant("", "same_page")
    north, blog, x = (ask(midweek, place) for place in PLACES)
    assert ask(midweek, more="&max_id=1").text == north.text
    assert north.links["next"]["url"]
    assert ask(midweek, PLACES[1], "&page=700").text == blog.text
    assert int(blog.headers["X-WP-TotalPages"]) > 700
    assert x.json()["meta"]["next_token"] == ask(midweek, "x", "&next_token=a").json()["meta"]["next_token"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", ["missing_id", "wrong_type", "null"])
def test_one_bad_record_is_one_more_in_the_page(midweek: Sandbox, place: str, how: str) -> None:
    """Every good record is still there; one more stands in the middle that nobody can read."""
    good = posts(ask(midweek, place))
    midweek.faults.plant(place, "bad_record", how=how)
    spoiled = posts(ask(midweek, place))
    assert len(spoiled) == len(good) + 1
    assert all(post in spoiled for post in good)


@pytest.mark.parametrize("place", PLACES)
def test_deep_nesting_and_half_a_character(midweek: Sandbox, place: str) -> None:
    """A hundred thousand nested lists, and half of a surrogate pair, as real JSON carries them."""
    midweek.faults.plant(place, "bad_record", how="deep", times=1)
    assert b"[" * 100_000 in ask(midweek, place).content
    midweek.faults.plant(place, "bad_record", how="surrogate", times=1)
    assert b"\\ud83d" in ask(midweek, place).content


def test_other_records_keep_their_bytes(midweek: Sandbox) -> None:
    """Around the bad record the page is what it was, byte for byte."""
    good = ask(midweek).content
    midweek.faults.plant("mastodon", "bad_record", how="null")
    assert ask(midweek).content.replace(b"null, {", b"{", 1) == good


def test_a_redirect_leads_to_another_host_and_the_log_tells_what_came_along(midweek: Sandbox) -> None:
    """requests follows and drops the credential, because the host is another; the log would show one."""
    midweek.faults.plant("x", "redirect")
    assert "sign in" in ask(midweek, "x").text
    assert [(request.place, request.credential) for request in midweek.requests] == [("x", True), ("elsewhere", False)]
