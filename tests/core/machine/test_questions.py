"""What a copy answers is held against what it was asked, before anything of it is believed."""

import pytest

from core.errors import CoreError
from core.machine.link.questions import GRAIN_BYTES, QUESTIONS_MAX, Question, Questions
from core.structure.digests import DIGEST_BYTES, KEY_BYTES, Digests
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
