"""A ZIP may be a bomb, locked, broken, or lead outside of itself: each is one sentence, and nothing is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from connectors.errors import BadAnswer
from connectors.imports import FORMS, archives, form, form_of


def write(folder: Path, name: str = "data/tweets.js", content: bytes = b"window.YTD.tweets.part0 = []") -> Path:
    path = folder / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def read(path: Path, name: str) -> bytes:
    with archives.opened(path) as archive:
        assert archive.names() == [name]
        return archive.read(name)


def test_a_file_is_read_from_zip_and_folder(tmp_path: Path) -> None:
    """Both name their files alike; links out of a folder are no files of it."""
    assert read(write(tmp_path), "data/tweets.js").startswith(b"window")
    (tmp_path / "folder" / "data").mkdir(parents=True)
    (tmp_path / "folder" / "data" / "tweets.js").write_bytes(b"[]")
    (tmp_path / "folder" / "link.js").symlink_to("/etc/hostname")
    assert read(tmp_path / "folder", "data/tweets.js") == b"[]"


@pytest.mark.parametrize("name", ["../../evil.js", "/etc/passwd", "a/../../b.js", "C:/evil.js", "..\\evil.js"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    """Although nothing is ever unpacked: no platform makes such an archive."""
    with pytest.raises(BadAnswer, match="leads outside"):
        read(write(tmp_path, name), name)


def test_a_bomb_is_read_up_to_the_bound_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the archive says of its size is not believed."""
    monkeypatch.setattr(archives, "LARGEST_FILE", 1 << 16)
    assert len(read(write(tmp_path, content=b" " * (1 << 16)), "data/tweets.js")) == 1 << 16
    bomb = write(tmp_path, content=b" " * ((1 << 16) + 1))
    with pytest.raises(BadAnswer, match=r"tweets\.js, which is larger than"):
        read(bomb, "data/tweets.js")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of names can be a bomb too."""
    monkeypatch.setattr(archives, "MOST_FILES", 0)
    with pytest.raises(BadAnswer, match="more than 0 files"):
        read(write(tmp_path), "data/tweets.js")


def test_a_locked_archive_says_what_to_do(tmp_path: Path) -> None:
    """The bit that tells it is set by hand: the standard library writes none."""
    path = write(tmp_path)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(BadAnswer, match="password"):
        read(path, "data/tweets.js")


def test_a_broken_archive_says_what_to_do(tmp_path: Path) -> None:
    """Broken inside, and cut off."""
    path = write(tmp_path, content=bytes(range(256)) * 64)
    content = bytearray(path.read_bytes())
    content[60:80] = b"\0" * 20
    path.write_bytes(content)
    with pytest.raises(BadAnswer, match="broken at"):
        read(path, "data/tweets.js")
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadAnswer, match="no whole ZIP"), archives.opened(path):
        pytest.fail("it was opened")


def test_a_spreadsheet_is_a_zip_too_and_none_of_ours(tmp_path: Path) -> None:
    """Nor is an empty folder, a picture, a text, or JSON of somebody else."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    (tmp_path / "text").write_text("Dear all,\nplease find attached", encoding="utf-8")
    (tmp_path / "other").write_text('{"some": "thing"}\n[1, 2]\n', encoding="utf-8")
    for path in (
        write(tmp_path, "xl/workbook.xml"),
        *(tmp_path / name for name in ("folder", "picture", "text", "other")),
    ):
        assert form_of(path) is None
        assert not any(form(name).looks_like(path) for name in FORMS)
