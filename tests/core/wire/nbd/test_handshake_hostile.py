"""What has broken other servers: lengths that lie, long names, peers that never end."""

import struct
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wire.nbd.constants import Mode
from core.wire.nbd.handshake import HANDSHAKE_BYTES_MAX, OPTION_BYTES_MAX, Handshake, Stage, Tls
from tests.core.wire.nbd.speech import (
    ACK,
    EXPORT_NAME,
    EXTENDED,
    FLAGS,
    GO,
    INFO,
    INVALID,
    LIST,
    LIST_META,
    SET_META,
    STARTTLS,
    STRUCTURED,
    TOO_BIG,
    UNKNOWN,
    Shelf,
    contexts,
    handshake,
    kinds,
    left,
    named,
    offer,
    option,
    replies,
    serving,
    string,
)

LYING_LENGTHS = (1, 4096, 4097, 1 << 31, (1 << 32) - 1)


@pytest.mark.parametrize("length", LYING_LENGTHS)
@pytest.mark.parametrize("number", [INFO, GO])
def test_a_name_that_claims_to_be_longer_than_its_option_is_invalid(
    number: int, length: int
) -> None:
    made = handshake()
    data = string(b"", length=length)
    assert kinds(made.receive(option(number, data))) == [INVALID]
    assert serving(made.receive(option(GO, named(b"vol1")))) is not None


@pytest.mark.parametrize("count", [1, 255, 65535])
def test_more_infos_claimed_than_there_are_is_invalid(count: int) -> None:
    data = string(b"vol1") + struct.pack(">H", count)
    assert kinds(handshake().receive(option(GO, data))) == [INVALID]


@pytest.mark.parametrize("number", [LIST_META, SET_META])
@pytest.mark.parametrize("count", [1, 1 << 16, (1 << 32) - 1])
def test_more_queries_claimed_than_there_are_is_invalid(number: int, count: int) -> None:
    made = handshake()
    made.receive(option(STRUCTURED))
    data = string(b"vol1") + struct.pack(">I", count)
    assert kinds(made.receive(option(number, data))) == [INVALID]


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\4vol", named(b"vol1") + b"x"])
def test_data_that_is_too_short_or_too_long_is_invalid(data: bytes) -> None:
    assert kinds(handshake().receive(option(GO, data))) == [INVALID]


@pytest.mark.parametrize("length", [255, 256, 257, 3000, 4096])
def test_names_as_long_as_the_protocol_allows_are_names(length: int) -> None:
    name = "n" * length
    made = handshake(offer(name))
    assert kinds(made.receive(option(INFO, named(b"x" * length)))) == [UNKNOWN]
    assert serving(made.receive(option(GO, named(name.encode())))) is not None
    assert serving(handshake(offer(name)).receive(option(EXPORT_NAME, name.encode()))) is not None


def test_names_that_are_longer_are_none() -> None:
    assert kinds(handshake().receive(option(GO, named(b"x" * 4097)))) == [INVALID]
    assert left(handshake().receive(option(EXPORT_NAME, b"x" * 4097)))
    made = handshake()
    made.receive(option(STRUCTURED))
    assert kinds(made.receive(option(SET_META, contexts(b"vol1", b"q" * 4097)))) == [INVALID]


@pytest.mark.parametrize(
    "name",
    [b"a\0b", b"\xff\xfe", b"\xc0\xaf", b"../vol1", b"/etc/passwd", b"vol1/", "vοl1".encode()],
)
def test_odd_names_are_no_names_of_ours_and_never_come_back(name: bytes) -> None:
    ((_, kind, text),) = replies(handshake().receive(option(GO, named(name))))
    assert kind in (INVALID, UNKNOWN)
    assert name not in text
    assert len(text) <= 256
    text.decode("ascii")


@pytest.mark.parametrize("length", [OPTION_BYTES_MAX + 1, HANDSHAKE_BYTES_MAX // 2])
def test_an_option_that_is_too_long_is_answered_at_once_and_skipped(length: int) -> None:
    made = handshake()
    assert kinds(made.receive(option(GO, b"", length=length))) == [TOO_BIG]
    assert made.receive(bytes(length - 1)) == []
    events = made.receive(b"\0" + option(LIST))
    assert kinds(events)[-1] == ACK


@pytest.mark.parametrize("number", [EXPORT_NAME, GO, LIST, 99])
@pytest.mark.parametrize("length", [1 << 31, (1 << 32) - 1])
def test_an_option_that_nobody_could_mean_is_hung_up_on(number: int, length: int) -> None:
    made = handshake()
    assert left(made.receive(option(number, b"", length=length)))
    assert made.stage is Stage.CLOSED


@pytest.mark.parametrize("length", [4096, OPTION_BYTES_MAX, HANDSHAKE_BYTES_MAX // 2, 0])
def test_a_peer_that_never_chooses_runs_out_of_bytes(length: int) -> None:
    made = handshake()
    sent = 0
    while not left(made.receive(option(99, bytes(length)))):
        sent += length + 16
        assert sent <= HANDSHAKE_BYTES_MAX
        assert len(made._buffer) <= OPTION_BYTES_MAX + 16


def test_what_is_no_option_is_hung_up_on() -> None:
    for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + bytes(200), bytes(4096)):
        assert left(handshake().receive(rubbish))


def test_starttls_with_data_is_invalid() -> None:
    assert kinds(handshake(tls=Tls.REQUIRED).receive(option(STARTTLS, b"x"))) == [INVALID]


numbers = st.one_of(st.integers(0, 14), st.integers(0, 2**32 - 1))
texts = st.one_of(st.just(b"vol1"), st.just(b""), st.binary(max_size=40), st.text().map(str.encode))
datas = st.one_of(
    st.binary(max_size=64),
    st.builds(
        lambda name, infos: named(name, *infos), texts, st.lists(st.integers(0, 9), max_size=5)
    ),
    st.builds(lambda name, queries: contexts(name, *queries), texts, st.lists(texts, max_size=4)),
)
lengths = st.one_of(st.none(), st.sampled_from((0, *LYING_LENGTHS)), st.integers(0, 2**32 - 1))
options = st.builds(
    lambda number, data, length: option(number, data, length=length), numbers, datas, lengths
)
honest = st.builds(option, numbers, datas)
streams = st.lists(st.one_of(honest, honest, honest, options, st.binary(max_size=30)), max_size=12)


@given(streams, st.sampled_from(Tls), st.data())
def test_whatever_a_peer_sends_is_answered_the_same_however_it_is_cut(
    parts: list[bytes], tls: Tls, data: st.DataObject
) -> None:
    stream = FLAGS + b"".join(parts)
    whole = Handshake(Shelf([offer(), offer("b", description="other")]), tls=tls)
    expected = whole.receive(stream)
    cut = Handshake(Shelf([offer(), offer("b", description="other")]), tls=tls)
    events, at = [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, 40))
        events += cut.receive(stream[at : at + step])
        at += step
    if whole.stage is Stage.SERVING:
        assert events[:-1] == expected[:-1]
    else:
        assert events == expected
    assert cut.stage is whole.stage


def test_options_may_come_in_every_order() -> None:
    """Whatever the order, the export is chosen at the end, as what was agreed before says."""
    asked = {
        STRUCTURED: b"",
        EXTENDED: b"",
        SET_META: contexts(b"vol1", b"base:allocation"),
        LIST_META: contexts(b"vol1"),
        INFO: named(b"vol1", 3),
        LIST: b"",
        STARTTLS: b"",
    }
    for order in permutations(asked):
        made = handshake()
        events = made.receive(b"".join(option(number, asked[number]) for number in order))
        assert serving(events) is None
        assert not left(events)
        chosen = serving(made.receive(option(GO, named(b"vol1", 3))))
        assert chosen is not None
        upgraded = min(order.index(STRUCTURED), order.index(EXTENDED))
        assert chosen.mode is Mode.EXTENDED
        assert chosen.allocation is (order.index(SET_META) > upgraded)
