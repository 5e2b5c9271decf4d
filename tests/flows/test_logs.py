"""Logs never hold a secret, whoever writes them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from flows.logs import hide

SECRET = "s3cr3t/with+signs"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    factory = logging.getLogRecordFactory()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    hide([SECRET])
    yield stream
    logger.removeHandler(handler)
    logging.setLogRecordFactory(factory)


def test_a_secret_is_hidden_in_messages_arguments_and_urls(written: io.StringIO) -> None:
    """Also where a library quotes it for a URL."""
    logger = logging.getLogger("somebody.else")
    logger.debug("header %s", f"Bearer {SECRET}")
    logger.info(f"GET /?token={SECRET}&x=1")
    logger.warning("GET /?token=s3cr3t%2Fwith%2Bsigns")
    assert "s3cr3t" not in written.getvalue()
    assert written.getvalue().count("[secret]") == 3


def test_a_secret_is_hidden_in_tracebacks(written: io.StringIO) -> None:
    """An exception's own text may carry it."""
    try:
        raise ValueError(f"bad token {SECRET}")
    except ValueError:
        logging.getLogger("somebody.else").exception("it failed")
    assert "Traceback" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_a_log_line_whose_values_do_not_fit_is_written_all_the_same(written: io.StringIO) -> None:
    """A library's slip must not end a collection, and hides no secret either."""
    logging.getLogger("somebody.else").warning("%d items", f"token {SECRET}")
    assert "%d items" in written.getvalue()
    assert SECRET not in written.getvalue()
