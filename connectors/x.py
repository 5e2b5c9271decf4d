"""X, API v2, recent or full-archive search through tweepy: https://docs.x.com/x-api/posts/search, `platforms.md` §1.

Options (the campaign file's table): `dialect = "tweet"` (default) or "post": X is renaming its request fields
(`tweet.fields` → `post.fields`), and only asking shows which it takes; answers are read in both. `archive = true`
searches back to 2006 instead of seven days. `base_url` for tests.

tweepy builds and sends the request; the retry policy, timeouts and the base URL are ours (`_Door`), because tweepy has
no timeout, spins on a 429 without reset and hard-codes its host. It never holds the token, so it cannot log it.

What a run costs, by the price list of 2026-04-16: every post returned PER_POST, every user returned PER_USER. A post or
user is charged once in a UTC day, so `Transport.cost` is the most that a run can have cost.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy

from connectors import verbatim
from connectors.errors import AccessDenied, BadAnswer
from connectors.fields import Fields
from connectors.paging import Progress
from connectors.records import Access, Member, Page, Query, RawItem, Rejected, Search
from connectors.transport import Transport
from connectors.x_post import author_of, key_of, parse, references_of

__all__ = ["LOOKBACK", "PLATFORM", "fetch", "parse", "probe", "queries", "recognises", "split", "visible_since"]

PLATFORM = "x"
LOOKBACK = timedelta(hours=24)
CREDENTIAL = "ROLLCALL_X_BEARER_TOKEN"
SOURCE = "x.com"
BASE_URL = "https://api.x.com"

PER_POST, PER_USER, PER_COUNT = Decimal("0.005"), Decimal("0.010"), Decimal("0.005")
RECENT = timedelta(days=7) - timedelta(minutes=20)
"""How far back is asked: a rate limit may hold a later page up for a quarter of an hour, and then it is refused."""
BEHIND = timedelta(seconds=30)
"""X refuses times too near to now."""
LONGEST_QUERY = 512
PAGE_SIZE = {"recent": 100, "all": 500}
PAUSE = {"recent": 0.0, "all": 1.0}
"""Full-archive search allows one request a second."""

_POST_FIELDS = (
    "id,text,created_at,lang,conversation_id,entities,attachments,public_metrics,edit_controls,reply_settings,withheld"
)
_USER_FIELDS = "id,name,username,protected,url,verified"
_MEDIA_FIELDS = "media_key,type,url,preview_image_url,alt_text"
DIALECTS = {
    "tweet": {
        "tweet.fields": f"{_POST_FIELDS},author_id,in_reply_to_user_id,referenced_tweets,note_tweet,"
        "edit_history_tweet_ids",
        "expansions": "author_id,attachments.media_keys",
    },
    "post": {
        "post.fields": f"{_POST_FIELDS},note_post,edit_history_post_ids",
        "expansions": "author_id,attachments.media_keys,in_reply_to_user_id,referenced_posts",
    },
}


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    span = "all" if options.get("archive") else "recent"
    dialect = options.get("dialect", "tweet")
    return tuple(
        Query(
            platform=PLATFORM,
            name=f"{span}/{'+'.join(part)}",
            source=SOURCE,
            base_url=str(options.get("base_url", BASE_URL)).rstrip("/"),
            route=f"{span}/{dialect if dialect in DIALECTS else 'tweet'}",
            tags=part,
        )
        for part in _parts(tags)
    )


def _parts(tags: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """As many tags to a query as its length allows."""
    part: tuple[str, ...] = ()
    for tag in tags:
        if part and len(_written((*part, tag))) > LONGEST_QUERY:
            yield part
            part = ()
        part = (*part, tag)
    if part:
        yield part


def _written(tags: tuple[str, ...]) -> str:
    return f"({' OR '.join(f'#{tag}' for tag in tags)}) -is:retweet"


def visible_since(search: Search, now: datetime) -> datetime:
    """Recent search shows seven days; what is older is a gap, not silence."""
    span, _ = search.query.route.split("/")
    return search.since if span == "all" else max(search.since, now - RECENT)


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    query = search.query
    span, dialect = query.route.split("/")
    since, until = _window(search, transport)
    if since >= until:
        return
    client = _client(query, transport, credentials)
    asked: dict[str, Any] = {
        "query": _written(query.tags),
        "start_time": _rfc3339(since),
        "end_time": _rfc3339(until),
        "max_results": PAGE_SIZE[span],
        "user.fields": _USER_FIELDS,
        "media.fields": _MEDIA_FIELDS,
        **DIALECTS[dialect],
    }
    progress, bill = Progress(SOURCE), _Bill(transport)
    while True:
        answer: requests.Response = client.request("GET", f"/2/tweets/search/{span}", params=asked)
        posts, next_token = _look_at(answer.content, transport, bill)
        progress.saw(posts)
        yield transport.page(query, answer)
        if next_token is None:
            return
        asked["next_token"] = next_token
        transport.pause(PAUSE[span])


def _window(search: Search, transport: Transport) -> tuple[datetime, datetime]:
    now = transport.clock()
    since = visible_since(search, now)
    if since - search.since > BEHIND:
        transport.warn(f"{SOURCE} shows seven days only: posts from before {since:%Y-%m-%d %H:%M} UTC were not read.")
    return since, min(search.until, now - BEHIND)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Door(requests.Session):
    """tweepy's way out: our base URL, our token, our session, our retry policy."""

    def __init__(self, base_url: str, token: str, transport: Transport) -> None:
        super().__init__()
        self._base_url, self._token, self._transport = base_url, token, transport

    def request(  # type: ignore[override]  # tweepy passes nothing else
        self, method: str, url: str, params: Mapping[str, Any] | None = None, **_: object
    ) -> requests.Response:
        address = self._base_url + urlsplit(url).path
        headers = {"Authorization": f"Bearer {self._token}"}
        send = self._transport.session.request
        return self._transport.attempt(
            lambda: send(method, address, params=params, headers=headers), credential=CREDENTIAL
        )


def _client(query: Query, transport: Transport, credentials: Mapping[str, str]) -> tweepy.Client:
    token = credentials.get("bearer_token")
    if not token:
        raise AccessDenied(f"{SOURCE} needs a bearer token; set {CREDENTIAL}.")
    logging.getLogger("tweepy").setLevel(logging.INFO)  # below that it logs whole answers
    client = tweepy.Client(bearer_token="held by the door", return_type=requests.Response, wait_on_rate_limit=False)
    client.session = _Door(query.base_url, token, transport)
    return client


class _Bill:
    """Adds up what X charges, each post and user once."""

    def __init__(self, transport: Transport) -> None:
        self._transport, self._charged = transport, set[tuple[str, str]]()

    def charge(self, kind: str, price: Decimal, ids: Iterable[str]) -> None:
        new = {(kind, one) for one in ids} - self._charged
        self._charged |= new
        self._transport.cost += price * len(new)


def _look_at(body: bytes, transport: Transport, bill: _Bill) -> tuple[list[str], str | None]:
    """The ids of a page and the way on. Raises BadAnswer for an answer without posts that does not say so."""
    try:
        parts = _Parts(body)
        meta, posts = Fields(parts.value("meta")), [_id_of(piece) for piece in parts.pieces("data")]
    except ValueError as wrong:
        raise BadAnswer(f"{SOURCE} answered with something that is not a page of posts.") from wrong
    troubles = _troubles(parts)
    if not posts and (troubles or meta.count("result_count") != 0):
        told = f": {troubles}" if troubles else ""
        raise BadAnswer(f"{SOURCE} answered without posts and without saying that there are none{told}.")
    if troubles:
        transport.warn(f"{SOURCE} left something out of its answers: {troubles}.")
    bill.charge("post", PER_POST, [*posts, *(_id_of(piece) for piece in parts.included("tweets", "posts"))])
    bill.charge("user", PER_USER, (_id_of(piece) for piece in parts.included("users")))
    return posts, meta.text("next_token")


class _Parts:
    """A page's members, each as it came. ValueError if it is not an object."""

    def __init__(self, body: bytes) -> None:
        self._members = verbatim.members(verbatim.document(body) or b"")
        self._includes = _members_or_none(self._members.get("includes"))

    def value(self, name: str) -> object:
        try:
            return verbatim.decode(self._members.get(name, b"null"))
        except ValueError:
            return None

    def pieces(self, name: str) -> list[bytes]:
        """The elements of a list; a lookup of one post gives it without a list."""
        written = self._members.get(name, b"null")
        if written.startswith(b"{"):
            return [written]
        return [] if written == b"null" else verbatim.elements(written)

    def included(self, *names: str) -> Iterator[bytes]:
        for name in names:
            written = self._includes.get(name, b"null")
            if written.startswith(b"["):
                yield from verbatim.elements(written)


def _members_or_none(written: bytes | None) -> dict[str, bytes]:
    return verbatim.members(written) if written is not None and written.startswith(b"{") else {}


def _id_of(piece: bytes) -> str:
    fields = Fields(verbatim.readable_members(piece, ("id",)))
    return fields.identity("id") or hashlib.sha256(piece).hexdigest()


def _troubles(parts: _Parts) -> str:
    """The kinds of X's partial errors, with their numbers; never their details, which can name people."""
    problems = Fields({"errors": parts.value("errors")}).parts("errors")
    kinds = Counter((problem.text("type") or "unnamed").rsplit("/", 1)[-1] for problem in problems)
    return ", ".join(f"{number} x {kind}" for kind, number in sorted(kinds.items()))


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    """Asks for the number of posts of the last seven days, which is the cheapest request that X has."""
    answer = _client(query, transport, credentials).request(
        "GET", "/2/tweets/counts/recent", params={"query": _written(query.tags), "granularity": "day"}
    )
    transport.cost += PER_COUNT
    meta = Fields(_Parts(answer.content).value("meta"))
    posts = meta.count("total_tweet_count")
    posts = meta.count("total_post_count") if posts is None else posts
    if posts is None:
        return Access(works=f"{SOURCE} accepts our token, but does not tell how many posts there are.")
    most = posts * (PER_POST + PER_USER)
    found = f"{posts} posts in the last seven days, which cost at most ${most:.2f} to read"
    return Access(works=f"{SOURCE} accepts our token; {found}.")


def recognises(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    meta, data = document.get("meta"), document.get("data")
    first = data[0] if isinstance(data, list) and data else data
    has_posts = isinstance(first, dict) and {"id", "text"} <= first.keys()
    return has_posts or (isinstance(meta, dict) and "result_count" in meta)


def split(page: Page) -> Iterator[RawItem | Rejected]:
    try:
        parts = _Parts(page.body)
        pieces = parts.pieces("data")
    except ValueError as wrong:
        raise BadAnswer("A page of X is not an object with a list of posts.") from wrong
    known = _Included(parts)
    for piece in pieces:
        yield _item(piece, known, page)


class _Included:
    """What a page tells once for all its posts, by id: authors and media as they came, other posts as references."""

    def __init__(self, parts: _Parts) -> None:
        self.users = {_id_of(piece): piece for piece in parts.included("users")}
        self.media = {_media_key(piece): piece for piece in parts.included("media")}
        self.posts = {_id_of(piece): _reference(piece) for piece in parts.included("tweets", "posts")}

    def of(self, post: Fields) -> bytes:
        """The includes of one post, and of one person."""
        keys = list(post.part("attachments").texts("media_keys"))
        others = [one.identity("id") for one in references_of(post)]
        found = {
            "users": [self.users[one] for one in [post.identity("author_id")] if one in self.users],
            "media": [self.media[key] for key in keys if key in self.media],
            "posts": [self.posts[one] for one in others if one in self.posts],
        }
        written = (b'"%s":[%s]' % (name.encode(), b",".join(pieces)) for name, pieces in found.items() if pieces)
        return b"{%s}" % b",".join(written)


def _media_key(piece: bytes) -> str:
    return Fields(verbatim.readable_members(piece, ("media_key",))).identity("media_key") or ""


def _reference(piece: bytes) -> bytes:
    kept = ("id", "author_id")
    return verbatim.encode(verbatim.readable_members(piece, kept))


def _item(piece: bytes, known: _Included, page: Page) -> RawItem | Rejected:
    try:
        post = verbatim.decode(piece)
    except ValueError:
        broken = verbatim.readable_members(piece, ("id", "author_id", "attachments", "referenced_tweets"))
        return _rejected(piece, broken, known, page, "not_json")
    if not isinstance(post, dict):
        return _rejected(piece, {}, known, page, "wrong_type")
    fields, kept = Fields(post), _own_words(post, piece)
    key = key_of(fields)
    if key is None:
        return _rejected(kept, post, known, page, "no_id")
    includes = known.of(fields)
    author = author_of(fields, Fields(verbatim.decode_or_none(includes)))
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=key,
        body=b'{"post":%s,"includes":%s}' % (kept, includes),
        observed_at=page.observed_at,
        accounts=author.names,
        public=not author.is_protected,
    )


def _own_words(post: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came; of a repost only what its author did, because its text is somebody else's."""
    if not any(one.text("type") == "retweeted" for one in references_of(Fields(post))):
        return piece
    others = ("text", "note_tweet", "note_post", "entities", "context_annotations")
    kept = {name: value for name, value in post.items() if name not in others}
    tags = Fields(post).part("entities").value("hashtags")
    return verbatim.encode(kept | ({"entities": {"hashtags": tags}} if tags else {}))


def _rejected(piece: bytes, post: Mapping[str, Any], known: _Included, page: Page, reason: str) -> Rejected:
    fields = Fields(dict(post))
    author = author_of(fields, Fields(verbatim.decode_or_none(known.of(fields))))
    details = {"not_json": "cannot be read as JSON", "wrong_type": "is not a JSON object", "no_id": "has no id"}
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=f"a post {details[reason]}",
        body=piece,
        observed_at=page.observed_at,
        accounts=author.names,
        public=not author.is_protected,
    )
