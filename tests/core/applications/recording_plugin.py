"""A plugin of nbdkit that stands between a host and a server, and writes down what passes.

The system's Python runs it inside nbdkit: `nbdkit python recording_plugin.py uri=URI log=FILE`. It
is given one request at a time, so that the order of the log is that of the server. An entry is
added when the server has acknowledged a request: a letter, offset and length, then the data.
"""

import struct
from pathlib import Path
from typing import Any

API_VERSION = 2

ENTRY = struct.Struct("<cQQ")
WRITE, ZEROES, FLUSH = b"W", b"Z", b"F"
_words: dict[str, str] = {}


def config(key: str, value: str) -> None:
    """What the command line says."""
    _words[key] = value


class _Passage:
    """One client's way to the server."""

    def __init__(self) -> None:
        import nbd  # type: ignore[import-not-found]  # which the system's Python has

        self.server: Any = nbd.NBD()
        self.server.connect_uri(_words["uri"])
        self.log = Path(_words["log"]).open("ab", buffering=0)  # noqa: SIM115 -- see `close`

    def passed(self, letter: bytes, offset: int, length: int, data: bytes = b"") -> None:
        self.log.write(ENTRY.pack(letter, offset, length) + data)


def open(readonly: bool) -> _Passage:  # noqa: A001, ARG001 -- so it is called by nbdkit
    """A client has come."""
    return _Passage()


def close(passage: _Passage) -> None:
    """It has gone."""
    passage.server.shutdown()
    passage.log.close()


def get_size(passage: _Passage) -> int:
    """That of the export."""
    return int(passage.server.get_size())


def pread(passage: _Passage, buffer: bytearray, offset: int, flags: int) -> None:  # noqa: ARG001
    """Read, which is not written down."""
    buffer[:] = passage.server.pread(len(buffer), offset)


def pwrite(passage: _Passage, data: bytes, offset: int, flags: int) -> None:  # noqa: ARG001
    """Write, then say so."""
    held = bytes(data)
    passage.server.pwrite(held, offset)
    passage.passed(WRITE, offset, len(held), held)


def trim(passage: _Passage, length: int, offset: int, flags: int) -> None:  # noqa: ARG001
    """Trim, which reads as zeroes on a protected volume."""
    passage.server.trim(length, offset)
    passage.passed(ZEROES, offset, length)


def zero(passage: _Passage, length: int, offset: int, flags: int) -> None:  # noqa: ARG001
    """Write zeroes."""
    passage.server.zero(length, offset)
    passage.passed(ZEROES, offset, length)


def flush(passage: _Passage, flags: int) -> None:  # noqa: ARG001
    """Flush: what was acknowledged before is durable now."""
    passage.server.flush()
    passage.passed(FLUSH, 0, 0)
