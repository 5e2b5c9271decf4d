"""How long each stage of a long piece of work took."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Seconds by stage, in the order in which the stages were first entered."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._stages: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self._stages[name] += time.monotonic() - began

    @property
    def seconds(self) -> float:
        """Since the watch was made."""
        return time.monotonic() - self._began

    @property
    def stages(self) -> Mapping[str, float]:
        return dict(self._stages)
