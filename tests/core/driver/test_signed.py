"""What is kept of a volume is what it holds, whoever signs it while hosts write."""

import time
from collections.abc import Callable, Iterator, Mapping
from errno import EIO
from pathlib import Path
from random import Random
from threading import Event, Thread
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from core.driver.backend.place import place_of
from core.driver.group.group import Group
from core.driver.group.signed import SignedVolume, keep_signatures
from core.driver.group.signing import Signing
from core.driver.group.volume import BackendVolume, GroupVolume, open_volume
from core.structure.kept import Spoilt
from core.wire.nbd.requests import Run
from tests.core.cli.test_signed import put
from tests.core.driver.waiting import until
from tests.core.recorder import WRITE, random_request, run_of
from tests.core.recorder import Request as Asked
from tests.core.signed import naive_chunks

GRAIN = 64 << 10
SIZE = 12 * GRAIN + 4096


class Meddled(BackendVolume):
    """A volume in whose writes something else happens, before and after they are done."""

    meddle: Callable[[], object] = staticmethod(lambda: None)
    read: Callable[[], object] = staticmethod(lambda: None)

    def write_run(self, run: Run) -> Mapping[int, int]:
        self.meddle()
        errors = super().write_run(run)
        self.meddle()
        return errors

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        self.read()
        super().read_into(buffer, offset)
        self.read()


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[Meddled]:
    volume = open_volume(place_of(str(tmp_path / "disk.img")), SIZE)
    assert isinstance(volume, BackendVolume)
    yield Meddled(volume.backend)
    volume.close()


@pytest.fixture
def volume(inner: Meddled) -> SignedVolume:
    found = keep_signatures(inner)
    assert isinstance(found, SignedVolume)
    return found


def content(volume: GroupVolume) -> bytes:
    found = bytearray(volume.size())
    volume.read_into(found, 0)
    return bytes(found)


def wrong(volume: SignedVolume) -> list[int]:
    """The chunks whose signature is not that of what they hold; nobody writes."""
    naive = naive_chunks(content(volume), GRAIN, volume.scheme.algorithm)
    found, ticket = volume.begin(0, len(naive))
    volume.lose(ticket)
    return [
        nth
        for nth in np.flatnonzero(found.is_valid).tolist()
        if found.signatures[nth].tobytes() != naive[nth]
    ]


def filled(volume: SignedVolume) -> None:
    after = 0
    while (found := volume.fill(after, 4)) is not None:
        after = found[0]


def write(offset: int, data: bytes) -> Run:
    return run_of([Asked(WRITE, offset, len(data), data)])


def test_all_is_signed_and_holes_are_not_read(volume: SignedVolume) -> None:
    volume.write(b"a" * 5000, 3 * GRAIN)
    read, after = 0, 0
    while (found := volume.fill(after, 4)) is not None:
        after, read = found[0], read + found[1]
    assert volume.counts() == (13, 13)
    assert wrong(volume) == []
    assert read == GRAIN


def test_a_large_hole_takes_few_steps_and_what_lies_behind_it_is_signed(
    volume: SignedVolume,
) -> None:
    volume.resize(1 << 30)
    volume.write(b"a" * 3 * GRAIN, 700 << 20)
    steps, after = 0, 0
    while (found := volume.fill(after, 4)) is not None:
        steps, after = steps + 1, found[0]
    assert steps < (1 << 30) // GRAIN // 4 // 50
    assert volume.counts() == (1 << 14, 1 << 14)
    found_at, ticket = volume.begin(700 << 4, (700 << 4) + 4)
    volume.lose(ticket)
    naive = naive_chunks(b"a" * 3 * GRAIN + bytes(GRAIN), GRAIN, volume.scheme.algorithm)
    assert [each.tobytes() for each in found_at.signatures] == naive


def test_a_signature_that_is_made_in_the_midst_of_a_write_is_worth_nothing(
    inner: Meddled, volume: SignedVolume
) -> None:

    def meddle() -> None:
        filled(volume)
        assert wrong(volume) == []

    inner.meddle = meddle
    filled(volume)
    rng = Random(1)
    for _ in range(50):
        request = random_request(rng, SIZE)
        volume.write_run(run_of([request]))
        assert wrong(volume) == []
        assert volume.counts()[0] < 13
        filled(volume)


def test_one_that_a_write_overtakes_is_worth_nothing(volume: SignedVolume) -> None:
    _, ticket = volume.begin(0, 13)
    data = content(volume)
    volume.write_run(write(2 * GRAIN - 1, b"ab"))
    naive = naive_chunks(data, GRAIN, volume.scheme.algorithm)
    assert volume.store(ticket, b"".join(naive), 1) == 11
    assert wrong(volume) == []


@pytest.mark.parametrize("kind", ["write", "zero", "clear", "shrink", "grow"])
def test_whatever_changes_it_takes_the_signatures(volume: SignedVolume, kind: str) -> None:
    volume.write(Random(2).randbytes(SIZE), 0)
    filled(volume)
    match kind:
        case "write":
            volume.write(b"b" * 10, GRAIN)
        case "zero":
            volume.zero(GRAIN, 10)
        case "clear":
            volume.clear()
        case "shrink":
            volume.resize(GRAIN + 4096)
        case "grow":
            volume.resize(SIZE + 4096)
    assert wrong(volume) == []
    valid, count = volume.counts()
    assert valid == {"write": 12, "zero": 12, "clear": 0, "shrink": 1, "grow": 12}[kind]
    filled(volume)
    assert volume.counts() == (count, count)
    assert wrong(volume) == []


def test_a_write_that_fails_leaves_no_signature(inner: Meddled, volume: SignedVolume) -> None:
    filled(volume)

    def fail() -> None:
        raise OSError(5, "it fails")

    inner.meddle = fail
    with pytest.raises(OSError, match="it fails"):
        volume.write_run(write(0, b"c"))
    inner.meddle = lambda: None
    assert volume.counts()[0] == 12
    filled(volume)
    assert wrong(volume) == []


def test_threads_that_write_and_sign_leave_no_wrong_signature(volume: SignedVolume) -> None:
    is_over = Event()

    def sign() -> None:
        after = 0
        while not is_over.is_set():
            found = volume.fill(after, 3)
            after = 0 if found is None else found[0]

    threads = [Thread(target=sign) for _ in range(2)]
    for each in threads:
        each.start()
    rng = Random(3)
    for _ in range(300):
        volume.write_run(run_of([random_request(rng, SIZE) for _ in range(rng.randrange(1, 6))]))
    is_over.set()
    for each in threads:
        each.join()
    assert wrong(volume) == []
    filled(volume)
    assert wrong(volume) == []


def test_a_row_of_writes_takes_the_chunks_of_each(volume: SignedVolume) -> None:
    filled(volume)
    run = run_of([Asked(WRITE, nth * GRAIN, 512, b"d" * 512) for nth in (1, 2, 5, 9, 9)])
    assert run.row
    volume.write_run(run)
    assert volume.counts()[0] == 9
    assert wrong(volume) == []


def test_what_changes_without_a_write_is_found_with_its_span(
    tmp_path: Path, volume: SignedVolume
) -> None:
    volume.write(Random(4).randbytes(SIZE), 0)
    before_ns = time.time_ns()
    filled(volume)
    assert checked(volume) == []
    after_ns = time.time_ns()
    put(tmp_path / "disk.img", 5 * GRAIN + 3, b"x")
    put(tmp_path / "disk.img", SIZE - 1, b"x")
    found = checked(volume)
    assert [each.place for each in found] == [5, 12]
    for each in found:
        assert before_ns < each.since_ns < after_ns < each.until_ns
    assert checked(volume) == []
    assert [each.place for each in volume.spoilt()] == [5, 12]
    volume.write(b"y", 5 * GRAIN)
    assert [each.place for each in volume.spoilt()] == [12]
    filled(volume)
    assert checked(volume) == []
    assert [each.place for each in volume.spoilt()] == [12]


def test_what_is_spoilt_written_and_spoilt_again_is_told_again(
    tmp_path: Path, volume: SignedVolume
) -> None:
    volume.write(Random(5).randbytes(SIZE), 0)
    for byte in (b"x", b"y"):
        filled(volume)
        put(tmp_path / "disk.img", 5 * GRAIN, byte)
        assert [each.place for each in checked(volume)] == [5]
        assert [each.place for each in volume.spoilt()] == [5]
        assert checked(volume) == []
        volume.write(b"z", 5 * GRAIN)
        assert volume.spoilt() == []


def test_what_is_written_while_it_is_checked_is_not_spoilt(
    inner: Meddled, volume: SignedVolume
) -> None:
    volume.write(Random(5).randbytes(SIZE), 0)
    filled(volume)
    places = iter((3, 9))
    inner.read = lambda: volume.write(b"z", next(places, 3) * GRAIN)
    assert volume.check(0, 13) == (13, [])
    assert volume.spoilt() == []


def checked(volume: SignedVolume) -> list[Spoilt]:
    """All that is found anew, in one round."""
    found, after = list[Spoilt](), 0
    while after < 13:
        step = volume.check(after, 4)
        assert step is not None
        after, found = step[0], [*found, *step[1]]
    return found


class Unreadable(BackendVolume):
    """A volume of whose chunks one cannot be read."""

    bad = 20 * GRAIN

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        if offset <= self.bad < offset + len(buffer):
            raise OSError(EIO, "bad sector")
        super().read_into(buffer, offset)


def test_what_lies_beside_a_bad_sector_is_signed_and_checked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inner = open_volume(place_of(str(tmp_path / "disk.img")), 48 * GRAIN)
    assert isinstance(inner, BackendVolume)
    inner.write(Random(1).randbytes(48 * GRAIN), 0)
    volume = SignedVolume(Unreadable(inner.backend))
    group = SimpleNamespace(
        volumes=[volume], exports=[SimpleNamespace(offer=SimpleNamespace(name="disk"))]
    )
    signing = Signing(cast("Group", group), 1 << 30)
    try:
        until(lambda: volume.counts() == (32, 48))
        put(tmp_path / "disk.img", 47 * GRAIN, b"flipped")
        until(lambda: volume.spoilt() != [])
        assert signing.status()["spoilt"][0]["offset"] == 47 * GRAIN
    finally:
        signing.stop()
        inner.close()
    assert "disk cannot be read to be signed: bad sector" in caplog.text
