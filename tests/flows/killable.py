"""A process that runs collections in children of its own, each of which kills itself hard at one boundary.

A boundary is the moment just before, or just after, an HTTP request or a commit. Everything slow is imported once, and
the children are forks: no thread runs here, so that a fork is safe. Tasks come in and outcomes go out as pickles.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import requests
from sqlalchemy.engine.default import DefaultDialect

from connectors.registry import CONNECTORS, connector
from flows.settings import Settings
from flows.steps.collect import collect
from warehouse.campaign import Campaign


@dataclass
class Task:
    settings: Settings
    campaign: Campaign
    platform: str
    at: datetime
    boundary: int
    """The boundary to die at; 0: none."""


@dataclass
class Outcome:
    killed: bool
    state: str | None
    boundaries: int
    """How many boundaries were met, the deadly one included."""


def main() -> None:
    for platform in CONNECTORS:
        connector(platform)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a collection prints must not get among the answers
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(attempt(task), answers)
        answers.flush()


def attempt(task: Task) -> Outcome:
    """Run the task in a child and tell how it ended."""
    with mmap.mmap(-1, 1024) as shared:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = run(task, shared)
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        met = int.from_bytes(shared[:8], "big")
        state = shared[8:64].rstrip(b"\x00").decode() or None
    return Outcome(killed=os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, state=state, boundaries=met)


def run(task: Task, shared: mmap.mmap) -> int:
    lock = threading.Lock()

    def boundary() -> None:
        with lock:
            met = int.from_bytes(shared[:8], "big") + 1
            shared[:8] = met.to_bytes(8, "big")
            if met == task.boundary:
                os.kill(os.getpid(), signal.SIGKILL)

    def guarded(call: Callable[..., object]) -> Callable[..., object]:
        def between(*given: object, **named: object) -> object:
            boundary()
            answer = call(*given, **named)
            boundary()
            return answer

        return between

    requests.Session.send = guarded(requests.Session.send)  # type: ignore[method-assign]
    DefaultDialect.do_commit = guarded(DefaultDialect.do_commit)  # type: ignore[method-assign]
    result = collect(task.settings, task.campaign, [task.platform], clock=lambda: task.at, sleep=lambda seconds: None)
    told = result.state.encode()
    shared[8 : 8 + len(told)] = told
    return 0
