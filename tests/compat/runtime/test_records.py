"""Records are translated as they arrive, and all else passes byte for byte."""

import gzip
import json
import zlib
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.emit.runtime.message import Json
from compat.emit.runtime.reading import dumps
from compat.emit.runtime.records import (
    EventRecords,
    JsonRecords,
    RecordError,
    Translator,
    translator,
)
from tests.compat.runtime.test_reading import JSON_VALUES

LIMIT = 10_000
GAPS = st.text(" \t\r\n\x1e", max_size=3).map(str.encode)


def boxed(record: Json) -> Json:
    return {"was": record}


def run(translator: Translator, pieces: Iterable[bytes]) -> bytes:
    return b"".join(map(translator.feed, pieces)) + translator.finish()


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


@given(
    st.lists(st.tuples(JSON_VALUES, GAPS), max_size=6),
    st.lists(st.integers(0, 300), max_size=8),
    st.booleans(),
)
def test_json_records_come_out_the_same_however_they_are_cut(
    records: list[tuple[object, bytes]], places: list[int], indented: bool
) -> None:
    indent = 1 if indented else None
    texts = [(json.dumps(value, indent=indent).encode(), gap + b"\n") for value, gap in records]
    stream = b"\n".join(text + gap for text, gap in texts)
    expected = b"\n".join(dumps({"was": json.loads(text)}) + gap for text, gap in texts)
    assert run(JsonRecords(boxed, LIMIT), cut(stream, places)) == expected


def test_objects_need_nothing_between_them() -> None:
    assert run(JsonRecords(boxed, LIMIT), [b'{"a":"}{"}[1]"x"{}']) == (
        b'{"was":{"a":"}{"}}{"was":[1]}{"was":"x"}{"was":{}}'
    )


def test_a_record_leaves_with_its_last_byte() -> None:
    """Nothing waits for the next record, nor for a line end."""
    stream = JsonRecords(boxed, LIMIT)
    assert stream.feed(b'{"a": "\\"}') == b""
    assert stream.feed(b'"') == b""
    assert stream.feed(b"}") == b'{"was":{"a":"\\"}"}}'
    assert stream.feed(b"\n") == b"\n"


def test_an_escape_may_be_cut_from_what_it_escapes() -> None:
    stream = JsonRecords(boxed, LIMIT)
    assert stream.feed(b'"a\\') + stream.feed(b'"b') + stream.feed(b'"') == b'{"was":"a\\"b"}'


def test_a_number_leaves_with_what_ends_it() -> None:
    stream = JsonRecords(boxed, LIMIT)
    assert stream.feed(b"1") == b""
    assert stream.feed(b"2\n3") == b'{"was":12}\n'
    assert stream.finish() == b'{"was":3}'


@pytest.mark.parametrize("text", [b"} ", b"{]\n", b"nonsense\n", b'{"a":1,}', b"1e999 "])
def test_a_record_that_is_no_json_ends_the_stream(text: bytes) -> None:
    with pytest.raises(RecordError, match="no valid JSON"):
        JsonRecords(boxed, LIMIT).feed(text)


@pytest.mark.parametrize("text", [b'{"a"', b'"a', b"[1", b"tru"])
def test_a_stream_that_ends_within_a_record_is_broken(text: bytes) -> None:
    with pytest.raises(RecordError):
        run(JsonRecords(boxed, LIMIT), [text])


def test_a_record_is_bounded_while_the_stream_is_not() -> None:
    stream = JsonRecords(boxed, 100)
    for _ in range(50):
        stream.feed(b'{"a":"' + b"x" * 80 + b'"}\n')
    stream.feed(b'{"a":"' + b"x" * 80)
    with pytest.raises(RecordError, match="more than 100 bytes"):
        stream.feed(b"x" * 20)


def test_a_complete_record_is_bounded_too() -> None:
    with pytest.raises(RecordError, match="more than 100 bytes"):
        JsonRecords(boxed, 100).feed(b'"' + b"x" * 200 + b'" ')


def test_depth_is_no_way_to_exhaust_the_stack() -> None:
    with pytest.raises(RecordError, match="nested too deeply"):
        JsonRecords(boxed, 1 << 20).feed(b"[" * 100_000 + b"]" * 100_000)


EVENTS = (
    b': hello\nid: 1\nevent: made\ndata: {\ndata:"a":1}\nretry: 5\n\ndata: [DONE]\n\n: ping\n\n'
)


@given(st.lists(st.integers(0, 90), max_size=8), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_events_come_out_the_same_however_they_are_cut(places: list[int], end: bytes) -> None:
    expected = (
        b': hello\nid: 1\nevent: made\ndata: {"was":{"a":1}}\nretry: 5\n\n'
        b"data: [DONE]\n\n: ping\n\n"
    )
    found = run(EventRecords(boxed, LIMIT), cut(EVENTS.replace(b"\n", end), places))
    assert found == expected.replace(b"\n", end)


def test_an_event_leaves_with_its_empty_line() -> None:
    stream = EventRecords(boxed, LIMIT)
    assert stream.feed(b"event: a\n") == b"event: a\n"
    assert stream.feed(b"data: 1\n") == b""
    assert stream.feed(b"\n") == b'data: {"was":1}\n\n'


def test_an_event_whose_empty_line_is_missing_is_translated_all_the_same() -> None:
    assert run(EventRecords(boxed, LIMIT), [b"\xef\xbb\xbfdata:1\n", b"data:0"]) == (
        b"\xef\xbb\xbfdata:1\ndata:0"
    )
    assert run(EventRecords(boxed, LIMIT), [b"\xef\xbb\xbfdata:7"]) == b'data: {"was":7}'


def test_an_event_is_bounded() -> None:
    for text in (b"data: " + b"x" * 200, b"data: x\n" * 20):
        with pytest.raises(RecordError, match="an event has more than 100 bytes"):
            EventRecords(boxed, 100).feed(text)


def test_the_type_decides_how_records_are_found() -> None:
    for kind, expected in (
        ("text/event-stream;charset=utf-8", EventRecords),
        ("application/x-ndjson", JsonRecords),
        ("application/json", JsonRecords),
        ("application/vnd.docker.raw-stream", type(None)),
        ("", type(None)),
    ):
        assert type(translator([("content-type", kind)], boxed, LIMIT)) is expected


def test_a_coding_is_undone_record_by_record() -> None:
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(b'{"a":1}\n') + packer.flush(zlib.Z_SYNC_FLUSH)
    rest = packer.compress(b"2") + packer.flush()
    headers = [("content-type", "application/json"), ("content-encoding", "gzip")]
    stream = translator(headers, boxed, LIMIT)
    assert stream is not None
    assert stream.feed(first) == b'{"was":{"a":1}}\n'
    assert stream.feed(rest) + stream.finish() == b'{"was":2}'


def test_a_broken_coding_ends_the_stream() -> None:
    headers = [("content-type", "application/json"), ("content-encoding", "gzip")]
    for pieces in ([b"no gzip"], [gzip.compress(b"{}")[:-2]]):
        stream = translator(headers, boxed, LIMIT)
        assert stream is not None
        with pytest.raises(RecordError, match="gzip"):
            run(stream, pieces)
