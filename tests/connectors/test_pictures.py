"""Pictures: whose hosts are asked, what came of it, and that hashes tell pictures apart."""

from __future__ import annotations

import gzip
import struct
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any

import imagehash
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from connectors.errors import BadAnswer, TooLarge
from connectors.looks import LARGEST, look
from connectors.media import BOUNDS, Pictures
from connectors.picture_addresses import addresses, hash_of_cid, written_hash
from connectors.wire import Bounds
from sandbox.pictures import drawn

Server = Any
SERVERS = ("https://social.example", "http://127.0.0.1:8080")


def _allows(platform: str, url: str) -> bool:
    with Pictures(platform, SERVERS, "test") as pictures:
        return pictures._may_ask(url)


@pytest.mark.parametrize(
    ("platform", "url"),
    [
        ("x", "https://pbs.twimg.com/media/a.jpg"),
        ("instagram", "https://scontent-lhr8-1.cdninstagram.com/v/a.jpg?oe=1"),
        ("mastodon", "https://social.example/media/a.png"),
        ("mastodon", "https://files.social.example/a.png"),
        ("wordpress", "https://i0.wp.com/a.png"),
        ("x", "http://127.0.0.1:8080/pictures/1.jpg"),
    ],
)
def test_a_platforms_own_hosts_are_asked(platform: str, url: str) -> None:
    assert _allows(platform, url)


@pytest.mark.parametrize(
    ("platform", "url"),
    [
        ("x", "http://pbs.twimg.com/media/a.jpg"),
        ("x", "https://pbs.twimg.com.evil.example/a.jpg"),
        ("x", "https://evilpbs.twimg.com/a.jpg"),
        ("x", "https://pbs.twimg.com:8443/a.jpg"),
        ("x", "https://somebody@pbs.twimg.com/a.jpg"),
        ("x", "https://files.social.example/a.png"),
        ("mastodon", "https://pbs.twimg.com/media/a.jpg"),
        ("mastodon", "http://files.social.example/a.png"),
        ("mastodon", "http://127.0.0.1:9090/a.jpg"),
        ("mastodon", "http://169.254.169.254/latest/meta-data"),
        ("mastodon", "file:///etc/passwd"),
        ("mastodon", "https://[broken/a.jpg"),
        ("mastodon", "https://social.example:99999/a.jpg"),
    ],
)
def test_no_other_address_is_asked(platform: str, url: str) -> None:
    assert not _allows(platform, url)
    with Pictures(platform, SERVERS, "test") as pictures:
        assert pictures.see(url).state == "refused"


def _seen(server: Server, bounds: Bounds = BOUNDS, platform: str = "mastodon") -> str:
    with Pictures(platform, [server.url], "test", bounds) as pictures:
        return pictures.see(f"{server.url}/a.jpg").state


@pytest.mark.parametrize("platform", ["mastodon", "x"])
def test_no_redirect_leads_away_from_a_platforms_own_hosts(server: Server, other_server: Server, platform: str) -> None:
    """Nothing is asked there: it may be a computer of the house."""
    other_server.says(drawn(7, "lamp", "x"))
    server.says("", status=302, headers={"Location": f"{other_server.url}/a.jpg"})
    assert _seen(server, platform=platform) == "refused"
    assert not other_server.asked


def test_a_redirect_among_a_platforms_own_hosts_is_followed(server: Server) -> None:
    server.says("", status=302, headers={"Location": "/media/b.jpg"})
    server.says(drawn(7, "lamp", "x"))
    assert _seen(server) == "hashed"
    assert [asked.path for asked in server.asked] == ["/a.jpg", "/media/b.jpg"]


def test_redirects_in_a_circle_end(server: Server) -> None:
    server.says("", status=302, headers={"Location": "/a.jpg"})
    assert _seen(server) == "failed"


def test_a_picture_that_is_too_large_is_not_read_to_its_end(server: Server) -> None:
    """Neither with its size told, nor packed so that it looks small."""
    small = replace(BOUNDS, largest=2000)
    server.says(b"x" * 2001)
    server.says(gzip.compress(b"x" * 2_000_000), headers={"Content-Encoding": "gzip"})
    assert _seen(server, small) == "refused"
    assert _seen(server, small) == "refused"


def test_a_picture_may_be_as_large_as_that(server: Server) -> None:
    picture = drawn(7, "lamp", "x")
    server.says(picture)
    assert _seen(server, replace(BOUNDS, largest=len(picture))) == "hashed"


@pytest.mark.parametrize(("status", "state"), [(404, "gone"), (410, "gone"), (403, "failed"), (503, "failed")])
def test_what_is_gone_is_not_what_failed(server: Server, status: int, state: str) -> None:
    server.says("", status=status)
    assert _seen(server) == state


def test_no_more_is_told_than_who_asks(server: Server) -> None:
    server.says("no picture")
    assert _seen(server) == "failed"
    assert server.asked[0].headers["user-agent"] == "test"
    assert not {"authorization", "cookie", "referer"} & server.asked[0].headers.keys()


def _encoded(picture: Image.Image, form: str, **how: Any) -> bytes:
    file = BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def _distance(one: bytes, other: bytes) -> int:
    seen = [look(content).phash for content in (one, other)]
    first, second = (imagehash.hex_to_hash(phash) for phash in seen if phash)
    return int(first - second)


@settings(deadline=None, max_examples=40)
@given(
    key=st.text(alphabet="abcdefgh", min_size=1, max_size=6),
    edge=st.integers(64, 640),
    form=st.sampled_from([("JPEG", 60), ("JPEG", 95), ("WEBP", 70), ("PNG", 0)]),
)
def test_a_picture_in_another_size_and_form_looks_alike(key: str, edge: int, form: tuple[str, int]) -> None:
    original = drawn(7, key, "x")
    resized = Image.open(BytesIO(original)).resize((edge, edge), Image.Resampling.LANCZOS)
    again = _encoded(resized, form[0], **({"quality": form[1]} if form[1] else {}))
    assert look(again).sha256 != look(original).sha256
    assert _distance(original, again) <= 4


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_different_pictures_look_different(keys: list[str]) -> None:
    assert _distance(drawn(7, keys[0], "x"), drawn(7, keys[1], "x")) > 10


@pytest.mark.parametrize("bits", [2, 4, 6, 10])
def test_a_simulated_picture_can_be_altered_by_so_many_bits(bits: int) -> None:
    assert _distance(drawn(7, "lamp", "instagram"), drawn(7, f"lamp~{bits}", "mastodon")) == bits


def test_a_picture_of_one_colour_has_no_perceptual_hash() -> None:
    seen = look(_encoded(Image.new("RGB", (80, 80), "navy"), "PNG"))
    assert seen.phash is None
    assert len(seen.sha256) == 64


def test_what_is_transparent_is_white_whatever_colour_lies_below() -> None:
    shape = numpy.zeros((64, 64, 4), "uint8")
    shape[16:48, 8:40] = (0, 0, 0, 255)
    other = shape.copy()
    other[shape[..., 3] == 0] = (200, 30, 30, 0)
    assert _distance(*(_encoded(Image.fromarray(one), "PNG") for one in (shape, other))) == 0


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\xff\xd8\xff\xe0", b"GIF89a", drawn(7, "k", "x")[:400]])
def test_what_is_no_picture_is_told(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        look(content)


def test_a_picture_with_broken_metadata_is_told(server: Server) -> None:
    """A width that is a word, beside an orientation: Pillow trips over it in its own way."""
    entries = struct.pack("<HHI4s", 256, 2, 4, b"abc\0") + struct.pack("<HHII", 274, 3, 1, 6)
    metadata = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)
    content = _encoded(Image.open(BytesIO(drawn(7, "k", "x"))), "JPEG", exif=metadata)
    with pytest.raises(BadAnswer):
        look(content)
    server.says(content)
    assert _seen(server) == "failed"


def test_a_picture_that_would_fill_the_memory_is_not_decoded() -> None:
    wide = _encoded(Image.new("1", (LARGEST // 5000 + 1, 5000)), "PNG")
    assert len(wide) < 100_000
    with pytest.raises(TooLarge):
        look(wide)


def test_forms_that_are_not_for_the_web_are_not_decoded() -> None:
    with pytest.raises(BadAnswer):
        look(_encoded(Image.open(BytesIO(drawn(7, "k", "x"))), "TIFF"))


def test_addresses_are_web_addresses_each_once() -> None:
    told = ["https://a.example/1", None, "", "data:image/png;base64,AA", "https://a.example/1", "//a.example/2"]
    assert addresses(told) == ("https://a.example/1",)


def test_a_blob_is_named_by_its_hash() -> None:
    """The CID of `hello world` as raw bytes."""
    told = hash_of_cid("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")
    assert told == f"sha256:{sha256(b'hello world').hexdigest()}"
    assert hash_of_cid("bafyrei") is None
    assert hash_of_cid("b!") is None
    assert hash_of_cid(None) is None


def test_a_clerks_hash_is_named_by_its_length() -> None:
    assert written_hash("9F3C1A77E0B2D458") == "phash:9f3c1a77e0b2d458"
    assert written_hash("ab" * 32) == "sha256:" + "ab" * 32
    assert written_hash("Photo-12") == "photo-12"
