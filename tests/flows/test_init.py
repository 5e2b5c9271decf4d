"""A new campaign from an old one: what does not hang on the hashtag comes along, and the file can be read."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flows import campaign_file
from flows.errors import CampaignError
from flows.steps.init import init
from flows.steps.successor import FILL_IN

ITP28 = Path(campaign_file.__file__).parent.parent / "campaigns" / "itp28.toml"
OF_ITS_OWN = {"name": "", "title": "", "hashtags": (), "starts_on": date.min, "ends_on": date.max, "prompts": ()}
ODD = """\
# The first one.
# It was long ago.
prompts = [
  { day = 1, label = "platforms = []" },   # inline
]
hashtags = [
  "lamps",
  "lampss",
]
grace_days = 3
name = "odd"
title = "#Lamps"
starts_on = 2026-01-30
ends_on = 2026-02-02
zone = "Asia/Tokyo"   # stays
small_group = 7

# Who we are.
[organisers]
x = [
  "lamp_house",
]

[retention]
raw_days = 90

[spam]
phrases = ["""


def test_all_but_its_own_is_taken_over(tmp_path: Path) -> None:
    """Platforms, organisers, zone, grace and contact as they stand, with their comments; no prompts, no first words."""
    path = init(tmp_path, "itp29", template=ITP28, hashtags=["ITP29"], starts_on=date(2027, 2, 1))[0]
    made, old = campaign_file.read(path), campaign_file.read(ITP28)
    assert replace(made, **OF_ITS_OWN) == replace(old, **OF_ITS_OWN)
    assert (made.title, made.hashtags, made.prompts) == ("#ITP29", ("itp29",), ())
    assert (made.starts_on, made.ends_on) == (date(2027, 2, 1), date(2027, 2, 28))
    text = path.read_text()
    assert f"ends_on = 2027-02-28   {FILL_IN}" in text
    assert "# a private group that no program can read" in text
    assert "February 2021" not in text
    assert len(list(tmp_path.iterdir())) == 4


def test_without_dates_there_is_a_guess_to_be_filled_in(tmp_path: Path) -> None:
    """As many days as the old one, from the first of a month that is still to come."""
    path = init(tmp_path, "next", template=ITP28)[0]
    made = campaign_file.read(path)
    assert (made.days, made.starts_on.day, made.hashtags) == (28, 1, ("next",))
    assert path.read_text().count(FILL_IN) == 2


@pytest.mark.parametrize("rest", ['"buy lamps"]\n', '"[[prompts]]",\n"x"]\n', '\n  "one",\n]\n'])
def test_odd_files_are_copied_whole_or_not_at_all(tmp_path: Path, rest: str) -> None:
    """Lists over several lines, prompts inline; whatever came out of it is compared before it is kept."""
    odd = tmp_path / "odd.toml"
    odd.write_text(ODD + rest)
    path = init(tmp_path / "new", "lamps-2", template=odd, starts_on=date(2027, 1, 1), ends_on=date(2027, 1, 2))[0]
    made, old = campaign_file.read(path), campaign_file.read(odd)
    assert replace(made, **OF_ITS_OWN) == replace(old, **OF_ITS_OWN)
    assert made.retention.raw_days == 90
    assert "It was long ago" not in path.read_text()
    assert "# Who we are." in path.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [("one\n[prompts]\ntwo\n[spam]\nthree", "cannot copy from"), ("\n[prompts]\nwords", "not a campaign file")],
)
def test_what_cannot_be_copied_faithfully_is_not_left_behind(tmp_path: Path, words: str, why: str) -> None:
    """Lines that look like tables within a text: the new file would say something else, or nothing."""
    odd = tmp_path / "odd.toml"
    odd.write_text(f'{ODD}"""{words}"""]\n')
    campaign_file.read(odd)
    with pytest.raises(CampaignError, match=why):
        init(tmp_path / "new", "lamps-2", template=odd)
    assert list((tmp_path / "new").iterdir()) == []


def test_dates_may_be_given_to_the_template_too(tmp_path: Path) -> None:
    """And are in the file that it writes."""
    path = init(tmp_path, "lamps", starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 9), hashtags=["Lamps"])[0]
    made = campaign_file.read(path)
    assert (made.starts_on, made.ends_on, made.hashtags) == (date(2027, 3, 1), date(2027, 3, 9), ("lamps",))


def test_every_hashtag_that_is_given_is_in_the_file(tmp_path: Path) -> None:
    """The first is the campaign's own; what is not in the file is never searched."""
    made = campaign_file.read(init(tmp_path, "lamps", hashtags=["Lamps27", "Lämps27"])[0])
    assert (made.title, made.hashtags) == ("#Lamps27", ("lamps27", "lämps27"))


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git on this computer")
def test_only_the_campaign_file_can_be_committed_by_accident(tmp_path: Path) -> None:
    """The roster and the sheets, as a spreadsheet program keeps them too, are people's data."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    shutil.copy(ITP28.parent.parent / ".gitignore", tmp_path)
    written = [str(path) for path in init(tmp_path / "campaigns", "isles")]
    asked = [*written, str(tmp_path / "campaigns" / "roster.xlsx")]
    ignored = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", *asked], capture_output=True, text=True, check=True
    ).stdout.split()
    assert ignored == asked[1:]
