"""Bytes as text: byte order marks, other encodings, things that are no text."""

import codecs

import pytest

from compat.load.limits import DOCUMENT_BYTES_MAX
from tests.compat.load.written import HEADS, loaded, refusal

SPEC = HEADS["3.0"] + "paths: {}\nx-name: Zürich ☃\n"
JSON = """{"openapi": "3.0.3", "info": {"title": "t", "version": "1"},
  "paths": {}, "x-name": "Zürich ☃"}"""


@pytest.mark.parametrize("text", [SPEC, JSON])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_tells_the_encoding(text: str, mark: bytes, encoding: str) -> None:
    found = loaded(mark + text.encode(encoding))
    assert found.problems == ()
    assert found.interface.document["x-name"] == "Zürich ☃"


def test_lines_may_end_as_on_windows() -> None:
    found = loaded(SPEC.replace("\n", "\r\n").encode())
    assert found.problems == ()
    assert found.interface.place.source.locate("/x-name") == (4, 1)


@pytest.mark.parametrize("data", [b"", b" \n\t\n", codecs.BOM_UTF8, b"\xef\xbb\xbf  \n"])
def test_an_empty_document_is_refused(data: bytes) -> None:
    assert "empty" in refusal(data).what


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "1:1"),
        (b"openapi: 3.0.3\ninfo: \xff\n", "2:7"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "1:8"),
        ("openapi: 3.0.3".encode("utf-16-le"), "1:2"),
        (codecs.BOM_UTF16_LE + b"a", "1:3"),
        (SPEC.encode("latin-1", errors="replace"), "4:10"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(data: bytes, where: str) -> None:
    error = refusal(data)
    assert "not text" in error.what
    assert error.where == f"spec.yaml:{where}"


def test_a_document_over_the_limit_is_refused() -> None:
    error = refusal(SPEC.encode() + b" " * DOCUMENT_BYTES_MAX)
    assert "MiB" in error.what
