"""What each platform wants to see before it lets us in, and where a person gets it (`platforms.md` §§1-7).

Which setting holds a secret is said here once; who reads the settings is `flows.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    name: str
    """As `fetch` finds it in its `credentials`."""
    setting: str
    what: str
    where: str
    """Where to get it, for a person, in one sentence."""
    needed: bool = True
    secret: bool = True


CREDENTIALS: Mapping[str, tuple[Credential, ...]] = {
    "bluesky": (
        Credential(
            name="handle",
            setting="ROLLCALL_BLUESKY_HANDLE",
            what="the handle of an account of your own, such as team.bsky.social",
            where="Make an account for the programme on bsky.app.",
            secret=False,
        ),
        Credential(
            name="app_password",
            setting="ROLLCALL_BLUESKY_APP_PASSWORD",
            what="an app password of that account (xxxx-xxxx-xxxx-xxxx), never the account's own password",
            where="bsky.app > Settings > Privacy and security > App passwords > Add.",
        ),
    ),
    "facebook": (
        Credential(
            name="token",
            setting="ROLLCALL_FACEBOOK_TOKEN",
            what="a Page access token of the programme's Page, or a system user's",
            where="developers.facebook.com > your app > Graph API Explorer, with pages_read_engagement; pages that are "
            "not yours need the reviewed feature Page Public Content Access.",
        ),
    ),
    "instagram": (
        Credential(
            name="token",
            setting="ROLLCALL_INSTAGRAM_TOKEN",
            what="a long-lived user token of a professional Instagram account that is linked to a Page",
            where="developers.facebook.com > your app, with instagram_basic and the reviewed feature Instagram Public "
            "Content Access. It lasts about 60 days.",
        ),
    ),
    "mastodon": (
        Credential(
            name="token",
            setting="ROLLCALL_MASTODON_TOKEN",
            what="a token with read:statuses of an account that follows and blocks nobody",
            where="On your server: Preferences > Development > New application.",
            needed=False,
        ),
    ),
    "threads": (
        Credential(
            name="token",
            setting="ROLLCALL_THREADS_TOKEN",
            what="a long-lived token with threads_basic and threads_keyword_search",
            where="developers.facebook.com > your app > Threads; without app review it finds your own posts only.",
        ),
    ),
    "wordpress": (),
    "x": (
        Credential(
            name="bearer_token",
            setting="ROLLCALL_X_BEARER_TOKEN",
            what="the app-only bearer token of a developer account with prepaid credit",
            where="developer.x.com > your project > Keys and tokens. Set a spending limit there too.",
        ),
    ),
    "youtube": (
        Credential(
            name="api_key",
            setting="ROLLCALL_YOUTUBE_API_KEY",
            what="an API key for the YouTube Data API v3",
            where="console.cloud.google.com > APIs and services > Credentials > Create credentials > API key.",
        ),
    ),
}
