"""What `docs/operations.md` quotes is what people are told: the incident cards' words are in the code."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from flows.errors import sentence
from flows.steps.collect import _plain

ROOT = Path(__file__).parent.parent.parent
CARDS = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Ten incidents")[2].partition("\n## ")[0]
SPOKEN = "\n".join(
    path.read_text("utf-8")
    for folder in ("connectors", "flows", "reports", "warehouse")
    for path in (ROOT / folder).rglob("*.py")
)


def heads() -> list[str]:
    """The first line of each card, in bold."""
    return re.findall(r"^\*\*\d+\. .*", CARDS, re.MULTILINE)


def test_there_are_ten_cards_each_with_something_to_do() -> None:
    """Numbered from 1; each says after its arrow what to do."""
    assert [int(re.match(r"\*\*(\d+)", head)[1]) for head in heads()] == list(range(1, 11))  # type: ignore[index]
    assert all("→" in card for card in CARDS.split("\n\n") if card.startswith("**"))


@pytest.mark.parametrize("head", heads())
def test_a_card_quotes_what_is_said(head: str) -> None:
    """Between “ and ”, with … for what differs."""
    parts = [part.strip(" .") for quote in re.findall("“(.*?)”", head) for part in quote.split("…")]
    said = [part for part in parts if len(part) > 5]
    assert said, head
    assert [part for part in said if part not in SPOKEN] == []


def test_a_full_disk_is_said_as_such(engine: Engine) -> None:
    """The server's own error, by its code; of a platform that is read too."""
    full = "do $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$"
    with pytest.raises(OperationalError) as caught, engine.begin() as connection:
        connection.execute(text(full))
    for told in (sentence(caught.value) or "", _plain(caught.value)):
        assert told.startswith("The disk of the database is full.")
