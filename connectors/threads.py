"""Threads: public posts with a tag. https://developers.facebook.com/docs/threads/keyword-search, `platforms.md` §4.

Options (the campaign file's table): `reviewed = false` where the app has no review for threads_keyword_search yet, so
that nobody takes its own posts for all there are; `base_url` for tests.

Each tag is asked for in two ways, and their union is what Threads knows: `tag/…` (posts filed under it as their topic)
and `keyword/…` (posts that say it in their text). A post has one topic; all its other #words are plain text.

BEHAVIOUR

Cost: nothing. Two searches for each tag in a run, more where there are more than a hundred posts, and two further
requests where a search shows nobody but ourselves. 2,200 searches in any 24 hours, shared by all apps of the account.

Cannot see: likes, reposts and any other count; who reposted; private accounts; the answers to other people's posts,
unless they carry the tag. Posts without the tag, also by members.

Surprises: without app review Threads searches our own posts only, without a word. So where nobody else is found, we
look whether the token finds anybody else's posts at all; if not, the run says that access is missing, or, with
`reviewed = false`, warns. Words that Threads deems sensitive bring an empty list too. Nobody's permanent id is told:
an account goes by its handle, and somebody who takes another handle is another account until the roster says so.
Edits leave no date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import graph, interactions, verbatim
from connectors.errors import AccessDenied
from connectors.fields import Fields
from connectors.graph import EVERY_REFUSAL, NO_SUCH_OBJECT, Graph
from connectors.records import (
    Access,
    Act,
    Again,
    Forecast,
    Gone,
    Interaction,
    Member,
    Page,
    Post,
    Query,
    RawItem,
    Rejected,
    Search,
)
from connectors.threads_post import PLATFORM, SOURCE, item, key_of, parse, pieces_of, recognises
from connectors.transport import Transport

__all__ = ["HIDDEN", "LOOKBACK", "PLATFORM", "SOURCE", "parse", "recognises"]

LOOKBACK = timedelta(hours=72)
CREDENTIAL = "ROLLCALL_THREADS_TOKEN"
BASE_URL = "https://graph.threads.net/v1.0"
HIDDEN: Mapping[Act, str] = {
    "repost": "Threads does not tell who reposted.",
    "comment": "Threads has no comments; answers are replies.",
}

MODES = ("TAG", "KEYWORD")
PAGE_SIZE = 100
FIELDS = (
    "id,shortcode,permalink,username,text,timestamp,media_type,topic_tag,has_replies,is_reply,is_quote_post,"
    "replied_to,root_post,quoted_post,reposted_post,link_attachment_url,alt_text"
)
COMMON_WORD = "today"
"""What somebody is always writing about: a search for it shows others' posts, if the token may see any."""
MARGIN = timedelta(seconds=1)
"""`since` and `until` are whole seconds, and the documentation does not say which of them are included."""
BEGINNING = datetime(2023, 7, 5, 7, 0, tzinfo=UTC)
"""Threads refuses to be asked for anything older."""
NO_ANSWER = EVERY_REFUSAL
TRIED_IN_VAIN = 5


def queries(tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()) -> tuple[Query, ...]:
    """What an app without review is asked bears another name: the coverage of one's own posts is not that of all."""
    whose = "" if options.get("reviewed", True) else "own/"
    return tuple(
        _query(f"{whose}{mode.lower()}/{tag}", f"{whose}{mode}", (tag,), options) for tag in tags for mode in MODES
    )


def interaction_queries(
    tags: tuple[str, ...], options: Mapping[str, Any], members: tuple[Member, ...] = ()
) -> tuple[Query, ...]:
    return (_query(f"interactions/{'+'.join(tags)}", "interactions", tags, options),)


def _query(name: str, route: str, tags: tuple[str, ...], options: Mapping[str, Any]) -> Query:
    base_url = str(options.get("base_url", BASE_URL)).rstrip("/")
    return Query(platform=PLATFORM, name=name, source=SOURCE, base_url=base_url, route=route, tags=tags)


def visible_since(search: Search, now: datetime) -> datetime:
    """Threads searches all there is."""
    return search.since


def fetch(search: Search, transport: Transport, credentials: Mapping[str, str]) -> Iterator[Page]:
    if search.until <= BEGINNING:
        return
    way = Graph(search.query, transport, credentials, CREDENTIAL)
    whose, _, mode = search.query.route.rpartition("/")
    names: set[str] = set()
    for page in _found(search.query.tags[0], mode, search, way):
        names |= _usernames(page.body)
        yield page
    if len(names) <= 1 and not _finds_others(names, way):
        _say_own_posts_only(bool(whose), transport)


def _found(tag: str, mode: str, search: Search, way: Graph) -> Iterator[Page]:
    if search.until <= BEGINNING:
        return
    asked = {
        "q": tag,
        "search_type": "RECENT",
        "search_mode": mode,
        "since": int(max(search.since - MARGIN, BEGINNING).timestamp()),
        "until": int((search.until + MARGIN).timestamp()),
        "limit": PAGE_SIZE,
        "fields": FIELDS,
    }
    yield from way.pages("keyword_search", asked, "timestamp", search.since)


def _usernames(body: bytes) -> set[str]:
    posts = (Fields(verbatim.readable_members(piece, ("username",))) for piece in graph.pieces(body, SOURCE))
    return {name.lower() for post in posts if (name := post.text("username"))}


def _me(way: Graph) -> str:
    told = verbatim.readable_members(way.get("me", {"fields": "id,username"}).content, ("username",))
    return (Fields(told).text("username") or "").lower()


def _finds_others(names: set[str], way: Graph) -> bool:
    """Whether the token finds anybody's posts but our own; where it just did, nothing more is asked."""
    own = _me(way)
    if names - {own}:
        return True
    asked = {"q": COMMON_WORD, "search_type": "TOP", "limit": 25, "fields": "id,username"}
    return bool(_usernames(way.get("keyword_search", asked).content) - {own})


def _say_own_posts_only(is_known: bool, transport: Transport) -> None:
    sentence = (
        f"{SOURCE} shows the posts of our own account only, because the app has no review for threads_keyword_search"
    )
    if not is_known:
        raise AccessDenied(
            f"{sentence}; have it reviewed, or say reviewed = false in the campaign file. What came is kept."
        )
    transport.warn(f"{sentence}; nobody else's can be counted.")


def split(page: Page) -> Iterator[RawItem | Rejected]:
    pieces, _ = pieces_of(page)
    for piece in pieces:
        yield item(piece, page)


# again


@dataclass(slots=True)
class _Lookups:
    """What looking up posts one by one has told so far."""

    own: str
    missing: list[tuple[str, bool, datetime]]
    """The key, whether it is our own post, and when Threads said that there is no such object."""
    others_found: int = 0
    others_refused: int = 0


def reread(
    items: Sequence[RawItem], query: Query, transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Again]:
    """One request for each post. "No such object" may also mean "not for you": so it is believed of our own posts, and
    of others' only if this very reading found some other person's post; else nothing is said of them.
    """
    way = Graph(query, transport, credentials, CREDENTIAL)
    seen = _Lookups(_me(way), [])
    for one in items:
        fields = Fields(verbatim.decode_or_none(one.body))
        media_id, is_own = fields.identity("id"), (fields.text("username") or "").lower() == seen.own
        in_vain = seen.others_refused >= TRIED_IN_VAIN and not seen.others_found
        from_the_api = key_of(fields) == one.key  # what a browser saved has ids of another kind
        if media_id is None or not from_the_api or (in_vain and not is_own):
            continue
        if page := _looked_up(media_id, one.key, is_own, seen, way):
            yield Again(page=page, asked=1)
    believed = [(key, at) for key, is_own, at in seen.missing if is_own or seen.others_found]
    if len(believed) < len(seen.missing):
        transport.warn(f"{SOURCE} does not show whether other people's posts are still there; we cannot re-read them.")
    if believed:
        gone = tuple(Gone(key=key, loss="deleted", observed_at=at) for key, at in believed)
        yield Again(gone=gone, asked=len(gone))


def _looked_up(media_id: str, key: str, is_own: bool, seen: _Lookups, way: Graph) -> Page | None:
    answer = way.get(media_id, {"fields": FIELDS}, allow=NO_ANSWER)
    trouble = graph.trouble(answer)
    if trouble is None:
        seen.others_found += not is_own
        return way.page(answer, key)
    seen.others_refused += not is_own
    if (trouble.code, trouble.subcode) == NO_SUCH_OBJECT:
        seen.missing.append((key, is_own, way.transport.clock()))
    return None


# who dealt with whom


def fetch_interactions(
    search: Search, items: Sequence[RawItem], transport: Transport, credentials: Mapping[str, str]
) -> Iterator[Page]:
    """The tagged posts of the window, which may answer, quote or mention somebody, and the answers to our own posts."""
    way = Graph(search.query, transport, credentials, CREDENTIAL)
    bodies = {one.key: Fields(verbatim.decode_or_none(one.body)) for one in items}
    known = {media_id: key for key, body in bodies.items() if (media_id := body.identity("id"))}
    for tag in search.query.tags:
        for mode in MODES:
            for page in _found(tag, mode, search, way):
                yield _with_known(page, known)
    own = _me(way)
    for media_id, key in known.items():
        if (bodies[key].text("username") or "").lower() == own:
            yield from (_with_known(page, known) for page in _answers(media_id, key, way))


def _answers(media_id: str, key: str, way: Graph) -> Iterator[Page]:
    """All below a post of our own; nothing, and a warning, where the token lacks threads_read_replies."""
    asked = {"fields": FIELDS, "limit": PAGE_SIZE}
    if graph.trouble(way.get(f"{media_id}/conversation", {"fields": "id", "limit": 1}, allow=NO_ANSWER)):
        way.transport.warn(
            f"{SOURCE} does not show the answers to our own posts; the token needs threads_read_replies."
        )
        return
    yield from way.pages(f"{media_id}/conversation", asked, "timestamp", None, key)


def _with_known(page: Page, known: Mapping[str, str]) -> Page:
    """The page with the keys of those of our posts that it names by the API's id."""
    named = {media_id: key for media_id, key in known.items() if media_id.encode() in page.body}
    document = verbatim.document(page.body) or b"{}"
    return replace(page, body=graph.with_member(document, "known", named)) if named else page


def split_interactions(page: Page) -> Iterator[Interaction | Rejected]:
    pieces, known = pieces_of(page)
    read = [(one, parse(one) if isinstance(one, RawItem) else one) for one in (item(piece, page) for piece in pieces)]
    listed = {f"{SOURCE}/{_media_id(one)}": post for one, post in read if isinstance(one, RawItem)}
    for one, post in read:
        if isinstance(post, Rejected):
            yield replace(post, body=b"")
        elif isinstance(one, RawItem):
            yield from interactions.of_post(_resolved(post, listed, known), one)


def _media_id(one: RawItem) -> str | None:
    return Fields(verbatim.decode_or_none(one.body)).identity("id")


def _resolved(post: Post, listed: Mapping[str, Post | Rejected], known: Fields) -> Post:
    """The post with the keys of the posts that it names, where the page tells them."""

    def key(name: str | None) -> str | None:
        other = listed.get(name or "")
        return other.post_id if isinstance(other, Post) else known.text((name or "").partition("/")[2]) or name

    parent = listed.get(post.reply_to_id or "")
    account = parent.author.account_id if isinstance(parent, Post) and parent.author else None
    return replace(post, reply_to_id=key(post.reply_to_id), quote_of_id=key(post.quote_of_id), reply_to_account=account)


# beforehand


def probe(query: Query, transport: Transport, credentials: Mapping[str, str]) -> Access:
    way = Graph(query, transport, credentials, CREDENTIAL)
    own = _me(way)
    sees_all = _finds_others(set(), way)
    hidden = "counts, who reposted, private accounts, and answers to others' posts"
    return Access(
        works=f"{SOURCE} accepts our token.",
        as_whom=f"@{own}" if own else None,
        sees="all public posts that carry the tag" if sees_all else "our own posts only",
        cannot_see=hidden if sees_all else "anybody else's posts: the app needs review for threads_keyword_search",
        left=f"{max(0.0, 100 - way.used):.0f} % of the app's limit; 2,200 searches in 24 hours, not told how many left",
        expires_at=graph.expires_at(way),
    )


def forecast(search: Search, posts: int) -> Forecast:
    """Requests at most: one for each hundred posts, and two to find out what a search without others means."""
    pages = 1 + posts // PAGE_SIZE
    if search.query.route == "interactions":
        return Forecast(requests=pages * len(MODES) * len(search.query.tags) + 1 + 2 * posts)
    return Forecast(requests=pages + 2)
