"""Emitted lens functions do what the interpreter does, on every document."""

from collections.abc import Callable, Iterator
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.emit.fields import silent
from compat.emit.homes import homes
from compat.lens.interpret import ApplyDepthError, Context, apply
from compat.lens.ops import (
    ITEM,
    VALUE,
    Apply,
    Drop,
    Flow,
    Focus,
    Lens,
    Loss,
    Op,
    Step,
    Value,
    invert,
)
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
    *({"a": {"b": {"c": 1}}, "b": 5}, {"a": {"b": {"c": 1}}, "b": {"d": 5}}),
    *({"b": "p:q", "b2": "r"}, {"b": {"shape": "1-2", "fields": {"a": 1}}, "a": 5}),
    {"b": {"shape": "1-2", "fields": {"a": 1, "b": 2}}},
    *({"b": {"shape": "1-2", "fields": [1]}}, {"b": {"shape": 1, "fields": {"a": 1}}}),
    {"kids": [{"kin": {"k": {"a": 1}}}], "kin": {"k": {"tree": {"kids": []}}}},
)


class Everything:
    """The package that has every operation, and what its lenses should do."""

    def __init__(self, module: Callable[[str], ModuleType]) -> None:
        self.lenses = {name: lens.up for name, lens in everything().lenses.items()}
        self._homes, self._module = homes(self.lenses), module
        hooks = {f"turn_{flow}": lambda value: value for flow in Flow}
        self._context = Context(lenses=self.lenses, hooks=hooks)

    def compare(self, name: str, flow: Flow, lens: Lens, document: Json) -> None:
        """The named function does what the lens does to this document."""
        function = getattr(self._module(f"lenses.{self._homes[name]}"), f"{name}_{flow}")
        try:
            expected: Value | str = apply(lens, document, self._context)
        except Refused as refused:
            expected = f"refused: {refused.difference}"
        found = emitted(function, document, self._module)
        is_text = isinstance(found, str) or isinstance(expected, str)
        agree = found == expected if is_text else alike(found, expected)
        assert agree, f"{name}_{flow}({document!r}) is {found!r}, not {expected!r}"


@pytest.fixture(scope="module")
def whole() -> Iterator[Everything]:
    with running(everything(), hooks=EVERY_HOOK) as module:
        yield Everything(module)


def test_every_operation_does_what_the_interpreter_does(whole: Everything) -> None:
    for name, flow in product(whole.lenses, Flow):
        for document in MEMBERS:
            whole.compare(name, flow, (Apply(name=name, flow=flow),), document)


def test_names_of_every_kind_are_those_of_the_interpreter(whole: Everything) -> None:
    for name, flow in product(whole.lenses, Flow):
        for hostile in NAMES if name.startswith("name") else ():
            for member in MEMBERS[::3]:
                document = {hostile: member, NAMES[0]: 1}
                whole.compare(name, flow, (Apply(name=name, flow=flow),), document)


def test_every_operation_does_it_wherever_a_path_leads(whole: Everything) -> None:
    for name, flow in product(whole.lenses, Flow):
        if name.startswith("focus"):
            up = whole.lenses[name]
            for op in up if flow is Flow.UP else invert(up):
                assert isinstance(op, Focus)
                for member in MEMBERS:
                    whole.compare(name, flow, (op,), led_to(op.path, member))


def led_to(path: tuple[Step, ...], member: Any) -> Any:
    """A document in which the path leads to the member, and to a text."""
    for step in reversed(path):
        if step is ITEM:
            member = [member, "other"]
        else:
            member = {"k": member, "l": "other"} if step is VALUE else {step: member}
    return member


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


@pytest.mark.parametrize(
    ("value", "neutral", "once"),
    [
        ("main", "main", ["main"]),
        ({}, {}, [{}]),
        ("main", ABSENT, ["main"]),
        (ABSENT, 0, [0]),
        (1, True, [1, True]),
        (1, 1.0, [1, 1.0]),
        (ABSENT, ABSENT, []),
    ],
    ids=repr,
)
def test_what_goes_without_a_word_is_asked_for_once(
    value: Value, neutral: Value, once: list[Json]
) -> None:
    drop = Drop(field="a", value=value, neutral=neutral, loss=Loss.DROP, difference="d")
    assert list(map(repr, silent(drop))) == list(map(repr, once))
