"""What Instagram and Facebook give to a person who downloads their own information, as JSON: a ZIP or its folder.

Names of folders and files differ by year and language, so the lists of posts are known by what they hold:
Instagram `[{"media": [{"uri", "creation_timestamp", "title"}], "title", "creation_timestamp"}]` (also under
`ig_reels_media`), Facebook `[{"timestamp", "data": [{"post"}], "attachments"}]` (also under `group_posts_v2`). Stories,
archived and deleted posts, comments, messages, searches and everything else are never read. Texts are UTF-8 written as
if it were Latin-1, and are repaired one by one.

A post has no address and no id here: its key is made of author, time and first picture, so it never meets the copy that
an API or a browser shows; the clustering of unique posts brings the two together. The download does not tell who may
see a post, so its audience is closed: counted, never quoted or shown. No counts. Tagged and befriended people's names
(`title` of Facebook, tags) are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors import hashtags, verbatim
from connectors.errors import BadAnswer
from connectors.fields import Fields
from connectors.imports import archives, rows
from connectors.names import by_name
from connectors.records import Author, Page, Post, RawItem, Rejected

FORM = "meta"
LISTS = {"ig_reels_media": "instagram", "ig_posts_media": "instagram", "group_posts_v2": "facebook"}
"""Lists of posts that have a name of their own in their file; other names hold no posts, or not for everybody."""
USERNAME = {
    "username", "benutzername", "nom d’utilisateur", "nom d'utilisateur", "nombre de usuario", "nome utente",
    "nome de usuário", "nome de utilizador", "gebruikersnaam", "användarnamn", "brugernavn", "brukernavn",
    "nazwa użytkownika", "kullanıcı adı", "имя пользователя", "اسم المستخدم", "ユーザーネーム", "用户名",
}  # fmt: skip
"""What Instagram calls the handle in the languages that it writes downloads in, as far as we know them."""
_VIDEOS = (".mp4", ".mov", ".webm", ".srt")


def looks_like(path: Path) -> bool:
    if not archives.is_one(path):
        return False
    with archives.opened(path) as archive:
        return any(_posts(archive, name) for name in _candidates(archive))


def _candidates(archive: archives.Archive) -> Iterator[str]:
    return (name for name in archive.names() if name.lower().endswith(".json") and "/inbox/" not in name)


def repaired(value: Any) -> Any:
    """The value with each of its strings as its author wrote it; a string that is right already stays."""
    if isinstance(value, str):
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value
    if isinstance(value, list):
        return [repaired(one) for one in value]
    if isinstance(value, dict):
        return {repaired(name): repaired(one) for name, one in value.items()}
    return value


def pages(path: Path, imported_at: datetime) -> Iterator[Page | Rejected]:
    """The posts, one of the download's files at a time. They were seen when they were imported."""
    with archives.opened(path) as archive:
        yield from rows.pages(_rows(archive), path.name, imported_at)


def _rows(archive: archives.Archive) -> Iterator[rows.Row]:
    names = list(_candidates(archive))
    profiles = {platform: owner for name in names for platform, owner in _owners(archive, name)}
    are_posts = False
    for name in names:
        if found := _posts(archive, name):
            are_posts = True
            platform, pieces = found
            for position, piece in enumerate(pieces, start=1):
                envelope = {"owner": profiles.get(platform), "post": _own_words(piece, platform)}
                place = f"{name.rpartition('/')[2]}[{position}]"
                yield rows.Row(platform, f"{FORM}:{platform}", place, verbatim.encode(envelope))
    if not are_posts:
        raise BadAnswer(
            f"{archive.name} holds no posts of Instagram or Facebook in JSON: ask for the download in the format JSON, "
            "and with posts."
        )


def _own_words(piece: bytes, platform: str) -> object:
    """The post repaired, without what names other people; a text where it cannot be read."""
    value = verbatim.decode_or_none(piece)
    if not isinstance(value, dict):
        return piece.decode("utf-8", "replace")
    kept = {name: one for name, one in value.items() if name not in ("tags", "with", "place")}
    if platform == "facebook":
        kept.pop("title", None)
    return repaired(kept)


def _posts(archive: archives.Archive, name: str) -> tuple[str, list[bytes]] | None:
    """The platform and the posts of a file that is a list of posts."""
    content = archive.read(name)
    whole = verbatim.document(content) if b'"creation_timestamp"' in content or b'"post"' in content else None
    if whole is None:
        return None
    if whole.startswith(b"["):
        pieces = verbatim.elements(whole)
        platform = next((of for piece in pieces[:20] if (of := _platform(piece))), None)
        return (platform, pieces) if platform else None
    members = verbatim.members(whole)
    named = next((known for known in LISTS if members.get(known, b"").startswith(b"[")), None)
    return None if named is None else (LISTS[named], verbatim.elements(members[named]))


def _platform(piece: bytes) -> str | None:
    post = Fields(verbatim.decode_or_none(piece))
    if any(media.has("uri") and media.has("creation_timestamp") for media in post.parts("media")):
        return "instagram"
    is_facebook = post.has("timestamp") and any(one.has("post") for one in post.parts("data"))
    return "facebook" if is_facebook else None


def _owners(archive: archives.Archive, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whose download it is, as its profile tells: handle and name, and nothing else of what stands there."""
    content = archive.read(name)
    if b"profile_user" not in content and b"profile_v2" not in content:
        return
    whole = Fields(repaired(verbatim.decode_or_none(content)))
    for user in whole.parts("profile_user"):
        values = Fields(user.value("string_map_data"))
        handle = next((values.part(label).text("value") for label in _labels(user) if label.lower() in USERNAME), None)
        if handle:
            yield "instagram", {"handle": handle.lower()}
    facebook = whole.part("profile_v2")
    if handle := facebook.text("username"):
        yield "facebook", {"handle": handle.lower(), "name": facebook.part("name").text("full_name")}


def _labels(user: Fields) -> list[str]:
    values = user.value("string_map_data")
    return list(values) if isinstance(values, dict) else []


def split(page: Page) -> Iterator[RawItem | Rejected]:
    for place, piece in rows.of(page):
        envelope = Fields(verbatim.decode_or_none(piece))
        handle = envelope.part("owner").text("handle")
        accounts = (by_name(handle), handle) if handle else ()
        created_at = _created_at(envelope.part("post"))
        if created_at is None:
            is_post = isinstance(envelope.value("post"), dict)
            reason, detail = ("missing_field", "the post has no time") if is_post else ("not_json", "cannot be read")
            yield replace(rows.rejected(page, piece, place, reason, detail), accounts=accounts)
            continue
        yield RawItem(
            platform=page.platform,
            source=page.source,
            key=_key(handle, created_at, envelope.part("post")),
            body=piece,
            observed_at=page.observed_at,
            accounts=accounts,
        )


def _key(handle: str | None, created_at: datetime, post: Fields) -> str:
    uri = next((one.text("uri") or "" for one in _media(post)), "")
    parts = (handle or "", created_at.isoformat(), uri)
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()


def _created_at(post: Fields) -> datetime | None:
    """Of a post with one picture the time stands with the picture."""
    own = post.moment("creation_timestamp") or post.moment("timestamp")
    dated = (at for media in post.parts("media") if (at := media.moment("creation_timestamp")))
    return own or next(dated, None)


def _media(post: Fields) -> Iterator[Fields]:
    yield from post.parts("media")
    for attachment in post.parts("attachments"):
        yield from (one.part("media") for one in attachment.parts("data") if one.has("media"))


def parse(item: RawItem) -> Post | Rejected:
    envelope = Fields(verbatim.decode_or_none(item.body))
    post, handle = envelope.part("post"), envelope.part("owner").text("handle")
    created_at = _created_at(post)
    if created_at is None:
        return item.unreadable("missing_field", "the post has no time")
    text = _text(post)
    author = None if handle is None else _author(item.platform, handle, envelope.part("owner"))
    if author is None:
        post.flag("author_unknown")
    media = list(_media(post))
    return Post(
        platform=item.platform,
        post_id=item.key,
        source=item.source,
        author=author,
        text=text,
        created_at=created_at,
        hashtags=hashtags.in_text(text or "", item.platform),
        media_types=tuple(_media_type(one) for one in media),
        audience="closed",
        flags=tuple(post.flags),
    )


def _author(platform: str, handle: str, owner: Fields) -> Author:
    return Author(
        account_id=by_name(handle),
        handle=handle,
        display_name=owner.text("name"),
        url=f"https://www.{platform}.com/{handle}",
    )


def _text(post: Fields) -> str | None:
    """Instagram: the post's title, with one picture the picture's. Facebook: `post` in one of the entries of `data`."""
    written = [post.text("title"), *(one.text("post") for one in post.parts("data"))]
    if not any(written):
        written += [one.text("title") or one.text("description") for one in _media(post)]
    return next((text for text in written if text), None)


def _media_type(media: Fields) -> str:
    return "video" if (media.text("uri") or "").lower().endswith(_VIDEOS) else "image"
