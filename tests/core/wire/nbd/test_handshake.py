"""The handshake does what the protocol says, however its bytes are cut."""

import itertools
import struct

import pytest

from core.wire.nbd.constants import Mode, Option, TransmissionFlag
from core.wire.nbd.handshake import (
    GREETING,
    TRANSITIONS,
    UPGRADES,
    Handshake,
    Send,
    Stage,
    Step,
    Tls,
)
from core.wire.nbd.offer import BlockSizes
from tests.core.wire.nbd.speech import (
    ABORT,
    ACK,
    BLOCK_SIZE_REQD,
    EXPORT_NAME,
    EXT_REQD,
    EXTENDED,
    FLAGS,
    GO,
    INFO,
    INVALID,
    LIST,
    LIST_META,
    META,
    POLICY,
    REP_INFO,
    SERVER,
    SET_META,
    STARTTLS,
    STRUCTURED,
    TLS_REQD,
    UNKNOWN,
    UNSUP,
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
    starting_tls,
)


def test_the_greeting_says_fixed_newstyle() -> None:
    assert GREETING == b"NBDMAGICIHAVEOPT\0\3"


def test_every_stage_but_the_ends_can_be_left_and_moved_on_from() -> None:
    ends = {Stage.SERVING, Stage.CLOSED}
    for stage in set(Stage) - ends:
        assert (stage, Step.LEFT) in TRANSITIONS
        assert [step for step in Step if step is not Step.LEFT and (stage, step) in TRANSITIONS]
    assert not [stage for stage, _ in TRANSITIONS if stage in ends]


def test_upgrades_are_said_for_every_mode_and_never_go_back() -> None:
    asked = (Option.STRUCTURED_REPLY, Option.EXTENDED_HEADERS)
    assert set(UPGRADES) == set(itertools.product(Mode, asked))
    for (before, _), after in UPGRADES.items():
        assert not isinstance(after, Mode) or after > before


@pytest.mark.parametrize("flags", [4, 0x80000000, 0xFFFFFFFF])
def test_client_flags_that_nobody_knows_end_it(flags: int) -> None:
    made = Handshake(Shelf([offer()]))
    assert left(made.receive(struct.pack(">I", flags)))
    assert made.stage is Stage.CLOSED
    assert made.receive(option(ABORT)) == []


@pytest.mark.parametrize(("flags", "padding"), [(1, 124), (3, 0)])
def test_export_name__tells_size_and_flags_and_zeroes_where_wanted(
    flags: int, padding: int
) -> None:
    made = Handshake(Shelf([offer(size=4096)]))
    made.receive(struct.pack(">I", flags))
    events = made.receive(option(EXPORT_NAME, b"vol1"))
    (sent,) = [each for each in events if isinstance(each, Send)]
    size, told = struct.unpack_from(">QH", sent.data)
    assert (size, len(sent.data)) == (4096, 10 + padding)
    assert told & TransmissionFlag.HAS_FLAGS
    assert not told & TransmissionFlag.SEND_DF
    chosen = serving(events)
    assert chosen is not None
    assert chosen.mode is Mode.SIMPLE


def test_export_name__of_no_export__is_hung_up_on() -> None:
    assert left(handshake().receive(option(EXPORT_NAME, b"other")))


def test_go__tells_the_size_and_the_blocks_and_all_that_is_asked() -> None:
    made = handshake(offer("vol1", 8192, description="the first"))
    events = made.receive(option(GO, named(b"vol1", 1, 2, 3, 99)))
    told = {
        struct.unpack_from(">H", data)[0]: data[2:]
        for _, kind, data in replies(events[:-1])
        if kind == REP_INFO
    }
    assert struct.unpack(">QH", told[0])[0] == 8192
    assert told[1] == b"vol1"
    assert told[2] == b"the first"
    assert struct.unpack(">III", told[3]) == (1, 4096, 32 << 20)
    assert kinds(events)[-1] == ACK
    assert serving(events) is not None
    assert made.stage is Stage.SERVING


def test_info__tells_and_goes_on() -> None:
    made = handshake()
    events = made.receive(option(INFO, named(b"vol1")))
    assert kinds(events) == [REP_INFO, REP_INFO, ACK]
    assert serving(events) is None
    assert serving(made.receive(option(GO, named(b"")))) is not None


def test_an_export_that_is_not_there_is_unknown_and_its_name_is_not_repeated() -> None:
    made = handshake()
    ((_, kind, text),) = replies(made.receive(option(GO, named(b"../../secret"))))
    assert kind == UNKNOWN
    assert b"secret" not in text
    assert made.stage is Stage.OPTIONS


def test_an_export_of_large_blocks_is_only_for_those_who_ask_for_their_size() -> None:
    large = offer(blocks=BlockSizes(minimum=4096))
    assert kinds(handshake(large).receive(option(GO, named(b"vol1")))) == [BLOCK_SIZE_REQD]
    assert serving(handshake(large).receive(option(GO, named(b"vol1", 3)))) is not None
    assert left(handshake(large).receive(option(EXPORT_NAME, b"vol1")))


def test_list__tells_every_export_with_its_description() -> None:
    made = handshake(offer("a"), offer("b", description="bb"))
    told = replies(made.receive(option(LIST)))
    assert [kind for _, kind, _ in told] == [SERVER, SERVER, ACK]
    assert told[1][2] == b"\0\0\0\1bbb"
    assert kinds(made.receive(option(LIST, b"x"))) == [INVALID]


def test_abort__is_answered_and_ends_it() -> None:
    events = handshake().receive(option(ABORT))
    assert kinds(events) == [ACK]
    assert left(events)


def test_options_that_nobody_knows_are_unsupported_and_skipped() -> None:
    made = handshake()
    for number in (0, 4, 12, 0x1234, 0xFFFFFFFF):
        assert kinds(made.receive(option(number, b"data"))) == [UNSUP]
    assert serving(made.receive(option(GO, named(b"vol1")))) is not None


def test_structured_and_extended_are_negotiated_once_and_upwards() -> None:
    made = handshake()
    assert kinds(made.receive(option(STRUCTURED))) == [ACK]
    assert kinds(made.receive(option(STRUCTURED))) == [INVALID]
    assert kinds(made.receive(option(EXTENDED, b"x"))) == [INVALID]
    assert kinds(made.receive(option(EXTENDED))) == [ACK]
    assert kinds(made.receive(option(EXTENDED))) == [INVALID]
    assert kinds(made.receive(option(STRUCTURED))) == [EXT_REQD]
    chosen = serving(made.receive(option(GO, named(b"vol1"))))
    assert chosen is not None
    assert chosen.mode is Mode.EXTENDED


def test_contexts_need_structured_replies() -> None:
    for number in (LIST_META, SET_META):
        assert kinds(handshake().receive(option(number, contexts(b"vol1")))) == [INVALID]


@pytest.mark.parametrize(
    ("queries", "listed", "is_set"),
    [
        ((), [META, ACK], False),
        ((b"base:",), [META, ACK], False),
        ((b"base:allocation",), [META, ACK], True),
        ((b"qemu:dirty-bitmap:x", b"base:other"), [ACK], False),
    ],
)
def test_contexts__are_listed_and_set(
    queries: tuple[bytes, ...], listed: list[int], is_set: bool
) -> None:
    made = handshake()
    made.receive(option(STRUCTURED))
    assert kinds(made.receive(option(LIST_META, contexts(b"vol1", *queries)))) == listed
    answer = replies(made.receive(option(SET_META, contexts(b"vol1", *queries))))
    assert [data for _, kind, data in answer if kind == META] == (
        [b"\0\0\0\1base:allocation"] if is_set else []
    )
    chosen = serving(made.receive(option(GO, named(b"vol1"))))
    assert chosen is not None
    assert chosen.allocation is is_set


def test_contexts__set_for_another_export__are_not_those_of_this() -> None:
    made = handshake(offer("a"), offer("b"))
    made.receive(option(STRUCTURED))
    made.receive(option(SET_META, contexts(b"a", b"base:allocation")))
    chosen = serving(made.receive(option(GO, named(b"b"))))
    assert chosen is not None
    assert not chosen.allocation


def test_contexts__the_last_that_was_set_counts_even_where_it_failed() -> None:
    made = handshake()
    made.receive(option(STRUCTURED))
    made.receive(option(SET_META, contexts(b"vol1", b"base:allocation")))
    assert kinds(made.receive(option(SET_META, contexts(b"gone", b"base:allocation")))) == [UNKNOWN]
    chosen = serving(made.receive(option(GO, named(b"vol1"))))
    assert chosen is not None
    assert not chosen.allocation


def test_tls_off__refuses_starttls_by_policy() -> None:
    assert kinds(handshake().receive(option(STARTTLS))) == [POLICY]


def test_tls_required__nothing_else_is_heard_before_it_and_no_export_is_looked_for() -> None:
    shelf = Shelf([offer()])
    made = Handshake(shelf, tls=Tls.REQUIRED)
    made.receive(FLAGS)
    for number in (LIST, INFO, GO, STRUCTURED, LIST_META, SET_META, EXTENDED, 4, 77):
        assert kinds(made.receive(option(number, named(b"vol1")))) == [TLS_REQD]
    assert shelf.asked == 0
    assert starting_tls(made.receive(option(STARTTLS)))
    assert made.stage is Stage.SECURING


def test_tls_required__export_name_before_it_is_hung_up_on() -> None:
    assert left(handshake(tls=Tls.REQUIRED).receive(option(EXPORT_NAME, b"vol1")))


def test_tls__forgets_what_was_sent_behind_starttls() -> None:
    made = handshake(tls=Tls.REQUIRED)
    events = made.receive(option(STARTTLS) + option(STRUCTURED) + option(GO, named(b"vol1")))
    assert kinds(events) == [ACK]
    assert made.receive(option(GO, named(b"vol1"))) == []
    made.secured(Shelf([offer()]))
    chosen = serving(made.receive(option(GO, named(b"vol1"))))
    assert chosen is not None
    assert chosen.mode is Mode.SIMPLE
    assert chosen.early == b""


def test_tls__cannot_be_started_twice_and_shows_the_exports_of_who_is_known_now() -> None:
    made = handshake(tls=Tls.REQUIRED)
    made.receive(option(STARTTLS))
    made.secured(Shelf([offer("mine")]))
    assert kinds(made.receive(option(STARTTLS))) == [INVALID]
    assert kinds(made.receive(option(GO, named(b"vol1")))) == [UNKNOWN]
    assert serving(made.receive(option(GO, named(b"mine")))) is not None


CONVERSATION = (
    FLAGS
    + option(STRUCTURED)
    + option(LIST)
    + option(77, b"unknown")
    + option(SET_META, contexts(b"vol1", b"base:allocation"))
    + option(INFO, named(b"gone"))
    + option(GO, named(b"vol1", 3))
)


def test_a_conversation_means_the_same_wherever_it_is_cut() -> None:
    whole = Handshake(Shelf([offer()])).receive(CONVERSATION)
    for cut in range(len(CONVERSATION) + 1):
        made = Handshake(Shelf([offer()]))
        assert made.receive(CONVERSATION[:cut]) + made.receive(CONVERSATION[cut:]) == whole, cut


def test_a_conversation_means_the_same_byte_by_byte() -> None:
    made = Handshake(Shelf([offer()]))
    events = [
        each for at in range(len(CONVERSATION)) for each in made.receive(CONVERSATION[at : at + 1])
    ]
    assert events == Handshake(Shelf([offer()])).receive(CONVERSATION)


def test_bytes_behind_the_choice_are_handed_on() -> None:
    chosen = serving(handshake().receive(option(GO, named(b"vol1")) + b"request"))
    assert chosen is not None
    assert chosen.early == b"request"
