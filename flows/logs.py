"""Logging: quiet by default, and free of secrets at every level.

Every record passes one factory that replaces the secrets in force, so it does not matter which library logs or which
handler writes; Prefect's handlers see the clean text too.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable
from urllib.parse import quote

from flows.settings import Settings

HIDDEN = "[secret]"
CHATTY = ("urllib3", "tweepy", "requests_oauthlib", "oauthlib", "great_expectations", "alembic", "dbt", "asyncio")


def configure_logging(settings: Settings, *, debug: bool = False) -> None:
    """Set levels and hide secrets, once per process."""
    hide(settings.secrets)
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.INFO if debug else logging.WARNING)


def hide(secrets: Iterable[str]) -> None:
    """Replace these values, also as they look inside a URL, in every record that is logged from now on."""
    words = {form for secret in secrets if len(secret) >= 4 for form in (secret, quote(secret, safe=""))}
    if not words:
        return
    make: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()
    ordered = sorted(words, key=len, reverse=True)

    def record(*args: object, **kwargs: object) -> logging.LogRecord:
        made = make(*args, **kwargs)
        text = made.getMessage()
        if any(word in text for word in ordered):
            made.msg, made.args = _clean(text, ordered), None
        if made.exc_info and made.exc_info[0]:
            made.exc_text = _clean("".join(traceback.format_exception(*made.exc_info)), ordered)
        return made

    logging.setLogRecordFactory(record)


def _clean(text: str, words: list[str]) -> str:
    for word in words:
        text = text.replace(word, HIDDEN)
    return text
