"""What a copy answers is held against what it was asked, before anything of it is believed."""

import pytest

from core.errors import CoreError
from core.machine.link.questions import GRAIN_BYTES, QUESTIONS_MAX, Question, Questions
from core.structure.digests import COARSE_BYTES, DIGEST_BYTES, KEY_BYTES, Digests
from core.wire.link import Frame, Kind

KEY = b"k" * KEY_BYTES
ASKED = Question(1, 1 << 20, 3 * GRAIN_BYTES, GRAIN_BYTES)


def signed(**fields: int) -> Frame:
    given = {"volume": 1, "number": GRAIN_BYTES, "first": 1 << 20, "second": ASKED.length}
    return Frame(Kind.SIGNED, **{**given, **fields})


def test_an_answer_is_taken_with_what_was_asked() -> None:
    questions = Questions(KEY)
    frame = questions.ask(ASKED)
    assert (frame.kind, frame.volume, frame.first) == (Kind.ASK, 1, 1 << 20)
    assert questions.take() is None
    digests = Digests(KEY).of(b"x" * ASKED.length, GRAIN_BYTES)
    questions.heard(signed(slot=9), digests)
    assert questions.count == 1
    answer = questions.take()
    assert answer is not None
    assert (answer.question, answer.applied, answer.digests) == (ASKED, 9, digests)
    assert questions.count == 0


def test_nothing_is_said_of_zeroes() -> None:
    questions = Questions(KEY)
    questions.ask(ASKED)
    questions.heard(signed(second=5000), b"")
    answer = questions.take()
    assert answer is not None
    assert answer.digests == Digests(KEY).of(bytes(5000), GRAIN_BYTES)


CLOSER = Question(1, 1 << 20, 5 * COARSE_BYTES - 4096, GRAIN_BYTES, 0b10110)
IN_COARSE = COARSE_BYTES // GRAIN_BYTES


@pytest.mark.parametrize("is_earlier", [False, True])
def test_of_chunks_that_were_chosen_the_digests_are_told_and_those_of_all_are_taken(
    is_earlier: bool,
) -> None:
    """A copy of an earlier release knows of no choice."""
    questions = Questions(KEY)
    frame = questions.ask(CLOSER)
    assert (frame.second, frame.slot) == (CLOSER.length, 0b101101)
    all_of_it = [bytes([nth]) * DIGEST_BYTES for nth in range(5 * IN_COARSE - 1)]
    chosen = all_of_it[IN_COARSE : 3 * IN_COARSE] + all_of_it[4 * IN_COARSE :]
    told = b"".join(all_of_it if is_earlier else chosen)
    questions.heard(signed(second=CLOSER.length, slot=9), told)
    answer = questions.take()
    assert answer is not None
    assert answer.digests == b"".join(chosen)


@pytest.mark.parametrize("count", [1, 3 * IN_COARSE, 5 * IN_COARSE - 2])
def test_of_chunks_that_were_chosen_no_other_count_is_taken(count: int) -> None:
    questions = Questions(KEY)
    questions.ask(CLOSER)
    with pytest.raises(CoreError, match="the copy signs"):
        questions.heard(signed(second=CLOSER.length), bytes(count * DIGEST_BYTES))


def test_nothing_is_said_of_chosen_chunks_that_are_zero() -> None:
    questions = Questions(KEY)
    questions.ask(CLOSER)
    questions.heard(signed(second=2 * COARSE_BYTES), b"")
    answer = questions.take()
    assert answer is not None
    assert answer.digests == Digests(KEY).of(bytes(COARSE_BYTES), GRAIN_BYTES)


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ({"volume": 0}, b""),
        ({"first": 0}, b""),
        ({"number": 2 * GRAIN_BYTES}, b""),
        ({"second": ASKED.length + 1}, b""),
        ({"second": 1 << 62}, b""),
        ({}, bytes(DIGEST_BYTES)),
        ({}, bytes(4 * DIGEST_BYTES)),
        ({}, bytes(3 * DIGEST_BYTES - 1)),
        ({"second": GRAIN_BYTES}, bytes(2 * DIGEST_BYTES)),
    ],
)
def test_what_was_not_asked_is_refused(fields: dict[str, int], payload: bytes) -> None:
    questions = Questions(KEY)
    questions.ask(ASKED)
    with pytest.raises(CoreError, match="the copy signs"):
        questions.heard(signed(**fields), payload)
    assert questions.take() is None


def test_an_answer_to_nothing_is_refused() -> None:
    questions = Questions(KEY)
    with pytest.raises(CoreError, match="unasked"):
        questions.heard(signed(), b"")
    for _ in range(QUESTIONS_MAX):
        assert questions.has_room
        questions.ask(ASKED)
    assert not questions.has_room
