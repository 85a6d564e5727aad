"""Trying proposals: all that the planner takes together, and what it does not."""

import pytest

from compat.intent.model import NO_INTENT, Intent
from compat.intent.problem import IntentError
from compat.intent.read import read_intent
from compat.plan.bridge import BridgePlan
from compat.plan.drafting.trial import Trial, reads, tried
from compat.plan.planner import plan
from compat.suggest.candidate import bridge
from tests.compat.plan.making import TODAY, interface

OLD, NEW = (
    interface({"PUT /things": "{body!: Thing, 200: Thing}"}, f"Thing: {schema}")
    for schema in ("{a: string, b: string}", "{c: string, d: string}")
)


def attempt(intent: Intent) -> BridgePlan:
    return plan(OLD, NEW, intent, today=TODAY)


def trial(*renames: dict[str, str], intent: Intent = NO_INTENT) -> Trial:
    """Tries renames at `Thing`, called by their numbers."""
    proposals = {
        str(index): (bridge("Thing", rename={**names}),) for index, names in enumerate(renames)
    }
    return tried(intent, proposals, attempt)


def test_what_fits_together_is_all_taken() -> None:
    found = trial({"a": "c"}, {"b": "d"})
    assert found.fitting == {"0", "1"}
    assert {one.kind for one in found.plan.differences} == {"field-renamed"}


def test_what_says_another_thing_about_the_same_is_left_out() -> None:
    assert trial({"a": "c"}, {"a": "d"}, {"b": "d"}).fitting == {"0", "2"}


def test_what_an_intent_may_say_only_once_is_taken_once() -> None:
    """The planner would take the second word and forget the first."""
    values = {name: (bridge("Thing", default={"c": name}),) for name in ("one", "two")}
    assert tried(NO_INTENT, values, attempt).fitting == {"one"}


def test_what_fits_nowhere_is_left_out() -> None:
    found = trial({"a": "c"}, {"x": "y"})
    assert found.fitting == {"0"}
    assert [one.kind for one in found.plan.differences if "renamed" in one.kind] == [
        "field-renamed"
    ]


def test_what_the_intent_has_decided_goes_before_a_proposal() -> None:
    intent = read_intent("mine.yaml", b"intent: 1\nbridges: [{at: Thing, rename: {a: d}}]")
    assert trial({"a": "c"}, {"b": "c"}, intent=intent).fitting == {"1"}


def test_a_mistake_of_the_intent_itself_is_not_blamed_on_proposals() -> None:
    intent = read_intent("mine.yaml", b"intent: 1\nbridges: [{at: Thing, rename: {x: y}}]")
    with pytest.raises(IntentError) as caught:
        trial({"a": "c"}, intent=intent)
    assert caught.value.where.startswith("mine.yaml:")


def test_what_an_intent_cannot_say_does_not_read() -> None:
    assert reads([bridge("Thing", values=[["a", "b"]])])
    assert not reads([bridge("Thing", values=[[{"x": 1}, "b"]])])
    assert not reads([bridge("Thing", rename={"a": "b"}), bridge("Thing", rename={"a": "c"})])
