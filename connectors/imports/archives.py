"""A ZIP or a folder that a platform gave to somebody: its files by name, read one at a time and within bounds.

Nothing is ever unpacked to disk. What an archive says of its sizes is not believed: reading stops at the bound.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from connectors.errors import BadAnswer

LARGEST_FILE = 256 << 20
"""Bytes of one file after unpacking. X begins a new part of an archive at about 100 MB."""
MOST_FILES = 500_000


class Archive(Protocol):
    name: str

    def names(self) -> list[str]:
        """The files in it, sorted, with `/` between folders."""

    def read(self, name: str) -> bytes:
        """The bytes of one of them. Raises BadAnswer where it is too large, encrypted or broken."""


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.name, self._archive = path.name, archive

    def names(self) -> list[str]:
        names = [one.filename for one in self._archive.infolist() if not one.is_dir()]
        if len(names) > MOST_FILES:
            raise BadAnswer(f"{self.name} holds more than {MOST_FILES} files: it is no download of a platform.")
        if any(_leads_outside(name) for name in names):
            raise BadAnswer(
                f"{self.name} holds a file whose name leads outside of the archive: no platform makes such a file. "
                "Nothing was read; download it again from the platform itself."
            )
        return sorted(names)

    def read(self, name: str) -> bytes:
        if self._archive.getinfo(name).flag_bits & 0x1:
            raise BadAnswer(f"{self.name} is locked with a password: unpack it, and import the folder.")
        try:
            with self._archive.open(name) as file:
                content = file.read(LARGEST_FILE + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as broken:
            raise BadAnswer(f"{self.name} is broken at {_shown(name)}: download or copy it again.") from broken
        return _within_bounds(content, self.name, name)


class _Folder:
    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path

    def names(self) -> list[str]:
        files = (file for file in self._path.rglob("*") if file.is_file() and not file.is_symlink())
        return sorted(file.relative_to(self._path).as_posix() for file in files)

    def read(self, name: str) -> bytes:
        with (self._path / name).open("rb") as file:
            return _within_bounds(file.read(LARGEST_FILE + 1), self.name, name)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at a path. Raises BadAnswer where it is neither a ZIP nor a folder."""
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as wrong:
        raise BadAnswer(f"{path.name} is no whole ZIP archive: download or copy it again.") from wrong
    with archive:
        yield _Zip(path, archive)


def is_one(path: Path) -> bool:
    return path.is_dir() or zipfile.is_zipfile(path)


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0]


def _within_bounds(content: bytes, archive: str, name: str) -> bytes:
    if len(content) > LARGEST_FILE:
        raise BadAnswer(
            f"{archive} holds {_shown(name)}, which is larger than {LARGEST_FILE >> 20} MB when unpacked: "
            "too large for what a platform gives, so nothing of it is read."
        )
    return content


def _shown(name: str) -> str:
    """The file's own name, without what a person named the folders."""
    return PurePosixPath(name).name[:100]
