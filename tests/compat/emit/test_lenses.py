"""Emitted lens functions do what the interpreter does, on every document."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compat.lens.interpret import ApplyDepthError, apply
from compat.lens.ops import Flow, Lens, Op, Value, invert
from compat.lens.refusal import Refused
from compat.lens.value import own
from compat.model.schema import ABSENT, Json
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


@pytest.mark.parametrize("kind", sorted(MAKERS, key=str))
@settings(LONG, max_examples=40)
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
