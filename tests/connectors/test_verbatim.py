from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import verbatim

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON), st.booleans())
def test_cutting_loses_nothing(items: list[object], spaced: bool) -> None:
    """The pieces of an array, NaN and lone surrogates included, are its items as they were written."""
    written = [json.dumps(item, indent=1 if spaced else None).encode() for item in items]
    array = b"[" + b" , ".join(written) + b"]"
    assert verbatim.elements(verbatim.document(array) or b"") == written


@given(st.dictionaries(st.text(), JSON))
def test_members_are_as_they_were_written(obj: dict[str, object]) -> None:
    """The same for an object's members."""
    written = {name: json.dumps(value).encode() for name, value in obj.items()}
    assert verbatim.members(json.dumps(obj).encode()) == written


@given(st.lists(JSON, min_size=1).map(lambda items: json.dumps(items).encode()), st.data())
def test_a_truncated_document_is_none(array: bytes, data: st.DataObject) -> None:
    """However an array is cut short, it is not taken for a whole one."""
    cut = array[: data.draw(st.integers(0, len(array) - 1))]
    assert verbatim.document(cut) is None


@given(st.binary())
def test_any_bytes_are_judged(body: bytes) -> None:
    """Whatever a server sends, we say whether it is a document, and never crash."""
    document = verbatim.document(body)
    assert document is None or document in body
    verbatim.decode_or_none(body)
    verbatim.readable_members(body, ("id",))


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"\xef\xbb\xbf [1] ", b"[1]"),
        (b"<b>Warning</b>: x in y\n[{}]", b"[{}]"),
        (b'<b>Notice</b> [a]: {x} in y\n{"a": 1}', b'{"a": 1}'),
        (b"<html><script>var a = {};</script></html>", None),
        (b'{"a": 1} {"b": 2}', None),
        (b"null", None),
    ],
)
def test_the_document_in_an_answer(body: bytes, document: bytes | None) -> None:
    """BOM and messages before the JSON are cut off; pages and half documents are none."""
    assert verbatim.document(body) == document
