"""What a platform's table in the campaign file may say. A misspelt option would be none, and nobody would notice.

`docs/settings.md` explains each; who reads them are the connectors' `queries`, and `flows` those of every platform.
"""

from __future__ import annotations

from collections.abc import Mapping

EVERYWHERE = frozenset({"budget", "by_hand", "media", "refresh"})
ON_OR_OFF = frozenset(
    {"archive", "authors", "by_hand", "check_counts", "home_servers", "interactions", "media", "members", "refresh"}
) | {"reviewed", "search"}
"""Options that are true or false; `archive = "no"` would be taken for yes, and cost money."""
OPTIONS: Mapping[str, frozenset[str]] = {
    "bluesky": frozenset({"base_url"}),
    "facebook": frozenset({"base_url", "pages", "version"}),
    "instagram": frozenset({"base_url", "user_id", "version"}),
    "mastodon": frozenset({"home_servers", "instances", "token_instance"}),
    "threads": frozenset({"base_url", "reviewed"}),
    "wordpress": frozenset({"sites"}),
    "x": frozenset({"archive", "authors", "base_url", "check_counts", "dialect", "interactions", "members"}),
    "youtube": frozenset({"base_url", "search"}),
}
