"""Small files of a journal: JSON with a checksum behind it, written anew as a whole."""

import json
from collections.abc import Mapping
from typing import Any, Final

import xxhash

from core.stream.anew import write_anew
from core.structure.medium import Folder

_BYTES_MAX: Final = 16 << 20


def write_document(folder: Folder, name: str, document: Mapping[str, Any]) -> None:
    """Have a file hold that, durably."""
    body = json.dumps(document).encode()
    write_anew(folder, name, body + b"\n" + _digest(body))


def read_document(folder: Folder, name: str) -> dict[str, Any] | None:
    """What a file holds; None where it is not there.

    Raises ValueError where it is not what was written.
    """
    try:
        file = folder.open(name, writable=False)
    except FileNotFoundError:
        return None
    try:
        packed = bytearray(min(file.size(), _BYTES_MAX))
        file.read_into(packed, 0)
    finally:
        file.close()
    body, _, digest = bytes(packed).rpartition(b"\n")
    if digest != _digest(body):
        raise ValueError("it is not what was written")
    found: dict[str, Any] = json.loads(body)
    return found


def forget_document(folder: Folder, name: str) -> None:
    """Have a file gone, durably."""
    if name in folder.names():
        folder.remove(name)
        folder.sync()


def _digest(body: bytes) -> bytes:
    return xxhash.xxh3_64_hexdigest(body).encode()
