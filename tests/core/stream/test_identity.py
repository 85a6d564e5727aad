"""What a journal is of: read back as it was written, and nothing else is taken for it."""

import json
from typing import Any

import pytest

from core.sim.medium import Blob, MemoryFolder
from core.stream.identity import (
    SEGMENT_BYTES_MAX,
    SEGMENT_BYTES_MIN,
    VOLUMES_MAX,
    Identity,
    Member,
    NotAJournalError,
    _checksum,
    read_identity,
    write_identity,
)

MEMBERS = (
    Member(name="data", path="/images/data.img", size=1 << 30),
    Member(name="log", path="/images/log.img", size=0, replica="/replicas/log.img"),
)
IDENTITY = Identity(group=bytes(range(16)), volumes=MEMBERS, segment_bytes=SEGMENT_BYTES_MIN)


def folder_of(data: bytes) -> MemoryFolder:
    return MemoryFolder({"journal.json": Blob(data)})


def written() -> bytes:
    folder = MemoryFolder()
    write_identity(folder, IDENTITY)
    return bytes(folder.blobs["journal.json"].content)


def changed(**values: Any) -> bytes:
    """The document with other values, and a checksum that fits them."""
    document = json.loads(written())
    del document["checksum"]
    document |= values
    return json.dumps({**document, "checksum": _checksum(document)}).encode()


def refused(data: bytes) -> str:
    with pytest.raises(NotAJournalError) as caught:
        read_identity(folder_of(data), where="j")
    return str(caught.value)


def volume(**values: Any) -> dict[str, Any]:
    return {"name": "a", "path": "/a", "size": 512, "replica": "", **values}


def test_it_is_read_back_however_it_is_laid_out() -> None:
    assert read_identity(folder_of(written()), where="j") == IDENTITY
    compact = json.dumps(json.loads(written()), sort_keys=True).encode()
    assert read_identity(folder_of(compact), where="j") == IDENTITY
    assert IDENTITY.names == ("data", "log")
    assert [each.image for each in MEMBERS] == ["/images/data.img", "/replicas/log.img"]


def test_a_folder_without_it_is_no_journal() -> None:
    with pytest.raises(NotAJournalError, match="no journal"):
        read_identity(MemoryFolder(), where="j")


def test_any_flipped_bit_is_refused_or_changes_nothing() -> None:
    data = written()
    for at in range(len(data)):
        for bit in range(8):
            other = bytearray(data)
            other[at] ^= 1 << bit
            try:
                assert read_identity(folder_of(bytes(other)), where="j") == IDENTITY
            except NotAJournalError:
                continue


def test_what_is_damaged_is_told_with_what_to_do() -> None:
    document = json.loads(written())
    del document["checksum"]
    with pytest.raises(NotAJournalError) as caught:
        read_identity(folder_of(json.dumps(document).encode()), where="j")
    assert caught.value.placed == "j/journal.json: damaged: it has no 'checksum'"
    assert "bring the file back" in caught.value.hint


@pytest.mark.parametrize("size", [0, 1, 40])
def test_a_part_of_it_is_refused(size: int) -> None:
    assert "damaged" in refused(written()[:size])


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[]",
        b"null",
        b"\xff\xfe",
        b"1" * 5_000,
        b" " * (2 << 20),
        written().replace(b'"format": 1,', b'"format": 1, "format": 1,'),
    ],
    ids=["lists", "objects", "a list", "null", "no text", "a number", "too long", "twice"],
)
def test_what_is_no_such_document_is_refused(data: bytes) -> None:
    assert "damaged" in refused(data)


@pytest.mark.parametrize(
    "values",
    [
        {"format": "1"},
        {"format": True},
        {"format": 0},
        {"group": "00"},
        {"group": 7},
        {"group": "g" * 32},
        {"segment_bytes": SEGMENT_BYTES_MIN - 1},
        {"segment_bytes": SEGMENT_BYTES_MAX + 1},
        {"segment_bytes": 65_536.0},
        {"segment_bytes": "65536"},
        {"volumes": []},
        {"volumes": None},
        {"volumes": ["a"]},
        {"volumes": [volume(), volume()]},
        {"volumes": [volume(name=str(nth)) for nth in range(VOLUMES_MAX + 1)]},
        {"volumes": [volume(name="")]},
        {"volumes": [volume(name="a" * 256)]},
        {"volumes": [volume(name=None)]},
        {"volumes": [volume(path=3)]},
        {"volumes": [volume(size=-1)]},
        {"volumes": [volume(size=1 << 63)]},
        {"volumes": [volume(size=True)]},
        {"volumes": [volume(replica=None)]},
    ],
    ids=lambda each: f"{each!r:.40}",
)
def test_absurd_values_are_refused(values: dict[str, Any]) -> None:
    assert "damaged" in refused(changed(**values))


def test_a_later_format_says_so_whatever_else_it_says() -> None:
    assert "format 2" in refused(b'{"format": 2}')
