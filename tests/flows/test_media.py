"""Pictures of posts: read once after the posts of a platform, kept as hashes only, never a platform's failure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.results import RunResult
from sandbox import pictures, server
from sandbox.exchange import Answer
from warehouse.campaign import Campaign

pytestmark = pytest.mark.usefixtures("with_roster", "in_midweek")
PLATFORMS = ("mastodon", "x")


def _collect(settings: Settings, campaign: Campaign, servers: server.Sandbox) -> RunResult:
    return collect(settings, campaign, PLATFORMS, clock=servers.clock.now, sleep=lambda seconds: None)


def _rows(settings: Settings, columns: str) -> list[Any]:
    with create_engine(settings.database_url or "").connect() as connection:
        return list(connection.execute(text(f"select {columns} from core.media order by platform, post_id, name")))


def test_each_picture_is_looked_at_once(settings: Settings, campaign: Campaign, servers: server.Sandbox) -> None:
    result = _collect(settings, campaign, servers)
    assert {one.state for one in result.platforms.values()} == {"completed"}
    rows = _rows(settings, "platform, name, state, url, sha256, phash")
    assert {row[0] for row in rows} == set(PLATFORMS)
    assert {(row[2], row[3]) for row in rows} == {("hashed", None)}
    assert all(len(row[4]) == 64 and len(row[5]) == 16 for row in rows)
    assert Counter(servers.looked_at) == Counter(row[1] for row in rows)

    _collect(settings, campaign, servers)
    assert len(servers.looked_at) == len(rows)


def test_pictures_that_cannot_be_read_are_tried_three_times_and_fail_nobody(
    settings: Settings, campaign: Campaign, servers: server.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Answer(body=b"<html>busy</html>")
    monkeypatch.setattr(pictures, "answered", lambda path, *_: broken if path.startswith("/pictures/") else None)
    for tries in (1, 2, 3):
        result = _collect(settings, campaign, servers)
        assert {one.state for one in result.platforms.values()} == {"completed"}
        assert all("pictures could not be read" in " ".join(one.warnings) for one in result.platforms.values())
        expected = "waiting" if tries < 3 else "unreadable"
        assert {row for row in _rows(settings, "state, tries")} == {(expected, tries)}
    asked = len(servers.looked_at)
    _collect(settings, campaign, servers)
    assert len(servers.looked_at) == asked


def test_pictures_that_the_platform_has_no_more_are_gone_at_once(
    settings: Settings, campaign: Campaign, servers: server.Sandbox
) -> None:
    servers.pictures = {}
    _collect(settings, campaign, servers)
    assert set(_rows(settings, "state, url, sha256")) == {("gone", None, None)}


def test_the_campaign_file_can_leave_a_platforms_pictures_alone(
    settings: Settings, campaign: Campaign, servers: server.Sandbox
) -> None:
    platforms = {name: dict(table) | {"media": name != "mastodon"} for name, table in campaign.platforms.items()}
    _collect(settings, replace(campaign, platforms=platforms), servers)
    assert {row for row in _rows(settings, "platform, state")} == {("x", "hashed"), ("mastodon", "waiting")}
