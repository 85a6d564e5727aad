"""A reader of the data of one option, which believes no length before it is checked."""

from core.wire.nbd.constants import STRING_BYTES_MAX


class MalformedError(Exception):
    """An option's data is not what its layout says. The text is ours and names no input."""


class Fields:
    """Takes fields off the front of bytes that have all arrived."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, size: int) -> int:
        """A big-endian number of `size` bytes."""
        return int.from_bytes(self._take(size), "big")

    def string(self) -> str:
        """A string behind its length of 32 bits."""
        return text(self._take(self.number(4)))

    def end(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._data):
            raise MalformedError("there is more data than the option has fields")

    def _take(self, size: int) -> bytes:
        after = self._at + size
        if after > len(self._data):
            raise MalformedError("a field goes beyond the option's data")
        taken = self._data[self._at : after]
        self._at = after
        return taken


def text(data: bytes) -> str:
    """A string of the protocol: UTF-8 without NUL, of at most 4096 bytes."""
    if len(data) > STRING_BYTES_MAX:
        raise MalformedError("a string is longer than the protocol allows")
    if b"\0" in data:
        raise MalformedError("a string has a NUL in it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("a string is not UTF-8") from None
