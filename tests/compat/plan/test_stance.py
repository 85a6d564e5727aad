"""The law behind every verdict, as tables over every combination."""

import itertools
from typing import Final

import pytest

from compat.intent.model import AcceptIntent, Then
from compat.intent.problem import IntentError
from compat.lens.ops import Flow, Loss
from compat.model.role import Role
from compat.model.schema import ABSENT, Json
from compat.plan.bridge import Verdict
from compat.plan.gate.stance import excess, only_passes, shortage, surplus
from compat.plan.spot import Side, role
from tests.compat.plan.making import here

NO: Final = "nobody said so"
WORDS: Final = (NO, None, Then.PASS, Then.DROP, Then.REFUSE)
Word = Then | str | None


def accepted(word: Word) -> AcceptIntent | None:
    if word == NO:
        return None
    assert word is None or isinstance(word, Then)
    return AcceptIntent(
        place=here(0), pattern="*", reason="a reason", owner="a team", until=None, then=word
    )


# Sender has what the receiver has no place for: (side, flow, always, closed, word) -> what happens.
# None stands for either.
SURPLUS: Final = (
    ((None, None, None, None, Then.PASS), Loss.KEEP, Verdict.LOSSY),
    ((None, None, None, None, Then.DROP), Loss.DROP, Verdict.LOSSY),
    ((None, None, None, None, Then.REFUSE), Loss.REFUSE, Verdict.LOSSY),
    ((Side.REQUEST, None, None, None, "accepted"), Loss.REFUSE, Verdict.LOSSY),
    ((Side.RESPONSE, None, None, True, "accepted"), Loss.DROP, Verdict.LOSSY),
    ((Side.RESPONSE, None, None, False, "accepted"), Loss.KEEP, Verdict.LOSSY),
    ((Side.RESPONSE, None, None, True, NO), Loss.DROP, Verdict.LOSSY),
    ((Side.RESPONSE, None, None, False, NO), Loss.KEEP, Verdict.NONE),
    ((Side.REQUEST, Flow.DOWN, False, None, NO), Loss.REFUSE, Verdict.LOSSY),
    ((Side.REQUEST, Flow.DOWN, True, None, NO), Loss.REFUSE, Verdict.NEEDS_INTENT),
    ((Side.REQUEST, Flow.UP, None, None, NO), Loss.REFUSE, Verdict.NEEDS_INTENT),
)
CASES: Final = tuple(itertools.product(Side, Flow, (False, True), (False, True), WORDS))


def fits(facts: tuple[object, ...], pattern: tuple[object, ...]) -> bool:
    return all(
        wanted is None or wanted == fact for fact, wanted in zip(facts, pattern, strict=True)
    )


@pytest.mark.parametrize("case", CASES)
def test_every_surplus_has_exactly_one_fate(
    case: tuple[Side, Flow, bool, bool, Word],
) -> None:
    side, flow, always, closed, word = case
    facts = (side, flow, always, closed, "accepted" if word is None else word)
    rows = [row for row in SURPLUS if fits(facts, row[0])]
    assert len(rows) == 1, facts
    found = surplus(side, flow, accepted(word), always=always, closed=closed)
    assert (found.loss, found.judgement.verdict) == rows[0][1:]
    assert found.judgement.treatment


@pytest.mark.parametrize(("side", "flow", "word"), tuple(itertools.product(Side, Flow, WORDS)))
def test_what_goes_beyond_passes_or_is_an_error(side: Side, flow: Flow, word: Word) -> None:
    if word in (Then.DROP, Then.REFUSE):
        with pytest.raises(IntentError, match="a text can only pass"):
            excess(side, flow, accepted(word), "a text")
        return
    found = excess(side, flow, accepted(word), "a text")
    tried = side is Side.REQUEST and flow is Flow.DOWN
    asked = word == NO and not tried
    assert found.verdict is (Verdict.NEEDS_INTENT if asked else Verdict.LOSSY)
    assert found.treatment.startswith("a text")


@pytest.mark.parametrize(
    ("word", "refused", "verdict"),
    [
        (NO, True, Verdict.NEEDS_INTENT),
        (None, False, Verdict.LOSSY),
        (Then.PASS, False, Verdict.LOSSY),
        (Then.DROP, False, Verdict.LOSSY),
        (Then.REFUSE, True, Verdict.LOSSY),
    ],
)
def test_what_is_needed_and_not_sent(word: Word, refused: bool, verdict: Verdict) -> None:
    found = shortage(accepted(word), ABSENT)
    assert (found[0], found[1].verdict) == (refused, verdict)
    supplied = shortage(accepted(word), None)
    assert (supplied[0], supplied[1].verdict) == (False, Verdict.DEFAULTED)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "is supplied: 0"),
        (None, "is supplied: null"),
        ("hall", 'is supplied: "hall"'),
        ("a" * 80, f'is supplied: "{"a" * 39}…'),
    ],
)
def test_what_is_supplied_is_told(value: Json, said: str) -> None:
    assert shortage(None, value)[1].treatment == said


def test_only_passing_is_no_demand() -> None:
    for word in (None, Then.PASS):
        entry = accepted(word)
        assert entry is not None
        only_passes(entry, "it")


@pytest.mark.parametrize(
    ("side", "flow", "who"),
    [
        (Side.REQUEST, Flow.UP, Role.OLD_CLIENT),
        (Side.RESPONSE, Flow.DOWN, Role.OLD_CLIENT),
        (Side.REQUEST, Flow.DOWN, Role.NEW_CLIENT),
        (Side.RESPONSE, Flow.UP, Role.NEW_CLIENT),
    ],
)
def test_whose_exchange_a_value_is_part_of(side: Side, flow: Flow, who: Role) -> None:
    assert role(side, flow) is who
