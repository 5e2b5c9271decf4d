"""Mastodon.py, pointed at the simulated instance, reads what our connector reads, and understands its errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, MastodonNotFoundError, MastodonRatelimitError, MastodonUnauthorizedError

from connectors import markup
from connectors import mastodon as connector
from connectors.records import Interaction, Post, RawItem, Search
from connectors.transport import Transport
from sandbox import server as sandbox_server
from sandbox.server import Sandbox
from sandbox.world import load, moment

WORLD = load(Path(sandbox_server.__file__).parent / "worlds" / "archipelago")
SOUTH, FAR = "mastodon/south.isles.example", "mastodon/far.example"
AFTER = moment("2026-03-12T06:00:00Z")
BEFORE = moment("2026-03-01T00:00:00Z")


@pytest.fixture
def isles() -> Iterator[Sandbox]:
    with sandbox_server.serve(WORLD) as sandbox:
        sandbox.clock.set(AFTER)
        yield sandbox


def reader(isles: Sandbox, place: str = SOUTH, token: str | None = None) -> Any:
    return Mastodon(
        access_token=token,
        api_base_url=isles.urls[place],
        ratelimit_method="throw",
        request_timeout=10,
        version_check_mode="none",
    )


def ours(isles: Sandbox, place: str = SOUTH, tags: tuple[str, ...] = ("isles7",)) -> dict[str, tuple[RawItem, Post]]:
    """What our connector reads of a tag timeline, by uri."""
    query = connector.queries(tags, {"instances": [{"url": isles.urls[place], "domain": place.partition("/")[2]}]})[0]
    search = Search(query=query, since=BEFORE, until=AFTER)
    found = {}
    for page in connector.fetch(search, Transport(clock=isles.clock.now), {}):
        for item in connector.split(page):
            assert isinstance(item, RawItem)
            post = connector.parse(item)
            assert isinstance(post, Post)
            found[item.key] = (item, post)
    return found


def same(theirs: Any, post: Post) -> None:
    assert (theirs.created_at, theirs.edited_at) == (post.created_at, post.edited_at)
    assert markup.text(theirs.content) == post.text
    assert tuple(tag.name for tag in theirs.tags) == post.hashtags
    counts = (theirs.favourites_count, theirs.reblogs_count, theirs.replies_count, theirs.quotes_count)
    assert counts == (post.counts.likes, post.counts.reposts, post.counts.replies, post.counts.quotes)
    assert post.author is not None
    assert (theirs.account.uri, theirs.account.url) == (post.author.account_id, post.author.url)


@pytest.mark.parametrize("place", [SOUTH, FAR])
def test_the_tag_timeline_holds_the_same_posts(isles: Sandbox, place: str) -> None:
    """Walked by `Link` in small pages: ids, texts, times, tags, counts and authors are the same."""
    mastodon = reader(isles, place)
    first = mastodon.timeline_hashtag("isles7", limit=3)
    theirs = {status.uri: status for status in mastodon.fetch_remaining(first)}
    found = ours(isles, place)
    assert theirs.keys() == found.keys()
    assert len(found) >= 9
    for uri, status in theirs.items():
        same(status, found[uri][1])


def test_an_accounts_own_list_and_lookups_agree(isles: Sandbox) -> None:
    """An account found by its handle; its tagged posts; a post by id, several by id."""
    mastodon = reader(isles)
    account = mastodon.account_lookup("mariam@south.isles.example")
    tagged = mastodon.account_statuses(account, tagged="isles7", exclude_reblogs=True)
    found = ours(isles)
    of_hers = {uri for uri, (_, post) in found.items() if post.author and post.author.account_id == account.uri}
    assert {status.uri for status in tagged} == of_hers != set()
    ids = [status.id for status in tagged]
    assert {status.id for status in mastodon.statuses([*ids, "1"])} == set(ids)
    same(mastodon.status(ids[0]), found[tagged[0].uri][1])
    assert len(mastodon.account_statuses(account)) > len(tagged)


def test_threads_boosts_quotes_and_mentions_agree(isles: Sandbox) -> None:
    """A thread's answers, the accounts that boosted, the quoted post, and who is mentioned."""
    [first] = [s for s in reader(isles).timeline_hashtag("isles7", limit=40) if "harbour bell" in s.content]
    thread = reader(isles).status_context(first)
    query = connector.interaction_queries(
        ("isles7",), {"instances": [{"url": isles.urls[SOUTH], "domain": "south.isles.example"}]}
    )[0]
    item = ours(isles)[first.uri][0]
    search = Search(query=query, since=BEFORE, until=AFTER)
    pages = list(connector.fetch_interactions(search, [item], Transport(clock=isles.clock.now), {}))
    acts = [act for page in pages for act in connector.split_interactions(page)]
    replies = {
        (act.actor.account_id, act.acted_at) for act in acts if isinstance(act, Interaction) and act.act == "reply"
    }
    assert {(s.account.uri, s.created_at) for s in thread.descendants} == replies
    boosters = {account.uri for account in reader(isles).status_reblogged_by(first)}
    assert (
        boosters
        == {act.actor.account_id for act in acts if isinstance(act, Interaction) and act.act == "repost"}
        != set()
    )
    [answer] = [s for s in thread.descendants if s.account.acct == "odd@far.example"]
    assert [mention.acct for mention in answer.mentions] == ["sefina"]
    [quote] = [s for s in reader(isles).timeline_hashtag("isles7", limit=40) if s.quote]
    assert quote.quote.quoted_status.account.username == "mariam"


def test_a_boost_holds_the_boosted_post(isles: Sandbox) -> None:
    """On an account's own list, with the boosted post inside, under an id of its own."""
    mastodon = reader(isles)
    listed = mastodon.account_statuses(mastodon.account_lookup("hina"), limit=40)
    [boost] = [status for status in listed if status.reblog]
    assert boost.reblog.account.username == "mariam"
    assert boost.id != boost.reblog.id
    assert isinstance(boost.created_at, datetime)


def test_its_errors_are_understood(isles: Sandbox) -> None:
    """Not there, a wrong token, and too many requests are Mastodon.py's own errors."""
    mastodon = reader(isles)
    for missing in (lambda: mastodon.status("1"), lambda: mastodon.account_lookup("nobody@far.example")):
        with pytest.raises(MastodonNotFoundError):
            missing()
    with pytest.raises(MastodonUnauthorizedError):
        reader(isles, token="not the right one").timeline_hashtag("isles7")
    isles.faults.plant(SOUTH, "rate_limited", reset="iso", wait=60)
    with pytest.raises(MastodonRatelimitError):
        mastodon.timeline_hashtag("isles7")


def test_the_version_is_told(isles: Sandbox) -> None:
    """Both descriptions of an instance give it, and the client believes them."""
    assert reader(isles).retrieve_mastodon_version(fail_hard=True) == "4.5.2"
    assert reader(isles).instance_v2().domain == "south.isles.example"
