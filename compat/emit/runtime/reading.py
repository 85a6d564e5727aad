"""Bodies as the adapters read them: when, within which bounds, and what is said when it fails."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any, Final, Protocol

from .message import Flow, Json, Reads, Request

BODY_LIMIT: Final = 64 << 20  # bytes of a body that is read, decoded
RECORD_LIMIT: Final = 16 << 20  # bytes of one record of a stream
PIECE: Final = 64 << 10  # bytes that one step of decompression gives at most

# They speak of the octets of a body (RFC 9530; RFC 1864), so they do not outlive its translation.
DIGESTS: Final = frozenset({"content-digest", "repr-digest", "digest", "content-md5"})
FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
CODINGS: Final = ("gzip", "x-gzip", "deflate")  # RFC 9110, 8.4.1


class Face(Protocol):
    """What a generated package offers for one role; a module of it is one."""

    def exchange(self, request: Request) -> Flow: ...

    def reads(self, method: str, path: str) -> Reads: ...


class Problem(Exception):  # noqa: N818 -- the word of RFC 9457
    """An answer of the adapter's own: a problem document (RFC 9457, 3) under `status`."""

    def __init__(self, status: int, document: dict[str, Json]) -> None:
        self.status, self.document = status, document
        super().__init__(status, document)

    def __str__(self) -> str:
        return f"{self.document.get('title')}: {self.document.get('detail')}"

    @classmethod
    def of(cls, status: int, kind: str, title: str, detail: str, **members: Json) -> Problem:
        type_ = f"urn:isthmus:problem:{kind}"
        told: dict[str, Json] = {"type": type_, "title": title, "status": status, "detail": detail}
        return cls(status, {**told, **members})


def gap_problem(error: Exception) -> Problem | None:
    """The problem of a GapError, None for any other error.

    In a chain or behind a proxy it is one of another package, whose class is another, if alike.
    """
    if hasattr(error, "difference") and callable(tell := getattr(error, "problem", None)):
        return Problem(501, tell())
    return None


class Fault(Enum):
    """What can be wrong with a body that must be read."""

    MALFORMED = "malformed"
    TOO_LARGE = "too large"
    CODING = "coding"


def body_problem(fault: Fault, detail: str, status: int | None) -> Problem:
    """The body is the caller's (400, 413 or 415), or came from the callee under `status` (502)."""
    if status is not None:
        return Problem.of(
            502,
            "unreadable-answer",
            "The upstream's answer cannot be read",
            f"{detail} (the upstream's status was {status})",
            upstream_status=status,
        )
    match fault:
        case Fault.MALFORMED:
            return Problem.of(400, "malformed-request", "The request's body cannot be read", detail)
        case Fault.TOO_LARGE:
            return Problem.of(413, "request-too-large", "The request's body is too large", detail)
        case Fault.CODING:
            return Problem.of(
                415, "request-coding", "The request's coding is not supported", detail
            )


def header(headers: Iterable[tuple[str, str]], name: str) -> str:
    """The first value under `name` (in lower case), empty where there is none."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return ""


def without(headers: Iterable[tuple[str, str]], names: frozenset[str]) -> list[tuple[str, str]]:
    """The headers whose names, in lower case, are not among `names`."""
    return [pair for pair in headers if pair[0].lower() not in names]


def has_any(headers: Iterable[tuple[str, str]], names: frozenset[str]) -> bool:
    """Is one of the headers among `names`, which are in lower case?"""
    for name, _ in headers:  # noqa: SIM110 -- a generator would cost more than the rest
        if name.lower() in names:
            return True
    return False


def media_type(headers: Iterable[tuple[str, str]]) -> str:
    """The media type in lower case, without its parameters."""
    return essence(header(headers, "content-type"))


def essence(content_type: str) -> str:
    """The media type that a Content-Type names, in lower case and without parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(headers: Iterable[tuple[str, str]]) -> bool:
    """Is the content JSON (RFC 8259, 11; RFC 6839, 3.1)?"""
    return names_json(header(headers, "content-type"))


def names_json(content_type: str) -> bool:
    """The same of a Content-Type."""
    if content_type == "application/json":
        return True
    kind = essence(content_type)
    return kind == "application/json" or kind.endswith("+json")


def has_body(headers: Iterable[tuple[str, str]]) -> bool:
    """Does an HTTP/1.1 request with these headers have a body (RFC 9112, 6.3)?"""
    for name, text in headers:  # noqa: SIM110 -- a generator would cost more than the rest
        if name.lower() in FRAMING and text not in ("", "0"):
            return True
    return False


def is_bodiless(method: str, status: int) -> bool:
    """Does an answer of this status to this method never have a body (RFC 9112, 6.3)?"""
    return method == "HEAD" or status < 200 or status in (204, 304)


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON number")


_DECODE: Final = json.JSONDecoder(parse_constant=_no_constant).raw_decode
_SPACE: Final = " \t\n\r"


def loads(data: bytes) -> Json:
    """The JSON value in `data`; ValueError says why there is none."""
    # Two ASCII characters, with which almost every JSON text starts, are UTF-8 (RFC 4627, 3).
    if len(data) > 1 and 32 < data[0] < 128 and data[1] > 0:
        text, start = data.decode("utf-8", "surrogatepass"), 0
    else:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
        start = len(text) - len(text.lstrip(_SPACE))
    try:
        value: Json
        value, end = _DECODE(text, start)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if end < len(text) and (behind := text[end:].lstrip(_SPACE)):
        raise json.JSONDecodeError("Extra data", text, len(text) - len(behind))
    return value


def text_maker() -> Callable[[object], str]:
    """What makes compact JSON texts: the machine that `json` builds anew for each, built once."""
    plain = json.JSONEncoder(
        ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
    )
    build: Any = getattr(json.encoder, "c_make_encoder", None)
    escape = getattr(json.encoder, "encode_basestring", None)
    try:
        pieces = build(None, plain.default, escape, None, ":", ",", False, False, False)
        "".join(pieces([], 0))
    except TypeError:  # another Python has none, or one that is built otherwise
        return plain.encode
    return lambda value: "".join(pieces(value, 0))


_ENCODE: Final = text_maker()


def dumps(value: object) -> bytes:
    """Compact JSON in UTF-8; ValueError where `value` has no JSON text."""
    try:
        text = _ENCODE(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
        return json.dumps(value).encode()


class Inflater:
    """Undoes one content coding, in pieces of bounded size; ValueError where the data is none."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._engine = zlib.decompressobj(15 if coding == "deflate" else 31)
        self._fresh = True
        self._first = b""  # of the two bytes that tell how deflated data is wrapped

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._fresh:
            data = self._first + data
            if len(data) < 2:
                self._first = data
                return
        while data:
            yield self._inflate(data)
            self._fresh = False
            if self._engine.eof:  # a gzip file may have several members (RFC 1952, 2.2)
                data = self._engine.unused_data.lstrip(b"\0")
                if data:
                    self._engine = zlib.decompressobj(31)
            else:
                data = self._engine.unconsumed_tail

    def finish(self) -> bytes:
        """What is left; ValueError where the data ended too early."""
        if self._fresh and self._first:
            raise ValueError(f"the {self._coding} data ends too early")
        rest = self._engine.flush()
        if not (self._fresh or self._engine.eof):
            raise ValueError(f"the {self._coding} data ends too early")
        return rest

    def _inflate(self, data: bytes) -> bytes:
        try:
            return self._engine.decompress(data, PIECE)
        except zlib.error:
            if not (self._fresh and self._coding == "deflate"):
                raise ValueError(f"the content is no {self._coding} data") from None
        # Some senders leave out the zlib wrapper that "deflate" asks for.
        self._engine, self._fresh = zlib.decompressobj(-15), False
        return self._inflate(data)


def inflater(content_encoding: str) -> Inflater | None:
    """What undoes the content coding, None for none; LookupError for one that is not known."""
    coding = content_encoding.strip().lower()
    if coding in ("", "identity"):
        return None
    if coding not in CODINGS:
        raise LookupError(f"content-encoding {coding} is not supported")
    return Inflater(coding)


class Collector:
    """Takes in a JSON body piece by piece, within `limit` bytes, or raises its `body_problem`."""

    def __init__(self, content_encoding: str, limit: int, status: int | None) -> None:
        self._pieces: list[bytes] = []
        self._limit, self._room, self._status = limit, limit, status
        self._inflater: Inflater | None = None
        if not content_encoding:
            return
        try:
            self._inflater = inflater(content_encoding)
        except LookupError as error:
            raise body_problem(Fault.CODING, str(error), status) from None

    def feed(self, data: bytes) -> None:
        try:
            for piece in (data,) if self._inflater is None else self._inflater.feed(data):
                self._room -= len(piece)
                if self._room < 0:
                    detail = f"more than {self._limit} bytes"
                    raise body_problem(Fault.TOO_LARGE, detail, self._status)
                self._pieces.append(piece)
        except ValueError as error:
            raise body_problem(Fault.MALFORMED, str(error), self._status) from None

    def finish(self) -> object:
        """The JSON value; None for an empty body, and for null its text, which is not None."""
        try:
            if self._inflater is not None:
                self._pieces.append(self._inflater.finish())
            data = b"".join(self._pieces)
            value = loads(data) if data else None
        except ValueError as error:
            detail = f"no valid JSON: {error}"
            raise body_problem(Fault.MALFORMED, detail, self._status) from None
        return data if data and value is None else value
