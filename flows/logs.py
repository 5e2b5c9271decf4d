"""Logging: quiet by default, and free of secrets at every level.

Every record passes one factory that replaces the secrets in force, so it does not matter which library logs or which
handler writes; Prefect's handlers see the clean text too.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from flows.settings import Settings

HIDDEN = "[secret]"
SHORTEST = 4
"""Shorter values would turn ordinary words into holes."""
CHATTY = ("urllib3", "tweepy", "requests_oauthlib", "oauthlib", "great_expectations", "alembic", "dbt", "asyncio")


def configure_logging(settings: Settings, *, debug: bool = False) -> None:
    """Set levels and hide secrets, once per process."""
    hide(settings.secrets)
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.DEBUG if debug else logging.WARNING)  # some libraries set their loggers' own level
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.INFO if debug else logging.WARNING)
    if not debug:
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL)  # it logs what it also raises, at length
    logging.getLogger("py.warnings").setLevel(logging.INFO if debug else logging.ERROR)


def hide(secrets: Iterable[str]) -> None:
    """Replace these values, also as they look inside a URL, in every record that is logged from now on."""
    words = {form for secret in secrets if len(secret) >= SHORTEST for form in (secret, quote(secret, safe=""))}
    make = logging.getLogRecordFactory()
    if isinstance(make, _Hiding):
        words |= set(make.words)
        make = make.make
    if words:
        logging.setLogRecordFactory(_Hiding(make, sorted(words, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class _Hiding:
    """A record factory that makes a record as before and takes the secrets out of it."""

    make: Callable[..., logging.LogRecord]
    words: list[str]

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        made = self.make(*args, **kwargs)
        try:
            text = made.getMessage()
        except (TypeError, ValueError, KeyError):  # its values do not fit: no log line may end our work
            text = f"{made.msg} {made.args}"
            made.msg, made.args = text, None
        if any(word in text for word in self.words):
            made.msg, made.args = self.clean(text), None
        if made.exc_info and made.exc_info[0]:
            made.exc_text = self.clean("".join(traceback.format_exception(*made.exc_info)))
        return made

    def clean(self, text: str) -> str:
        for word in self.words:
            text = text.replace(word, HIDDEN)
        return text
