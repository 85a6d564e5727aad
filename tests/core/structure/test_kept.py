"""What is kept of a volume is what its bytes are, whatever was written, hashed and resized."""

from random import Random

import numpy as np
from hypothesis import settings

from core.structure.kept import Kept, scheme_for
from core.structure.merkle import CHUNKS_MAX
from core.structure.signature import GRANULARITY_DEFAULT, GRANULARITY_MAX, Scheme
from core.structure.validity import Ticket
from tests.core.signed import naive_chunks

LONG = settings.default is settings.get_profile("long")
GRAIN = 4096
SCHEME = Scheme(granularity=GRAIN)


def signed(content: bytes | bytearray, ticket: Ticket) -> bytes:
    """The chunks of a ticket, as they are now."""
    return b"".join(
        SCHEME.chunk(content[place * GRAIN : (place + 1) * GRAIN])
        for place in ticket.places.tolist()
    )


def filled(kept: Kept, content: bytes | bytearray) -> None:
    ticket = kept.hash(0, kept.count)
    kept.store(ticket, signed(content, ticket))


def written(kept: Kept, content: bytearray, offset: int, data: bytes) -> None:
    touched = kept.touched([offset], len(data))
    kept.write(touched)
    content[offset : offset + len(data)] = data
    kept.written(touched)


class Lived:
    """A volume of some chunks that lives through what is drawn."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.content = bytearray(self.chance.randbytes(self.chance.randrange(1, 40 * GRAIN)))
        self.kept = Kept(SCHEME, len(self.content))
        self.hashes: list[tuple[Ticket, bytes]] = []

    def step(self) -> None:
        match self.chance.randrange(7):
            case 0 | 1:
                self.write()
            case 2:
                first = self.chance.randrange(self.kept.count)
                ticket = self.kept.hash(first, first + self.chance.randrange(1, 20))
                self.hashes.append((ticket, signed(self.content, ticket)))
            case 3 if self.hashes:
                self.kept.store(*self.hashes.pop(self.chance.randrange(len(self.hashes))))
            case 4 if self.hashes:
                self.kept.lose(self.hashes.pop()[0])
            case 5 if self.chance.random() < 0.2:
                self.resize()
            case _:
                self.checked()

    def write(self) -> None:
        count = self.chance.choice((1, 1, 3))
        offsets = [self.chance.randrange(len(self.content)) for _ in range(count)]
        lengths = [
            self.chance.randrange(1, min(len(self.content) - each, 9_000) + 1) for each in offsets
        ]
        touched = self.kept.touched(offsets, lengths)
        self.kept.write(touched)
        for offset, length in zip(offsets, lengths, strict=True):
            self.content[offset : offset + length] = self.chance.randbytes(length)
        self.kept.written(touched)

    def resize(self) -> None:
        size = self.chance.randrange(1, 40 * GRAIN)
        touched = self.kept.resize(size)
        del self.content[size:]
        self.content += bytes(size - len(self.content))
        self.kept.written(touched)

    def checked(self) -> None:
        """Nothing is found to be spoilt where only what was said has changed it."""
        check = self.kept.check(self.chance.randrange(self.kept.count), 20)
        if check is not None:
            places = check.valid.places
            now = b"".join(
                SCHEME.chunk(self.content[place * GRAIN : (place + 1) * GRAIN])
                for place in places.tolist()
            )
            assert self.kept.checked(check, now, now_ns=1) == []

    def check(self) -> None:
        found = self.kept.snapshot(0, self.kept.count)
        naive = naive_chunks(bytes(self.content), GRAIN, SCHEME.algorithm)
        assert len(naive) == self.kept.count
        for nth in np.flatnonzero(found.is_valid).tolist():
            assert found.signatures[nth].tobytes() == naive[nth]


def test_whatever_happens_what_is_valid_is_right() -> None:
    for seed in range(2_000 if LONG else 40):
        lived = Lived(seed)
        for _ in range(30):
            lived.step()
            lived.check()
        for each in lived.hashes:
            lived.kept.lose(each[0])
        filled(lived.kept, lived.content)
        assert lived.kept.valid == lived.kept.count
        lived.check()


def test_what_is_spoilt_is_told_until_it_is_written() -> None:
    content = bytearray(Random(2).randbytes(40 * GRAIN + 5))
    kept = Kept(SCHEME, len(content))
    filled(kept, content)
    for place in (7, 37):
        content[place * GRAIN] ^= 1
    check = kept.check(0, 41)
    assert check is not None
    found = kept.checked(check, signed(content, Ticket(0, check.valid.places)), now_ns=9)
    assert [each.place for each in found] == [7, 37]
    assert kept.still(found) == found
    written(kept, content, 37 * GRAIN + 9, b"!")
    assert [each.place for each in kept.still(found)] == [7]
    filled(kept, content)  # what it holds now is what was written
    assert [each.place for each in kept.still(found)] == [7]
    kept.written(kept.resize(7 * GRAIN))
    assert kept.still(found) == []


def test_what_lacks_a_signature_is_found_once_around() -> None:
    kept = Kept(SCHEME, 50 * GRAIN)
    assert kept.wanted(40, 16) == (40, 50)
    assert kept.wanted(50, 16) == (0, 16)
    filled(kept, bytes(50 * GRAIN))
    assert kept.wanted(0, 16) is None
    kept.written(np.array([7, 8, 30]))
    assert kept.wanted(9, 16) == (30, 31)
    assert kept.wanted(31, 16) == (7, 9)
    assert Kept(SCHEME, 0).wanted(0, 16) is None


def test_what_was_cut_off_has_no_signature_when_it_comes_back() -> None:
    content = bytes(Random(4).randbytes(20 * GRAIN))
    kept = Kept(SCHEME, len(content))
    going = kept.hash(10, 20)
    kept.written(kept.resize(5 * GRAIN))
    kept.written(kept.resize(len(content)))
    assert kept.store(going, signed(content, going)) == 0
    kept.written(kept.resize(5 * GRAIN))
    kept.lose(going)
    assert kept.valid == 0


def test_what_is_written_beyond_the_end_touches_nothing() -> None:
    kept = Kept(SCHEME, 4 * GRAIN)
    filled(kept, bytes(4 * GRAIN))
    for offsets, valid in (
        ([4 * GRAIN], 4),
        ([9 * GRAIN, 5 * GRAIN], 4),
        ([3 * GRAIN, 4 * GRAIN], 3),
    ):
        touched = kept.touched(offsets, 512)
        kept.write(touched)
        kept.written(touched)
        assert kept.valid == valid


def test_a_large_volume_has_larger_chunks_and_too_large_a_one_none() -> None:
    small = scheme_for(CHUNKS_MAX * GRANULARITY_DEFAULT)
    assert small is not None
    assert small.granularity == GRANULARITY_DEFAULT
    large = scheme_for(CHUNKS_MAX * GRANULARITY_DEFAULT + 1)
    assert large is not None
    assert large.granularity == 2 * GRANULARITY_DEFAULT
    assert scheme_for(CHUNKS_MAX * GRANULARITY_MAX + 1) is None
