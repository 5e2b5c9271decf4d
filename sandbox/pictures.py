"""The pictures of a world, drawn when they are asked for: what they look like follows from the world's seed.

A picture is known by the `image` of its posts, so posts on several platforms can show the same one. `KEY~N` is the
picture KEY altered: its perceptual hash (8 by 8 signs of a cosine transform, of which half are positive) differs by N
bits, where N is even, else by N + 1. Each platform compresses in its own way: the bytes differ, the hash does not.

Addresses begin with HOST in what platforms write; on the wire the server's own address takes its place.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from io import BytesIO

from sandbox.exchange import Answer
from sandbox.ids import number
from sandbox.world import Planned, World

HOST = "https://pictures.example"
SIZES = {"bluesky": 112, "instagram": 96, "mastodon": 100, "wordpress": 120, "x": 104, "youtube": 96}
"""Points along an edge."""
QUALITY = {"bluesky": 80, "instagram": 88, "mastodon": 92, "wordpress": 95, "x": 85, "youtube": 84}
SIGNS = 64
CONTRAST = 900.0
_KEY = re.compile(r"(?P<key>.*?)(?:~(?P<bits>\d+))?")
_PATH = re.compile(r"/pictures/(?P<name>\d+)\.jpg")
_CID_OF_SHA256 = bytes((1, 0x55, 0x12, 32))


def key(post: Planned, position: int = 0) -> str:
    """What the picture shows: further ones of a post are others."""
    shown = post.image or post.plan_id
    return f"{position}/{shown}" if position else shown


def name(world: World, post: Planned, position: int = 0) -> int:
    return number(world.seed, key(post, position), below=10**15)


def address(world: World, post: Planned, position: int = 0) -> str:
    return f"{HOST}/pictures/{name(world, post, position)}.jpg"


def cid(world: World, post: Planned, position: int = 0) -> str:
    """What Bluesky calls the file that was uploaded."""
    digest = sha256(f"{world.seed}/{key(post, position)}".encode()).digest()
    return "b" + b32encode(_CID_OF_SHA256 + digest).decode().rstrip("=").lower()


def at_home(answer: Answer, base: str) -> Answer:
    """The answer with the pictures' addresses at this server."""
    return Answer(status=answer.status, body=answer.body.replace(HOST.encode(), base.encode()), headers=answer.headers)


def shown(world: World) -> dict[int, str]:
    """Name -> key of every picture there is."""
    everything = ((post, n) for post in world.posts.values() for n in range(max(1, len(post.media))))
    return {name(world, post, n): key(post, n) for post, n in everything}


def answered(path: str, platform: str, seed: int, keys: Mapping[int, str]) -> Answer | None:
    """The picture, 404 where there is none of that name, None for all other paths."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    if (wanted := keys.get(int(found["name"]))) is None:
        return Answer(status=404)
    return Answer(body=drawn(seed, wanted, platform), headers=(("Content-Type", "image/jpeg"),))


@cache
def drawn(seed: int, wanted: str, platform: str) -> bytes:
    """A JPEG: soft waves of light, tinted."""
    import numpy
    from PIL import Image
    from scipy.fft import idctn  # type: ignore[import-untyped]

    known = _KEY.fullmatch(wanted)
    assert known is not None
    waves = numpy.zeros((32, 32))
    waves[:8, :8] = CONTRAST / 8 * numpy.array(_signs(seed, known["key"], int(known["bits"] or 0))).reshape(8, 8)
    waves[0, 0] = 128 * 32
    light = numpy.clip(idctn(waves, norm="ortho"), 0, 255).astype("uint8")
    size = (SIZES.get(platform, 96),) * 2
    tints = [Image.new("L", size, 96 + number(seed, known["key"], tint, below=64)) for tint in ("blue", "red")]
    picture = Image.merge("YCbCr", [Image.fromarray(light).resize(size, Image.Resampling.BICUBIC), *tints])
    file = BytesIO()
    picture.save(file, "JPEG", quality=QUALITY.get(platform, 90))
    return file.getvalue()


def _signs(seed: int, wanted: str, bits: int) -> list[int]:
    """The first is the overall brightness, which is always positive."""
    order = sorted(range(1, SIGNS), key=lambda place: number(seed, wanted, "order", place, below=1 << 60))
    positive, negative = order[: SIGNS // 2 - 1], order[SIGNS // 2 - 1 :]
    turned = (bits + 1) // 2
    bright = {0, *positive[turned:], *negative[:turned]}
    return [1 if place in bright else -1 for place in range(SIGNS)]
