"""The bytes of a document as text."""

import codecs
import re
from typing import Final

from compat.load.limits import DOCUMENT_BYTES_MAX
from compat.load.problem import SpecError

# UTF-32 first: its little-endian mark begins with the one of UTF-16.
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_NOT_BLANK = re.compile(r"\S")


def check_size(name: str, size_bytes: int) -> None:
    """Raises SpecError where a document, or a spec with its siblings, is too large to take on."""
    if size_bytes > DOCUMENT_BYTES_MAX:
        raise SpecError(
            f"a spec of more than {DOCUMENT_BYTES_MAX >> 20} MiB is not read",
            where=name,
            hint="give the interface spec itself, without bundled data",
        )


def decode(name: str, data: bytes) -> str:
    """Text by its byte order mark, else UTF-8 (YAML 1.2, 5.2); raises SpecError for other bytes."""
    check_size(name, len(data))
    encoding = next((codec for mark, codec in BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_text(name, data, error.start, encoding) from None
    if encoding == "utf-8" and (nul := data.find(0)) >= 0:
        raise _not_text(name, data, nul, encoding)
    if not _NOT_BLANK.search(text):
        raise SpecError("the document is empty", where=name, hint="give an OpenAPI document")
    return text


def _not_text(name: str, data: bytes, at: int, encoding: str) -> SpecError:
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    return SpecError(
        f"not text: byte 0x{data[at]:02x} does not belong in {encoding.upper()[:6].rstrip('-')}",
        where=f"{name}:{line}:{column}",
        hint="give an OpenAPI document in YAML or JSON, saved as UTF-8",
    )
