"""Random edits of random specs: what changes the documents admitted is never called nothing."""

from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from compat.lens.refusal import Refused
from compat.model.role import Role
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge
from tests.compat.plan.specs import loaded
from tests.compat.plan.worlds import (
    DOCUMENTS,
    Schema,
    documented,
    edited,
    fitting,
    judge,
    worlds,
)

PUT = "PUT /root"


def between(old: dict[str, Schema], new: dict[str, Schema]) -> Bridge:
    return bridge(loaded(documented(old)), loaded(documented(new)))


def drawn(data: DataObject, old: dict[str, Schema], new: dict[str, Schema]) -> list[Any]:
    """Documents near both, and some near neither."""

    def choose(options: Any) -> Any:
        return data.draw(st.sampled_from(tuple(options)))

    near = [fitting(world["Root"], world, choose) for world in (old, new) for _ in range(8)]
    return [*near, *data.draw(st.lists(DOCUMENTS, max_size=4))]


@given(worlds(), st.data())
def test_a_change_of_what_is_admitted_is_never_nothing(
    old: dict[str, Schema], data: DataObject
) -> None:
    new = data.draw(edited(old))
    made = between(old, new)
    assume(not made.found)
    ours, theirs = judge(old), judge(new)
    for document in drawn(data, old, new):
        assert ours(document) == theirs(document), document


@given(worlds())
def test_a_spec_differs_in_nothing_from_itself(world: dict[str, Schema]) -> None:
    assert between(world, world).is_silent


@given(worlds(), st.data())
def test_documents_that_both_admit_cross_unless_they_are_refused_by_name(
    old: dict[str, Schema], data: DataObject
) -> None:
    new = data.draw(edited(old))
    made = between(old, new)
    known = {one.id for one in made.plan.differences}
    for document in drawn(data, old, new):
        for role in (OLD, NEW):
            assert known >= refusals(made, role, document)


def refusals(made: Bridge, role: Role, document: Any) -> set[str]:
    """The differences that a document is refused for as a request or as an answer."""
    found = set()
    for cross in (made.sends, made.gets):
        try:
            cross(role, PUT, Message(body=document))
        except Refused as refused:
            found.add(refused.difference)
    return found


@given(worlds(), st.data())
def test_what_an_old_client_may_send_is_taken_or_told(
    old: dict[str, Schema], data: DataObject
) -> None:
    """Where the plan calls a way clean, what comes out of it is valid there."""
    new = data.draw(edited(old))
    made = between(old, new)
    ours, theirs = judge(old), judge(new)
    dirty = any(one.verdict.label not in ("none", "lossless") for one in made.plan.differences)
    assume(not dirty)
    for document in drawn(data, old, new):
        if not ours(document) or not theirs(document):
            continue
        sent = made.sends(OLD, PUT, Message(body=document)).body
        assert theirs(sent), (document, sent)


MORE_OF_ITSELF: dict[str, Schema] = {
    "Root": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/Q"}}},
    "P": {"type": "array"},
    "Q": {"type": "object", "properties": {"b": {"type": "boolean"}}},
}
"""Q is Root and more, and so is the Q in its field b, which is a boolean, too, and so on."""


@example(MORE_OF_ITSELF)
@example({"Root": {"allOf": [{"$ref": "#/components/schemas/Root"}]}, "P": {}, "Q": {}})
@example({"Root": {"anyOf": [{"$ref": "#/components/schemas/P"}, {}]}, "P": {}, "Q": {}})
@given(worlds())
def test_whatever_leads_to_itself_ends(world: dict[str, Schema]) -> None:
    looped = {**world, "P": {"anyOf": [world["P"], {"$ref": "#/components/schemas/Q"}]}}
    looped["Q"] = {"allOf": [{"$ref": "#/components/schemas/Root"}, world["Q"]]}
    assert between(looped, looped).is_silent
    between(world, looped)
