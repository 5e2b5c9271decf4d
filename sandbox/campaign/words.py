"""Texts of planned posts: each has words of its own, and names days and themes as far as it is told to, no further."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.campaign.files import Files


class Writer:
    """Writes deterministically: the same key gives the same words."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def text(
        self, key: str, *, days: Sequence[int] = (), theme: int | None = None, tag: str | None = None, words: int = 9
    ) -> str:
        """A text of at least `words` tokens of its own, that names these days and this day's theme and nothing else.

        `tag` is the form of the hashtag (`exact`, `case`, `misspelt`; None: no hashtag at all).
        """
        raise NotImplementedError

    def tag(self, form: str, key: str = "") -> str:
        """The campaign's hashtag with its sign: `exact`, `case` (another case), `misspelt` (a listed variant)."""
        raise NotImplementedError

    def remark(self, key: str) -> str:
        """What somebody says below a post: short, without hashtag, day or theme."""
        raise NotImplementedError
