"""Pictures that look alike, by perceptual hashes of 64 bits (`phash:` and 16 hex digits)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

BITS = 64
SAME, DOUBTFUL = 4, 10
"""Bits in which the hashes of a picture and its recompressed copy may differ, surely and perhaps."""
FLAT = 8
"""A picture of one colour has a hash of nearly equal bits, whatever the colour: it tells nothing."""
CELLS, MOST = 4_000_000, 64

PERCEPTUAL = "phash:"


def tells(picture: str) -> bool:
    """Whether two posts with this hash have the same picture."""
    value = _value(picture)
    return value is None or FLAT <= value.bit_count() <= BITS - FLAT


def alike(found: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Pairs of different hashes and the bits in which they differ, if these are at most DOUBTFUL.

    Every hash is held against every one before it, in C; of very many that are alike the latest are told.
    """
    names = [picture for picture in found if _value(picture) is not None]
    values = np.array([_value(picture) for picture in names], dtype=np.uint64)
    rows = max(1, CELLS // max(1, len(values)))
    for start in range(0, len(values), rows):
        block = values[start : start + rows]
        differing = np.bitwise_count(block[:, None] ^ values[None, : start + len(block)])
        for row, others in enumerate(differing):
            index = start + row
            for other in np.flatnonzero(others[:index] <= DOUBTFUL)[-MOST:]:
                yield names[int(other)], names[index], int(others[other])


def _value(picture: str) -> int | None:
    digits = picture.removeprefix(PERCEPTUAL)
    if len(digits) == len(picture) or len(digits) != BITS // 4:
        return None
    try:
        return int(digits, 16)
    except ValueError:
        return None
