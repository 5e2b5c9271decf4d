"""Mastodon and servers that speak its API: https://docs.joinmastodon.org/methods/timelines/#tag, `platforms.md` §5.

Options (the campaign file's table): `instances`, each an address ("https://social.example") or a table
{url = "https://social.example.org", domain = "example.org"} where handles end in another domain than the server's;
`home_servers = false` leaves out the servers that are home to members and not listed.
A token belongs to one server, so the caller hands it over with that server's queries only. Use an account of its own
that blocks nobody and chose no languages, because a token's account filters what is seen.

One post has another id on every instance; its permanent name is `uri`, which is the same everywhere. Ids are opaque.
Posts that reach an instance late get ids by their own age, far down the list, so each run walks down from the newest to
`since`, and `LOOKBACK` is long.

People who ask search engines and robots to stay away (`noindex`, #nobot and the like in the profile) get the flag
`asks_not_indexed`: their public posts under the campaign's own hashtag are counted, and a report must not name or quote
them. `indexable = false` is the default of most accounts, so it is no more than the flag `not_searchable`.

BEHAVIOUR

Costs nothing. A server answers 300 requests in 5 minutes, of them 300 in 15 minutes that page on; after a hundred we
ask every three seconds. A members' read takes one request for each account and one for each account and tag; asking
again takes one for twenty posts; interactions take two for each post, and one for each page of a member's list.

Not seen: what an instance never heard of (a tag timeline is "as seen from this server"; counts of a copy are that
server's view); posts for followers; members whose server is not asked or is closed to strangers; of a long thread,
without a token, more than sixty answers, or those more than twenty steps deep; quotes by people who are not members;
when somebody boosted, unless the boost stands on a member's own list.

Surprises: an empty list can mean that a server shows its tag pages to members only, and 404 a tag that it never saw.
An account's own list holds its unlisted posts, tag timelines do not. A post that turned private looks deleted to a
stranger, and so does a copy that a server threw away to save space: ask again where a post is at home. "Delete and
redraft" is a new post. A member may have moved: the account's old handle then is silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors import mastodon_interactions, mastodon_members, mastodon_reread
from connectors.errors import AccessDenied
from connectors.fields import Fields
from connectors.mastodon_interactions import split as split_interactions
from connectors.mastodon_items import parse, recognises, split
from connectors.mastodon_server import CREDENTIAL, PAGE_SIZE, PAGES_PAST, Server, part, walk
from connectors.records import Access, Act, Again, Forecast, Member, Page, Query, RawItem, Search
from connectors.roster import digest
from connectors.transport import Transport

__all__ = [
    "HIDDEN",
    "LOOKBACK",
    "PLATFORM",
    "fetch",
    "fetch_interactions",
    "forecast",
    "interaction_queries",
    "parse",
    "probe",
    "queries",
    "recognises",
    "reread",
    "split",
    "split_interactions",
    "visible_since",
]

PLATFORM = "mastodon"
LOOKBACK = timedelta(hours=72)
HIDDEN: Mapping[Act, str] = {"comment": "Mastodon has no comments: an answer is a reply."}

TAGS_PER_QUERY = 5
"""One in the path and four in `any[]`; a server ignores more."""
TAGS, MEMBERS, INTERACTIONS = "tags", "members", "interactions"


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    """The tag timelines of each instance; then the members' own posts, one query for each server that is their home."""
    instances = [_instance(instance) for instance in options.get("instances", ())]
    chunks = [tags[start : start + TAGS_PER_QUERY] for start in range(0, len(tags), TAGS_PER_QUERY)]
    timelines = [
        replace(one, name=f"{one.source}/tags/{'+'.join(chunk)}", route=TAGS, tags=chunk)
        for one in instances
        for chunk in chunks
    ]
    own = [
        replace(home, name=f"members/{digest(home.members)}", route=MEMBERS, tags=tags)
        for home in _homes(instances, options, members)
    ]
    return (*timelines, *own)


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    """One for each instance, with the members who are at home there, and one for each other home of members."""
    instances = [_instance(instance) for instance in options.get("instances", ())]
    homes = {home.source: home for home in _homes(instances, options, members)}
    listed = {one.source: one for one in instances}
    found = [homes.get(source, one) for source, one in listed.items()]
    found += [home for source, home in homes.items() if source not in listed]
    return tuple(replace(one, name=_interactions(one, one.source in listed), route=INTERACTIONS) for one in found)


def _interactions(query: Query, is_listed: bool) -> str:
    """A home that is not listed is not named either: it may be one person's."""
    named = [query.source] if is_listed else []
    named += [digest(query.members)] if query.members else []
    return "/".join(["interactions", *named])


def _instance(instance: str | Mapping[str, str]) -> Query:
    """What the queries of an instance have in common."""
    url = instance if isinstance(instance, str) else instance["url"]
    base_url = (url if "://" in url else f"https://{url}").rstrip("/")
    host = urlsplit(base_url).netloc.lower()
    domain = host if isinstance(instance, str) else instance.get("domain", host).lower()
    return Query(platform=PLATFORM, name=domain, source=domain, base_url=base_url)


def _homes(instances: Iterable[Query], options: Mapping[str, Any], members: tuple[Member, ...]) -> Iterator[Query]:
    listed = {one.source: one for one in instances}
    for domain, at_home in mastodon_members.by_home(members).items():
        if domain in listed or options.get("home_servers", True):
            home = listed.get(domain) or Query(
                platform=PLATFORM, name=domain, source=domain, base_url=f"https://{domain}"
            )
            yield replace(home, members=at_home)


def visible_since(search: Search, now: datetime) -> datetime:
    """An instance shows a tag as far back as it knows it."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    server = Server(search.query, transport, credentials)
    return mastodon_members.tagged(server, search) if search.query.route == MEMBERS else _tag_timeline(server, search)


def _tag_timeline(server: Server, search: Search) -> Iterator[Page]:
    query = search.query
    path = f"/api/v1/timelines/tag/{part(query.tags[0])}"
    is_first = True
    for answer, posts in walk(server, path, {"any[]": list(query.tags[1:])}, search.since, {404}):
        if answer.status_code == 404:
            server.expect_mastodon()
            server.transport.warn(f"{query.source} has never seen the tag, so far.")
            return
        if is_first and not posts:
            _explain_silence(server)
        is_first = False
        yield server.page(answer)


def _feed_is_closed(instance: Fields) -> bool:
    access = instance.part("configuration").part("timelines_access").part("hashtag_feeds")
    return any(access.text(part) not in (None, "public") for part in ("local", "remote"))


def _members_only(server: Server) -> AccessDenied:
    return AccessDenied(
        f"{server.query.source} shows its tag pages to members only; to read it run rollcall connect mastodon, or set "
        f"{CREDENTIAL}."
    )


def _explain_silence(server: Server) -> None:
    """An instance that shows its tag pages to members only answers strangers with an empty list."""
    source, instance = server.query.source, server.instance()
    if instance is None:
        server.transport.warn(f"{source} shows no posts, and does not tell whether it shows tag pages to strangers.")
    elif _feed_is_closed(instance):
        if not server.signature:
            raise _members_only(server)
        server.transport.warn(f"{source} shows no posts; it restricts its tag pages, even with our token perhaps.")


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    return mastodon_reread.reread(Server(query, transport, credentials), items)


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    return mastodon_interactions.fetch(Server(search.query, transport, credentials), search, items)


def forecast(search: Search, posts: int) -> Forecast:
    """Pages end with an empty one, or after two that are too old. Of threads and boosters one page each is expected."""
    pages, query = -(-posts // PAGE_SIZE), search.query
    if query.route == INTERACTIONS:
        return Forecast(requests=2 * posts + len(query.members) * (2 + PAGES_PAST) + pages)
    if query.route == MEMBERS:
        lists = len(query.members) * len(query.tags)
        return Forecast(requests=len(query.members) + lists * (1 + PAGES_PAST) + pages)
    return Forecast(requests=pages + max(PAGES_PAST, 1) + 1)


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    """Asks what the server says of itself, and for one post, because only that tries the token."""
    server = Server(query, transport, credentials)
    instance = server.expect_mastodon()
    closed = _feed_is_closed(instance)
    if closed and not server.signature:
        raise _members_only(server)
    tag = query.tags[0] if query.tags else "mastodon"
    answer = server.get(f"/api/v1/timelines/tag/{part(tag)}", {"limit": 1}, {200, 404})
    version = f" (version {said})" if (said := instance.text("version")) else ""
    let_in = "accepts our token" if server.signature else "shows its tag pages to everybody"
    return Access(
        works=f"{query.source}{version} answers and {let_in}.{_hint(instance, query)}",
        as_whom="an account of that server, by its token" if server.signature else "a stranger, without a token",
        sees=f"public posts with the tag, as far as {query.source} heard of them; all public posts of its own members",
        cannot_see="posts for followers; posts of other servers that nobody there follows",
        left=_left(answer),
    )


def _hint(instance: Fields, query: Query) -> str:
    domain = instance.text("domain")
    if not domain or domain.lower() == query.source:
        return ""
    return f' Handles there may end in another domain than its address: then give it as domain = "{domain}".'


def _left(answer: requests.Response) -> str | None:
    left, limit, reset = (answer.headers.get(f"X-RateLimit-{name}") for name in ("Remaining", "Limit", "Reset"))
    return f"{left} of {limit} requests until {(reset or '')[:16]} UTC" if left and limit else None
