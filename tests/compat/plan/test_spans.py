"""Several versions in a row: which ways there are between every two of them."""

from collections.abc import Sequence

import pytest

from compat.intent.model import NO_INTENT, Intent
from compat.intent.problem import IntentError
from compat.intent.read import read_intent
from compat.model.interface import Interface
from compat.plan.fusing.spans import Route, Span, spans
from tests.compat.plan.making import TODAY
from tests.compat.plan.specs import interface

LAMPS = "GET /lamps"
ROOMS = "GET /rooms"


def decided(text: str) -> Intent:
    return read_intent("intent.yaml", f"intent: 1\n{text}".encode())


RENAMED = decided("bridges: [{at: Lamp, rename: {place: room}}]")
DRIVEN = decided("operations: [{old: GET /rooms, hook: drive}]")


def lamps(lamp: str, name: str = "spec.yaml") -> Interface:
    return interface({LAMPS: "{200: Lamp}"}, f"Lamp: {lamp}", name=name)


def found(
    row: Sequence[Interface], intents: Sequence[Intent] = ()
) -> dict[tuple[int, int], tuple[Route, ...]]:
    return {
        (each.older, each.newer): tuple(way.route for way in each.ways)
        for each in all_spans(row, intents)
    }


def all_spans(row: Sequence[Interface], intents: Sequence[Intent] = ()) -> list[Span]:
    names = [str(number) for number in range(len(row))]
    return [*spans(row, intents or [NO_INTENT] * (len(row) - 1), names, today=TODAY)]


def test_every_two_versions_have_one_span() -> None:
    row = [lamps("{name: string}")] * 5
    pairs = [(each.older, each.newer) for each in all_spans(row)]
    assert len(pairs) == len(set(pairs)) == 10
    assert all(older < newer for older, newer in pairs)


def test_neighbours_have_the_plan_of_their_step() -> None:
    row = lamps("{place: string}"), lamps("{room: string}")
    [span] = all_spans(row, [RENAMED])
    [way] = span.ways
    assert (way.route, len(way.legs)) == (Route.DIRECT, 1)
    assert way.legs[0].intent_digest == RENAMED.digest
    assert (way.legs[0].old_version, way.legs[0].new_version) == ("0", "1")


def test_without_decisions_the_ends_are_planned_by_themselves_too() -> None:
    row = [lamps(each) for each in ("{a: string}", "{a: string, b: string}", "{a: string}")]
    assert found(row)[0, 2] == (Route.FUSED, Route.DIRECT)
    fused, direct = next(each.ways for each in all_spans(row) if each.newer - each.older == 2)
    assert fused.legs[0].differences
    assert not direct.legs[0].differences


def test_decisions_on_the_way_are_kept() -> None:
    row = lamps("{place: string}"), lamps("{room: string}"), lamps("{room: string, lit: boolean}")
    routes = found((*row, lamps("{room: string}")), [RENAMED, NO_INTENT, NO_INTENT])
    assert routes[0, 2] == routes[0, 3] == (Route.FUSED,)
    assert routes[1, 3] == (Route.FUSED, Route.DIRECT)


def test_what_is_back_where_it_was_needs_no_decisions() -> None:
    there, away = lamps("{place: string}"), lamps("{room: string}")
    back = decided("bridges: [{at: Lamp, rename: {room: place}}]")
    assert found((there, away, there), [RENAMED, back])[0, 2] == (Route.FUSED, Route.DIRECT)


def test_steps_that_cannot_be_one_are_a_chain_from_there_on() -> None:
    both, one = interface({LAMPS: "", ROOMS: ""}), interface({LAMPS: ""})
    row = both, one, lamps("{name: string}"), one
    routes = found(row, [DRIVEN, NO_INTENT, NO_INTENT])
    assert routes[0, 2] == routes[0, 3] == (Route.CHAINED,)
    chains = [each.ways[0].legs for each in all_spans(row, [DRIVEN, NO_INTENT, NO_INTENT])]
    assert [len(legs) for legs in chains] == [1, 1, 1, 2, 3, 1]


def test_an_intent_that_fits_nothing_is_refused() -> None:
    row = [lamps("{name: string}")] * 3
    with pytest.raises(IntentError):
        all_spans(row, [NO_INTENT, RENAMED])
