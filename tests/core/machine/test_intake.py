"""What a copy refuses of what comes over a link, and what it has made durable when it says so."""

import struct
from errno import EIO
from random import Random

import pytest
import xxhash

from core.errors import CoreError
from core.machine.journal.arriving import Arriving
from core.machine.journal.intake import Intake
from core.machine.journal.shelf import KEEP_ALL
from core.sim.faults import Watch, WatchedVolume
from core.sim.medium import MemoryFolder, blank_volume
from core.sim.power import NOTHING, Machine, after_power_loss
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.phases import State
from core.stream.standing import Course
from core.structure.digests import Digests
from core.wire.link import (
    HEADER_BYTES,
    PAYLOAD_BYTES_MAX,
    WORDS_BYTES_MAX,
    BrokenLinkError,
    Frame,
    Kind,
    checksum,
    pack_frame,
    parse_frame,
)
from core.wire.record import RECORD_BYTES
from core.wire.segment import HEAD_BYTES
from tests.core.machine.two_sites import SIZES, Two
from tests.core.world import GROUP, pass_on


class Copy:
    """A copy that has met production, and an intake of it."""

    def __init__(self, watch: Watch = pass_on) -> None:
        self.machine = Machine(MemoryFolder(), tuple(map(blank_volume, SIZES)))
        members = [
            Member(name=f"v{n}", path="", size=s, replica=f"/c/{n}") for n, s in enumerate(SIZES)
        ]
        identity = Identity(group=GROUP, volumes=tuple(members), segment_bytes=SEGMENT_BYTES_MIN)
        write_identity(self.machine.folder, identity)
        self.journal = Arriving(
            self.machine.folder, self.machine.volumes, where="copy", retention=KEEP_ALL
        )
        self.journal.enter(Course(generation=1, state=State.INITIALISING, since=0, sizes=SIZES))
        volumes = [WatchedVolume(each, "volume", watch) for each in self.machine.volumes]
        self.intake = Intake(self.journal, volumes)

    def take(self, kind: Kind, payload: bytes = b"", **fields: int) -> None:
        fields.setdefault("checksum", checksum(payload))
        self.intake.take(Frame(kind, size=len(payload), **fields), memoryview(payload))

    def begin(self, number: int = 1, first: int = 1) -> None:
        self.take(Kind.BEGIN, bytes(8), first=number, second=first)


def shipped(seed: int) -> list[tuple[Frame, bytes]]:
    """The frames of chunks that production ships."""
    two = Two(seed)
    two.open()
    two.open_copy()
    two.connect()
    for _ in range(20):
        two.write()
    assert two.link is not None
    found = []
    while frames := two.link[0].frames():
        sent = b"".join(frames)
        found.append((parse_frame(sent), sent[HEADER_BYTES:]))
    return [each for each in found if each[0].kind is Kind.DATA]


def test_a_region_is_durable_when_that_is_told() -> None:
    copy = Copy()
    copy.take(Kind.COPY, b"x" * 4096, volume=1, first=512)
    copy.take(Kind.ZEROES, volume=1, first=4608, second=0, number=1)
    assert copy.intake.ack.number == 0
    copy.take(Kind.FLUSH)
    assert copy.intake.ack.number == 1
    left = next(after_power_loss(copy.machine, NOTHING, Random(0)))
    assert bytes(left.volumes[1].blob.content[512:4608]) == b"x" * 4096


def test_a_region_is_refused_once_the_copy_has_all_of_them() -> None:
    copy = Copy()
    copy.take(Kind.ALIKE, first=7)
    assert copy.intake.ack.volume
    with pytest.raises(BrokenLinkError, match="has all of them"):
        copy.take(Kind.COPY, b"x" * 512)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"volume": 2}, "no volume 2"),
        ({"checksum": 1}, "damaged"),
    ],
)
def test_a_region_that_does_not_belong_there_is_refused(fields: dict[str, int], told: str) -> None:
    with pytest.raises(BrokenLinkError, match=told):
        Copy().take(Kind.COPY, b"x" * 512, **fields)


def test_what_a_region_has_beyond_the_volume_is_left_out() -> None:
    copy = Copy()
    copy.take(Kind.COPY, b"x" * 1024, volume=1, first=SIZES[1] - 512)
    copy.take(Kind.ZEROES, volume=1, first=SIZES[1] + 512, second=1 << 40, number=1)
    assert copy.machine.volumes[1].size() == SIZES[1]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"volume": 2, "second": 4096, "number": 4096}, "no volume 2"),
        ({"second": (1 << 20) + 1, "number": 4096}, "too many to be signed"),
        ({"second": 1 << 62, "number": 4096}, "too many to be signed"),
        ({"second": 4096, "number": 0}, "chunks of 0 bytes"),
        ({"second": 4096, "number": 6144}, "chunks of 6144 bytes"),
        ({"second": 4096, "number": 1 << 21}, "chunks of 2097152 bytes"),
        ({"second": 4096, "number": 4096, "slot": 0b101}, "chunks beyond 4096 bytes"),
        ({"second": 4096, "number": 4096, "slot": (1 << 64) - 1}, "chunks beyond 4096 bytes"),
    ],
)
def test_what_cannot_be_signed_is_refused(fields: dict[str, int], told: str) -> None:
    copy = Copy()
    with pytest.raises(BrokenLinkError, match=told):
        copy.take(Kind.ASK, b"", **fields)
    assert not copy.intake.answers()


def test_a_region_is_signed_as_far_as_it_is_there() -> None:
    copy = Copy()
    copy.take(Kind.COPY, b"x" * 4096, volume=1, first=SIZES[1] - 4096)
    for first in (SIZES[1] - 8192, 0, 1 << 63):
        copy.take(Kind.ASK, volume=1, first=first, second=16384, number=4096)
    (some, digests), (zero, none), (beyond, nothing) = copy.intake.answers()
    assert (some.second, some.size, len(digests)) == (8192, 32, 32)
    assert digests == Digests(b"").of(bytes(4096) + b"x" * 4096, 4096)
    assert (zero.second, none) == (16384, b"")
    assert (beyond.second, nothing) == (0, b"")


def test_of_a_region_only_chunks_are_signed_that_are_chosen() -> None:
    copy = Copy()
    copy.take(Kind.COPY, b"x" * 4096, volume=1)
    for slot in (0, 0b1, 0b11):
        copy.take(Kind.ASK, volume=1, second=16384, number=4096, slot=slot)
    answers = copy.intake.answers()
    digests = Digests(b"").of(b"x" * 4096 + bytes(12288), 4096)
    assert [(each.second, told) for each, told in answers] == [(16384, digests)] * 3


def test_what_memory_has_of_a_region_is_forgotten_before_that_is_signed() -> None:
    """What a sync that failed has left there is on no disk."""
    copy = Copy()
    copy.take(Kind.COPY, b"x" * 4096, volume=1)

    def forget(number: int, offset: int, length: int) -> None:
        assert (number, offset, length) == (1, 0, 16384)
        copy.machine.volumes[1].write(b"y" * 4096, 0)

    copy.intake = Intake(copy.journal, copy.machine.volumes, forget=forget)
    copy.take(Kind.ASK, b"", volume=1, second=16384, number=4096)
    ((_, digests),) = copy.intake.answers()
    assert digests[:16] == Digests(b"").of(b"y" * 4096, 4096)


def test_what_cannot_be_read_is_signed_as_if_it_was_not_there() -> None:
    """So it is sent, and written over what is broken."""
    copy = Copy()

    class Broken(WatchedVolume):
        def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
            raise OSError(EIO, f"{len(buffer)} bytes at {offset}")

    copy.take(Kind.COPY, b"x" * 512, volume=1)
    volumes = [Broken(each, "volume", pass_on) for each in copy.machine.volumes]
    copy.intake = Intake(copy.journal, volumes)
    copy.take(Kind.ASK, b"", volume=1, second=16384, number=4096)
    ((signed, digests),) = copy.intake.answers()
    assert (signed.second, digests) == (0, b"")


def test_segments_come_in_their_order() -> None:
    copy = Copy()
    copy.begin(4, 1)
    with pytest.raises(BrokenLinkError, match="does not come next"):
        copy.begin(5, 1)
    with pytest.raises(BrokenLinkError, match="ends with 3 records"):
        copy.take(Kind.SEALED, first=4, number=3)
    copy.take(Kind.SEALED, first=4, number=0)
    copy.take(Kind.SEALED, first=4, number=0)  # again, after it was not heard
    with pytest.raises(BrokenLinkError, match="does not come next"):
        copy.begin(6, 1)
    with pytest.raises(BrokenLinkError, match="begins with 2"):
        copy.begin(5, 2)
    copy.begin(5, 1)


@pytest.mark.parametrize("what", ["data", "records", "place", "slot", "cut", "count"])
def test_chunks_that_are_damaged_or_strayed_are_refused(what: str) -> None:
    frame, payload = shipped(1)[0]
    copy = Copy()
    copy.begin()
    spoilt = bytearray(payload)
    match what:
        case "data":
            spoilt[200] ^= 1
        case "records":
            spoilt[-1] ^= 1
        case "place":
            frame = frame._replace(second=frame.second + 8)
        case "slot":
            frame = frame._replace(slot=1)
        case "cut":
            del spoilt[100:108]
        case _:
            frame = frame._replace(number=frame.number + 1)
    with pytest.raises(BrokenLinkError):
        copy.intake.take(frame._replace(size=len(spoilt)), memoryview(spoilt))
    assert copy.journal.end == 0
    if what in ("data", "records", "cut"):
        copy.intake.take(frame, memoryview(payload))
        assert copy.journal.end > 0


def test_chunks_of_a_write_that_does_not_come_next_are_refused() -> None:
    """Whole chunks, from their place, of another life of the segment."""
    frame, payload = shipped(1)[0]
    copy = Copy()
    copy.begin(1, 2)
    with pytest.raises(BrokenLinkError, match="comes after"):
        copy.intake.take(frame._replace(second=HEAD_BYTES), memoryview(payload))


@pytest.mark.parametrize("kind", [Kind.ACK, Kind.WELCOME, Kind.WISH, Kind.HELLO])
def test_what_production_does_not_say_is_refused(kind: Kind) -> None:
    with pytest.raises(BrokenLinkError, match=kind.name):
        Copy().take(kind)


def test_headers_are_what_was_packed() -> None:
    frame = Frame(Kind.DATA, 9, 2, 3, 4, 5, 6, 7)
    assert parse_frame(pack_frame(frame)) == frame


def resealed(packed: bytearray) -> bytes:
    """A header whose checksum is right again."""
    packed[-8:] = struct.pack("<Q", xxhash.xxh3_64_intdigest(bytes(packed[:-8])))
    return bytes(packed)


@pytest.mark.parametrize(
    ("kind", "size"),
    [(Kind.DATA, PAYLOAD_BYTES_MAX + 1), (Kind.HELLO, WORDS_BYTES_MAX + 1), (Kind.DATA, 2**32 - 1)],
)
def test_a_length_is_checked_before_it_is_believed(kind: Kind, size: int) -> None:
    with pytest.raises(BrokenLinkError, match=f"a payload of {size} bytes"):
        parse_frame(pack_frame(Frame(kind, size=size)))


def test_a_header_with_any_bit_flipped_is_none() -> None:
    packed = pack_frame(Frame(Kind.DATA, 9, 2, 3, 4, 5, 6, 7))
    for bit in range(8 * len(packed)):
        spoilt = bytearray(packed)
        spoilt[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BrokenLinkError, match="no frame"):
            parse_frame(spoilt)
    with pytest.raises(BrokenLinkError, match="55 bytes"):
        parse_frame(packed[:-1])


def test_a_kind_of_a_later_release_is_told() -> None:
    packed = bytearray(pack_frame(Frame(Kind.DATA)))
    packed[4] = 99
    with pytest.raises(BrokenLinkError, match="kind 99") as refused:
        parse_frame(resealed(packed))
    assert "same release" in refused.value.hint


def test_what_came_and_was_not_applied_is_told_and_known_again_after_a_restart() -> None:
    copy = Copy()
    copy.begin()
    came = 0
    for frame, payload in (each for each in shipped(1) if each[0].first == 1):
        copy.intake.take(frame, memoryview(payload))
        came += len(payload) - frame.number * RECORD_BYTES
        assert copy.intake.ack.slot == came
    end = copy.journal.end
    copy.journal.follow(0, end // 2)
    assert came // 4 < copy.journal.unapplied < 3 * came // 4
    copy.journal.make_durable()
    copy.journal.close()
    again = Arriving(copy.machine.folder, copy.machine.volumes, where="copy", retention=KEEP_ALL)
    assert came // 2 < again.unapplied <= came
    again.follow(0, end)
    assert again.unapplied == 0


def test_an_answer_that_cannot_be_true_is_refused() -> None:
    two = Two(1)
    two.open()
    two.open_copy()
    two.connect()
    assert two.link is not None
    assert parse_frame(pack_frame(Frame(Kind.ACK, slot=1 << 59))).slot == 1 << 59
    with pytest.raises(CoreError, match="that it has not applied"):
        two.link[0].heard(Frame(Kind.ACK, slot=1 << 63))
