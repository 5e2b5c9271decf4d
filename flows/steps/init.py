"""A new campaign: its file, a roster template, and the sheets for posts and for acts seen by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from connectors import by_hand, by_hand_acts
from flows import campaign_file
from flows.errors import CampaignError, ConfigurationError
from flows.steps.successor import Beginning, refuse_if_unfaithful, text_from
from warehouse.people.roster_columns import COLUMNS

CAMPAIGN_TEMPLATE = """\
# The campaign as data. Secrets (tokens) do not belong here: see docs/settings.md.
name = "{name}"
title = "#{tag}"
# The first is the campaign's own; add accepted misspellings after it.
hashtags = {tags}
starts_on = 2027-02-01
ends_on = 2027-02-28
zone = "Europe/London"         # of the programme; each post's day follows its author's own zone
grace_days = 7                 # a late post counts if it names its day
contact = "mailto:you@example.org"   # sent with every request, so that a server's owner can reach you

# One table per day. Leave the label out where it is not known yet.
[[prompts]]
day = 1
label = "First prompt"
keywords = []

# Accounts of the programme itself: they are never counted as members.
[organisers]
mastodon = ["programme@museum.example"]
x = ["programme"]

# What marks advertising, or another thing with the same tag; docs/settings.md says how it is used.
[spam]
domains = []
phrases = []
homonyms = []

# Remove a platform that you do not use. `rollcall connect PLATFORM` gives it the credential that it wants to see.
# Of copies made at the same time, the one on the platform that stands first is the post.
[platforms.mastodon]
instances = ["https://mastodon.social"]

[platforms.wordpress]
sites = ["https://blog.example.org"]

# [blog]                       # the programme's own: all its posts are counted by who wrote them
# since = 2027-01-01

[platforms.bluesky]

[platforms.youtube]

[platforms.x]
budget = {{ usd = 20.00 }}       # for the whole campaign; X charges for every post it shows

[platforms.facebook]
by_hand = true                 # a closed group that no program can read: clerks keep the sheet

# These two want an app that Meta has reviewed, which takes weeks; until then posts come in by files (docs/imports.md).
# [platforms.instagram]
# [platforms.threads]
"""


def _tag(name: str) -> str:
    """A hashtag to begin with: one word, as platforms want it."""
    return "".join(part.capitalize() for part in re.split("[-_]", name))


def _with_dates(text: str, starts_on: date | None, ends_on: date | None) -> str:
    for key, given in (("starts_on", starts_on), ("ends_on", ends_on)):
        if given:
            text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {given}", text)
    return text


def _write_campaign(path: Path, text: str, template: Path | None) -> None:
    """Written whole and read once, so that nothing is left behind that no other command could read."""
    path.write_text(text, encoding="utf-8")
    try:
        campaign_file.read(path)
        if template:
            refuse_if_unfaithful(template, path)
    except CampaignError:
        path.unlink()
        raise


ROSTER = (
    *COLUMNS,
    *(
        f"handle_{platform}"
        for platform in ("mastodon", "bluesky", "x", "youtube", "wordpress", "facebook", "instagram")
    ),
    *(f"consent_{purpose}" for purpose in ("collect", "match", "named_in_report")),
)
"""The roster template's columns: what most programmes know of their people."""


def init(
    folder: Path,
    name: str,
    *,
    template: Path | None = None,
    hashtags: Sequence[str] = (),
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> list[Path]:
    """Write the four files of a new campaign into `folder`; never over an existing one. Raises ConfigurationError.

    `template`: the file of a campaign whose platforms, organisers, rules and zone the new one takes over.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", name):
        raise ConfigurationError(
            f'"{name}" cannot be a campaign\'s name: use small letters, digits, - and _, such as itp28 or spring-2027.'
        )
    files = [folder / f"{name}{ending}" for ending in (".toml", "-roster.csv", "-by-hand.csv", "-acts-by-hand.csv")]
    for path in files:
        if path.exists():
            raise ConfigurationError(f"{path} is already there; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"The folder {folder} cannot be made ({error.strerror}).") from error
    tags = tuple(hashtags) or (_tag(name),)
    if template is None:
        listed = json.dumps(tags, ensure_ascii=False)
        text = _with_dates(CAMPAIGN_TEMPLATE.format(name=name, tag=tags[0], tags=listed), starts_on, ends_on)
    else:
        beginning = Beginning(name=name, hashtags=tags, starts_on=starts_on, ends_on=ends_on)
        text = text_from(template, beginning, datetime.now(UTC).date())
    _write_campaign(files[0], text, template)
    files[1].write_text(",".join(ROSTER) + "\r\n", encoding="utf-8-sig")
    by_hand.write_template(files[2])
    by_hand_acts.write_template(files[3])
    return files
