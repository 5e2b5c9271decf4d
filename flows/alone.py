"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import ConfigurationError


@contextmanager
def alone(lock: Path, sentence: str) -> Iterator[None]:
    """Hold the lock file, or raise ConfigurationError with the sentence. It is free when this process is gone."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(sentence) from error
        yield
