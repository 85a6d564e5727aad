"""Streams of JSON records, translated one by one as they arrive.

A record leaves as soon as its last byte has come: nothing waits for the next one. What is between
the records (line ends, comments, other fields of an event) passes byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from .message import Json
from .reading import Inflater, dumps, header, inflater, loads, media_type

_GAP: Final = re.compile(
    rb"[ \t\r\n\x1e]*"
)  # 1E begins a record of a JSON text sequence (RFC 7464)
_BRACKET: Final = re.compile(rb'["{}\[\]]')
_QUOTE: Final = re.compile(rb'["\\]')
_SCALAR: Final = re.compile(rb'[^ \t\r\n\x1e"{\[]*')
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)")

_SEQUENCES: Final = frozenset(
    {
        *("application/json", "application/json-seq", "application/jsonl", "application/ndjson"),
        *("application/jsonlines", "application/x-jsonlines", "application/x-ndjson"),
        *("application/stream+json", "application/x-json-stream", "application/jsonl+json"),
    }
)


class RecordError(Exception):
    """A record that is no JSON, or too long, or cut off: the stream cannot go on."""


class Translator(Protocol):
    """Takes the bytes of a stream and gives what of it can go on."""

    def feed(self, data: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class JsonRecords:
    """JSON values one after another, with or without something between them."""

    def __init__(self, translate: Callable[[Json], Json], limit: int) -> None:
        self._translate, self._limit = translate, limit
        self._held = bytearray()  # from the first byte of the record that is not complete
        self._seen = 0  # how far the scan of it has come
        self._depth = 0
        self._quoted = False

    def feed(self, data: bytes) -> bytes:
        self._held += data
        out = bytearray()
        while True:
            self._pass_gap(out)
            end = self._end_of_record()
            if end < 0:
                break
            out += self._take(end)
        if len(self._held) > self._limit:
            raise RecordError(f"a record has more than {self._limit} bytes")
        return bytes(out)

    def finish(self) -> bytes:
        """The last record, if it is one whose end only the end of the stream can show."""
        if not self._held:
            return b""
        if self._held[0] in b'"{[':
            raise RecordError("the stream ends within a record")
        return self._take(len(self._held))

    def _pass_gap(self, out: bytearray) -> None:
        if not self._seen and (gap := _GAP.match(self._held)) and gap.end():
            out += gap.group()
            del self._held[: gap.end()]

    def _take(self, end: int) -> bytes:
        if end > self._limit:
            raise RecordError(f"a record has more than {self._limit} bytes")
        text = bytes(self._held[:end])
        del self._held[:end]
        self._seen = 0
        try:
            return dumps(self._translate(loads(text)))
        except ValueError as error:
            raise RecordError(f"a record is no valid JSON: {error}") from None

    def _end_of_record(self) -> int:
        """Where the first record ends, -1 while that is not known."""
        if not self._held:
            return -1
        if self._held[0] in b'"{[':
            return self._end_of_bracketed()
        scalar = _SCALAR.match(self._held, self._seen)
        self._seen = scalar.end() if scalar else 0
        return self._seen if self._seen < len(self._held) else -1

    def _end_of_bracketed(self) -> int:
        while found := (_QUOTE if self._quoted else _BRACKET).search(self._held, self._seen):
            mark = found.group()
            if mark == b"\\":
                if found.end() == len(self._held):  # what it escapes has not come yet
                    self._seen = found.start()
                    return -1
                self._seen = found.end() + 1
                continue
            self._seen = found.end()
            if mark == b'"':
                self._quoted = not self._quoted
            else:
                self._depth += 1 if mark in b"{[" else -1
            if not (self._depth or self._quoted):
                return self._seen
        self._seen = len(self._held)
        return -1


class EventRecords:
    """Server-sent events (WHATWG HTML, 9.2): the data of each is a record if it is JSON."""

    def __init__(self, translate: Callable[[Json], Json], limit: int) -> None:
        self._translate, self._limit = translate, limit
        self._held = bytearray()  # a line that is not complete
        self._event: list[bytes] = []  # from the first data line of an event on
        self._size = 0
        self._after_cr = False

    def feed(self, data: bytes) -> bytes:
        out = bytearray()
        if self._after_cr and data.startswith(b"\n"):
            out += self._complete_line_end()
            data = data[1:]
        self._after_cr = data.endswith(b"\r") or (self._after_cr and not data)
        self._held += data
        position = 0
        while line := _LINE.match(self._held, position):
            out += self._take(line.group())
            position = line.end()
        del self._held[:position]
        if self._size + len(self._held) > self._limit:
            raise RecordError(f"an event has more than {self._limit} bytes")
        return bytes(out)

    def finish(self) -> bytes:
        """An event without its empty line is none, yet a lenient reader may take it for one."""
        rest = self._take(bytes(self._held)) if self._held else b""
        return rest + self._flush()

    def _complete_line_end(self) -> bytes:
        """The line feed of a line end that was cut between two pieces."""
        self._after_cr = False
        if not self._event:
            return b"\n"
        self._event[-1] += b"\n"
        return b""

    def _take(self, line: bytes) -> bytes:
        if not line.strip(b"\r\n"):
            return self._flush() + line
        if self._event or _data_of(line) is not None:
            self._event.append(line)
            self._size += len(line)
            return b""
        return line

    def _flush(self) -> bytes:
        lines, self._event, self._size = self._event, [], 0
        texts = [text for line in lines if (text := _data_of(line)) is not None]
        try:
            value = loads(b"\n".join(texts))
        except ValueError:  # no record, such as a closing mark
            return b"".join(lines)
        others = [line for line in lines if _data_of(line) is None]
        first = lines[0]
        end = first[len(first.rstrip(b"\r\n")) :]
        try:
            return b"data: " + dumps(self._translate(value)) + end + b"".join(others)
        except ValueError as error:
            raise RecordError(f"an event has no JSON text: {error}") from None


def _data_of(line: bytes) -> bytes | None:
    name, _, text = line.rstrip(b"\r\n").partition(b":")
    return text.removeprefix(b" ") if name.removeprefix(b"\xef\xbb\xbf") == b"data" else None


class Inflated:
    """Undoes a content coding before the records are looked for."""

    def __init__(self, coding: Inflater, inner: Translator) -> None:
        self._coding, self._inner = coding, inner

    def feed(self, data: bytes) -> bytes:
        try:
            return b"".join(map(self._inner.feed, self._coding.feed(data)))
        except ValueError as error:
            raise RecordError(str(error)) from None

    def finish(self) -> bytes:
        try:
            rest = self._inner.feed(self._coding.finish())
        except ValueError as error:
            raise RecordError(str(error)) from None
        return rest + self._inner.finish()


def translator(
    headers: Iterable[tuple[str, str]], translate: Callable[[Json], Json], limit: int
) -> Translator | None:
    """What translates a stream with these headers, None where its type has no records.

    LookupError where its content coding is not known.
    """
    kind = media_type(headers)
    if kind == "text/event-stream":
        inner: Translator = EventRecords(translate, limit)
    elif kind in _SEQUENCES or kind.endswith("+json"):
        inner = JsonRecords(translate, limit)
    else:
        return None
    coding = inflater(header(headers, "content-encoding"))
    return inner if coding is None else Inflated(coding, inner)
