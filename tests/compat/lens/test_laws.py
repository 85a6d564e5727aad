"""What holds for every lens and every document."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import cast, get_args

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from compat.lens.interpret import apply
from compat.lens.message import translate_request, translate_response
from compat.lens.ops import Op, invert
from compat.lens.refusal import Refused
from compat.model.schema import ABSENT, Json
from tests.compat.lens.domain import is_exact, is_op_exact
from tests.compat.lens.exactly import written
from tests.compat.lens.messages import (
    RequestExample,
    ResponseExample,
    request_examples,
    response_examples,
)
from tests.compat.lens.strategies import (
    Example,
    examples,
    recursive_examples,
    single_examples,
)

KINDS: tuple[type[Op], ...] = get_args(Op)
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
ANY_EXAMPLE = st.one_of(examples(), recursive_examples())


def outcome(example: Example) -> str:
    """What comes of the document, as text."""
    try:
        return written(apply(example.lens, example.document, example.context))
    except Refused as refused:
        return f"refused: {refused}"


def assert_restored(example: Example) -> None:
    there = apply(example.lens, example.document, example.context)
    back = apply(invert(example.lens), there, example.context)
    assert written(back) == written(example.document), f"by way of {written(there)}"


def containers(thing: object) -> Iterator[object]:
    """Every list and object to be reached from a value, a lens, or anything made of them."""
    if isinstance(thing, list | dict):
        yield thing
    if is_dataclass(thing) and not isinstance(thing, type):
        thing = [getattr(thing, each.name) for each in fields(thing)]
    members = list(thing.values()) if isinstance(thing, dict) else thing
    if isinstance(members, list | tuple):
        yield from (found for member in members for found in containers(member))


def assert_nothing_shared(one: object, other: object) -> None:
    ids = {id(found) for found in containers(one)}
    assert [found for found in containers(other) if id(found) in ids] == []


@EVERY_KIND
@given(data=st.data())
def test_inverting_twice_gives_the_operation_itself(kind: type[Op], data: st.DataObject) -> None:
    lens = data.draw(single_examples(kind)).lens
    assert [type(op) for op in lens] == [kind]
    assert repr(invert(invert(lens))) == repr(lens)


@given(example=ANY_EXAMPLE)
def test_inverting_twice_gives_the_lens_itself(example: Example) -> None:
    assert repr(invert(invert(example.lens))) == repr(example.lens)


@EVERY_KIND
@given(data=st.data())
def test_the_way_back_restores_what_an_operation_is_exact_for(
    kind: type[Op], data: st.DataObject
) -> None:
    assert_restored(data.draw(single_examples(kind, fit=is_op_exact)))


@settings(max_examples=200)
@given(example=examples(fit=is_op_exact))
def test_the_way_back_restores_what_each_operation_in_turn_is_exact_for(example: Example) -> None:
    assert is_exact(example.lens, example.document, example.context)
    assert_restored(example)


@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
@given(example=recursive_examples())
def test_the_way_back_restores_a_tree(example: Example) -> None:
    assume(is_exact(example.lens, example.document, example.context))
    assert_restored(example)


@given(example=ANY_EXAMPLE)
def test_the_document_stays_as_it_is_and_shares_nothing_with_the_answer(example: Example) -> None:
    before = written(example.document)
    try:
        answer = apply(example.lens, example.document, example.context)
    except Refused:
        answer = ABSENT
    assert written(example.document) == before
    assert_nothing_shared((example.document, example.lens, example.lenses), answer)


@given(example=ANY_EXAMPLE)
def test_the_same_comes_of_the_same(example: Example) -> None:
    assert outcome(example) == outcome(example)


@given(example=request_examples())
def test_a_request_stays_as_it_is_and_shares_no_body_with_the_answer(
    example: RequestExample,
) -> None:
    before = repr(example.request)
    try:
        answer = translate_request(example.lens, example.request, example.context)
    except Refused:
        return
    assert repr(example.request) == before
    assert_nothing_shared((example.request.body, example.lens, example.lenses), answer.body)


@given(example=response_examples())
def test_a_response_stays_as_it_is_and_shares_no_body_with_the_answer(
    example: ResponseExample,
) -> None:
    before = repr(example.response)
    try:
        answer = translate_response(example.lens, example.response, example.context)
    except Refused:
        return
    assert repr(example.response) == before
    assert_nothing_shared((example.response.body, example.lens, example.lenses), answer.body)


@EVERY_KIND
@given(data=st.data())
def test_every_operation_leaves_alone_what_is_absent_or_opaque(
    kind: type[Op], data: st.DataObject
) -> None:
    example = data.draw(single_examples(kind))
    stream: Json = cast("Json", object())
    assert apply(example.lens, ABSENT, example.context) is ABSENT
    assert apply(example.lens, stream, example.context) is stream
