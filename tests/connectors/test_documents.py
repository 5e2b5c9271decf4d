"""What people's files are, whatever they are called: one document, many lines, packed, or broken off."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import documents


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def test_elements_and_lines_are_items_with_their_place(tmp_path: Path) -> None:
    """A list on one line, a list over many, and lines: the same items."""
    objects = [{"a": 1}, {"b": [2]}]
    lines = write(tmp_path, b'{"a": 1}\n\n{"b": [2]}\n')
    assert [(place, json.loads(one)) for place, one in documents.items(lines)] == [("1", objects[0]), ("3", objects[1])]
    for content in (json.dumps(objects), json.dumps(objects, indent=1)):
        found = list(documents.items(write(tmp_path, content.encode())))
        assert [(place, json.loads(one)) for place, one in found] == [("1[1]", objects[0]), ("1[2]", objects[1])]


def test_lines_are_streamed_even_after_a_bad_first_one(tmp_path: Path) -> None:
    """A long file is never held as a whole."""
    content = b'{"broken": \n' + b'{"a": 1}\n' * 1000 + b'{"broken": '
    found = [one for _, one in documents.documents(write(tmp_path, content))]
    assert (len(found), found[0], found[-1]) == (1002, b'{"broken": \n', b'{"broken": ')


def test_a_packed_file_that_breaks_off_says_so_last(tmp_path: Path) -> None:
    """After everything that could be read."""
    whole = gzip.compress(b'{"a": 1}\n' * 5000, compresslevel=0)
    path = write(tmp_path, whole[: len(whole) // 2])
    *_, (_, last) = documents.documents(path)
    assert last == documents.BREAKS_OFF
    assert len(documents.sample(path)) == 20


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"\x1f\x8bnot gzip", b"\xff\xfe\x00", b"PK\x03\x04"])
def test_what_is_no_json_has_no_sample(tmp_path: Path, content: bytes) -> None:
    """And is not taken for it."""
    path = write(tmp_path, content)
    assert not documents.looks_like_json(path)
    assert documents.sample(path) == []


def test_a_sample_skips_what_cannot_be_read(tmp_path: Path) -> None:
    """In lines; and it is short."""
    assert documents.sample(write(tmp_path, b'{"a": 1}\n{"b\n{"c": 2}\n')) == [{"a": 1}, {"c": 2}]
    assert documents.sample(write(tmp_path, b'[{"a": 1}, {"b": 2}, {"c')) == [{"a": 1}, {"b": 2}]
    assert len(documents.sample(write(tmp_path, b"[" + b'{"a": 1},' * 100 + b"{}]"))) == 20


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_can_be_asked(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No file crashes the look into it."""
    path = tmp_path_factory.mktemp("any") / "file"
    for written in (content, b"[" + content, b'{"a": 1}\n' + content):
        path.write_bytes(written)
        assert isinstance(documents.sample(path), list)
        assert all(isinstance(one, bytes | str) for _, one in documents.items(path))
