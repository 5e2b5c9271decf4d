"""The wish that `rollcall serve` ends, as a signal tells it: Ctrl-C, SIGTERM, or a terminal that is closed.

A `threading.Event` cannot be set by a signal's handler: where that interrupts this very thread as it begins to wait,
both want the event's lock, and the process hangs for good. Writing to a pipe takes no lock.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class Stop:
    """Set for good, from a signal's handler or anywhere else."""

    def __init__(self) -> None:
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._writes, False)

    def set(self) -> None:
        with suppress(BlockingIOError):  # the pipe is full of wishes
            os.write(self._writes, b"!")

    def is_set(self) -> bool:
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Whether it is set, after at most so many seconds."""
        return bool(select.select([self._reads], [], [], seconds)[0])

    def close(self) -> None:
        os.close(self._reads)
        os.close(self._writes)


@contextmanager
def on_a_signal() -> Iterator[Stop]:
    """Set by SIGINT, SIGTERM and a closed terminal. Handlers of our own also undo a SIGINT that a shell made us ignore;
    under nohup, which has us ignore SIGHUP, a closed terminal stays ignored."""
    stop = Stop()

    def wish(number: int, frame: FrameType | None) -> None:
        stop.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, wish) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()
