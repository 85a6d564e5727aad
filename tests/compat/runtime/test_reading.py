"""Bodies are read within bounds, and what is wrong with them is said."""

import gzip
import json
import zlib
from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum, StrEnum
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.emit.runtime.reading import (
    Collector,
    Inflater,
    Problem,
    dumps,
    has_body,
    inflater,
    is_json,
    loads,
    text_maker,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def collect(data: bytes, *, coding: str = "", limit: int = 100) -> object:
    collector = Collector(coding, limit, None)
    collector.feed(data)
    return collector.finish()


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json;v=1"],
)
def test_these_types_are_json(kind: str) -> None:
    assert is_json([("Content-Type", kind)])


@pytest.mark.parametrize("kind", ["", "text/json5", "application/x-ndjson", "application/jsonp"])
def test_these_types_are_not(kind: str) -> None:
    assert not is_json([("content-type", kind)])


def test_a_request_has_a_body_if_it_says_how_long_or_in_chunks() -> None:
    assert has_body([("Content-Length", "3")])
    assert has_body([("transfer-encoding", "chunked")])
    assert not has_body([("content-length", "0")])
    assert not has_body([])


@given(JSON_VALUES)
def test_any_json_value_survives_reading_and_writing(value: object) -> None:
    assert loads(dumps(value)) == value


class Level(IntEnum):
    HIGH = 3


class Colour(StrEnum):
    RED = "red"


class Share(float):
    pass


def told(make: Callable[[object], str], value: object) -> str:
    """The text, or the error."""
    try:
        return make(value)
    except (TypeError, ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


def endless() -> list[object]:
    found: list[object] = []
    found.append(found)
    return found


PLAIN = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
)
NUMBERS = (0, -1, 1 << 300, 0.1, -0.0, 1e300, 5e-324, 1e16, Level.HIGH, Share(1.5))
TEXTS = ("", '\x00"\\/\x7f\u2028\ud800é😀', Colour.RED)
UNWRITABLE = (float("nan"), float("inf"), Share("-inf"), b"bytes", {1}, object, endless())
ODD_VALUES: tuple[object, ...] = (
    *(None, True, False, *NUMBERS, *TEXTS, *UNWRITABLE),
    *((), (1, [2]), {"a": {}, "b": []}, OrderedDict(b=1, a=2), [[[[{}]]]]),
    *({1: 2, None: 3, 2.5: 4, False: 5}, {Level.HIGH: Colour.RED}, {float("nan"): 1}, {(1,): 2}),
)


@pytest.mark.parametrize("number", range(len(ODD_VALUES)))
def test_the_machine_that_is_built_once_writes_what_json_writes(number: int) -> None:
    value = ODD_VALUES[number]
    assert text_maker() != PLAIN.encode
    assert told(text_maker(), value) == told(PLAIN.encode, value)


@pytest.mark.parametrize("machine", [None, lambda: None, lambda *_: lambda value: value])
def test_a_python_with_another_machine_writes_as_its_json_does(
    machine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = SimpleNamespace(c_make_encoder=machine, encode_basestring=str)
    other = SimpleNamespace(JSONEncoder=json.JSONEncoder, encoder=encoder)
    monkeypatch.setattr("compat.emit.runtime.reading.json", other)
    assert text_maker()({"a": [1.5, "é"]}) == '{"a":[1.5,"é"]}'


def test_half_a_surrogate_pair_survives_too() -> None:
    assert dumps(loads(b'"\\ud800 \xc3\xa4"')) == b'"\\ud800 \\u00e4"'


def test_numbers_keep_their_kind() -> None:
    assert dumps(loads(b"[1,1.0,123456789012345678901234567890,-0.5e-7]")) == (
        b"[1,1.0,123456789012345678901234567890,-5e-08]"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "Expecting property name"),
        (b"[NaN]", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xff", "codec can't decode"),
        (b"9" * 5000, "4300 digits"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        loads(text)


def test_what_has_no_json_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(float("inf"))


def test_null_is_kept_apart_from_no_body() -> None:
    assert collect(b"") is None
    assert collect(b" null") == b" null"


def test_a_body_up_to_the_limit_is_read() -> None:
    assert collect(b'"' + b"x" * 98 + b'"') == "x" * 98


def test_a_longer_body_is_refused_before_it_is_complete() -> None:
    collector = Collector("", 100, None)
    collector.feed(b"x" * 100)
    with pytest.raises(Problem) as caught:
        collector.feed(b"x")
    assert caught.value.status == 413


def test_a_compressed_body_is_bounded_by_what_it_becomes() -> None:
    """A thousand to one: the bomb is refused, and never held."""
    bomb = gzip.compress(bytes(50 << 20))
    with pytest.raises(Problem) as caught:
        collect(bomb, coding="gzip", limit=1 << 20)
    assert caught.value.status == 413


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "GZIP", "raw", "members"])
def test_codings_are_undone_however_the_data_is_cut(coding: str) -> None:
    text = json.dumps({"a": list(range(200))}).encode()
    raw = zlib.compressobj(wbits=-15)
    encoded = {
        "deflate": zlib.compress(text),
        "raw": raw.compress(text) + raw.flush(),
        "members": gzip.compress(text[:100]) + gzip.compress(text[100:]) + bytes(8),
    }.get(coding, gzip.compress(text))
    named = {"raw": "deflate", "members": "gzip"}.get(coding, coding)
    for size in (len(encoded), 100, 7):
        collector = Collector(named, 5000, None)
        for start in range(0, len(encoded), size):
            collector.feed(encoded[start : start + size])
        assert collector.finish() == json.loads(text)


def test_an_empty_body_needs_no_coding() -> None:
    assert collect(b"", coding="gzip") is None


@pytest.mark.parametrize(
    "data",
    [b"no gzip", gzip.compress(b"{}")[:-3], gzip.compress(b"{}") + b"rest"],
    ids=["not coded", "cut short", "with a rest"],
)
def test_broken_codings_are_malformed(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        collect(data, coding="gzip")
    assert caught.value.status == 400


def test_a_coding_that_is_not_known_is_named() -> None:
    with pytest.raises(Problem) as caught:
        collect(b"", coding="br")
    assert caught.value.status == 415
    assert "br" in str(caught.value)
    assert inflater("identity") is None


def test_what_the_upstream_did_wrong_names_its_status() -> None:
    collector = Collector("", 100, 500)
    collector.feed(b"<html>")
    with pytest.raises(Problem) as caught:
        collector.finish()
    assert caught.value.status == 502
    assert caught.value.document["upstream_status"] == 500
    assert caught.value.document["type"] == "urn:isthmus:problem:unreadable-answer"


def test_raw_deflate_may_come_byte_by_byte() -> None:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(b"hello") + packer.flush()
    inflater = Inflater("deflate")
    pieces = [piece for byte in packed for piece in inflater.feed(bytes([byte]))]
    assert b"".join([*pieces, inflater.finish()]) == b"hello"


@pytest.mark.parametrize(
    ("text", "place"), [(b"[1]\nnull", "line 2 column 1"), (b"  1 2", "column 5"), (b"1 \n", "")]
)
def test_what_stands_behind_a_value_is_named_by_its_place(text: bytes, place: str) -> None:
    if not place:
        assert loads(text) == 1
        return
    with pytest.raises(ValueError, match=place):
        loads(text)
