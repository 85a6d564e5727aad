"""Emitted lens functions do what the interpreter does, on every document."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.emit.package import emit
from compat.lens.interpret import ApplyDepthError, Context, apply
from compat.lens.ops import Apply, Flow, Lens, Op, Value, invert
from compat.lens.refusal import Refused
from compat.lens.value import own
from compat.model.schema import ABSENT, Json
from tests.compat.emit.everything import HOOKS_FILE as EVERY_HOOK
from tests.compat.emit.everything import NAMES, everything
from tests.compat.emit.making import plan_of, running, value_hooks
from tests.compat.lens.exactly import alike, written
from tests.compat.lens.making import MAKERS
from tests.compat.lens.strategies import Example, examples, recursive_examples, single_examples

HOOKS_FILE = """
def turn_up(value):
    if isinstance(value, (str, list)):
        return value[::-1]
    return not value if isinstance(value, bool) else value

turn_down = turn_up

def box_up(value):
    return {"boxed": value}

def box_down(value):
    return value["boxed"] if isinstance(value, dict) and "boxed" in value else value
"""

LONG = settings(deadline=None, suppress_health_check=list(HealthCheck))


def interpreted(lens: Lens, document: Json, example: Example) -> Value | str:
    """What the interpreter gives, or the difference it refuses the document for."""
    try:
        return apply(lens, document, example.context)
    except Refused as refused:
        return f"refused: {refused.difference}"
    except ApplyDepthError:
        return "endless"


def emitted(function: Callable[[Any], Any], document: Json, module: Any) -> Value | str:
    """What an emitted function gives for a copy of the document."""
    try:
        answer: Value = function(own(document))
    except module("message").GapError as error:
        return f"refused: {error.difference}"
    except RecursionError:
        return "endless"
    return ABSENT if isinstance(answer, module("values").Absent) else answer


def check(example: Example) -> None:
    """Both directions agree, each on the document and on what the other makes of it."""
    plan = plan_of({**example.lenses, "whole": example.lens}, hooks=value_hooks("turn", "box"))
    with running(plan, hooks=HOOKS_FILE) as module:
        documents: list[Json] = [example.document]
        for flow, lens in ((Flow.UP, example.lens), (Flow.DOWN, invert(example.lens))):
            function = getattr(module("lenses.whole"), f"whole_{flow}")
            for document in list(documents):
                expected = interpreted(lens, document, example)
                found = emitted(function, document, module)
                if isinstance(expected, str) or isinstance(found, str):
                    assert found == expected
                    continue
                assert alike(found, expected), written(found)
                documents.extend([] if found is ABSENT else [found])


MEMBERS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 7, 1.0, -0.5, 60.0),
    *("", "a", "c", "x", "1", "true", "1.5", "p:q:r:s:t", "'\"\\'\"\\x"),
    *([], [1], ["1", "2"], ["1,2"], ["true"], [[], [2]], [None]),
    *({}, {"a": 1}, {"a": {"b": {"c": 1}}, "b": {}}, {"b": "y", "a": "x"}, {"in": [1], "c": 2}),
    *({"type": "x", "a": 1}, {"a": None, "b": 2}, {"b": "x", "b2": "y", "a": "z", "third": "w"}),
    {"b": "p:q", "b2": "r"},
    {"b": {"shape": "1-2", "fields": {"a": 1, "b": 2}}},
    {"kids": [{"kin": {"k": {"a": 1}}}], "kin": {"k": {"tree": {"kids": []}}}},
)


def placed(member: Any) -> Iterator[Any]:
    """The member in all the places that the paths of `everything` lead to."""
    yield from (member, [member], {"k": member, "l": 1}, {"b": [{"k": {"c": member}}]})


def documents_for(name: str) -> Iterator[Json]:
    """Documents that a lens of `everything` of that name bites on."""
    yield from MEMBERS
    if name.startswith("focus"):
        for number in range(40):
            for member in MEMBERS[number % 8 :: 8]:
                yield from ({f"field{number}s": each} for each in placed(member))
    for hostile in NAMES if name.startswith("name") else ():
        yield from ({hostile: member, NAMES[0]: 1} for member in MEMBERS[::3])


def test_every_operation_everywhere_does_what_the_interpreter_does() -> None:
    plan = everything()
    lenses = {name: lens.up for name, lens in plan.lenses.items()}
    hooks = {f"turn_{flow}": lambda value: value for flow in Flow}
    with running(plan, hooks=EVERY_HOOK) as module:
        homes = {
            function: module(f"lenses.{path[7:-3]}")
            for path in emit(plan, "shim", allow_gaps=True)
            if path.startswith("lenses/") and not path.endswith("__init__.py")
            for function in dir(module(f"lenses.{path[7:-3]}"))
            if not function.startswith("_")
        }
        for name, flow in product(lenses, Flow):
            function = getattr(homes[f"{name}_{flow}"], f"{name}_{flow}")
            context = Context(lenses=lenses, hooks=hooks)
            for document in documents_for(name):
                try:
                    expected: Value | str = apply((Apply(name=name, flow=flow),), document, context)
                except Refused as refused:
                    expected = f"refused: {refused.difference}"
                found = emitted(function, document, module)
                assert repr(found) == repr(expected) or alike_values(found, expected), (
                    f"{name}_{flow}({document!r})"
                )


def alike_values(found: Value | str, expected: Value | str) -> bool:
    is_text = isinstance(found, str) or isinstance(expected, str)
    return found == expected if is_text else alike(found, expected)


@pytest.mark.parametrize("kind", sorted(MAKERS, key=str))
@settings(LONG, max_examples=25)
@given(data=st.data())
def test_each_operation_does_what_the_interpreter_does(kind: type[Op], data: st.DataObject) -> None:
    check(data.draw(single_examples(kind)))


@settings(LONG, max_examples=150)
@given(examples())
def test_lenses_do_what_the_interpreter_does(example: Example) -> None:
    check(example)


@settings(LONG, max_examples=60)
@given(recursive_examples())
def test_recursive_lenses_do_what_the_interpreter_does(example: Example) -> None:
    check(example)
