"""The control endpoint lets another process drive the world."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from sandbox.control import controlling
from sandbox.server import Sandbox


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[str]:
    with controlling(sandbox) as url:
        yield f"{url}/_sandbox"


def test_the_clock_is_set_and_advanced(sandbox: Sandbox, control: str) -> None:
    """POST sets the clock or moves it on; a time without a zone is refused in a sentence."""
    requests.post(f"{control}/clock", json={"now": "2026-02-05T06:00:00Z"}, timeout=5)
    answer = requests.post(f"{control}/clock", json={"advance": 60}, timeout=5)
    assert answer.json() == {"now": "2026-02-05T06:01:00+00:00"} == requests.get(f"{control}/clock", timeout=5).json()
    refused = requests.post(f"{control}/clock", json={"now": "yesterday"}, timeout=5)
    assert (refused.status_code, list(refused.json())) == (400, ["error"])


def test_faults_are_planted_and_cleared(sandbox: Sandbox, control: str) -> None:
    """What another process plants spoils requests, is listed with its hits, and is gone once cleared."""
    requests.post(f"{control}/faults", json={"at": "x", "kind": "status", "status": 500, "times": 1}, timeout=5)
    assert requests.get(sandbox.urls["x"] + "/2/tweets", timeout=5).status_code == 500
    [told] = requests.get(f"{control}/faults", timeout=5).json()
    assert (told["kind"], told["hit"], told["status"]) == ("status", 1, 500)
    requests.delete(f"{control}/faults", timeout=5)
    assert requests.get(f"{control}/faults", timeout=5).json() == []
    assert requests.post(f"{control}/faults", json={"at": "x", "kind": "gremlin"}, timeout=5).status_code == 400


def test_the_log_holds_no_credential(sandbox: Sandbox, control: str) -> None:
    """The log tells that a credential came along, and not which."""
    requests.get(sandbox.urls["x"] + "/2/tweets?ids=1", headers={"Authorization": "Bearer s3cret-token"}, timeout=5)
    log = requests.get(f"{control}/requests", timeout=5)
    assert log.json()[0]["credential"] is True
    assert "s3cret" not in log.text


def test_papers_and_truth_are_served(sandbox: Sandbox, control: str) -> None:
    """Campaign file, roster, the clerks' file and the true results come over HTTP too."""
    assert sandbox.urls["x"] in requests.get(f"{control}/campaign.toml", timeout=5).text
    assert "Ndapewa" in requests.get(f"{control}/roster.csv", timeout=5).text
    assert requests.get(f"{control}/hand.csv", timeout=5).text.startswith("platform,post_url")
    assert requests.get(f"{control}/truth", timeout=5).json()["headline"]["unique_posts"] == 68
    assert requests.get(f"{control}/nothing", timeout=5).status_code == 404


def test_it_runs_on_its_own() -> None:
    """`python -m sandbox` prints where everything is, serves it, and ends when asked to."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--now", "2026-02-06T06:00:00Z"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(6)]
        control = lines[-1].split()[-1]
        world = requests.get(f"{control}world", timeout=5).json()
        assert world["places"]["x"] in "".join(lines)
        process.terminate()
        assert process.wait(timeout=10) == 0
