"""What a request costs: set aside before it is sent, settled by what became of it, and nothing asked beyond it."""

from __future__ import annotations

import socket
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import ConnectorError, QuotaSpent
from connectors.transport import Patience, Transport

Server = Any
MOST = Decimal("0.50")
CAP = {"errors": [{"type": "https://api.twitter.com/2/problems/usage-capped"}]}


class Ledger:
    """A purse that writes down what it is told; it holds enough for so many requests."""

    def __init__(self, requests: int = 100) -> None:
        self.left = requests
        self.costs: list[Decimal | None] = []
        """By ticket; None: set aside and never settled."""

    def reserve(self, most: Decimal) -> object:
        if not self.left:
            raise QuotaSpent("The campaign's budget is used up.")
        self.left -= 1
        self.costs.append(None)
        return len(self.costs) - 1

    def settle(self, ticket: object, cost: Decimal) -> None:
        assert isinstance(ticket, int)
        assert self.costs[ticket] is None, "a ticket is settled once"
        self.costs[ticket] = cost


@pytest.fixture
def purse() -> Ledger:
    return Ledger()


@pytest.fixture
def paying(purse: Ledger) -> Transport:
    patience = Patience(connect_timeout=1, read_timeout=0.5, request_deadline=1, tries=2)
    return Transport(patience=patience, sleep=lambda seconds: None, purse=purse)


def test_it_is_set_aside_before_it_is_sent_and_settled_after(server: Server, purse: Ledger, paying: Transport) -> None:
    """While the server answers, the ticket is there already; its cost is what the connector then says."""
    standing: list[list[Decimal | None]] = []
    server.says([1])
    answer = server.answer

    def looking(asked: Any) -> Any:
        standing.append(list(purse.costs))
        return answer(asked)

    server.answer = looking
    paying.get(server.url, most=MOST)
    assert standing == [[None]]
    paying.settle(Decimal("0.015"))
    assert purse.costs == [Decimal("0.015")]
    assert paying.cost == Decimal("0.015")


def test_what_nobody_settles_costs_the_most(server: Server, purse: Ledger, paying: Transport) -> None:
    """An answer whose cost a connector does not tell counts in full as soon as the next one is asked for."""
    server.says([1])
    paying.get(server.url, most=MOST)
    paying.get(server.url, most=Decimal("0.10"))
    assert purse.costs == [MOST, None]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404])
def test_a_refusal_costs_nothing(server: Server, purse: Ledger, paying: Transport, status: int) -> None:
    """Platforms do not bill what they refuse."""
    server.says("{}", status=status)
    with pytest.raises(ConnectorError):
        paying.get(server.url, most=MOST)
    assert purse.costs == [0]
    assert paying.cost == 0


@pytest.mark.parametrize(
    ("answer", "costs"),
    [
        ({"body": "oops", "status": 503}, [0, 0]),
        ({"body": "", "status": 429, "headers": {"Retry-After": "1"}}, [0] * 6),
        ({"body": '[{"id"'}, [MOST, MOST]),
        ({"body": "[]", "headers": {"Content-Length": "999"}}, [MOST, MOST]),
        ({"raw": lambda connection: connection.close()}, [MOST, MOST]),
    ],
    ids=["5xx", "429", "garbled", "truncated", "closed"],
)
def test_each_try_is_a_request_of_its_own(
    server: Server, purse: Ledger, paying: Transport, answer: dict[str, Any], costs: list[Decimal]
) -> None:
    """What the other side may have billed although we have nothing counts in full, each time."""
    server.says(**answer)
    with pytest.raises(ConnectorError):
        paying.get(server.url, most=MOST)
    assert purse.costs == costs
    assert paying.cost == sum(costs)


def test_no_connection_costs_nothing(purse: Ledger, paying: Transport) -> None:
    """A day without network does not eat up the budget: what was never sent is not billed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for address in (f"http://127.0.0.1:{taken.getsockname()[1]}/", "http://nowhere.invalid/"):
            with pytest.raises(ConnectorError):
                paying.get(address, most=MOST)
    assert purse.costs == [0] * 4


def test_a_redirect_on_the_way_costs_nothing(
    server: Server, other_server: Server, purse: Ledger, paying: Transport
) -> None:
    """It is the last answer that is paid for; a redirect that we do not follow leaves nothing to pay."""
    server.says("", status=302, headers={"Location": "/there"})
    server.says([1])
    paying.get(server.url, most=MOST)
    paying.settle(Decimal("0.2"))
    assert purse.costs == [0, Decimal("0.2")]
    other_server.says("", status=302, headers={"Location": "http://elsewhere.invalid/"})
    with pytest.raises(ConnectorError, match="another server"):
        paying.get(other_server.url, most=MOST)
    assert purse.costs[2:] == [0]


@pytest.mark.parametrize(("status", "body"), [(402, {}), (429, CAP)])
def test_a_server_whose_cap_is_exceeded_is_not_asked_again(
    server: Server, other_server: Server, paying: Transport, status: int, body: object
) -> None:
    """One request finds out; whoever asks on in this run gets the same sentence. Other servers are still read."""
    server.says(body, status=status)
    other_server.says([1])
    for _ in range(3):
        with pytest.raises(QuotaSpent, match=r"127\.0\.0\.1 says that credits or a usage cap are used up"):
            paying.get(server.url)
    assert len(server.asked) == paying.requests == 1
    paying.get(other_server.url.replace("127.0.0.1", "localhost"))
    assert len(other_server.asked) == 1


def test_a_quota_that_a_connector_recognises_ends_the_run_too(server: Server, paying: Transport) -> None:
    """YouTube says `quotaExceeded` with a 403 of its own form."""
    server.says([1])
    with pytest.raises(QuotaSpent):
        raise paying.close(QuotaSpent("YouTube's quota of today is used up."))
    with pytest.raises(QuotaSpent, match="quota of today"):
        paying.get(server.url)
    assert server.asked == []


def test_an_empty_purse_sends_nothing_more(server: Server) -> None:
    """The request that there is no money for is not sent, and a cheaper one is not tried behind its back."""
    server.says([1])
    purse = Ledger(requests=1)
    paying = Transport(purse=purse)
    paying.get(server.url, most=MOST)
    for _ in range(2):
        with pytest.raises(QuotaSpent, match="budget is used up"):
            paying.get(server.url, most=MOST)
        purse.left = 1
    assert len(server.asked) == paying.requests == 1
