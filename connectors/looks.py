"""What a picture looks like, in two words: the SHA-256 of its bytes, and a perceptual hash of 64 bits.

The perceptual hash (`imagehash.phash`) survives what platforms do to pictures: other sizes, other compression. Bytes
from the internet are hostile: only four formats are decoded, pictures beyond `LARGEST` pixels never, and one at a time,
so that a page of huge ones does not fill the memory.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

import imagehash
from PIL import Image, ImageOps, ImageStat

from connectors.errors import BadAnswer, TooLarge

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
LARGEST = 50_000_000
"""Pixels."""
ENOUGH = (256, 256)
"""A perceptual hash looks at 32 by 32 points; a JPEG is decoded no larger than it must."""
FLAT = 2.0
"""Standard deviation of brightness, of 255, below which a picture has no structure that a hash could tell."""
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Look:
    sha256: str
    """64 hex digits."""
    phash: str | None
    """16 hex digits; None for a picture of one colour, which would look like every other."""


def look(content: bytes) -> Look:
    """Raises `TooLarge`, and `BadAnswer` for what is no picture that we read."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged metadata, and sizes that are bounded here
        try:
            grey = _grey(content)
        except Image.DecompressionBombError as bomb:
            raise TooLarge("A picture has too many pixels.") from bomb
        except TooLarge:
            raise
        except Exception as wrong:  # Pillow's readers trip over hostile bytes in many ways
            raise BadAnswer("What came is no picture that can be read.") from wrong
        is_flat = ImageStat.Stat(grey).stddev[0] < FLAT
        phash = None if is_flat else str(imagehash.phash(grey))
    return Look(hashlib.sha256(content).hexdigest(), phash)


def _grey(content: bytes) -> Image.Image:
    """The first frame, upright, small and grey; what is transparent is white."""
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > LARGEST:
            raise TooLarge("A picture has too many pixels.")
        picture.draft("RGB", ENOUGH)
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:
            seen = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
        return upright.convert("L")
