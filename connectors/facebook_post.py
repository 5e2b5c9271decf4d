"""What a post on a Facebook Page says: https://developers.facebook.com/docs/graph-api/reference/pagepost

All of it pure. The key is the post's own id: the part after the Page's in `{page}_{post}`, as in the posts' addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors import graph, hashtags, interactions, verbatim
from connectors.fields import Fields
from connectors.records import Author, Counts, Interaction, Page, Post, RawItem, Rejected

PLATFORM = "facebook"
ASKED = (
    "id,message,created_time,permalink_url,from,message_tags,parent_id,privacy,is_published,shares,"
    "attachments{media_type,url,target,subattachments},reactions.summary(total_count).limit(0),"
    "comments.summary(true).limit(0)"
)
"""`updated_time` is not asked for: a comment changes it as an edit does."""
OTHERS = ("comments", "reactions", "likes", "sharedposts", "to", "with_tags", "story")
"""Where a post can hold other people's words and names; of the first three the summaries are kept."""
_ATTACHED = ("media_type", "url", "target", "subattachments")
_MEDIA_TYPES = {"photo": "image", "video": "video", "album": "album"}


def key(post: Fields) -> str | None:
    full = post.identity("id")
    return full.rpartition("_")[2] or None if full else None


def item(piece: bytes, page: Page) -> RawItem | Rejected:
    try:
        post = verbatim.decode(piece)
    except ValueError as wrong:
        return _rejected(piece, page, "not_json", f"a post cannot be read as JSON: {type(wrong).__name__}")
    if not isinstance(post, dict):
        return _rejected(piece, page, "wrong_type", "a post is not a JSON object")
    body = _of_one_person(post, piece)
    page_id, _, username = page.about.partition("/")
    if username and Fields(post).part("from").identity("id") == page_id and "page" not in post:
        post["page"] = {"id": page_id, "username": username}
        body = graph.with_member(body, "page", post["page"])
    fields = Fields(post)
    post_key = key(fields)
    if post_key is None:
        return _rejected(body, page, "no_id", "a post has no id")
    return RawItem(
        platform=PLATFORM,
        source=page.source,
        key=post_key,
        body=body,
        observed_at=page.observed_at,
        accounts=_accounts(fields),
        public=_is_public(fields),
    )


def _of_one_person(post: dict[str, Any], piece: bytes) -> bytes:
    """The bytes as they came, or, where other people's words are nested, the post without them."""
    attached = post.get("attachments")
    bare = _bare(attached) if isinstance(attached, dict) else attached
    if bare == attached and not any(_holds_others(post.get(name)) for name in OTHERS):
        return piece
    for name in OTHERS:
        nested = post.pop(name, None)
        if isinstance(nested, dict) and isinstance(nested.get("summary"), dict):
            post[name] = {"summary": nested["summary"]}
    post["attachments"] = bare
    return verbatim.encode(post)


def _holds_others(nested: object) -> bool:
    """Whether there is more than a summary and the empty list that always stands beside it."""
    return bool(nested.get("data")) if isinstance(nested, dict) and "summary" in nested else bool(nested)


def _bare(attached: dict[str, Any]) -> dict[str, Any]:
    listed = attached.get("data")
    kept = [_bare_one(one) for one in listed] if isinstance(listed, list) else listed
    return attached | {"data": kept}


def _bare_one(one: object) -> object:
    """An attachment without its title and description, which are somebody else's words where a post is shared."""
    if not isinstance(one, dict):
        return one
    kept = {name: value for name, value in one.items() if name in _ATTACHED}
    if isinstance(nested := kept.get("subattachments"), dict):
        kept["subattachments"] = _bare(nested)
    return kept


def _rejected(piece: bytes, page: Page, reason: str, detail: str) -> Rejected:
    fields = Fields(verbatim.readable_members(piece, ("from", "page", "privacy", "is_published")))
    return Rejected(
        platform=PLATFORM,
        source=page.source,
        reason=reason,
        detail=detail,
        body=piece,
        observed_at=page.observed_at,
        accounts=_accounts(fields),
        public=_is_public(fields),
    )


def _is_public(post: Fields) -> bool:
    """A post that says nothing of its privacy was on a public list."""
    privacy = post.part("privacy")
    return privacy.value("value") in (None, "", "EVERYONE") and post.value("is_published") is not False


def author(post: Fields) -> Author | None:
    """Withheld for everybody but the Page itself; whoever is told has an id and a name."""
    by = post.part("from")
    account_id, page = by.identity("id"), post.part("page")
    if account_id is None:
        return None
    username = page.text("username") if page.identity("id") == account_id else None
    return Author(
        account_id=account_id, handle=username.lower() if username else None, display_name=by.text("name") or None
    )


def _accounts(post: Fields) -> tuple[str, ...]:
    by = author(post)
    return tuple(name for name in (by.account_id, by.handle) if name) if by else ()


def parse(one: RawItem) -> Post | Rejected:
    try:
        post = Fields(verbatim.decode(one.body))
    except ValueError:
        post = Fields(None)
    if not post:
        return one.unreadable("not_json", "a post is not a JSON object")
    text, made_by = post.text("message"), author(post)
    parent = (post.identity("parent_id") or "").rpartition("_")[2] or None
    return Post(
        platform=PLATFORM,
        post_id=one.key,
        source=one.source,
        source_rank=1 if made_by is None else 2,
        author=made_by,
        kind="original" if parent is None else "quote" if text else "repost",
        url=post.text("permalink_url"),
        text=text,
        created_at=graph.created_at(post, "created_time", one.observed_at),
        hashtags=hashtags.in_text(text or "", PLATFORM),
        mentions=tuple(_mentioned(post)),
        links=tuple(_links(post)),
        media_types=tuple(_media_types(post)),
        quote_of_id=parent if text else None,
        repost_of_id=None if text else parent,
        counts=Counts(
            likes=post.part("reactions").part("summary").count("total_count"),
            replies=post.part("comments").part("summary").count("total_count"),
            reposts=post.part("shares").count("count"),
        ),
        flags=tuple(post.flags),
    )


def _mentioned(post: Fields) -> Iterator[str]:
    """The ids of the Pages and people tagged in the text; Facebook gives no handles."""
    seen = set[str]()
    for tag in post.parts("message_tags"):
        account = tag.identity("id")
        if account and account not in seen:
            seen.add(account)
            yield account


def _links(post: Fields) -> Iterator[str]:
    for one in post.part("attachments").parts("data"):
        if one.text("media_type") == "link" and (url := one.text("url")):
            yield url


def _media_types(post: Fields) -> Iterator[str]:
    for one in post.part("attachments").parts("data"):
        parts = list(one.part("subattachments").parts("data")) or [one]
        kinds = (_MEDIA_TYPES.get(part.text("media_type") or "") for part in parts)
        yield from (kind for kind in kinds if kind)


def acts(one: RawItem) -> Iterator[Interaction | Rejected]:
    """Whom a post names by a tag."""
    post = parse(one)
    if isinstance(post, Rejected):
        yield post
        return
    if post.author is None:
        return
    for account in post.mentions:
        yield Interaction(
            platform=PLATFORM,
            source=one.source,
            interaction_id=f"mention:{post.post_id}:{account}",
            act="mention",
            actor=post.author,
            target_account=account,
            acted_at=post.created_at,
            observed_at=one.observed_at,
            public=one.public,
        )


def comment_act(piece: bytes, page: Page) -> Iterator[Interaction | Rejected]:
    """A comment, or the answer to one. Where its author is withheld it tells nothing of who dealt with whom."""
    comment = Fields(verbatim.decode_or_none(piece))
    comment_id = key(comment)
    if comment_id is None:
        kept = verbatim.encode(verbatim.readable_members(piece, ("created_time", "from")))
        yield _rejected(kept, page, "no_id", "a comment has no id")
        return
    actor = author(comment)
    if actor is None:
        return
    parent = comment.part("parent")
    acted_at = graph.created_at(comment, "created_time", page.observed_at)
    yield interactions.comment(page, comment_id, actor, acted_at, key(parent), author(parent))
