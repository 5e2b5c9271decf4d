"""A campaign file made from another one: what does not hang on the hashtag is copied as it stands, comments and all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from flows import campaign_file
from flows.errors import CampaignError
from warehouse.campaign import Campaign

ITS_OWN = ("name", "title", "hashtags", "starts_on", "ends_on", "prompts")
"""What each campaign has for itself."""
KEY = re.compile(r"\s*(\w+)\s*=")
TABLE = re.compile(r"\s*\[+\s*([\w.]+)")
FILL_IN = "# to be filled in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a new campaign begins with; None: a guess that a person has to look at."""

    name: str
    hashtags: tuple[str, ...]
    starts_on: date | None = None
    ends_on: date | None = None


def text_from(template: Path, beginning: Beginning, today: date) -> str:
    """The new file. Raises CampaignError if the other one cannot be read, or not be copied faithfully."""
    model = campaign_file.read(template)
    starts_on = beginning.starts_on or _first_of_next_month(today)
    ends_on = beginning.ends_on or starts_on + timedelta(days=model.days - 1)
    tags = ", ".join(f'"{tag}"' for tag in beginning.hashtags)
    head = [
        f"# Made from {template.stem}. Secrets (tokens) do not belong here: see docs/settings.md.",
        f'name = "{beginning.name}"',
        f'title = "#{beginning.hashtags[0]}"',
        f"hashtags = [{tags}]",
        f"starts_on = {starts_on}{'' if beginning.starts_on else f'   {FILL_IN}'}",
        f"ends_on = {ends_on}{'' if beginning.ends_on else f'   {FILL_IN}'}",
    ]
    text = "\n".join([*head, *_kept(template.read_text(encoding="utf-8").splitlines())])
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def refuse_if_unfaithful(template: Path, written: Path) -> None:
    """Raises CampaignError where the new file says something else than the other one beside its own."""
    made, model = campaign_file.read(written), campaign_file.read(template)
    if _bare(made) != _bare(model):
        raise CampaignError(
            f"{template} is written in a way that I cannot copy from; start without --from, and copy its tables."
        )


def _bare(campaign: Campaign) -> Campaign:
    """What both files should have in common."""
    day = date(2000, 1, 1)
    return replace(campaign, name="", title="", hashtags=(), starts_on=day, ends_on=day, prompts=())


def _kept(lines: list[str]) -> Iterator[str]:
    """The lines of everything that is not the other campaign's own. Its first words are about itself too."""
    keeps, begun, in_table = False, False, False
    for line in lines:
        if table := TABLE.match(line) if not line.lstrip().startswith("#") else None:
            in_table, begun, keeps = True, True, table.group(1) not in ITS_OWN
        elif not in_table and (key := KEY.match(line)):
            begun, keeps = True, key.group(1) not in ITS_OWN
        elif not line.strip() or (line.startswith("#") and begun):
            keeps = begun
        if keeps:
            yield line


def _first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
