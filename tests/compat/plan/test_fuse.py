"""Two plans made one: what a person reads of it, and what it is made from."""

import re
from dataclasses import replace

import pytest

from compat.intent.model import Intent, Supply, Then, UseHook
from compat.plan.bridge import BridgePlan, Difference, Exchange
from compat.plan.fusing.fuse import FuseError, fuse
from compat.plan.planner import plan
from tests.compat.plan.making import PUT, TODAY, call, intent, stands_in, verdicts
from tests.compat.plan.specs import interface


def fused(*volumes: str, intents: tuple[Intent, ...] = ()) -> BridgePlan:
    """One plan through versions of `Volume`, which is put and given back."""
    return fuse(*steps(*volumes, intents=intents))


def steps(*volumes: str, intents: tuple[Intent, ...] = ()) -> tuple[BridgePlan, BridgePlan]:
    one, two, three = (
        interface({PUT: "{body!: Volume, 200: Volume}"}, f"Volume: {volume}", name=f"v{number}")
        for number, volume in enumerate(volumes, 1)
    )
    first, second = intents or (Intent(), Intent())
    return plan(one, two, first, today=TODAY), plan(two, three, second, today=TODAY)


def difference(made: BridgePlan, name: str) -> Difference:
    (found,) = (each for each in made.differences if f"{each.kind} {each.subject}" == name)
    return found


# --- differences ----------------------------------------------------------------------------------


def test_what_differs_in_either_step_differs() -> None:
    made = fused("{a: string}", "{a: string, b: string}", "{a: string, b: string, c: string}")
    names = [f"{each.kind} {each.subject}" for each in made.differences]
    assert names == ["field-added Volume.b", "field-added Volume.c"]


GONE = "field-removed Volume.a"


def taken_away_twice(first: Then | None, second: Then | None) -> BridgePlan:
    """The field is there, away, there again and away: the same difference in both steps."""
    accepts = [intent(accept={GONE: then}) if then else Intent() for then in (first, second)]
    there, away = "{a: string, b: string}", "{b: string}"
    one, two = (interface({PUT: "{body!: Volume}"}, f"Volume: {each}") for each in (there, away))
    made = [plan(one, two, each, today=TODAY) for each in accepts]
    back = plan(two, one, today=TODAY)
    return fuse(fuse(made[0], back), made[1])


@pytest.mark.parametrize(
    ("first", "second", "is_open"),
    [
        (None, None, True),
        (Then.DROP, None, True),
        (None, Then.DROP, True),
        (Then.DROP, Then.DROP, False),
    ],
)
def test_a_gap_that_one_step_accepts_and_another_does_not_is_open(
    first: Then | None, second: Then | None, is_open: bool
) -> None:
    found = difference(taken_away_twice(first, second), GONE)
    assert found.is_open_gap is is_open
    assert (found.acceptance is None) is is_open


def test_of_two_verdicts_the_worse_counts_for_each_client() -> None:
    made = taken_away_twice(Then.DROP, Then.REFUSE)
    old, new = verdicts(difference(made, GONE))
    assert (old, new) == ("lossy", "none")


# --- places ---------------------------------------------------------------------------------------


def test_places_are_in_the_outer_versions() -> None:
    made = fused("{a: x|y}", "{a: x|y|z}", "{a: x|y|z, b: string}")
    added = difference(made, "value-added Volume.a=z")
    assert added.old is not None
    assert added.new is not None
    assert (added.old.file, added.new.file) == ("v1", "v3")
    later = difference(made, "field-added Volume.b")
    assert later.old is None or later.old.file == "v1"


def test_a_schema_under_another_name_is_found_by_its_partner() -> None:
    one, two, three = (
        interface({PUT: f"{{body!: {name}}}"}, f"{name}: {{a: {values}, n: {kind}}}", name=file)
        for file, name, values, kind in (
            ("v1", "Volume", "x|y", "integer"),
            ("v2", "Disk", "x|y", "string"),
            ("v3", "Disk", "x|y|z", "string"),
        )
    )
    made = fuse(plan(one, two, today=TODAY), plan(two, three, today=TODAY))
    (added,) = (each for each in made.differences if each.kind == "value-added")
    assert added.old is not None
    assert (added.old.file, added.old.pointer) == (
        "v1",
        "/components/schemas/Volume/properties/a",
    )


def test_what_the_outer_version_lacks_keeps_its_place() -> None:
    made = fused("{a: string}", "{a: string, b: x|y}", "{a: string, b: x|y|z}")
    added = difference(made, "value-added Volume.b=z")
    assert added.old is not None
    assert added.old.file == "v2"


# --- inputs and hooks -----------------------------------------------------------------------------


def test_every_step_is_told_with_its_inputs() -> None:
    first, second = steps("{a: string}", "{b: string}", "{c: string}")
    made = fuse(first, second)
    assert [(step.old, step.new) for step in made.steps] == [
        (first.old.digest, first.new.digest),
        (second.old.digest, second.new.digest),
    ]
    further = plan(second.new, first.old, today=TODAY)
    assert [step.new for step in fuse(made, further).steps] == [
        first.new.digest,
        second.new.digest,
        first.old.digest,
    ]


def test_the_intents_digest_stands_for_all_of_them() -> None:
    volumes = ("{a: string}", "{a: string, b!: string}", "{a: string, b!: string}")
    given = intent(("Volume", Supply(values={"b": "x"})))
    digests = {
        fused(*volumes, intents=(given, Intent(digest=digest))).intent_digest
        for digest in ("", "1" * 64, "2" * 64)
    }
    assert len(digests) == 3
    assert {len(digest) for digest in digests - {""}} == {64}


def hooked(name: str) -> Intent:
    return intent(("Volume.a", UseHook(name=name)))


def test_a_hook_that_both_steps_name_is_needed_once() -> None:
    made = fused("{a: string}", "{a: integer}", "{a: string}", intents=(hooked("h"), hooked("h")))
    assert [need.name for need in made.hooks] == ["h_down", "h_up"]


def test_what_a_hook_drives_is_left_to_a_chain() -> None:
    one = interface({PUT: "{body!: Volume}", "GET /gone": "{}"}, "Volume: {a: string}")
    two = interface({PUT: "{body!: Volume}"}, "Volume: {a: string}")
    first = plan(one, two, intent(operations=(stands_in("GET /gone", hook="drive"),)), today=TODAY)
    with pytest.raises(FuseError) as caught:
        fuse(first, plan(two, two, today=TODAY))
    assert "GET /gone" in str(caught.value)
    assert "NAME.chain.chain(a, b)" in str(caught.value)


def test_several_calls_for_one_are_left_to_a_chain() -> None:
    one = interface({"GET /a": "{}", "GET /b": "{}", "GET /gone": "{200: {a: object}}"})
    two = interface({"GET /a": "{200: {x: string}}", "GET /b": "{200: {x: string}}"})
    entry = stands_in("GET /gone", call("GET /a", into=""), call("GET /b", into="a"))
    first = plan(one, two, intent(operations=(entry,)), today=TODAY)
    with pytest.raises(FuseError, match=r"more than one step: GET /gone\n"):
        fuse(first, plan(two, two, today=TODAY))


def test_records_of_one_step_and_whole_answers_of_the_other_are_left_to_a_chain() -> None:
    first, second = steps("{a: integer}", "{a: string}", "{a: integer}")

    def streaming(exchange: Exchange) -> Exchange:
        (made,) = exchange.calls
        answers = tuple(replace(answer, records=True) for answer in made.answers)
        return replace(exchange, calls=(replace(made, answers=answers),))

    exchanges = {role: tuple(map(streaming, found)) for role, found in first.exchanges.items()}
    assert fuse(first, second)
    with pytest.raises(FuseError, match=f"more than one step: {re.escape(PUT)}, {re.escape(PUT)}"):
        fuse(replace(first, exchanges=exchanges), second)
