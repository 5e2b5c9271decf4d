"""What people download of themselves from Instagram and Facebook: texts repaired, nobody else's names, closed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import imports
from connectors.errors import BadAnswer
from connectors.imports import meta_download
from connectors.records import Page, Post, RawItem, Rejected

IMPORTED = datetime(2026, 3, 1, tzinfo=UTC)
POSTED = datetime(2026, 2, 3, 8, 0, tzinfo=UTC)
EPOCH = int(POSTED.timestamp())
Read = Callable[[Path], tuple[list[tuple[RawItem, Post]], list[Rejected]]]


def mangled(text: str) -> str:
    """As Meta writes it: each byte of UTF-8 as if it were a character."""
    return text.encode().decode("latin-1")


SINGLE = {"media": [{"uri": "media/posts/1.jpg", "creation_timestamp": EPOCH, "title": mangled("Día 3 🏮 #Lanterns7")}]}
SEVERAL = {
    "media": [
        {"uri": "media/posts/2.jpg", "creation_timestamp": EPOCH + 5, "title": ""},
        {"uri": "media/posts/3.mp4", "creation_timestamp": EPOCH + 6, "title": ""},
    ],
    "title": "Day 4 #Lanterns7",
    "creation_timestamp": EPOCH + 60,
}
PROFILE = {
    "profile_user": [
        {"string_map_data": {"Email": {"value": "planted@example.org"}, "Username": {"value": "Ana.Museum"}}}
    ]
}
FACEBOOK = {
    "timestamp": EPOCH,
    "data": [{"update_timestamp": EPOCH + 9}, {"post": mangled("Día 3 #Lanterns7")}],
    "attachments": [{"data": [{"media": {"uri": "posts/media/9.jpg", "creation_timestamp": EPOCH}}]}],
    "title": "Ana wrote on Stranger Person's timeline.",
    "tags": [{"name": "Stranger Person"}],
}
FACEBOOK_PROFILE = {
    "profile_v2": {"name": {"full_name": "Ana A"}, "username": "ana.a", "emails": {"emails": ["planted@example.org"]}}
}


def write(folder: Path, contents: dict[str, Any], *, unpacked: bool = False) -> Path:
    path = folder / "given.dat"
    written = {name: one if isinstance(one, bytes) else json.dumps(one).encode() for name, one in contents.items()}
    if unpacked:
        for name, content in written.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        return path
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in written.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("unpacked", [False, True])
def test_posts_of_instagram(read: Read, tmp_path: Path, unpacked: bool) -> None:
    """Captions from where they stand, repaired; time, pictures and author; closed, and without counts."""
    contents = {
        "ton_activite/media/messages_de_ana.json": [SINGLE, SEVERAL],
        "personal_information/personal_information.json": PROFILE,
    }
    [(item, one), (_, two)], rejected = read(write(tmp_path, contents, unpacked=unpacked))
    assert rejected == []
    assert one.author is not None
    assert (one.platform, one.text, one.created_at) == ("instagram", "Día 3 🏮 #Lanterns7", POSTED)
    assert (one.author.account_id, one.author.handle) == ("hand:ana.museum", "ana.museum")
    assert (one.hashtags, one.media_types, one.counts.likes, one.url) == (("lanterns7",), ("image",), None, None)
    assert (item.public, one.audience, item.observed_at) == (True, "closed", IMPORTED)
    assert (two.text, two.created_at, two.media_types) == (
        "Day 4 #Lanterns7", datetime(2026, 2, 3, 8, 1, tzinfo=UTC), ("image", "video"),
    )  # fmt: skip
    assert b"planted" not in item.body


def test_posts_of_facebook(read: Read, tmp_path: Path) -> None:
    """Own posts and posts in groups; the names in titles and tags stay out."""
    in_group = {
        "timestamp": EPOCH + 60,
        "data": [{"post": "in the group #Lanterns7"}],
        "title": "Ana posted in Friends.",
    }
    contents = {
        "posts/your_posts_1.json": [FACEBOOK],
        "groups/your_posts_in_groups.json": {"group_posts_v2": [in_group]},
        "profile_information/profile_information.json": FACEBOOK_PROFILE,
    }
    items, _ = read(write(tmp_path, contents))
    by_text = {post.text: (item, post) for item, post in items}
    item, post = by_text["Día 3 #Lanterns7"]
    assert post.author is not None
    assert (post.author.handle, post.author.display_name, post.audience) == ("ana.a", "Ana A", "closed")
    assert (post.platform, post.media_types, post.created_at) == ("facebook", ("image",), POSTED)
    assert b"Stranger" not in item.body
    assert by_text["in the group #Lanterns7"][1].audience == "closed"


def test_what_is_no_post_for_others_is_never_read(read: Read, tmp_path: Path) -> None:
    """Stories, archived and deleted posts, messages, comments; reels are posts."""
    story = {"uri": "media/stories/1.jpg", "creation_timestamp": EPOCH, "title": "planted"}
    contents = {
        "media/posts_1.json": [SINGLE],
        "media/reels.json": {"ig_reels_media": [SEVERAL]},
        "media/stories.json": {"ig_stories": [story]},
        "media/archived_posts.json": {"ig_archived_post_media": [{"media": [story]}]},
        "media/recently_deleted_content.json": {"ig_recently_deleted_media": [{"media": [story]}]},
        "messages/inbox/x/message_1.json": [{"timestamp": EPOCH, "data": [{"post": "planted"}]}],
        "comments/comments.json": {
            "comments_v2": [{"timestamp": EPOCH, "data": [{"comment": {"comment": "planted"}}]}]
        },
    }
    items, rejected = read(write(tmp_path, contents))
    assert len(items) == 2
    assert rejected == []


def test_a_profile_in_another_language(read: Read, tmp_path: Path) -> None:
    """The labels are translated, and mangled as everything else."""
    profile = {"profile_user": [{"string_map_data": {mangled("Nom d’utilisateur"): {"value": "ana"}}}]}
    [(_, post)], _ = read(write(tmp_path, {"a.json": [SINGLE], "b.json": profile}))
    assert post.author is not None
    assert post.author.handle == "ana"


def test_without_a_profile_the_author_is_unknown_and_flagged(read: Read, tmp_path: Path) -> None:
    """The name of the file is not believed."""
    [(item, post)], _ = read(write(tmp_path, {"instagram-ana/posts_1.json": [SINGLE]}))
    assert (post.author, item.accounts) == (None, ())
    assert "author_unknown" in post.flags


def test_the_same_post_in_another_download_is_the_same_post(read: Read, tmp_path: Path) -> None:
    """Other folders, other neighbours: the same key; another picture or second: another post."""
    later = {"media": [{**SINGLE["media"][0], "creation_timestamp": EPOCH + 1}]}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    [(first, _)], _ = read(write(tmp_path / "one", {"a/posts_1.json": [SINGLE], "p.json": PROFILE}))
    second, _ = read(write(tmp_path / "two", {"b/posts_2.json": [later, SINGLE], "p.json": PROFILE}))
    assert [item.key == first.key for item, _ in second] == [False, True]


def test_posts_without_a_time_and_unreadable_ones_cost_themselves(read: Read, tmp_path: Path) -> None:
    """The owner is known for the sieve."""
    timeless = {"media": [{"uri": "media/posts/7.jpg", "title": "x"}]}
    written = json.dumps([SINGLE, timeless, 7]).encode().replace(b", 7]", b', {"media": 007}]')
    items, rejected = read(write(tmp_path, {"posts.json": written, "p.json": PROFILE}))
    assert len(items) == 1
    assert [(one.reason, one.accounts) for one in rejected] == [
        ("missing_field", ("hand:ana.museum", "ana.museum")),
        ("not_json", ("hand:ana.museum", "ana.museum")),
    ]
    assert "posts.json[2]" in rejected[0].detail


def test_a_folder_without_posts_is_told(tmp_path: Path) -> None:
    """With what to do about it."""
    path = write(tmp_path, {"a.json": {"some": "thing"}})
    assert imports.form_of(path) is None
    with pytest.raises(BadAnswer, match="format JSON"):
        list(imports.form("meta").pages(path, IMPORTED))


@given(st.text())
def test_repairing_undoes_the_mangling(text: str) -> None:
    """Whatever was written comes back."""
    assert meta_download.repaired(mangled(text)) == text if _is_encodable(text) else True


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


@pytest.mark.parametrize("right", ["Día 3", "日本語", "naïve – ok", "plain", "🏮"])
def test_a_text_that_is_right_already_stays(right: str) -> None:
    """Some files of a download are not mangled."""
    assert meta_download.repaired({"a": [right]}) == {"a": [right]}


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=2)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([SINGLE, SEVERAL, FACEBOOK]), st.dictionaries(st.sampled_from(sorted(SEVERAL | FACEBOOK)), LEAF))
def test_any_field_may_be_anything(whole: dict[str, Any], changes: dict[str, object]) -> None:
    """A post or a `Rejected`, never an exception."""
    body = b"1\t" + json.dumps({"owner": {"handle": "ana"}, "post": whole | changes}).encode()
    page = Page(
        platform="instagram",
        query="import",
        source="meta:instagram",
        url="f:1-1",
        status=200,
        observed_at=IMPORTED,
        body=body,
    )
    form = imports.form("meta")
    [piece] = form.split(page)
    if isinstance(piece, RawItem):
        assert isinstance(form.parse(piece), Post | Rejected)
