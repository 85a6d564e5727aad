"""What a lens counts as it is applied: one for each value that an operation changes."""

import pytest
from hypothesis import given

from compat.lens.codecs import ParameterCodec, RestyleCodec, ScaleCodec
from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    ITEM,
    AdmitNull,
    Apply,
    Branch,
    Case,
    Convert,
    Copy,
    Default,
    Drop,
    Enclose,
    Flow,
    Focus,
    Forget,
    Gap,
    Hook,
    Lens,
    Loss,
    MapValues,
    Move,
    OmitNull,
    Op,
    Rename,
    Unwrap,
    Wrap,
    invert,
)
from compat.lens.ops import Test as Condition
from compat.lens.refusal import Refused
from compat.model.interface import Style
from compat.model.schema import ABSENT, Json, Kind
from compat.verify.tracing import Tracer
from tests.compat.lens.exactly import written
from tests.compat.lens.strategies import HOOKS, Example, examples


def counted(lens: Lens, value: Json, flow: Flow = Flow.UP, **hooks: object) -> dict[str, int]:
    """How often each difference is counted as the lens is applied in that direction."""
    tracer = Tracer()
    prepared = tracer.prepared(lens, flow)
    apply(prepared, value, Context(hooks={**tracer.hooks, **hooks}))  # type: ignore[dict-item]
    assert all(way == flow for _, way in tracer.counts)
    return {difference: count for (difference, _), count in tracer.counts.items()}


D = "d"
RENAME = Rename(old="a", new="b", difference=D)
DEFAULT = Default(field="a", value=1, loss=Loss.DROP, difference=D)
DROP = Drop(field="a", value=1, neutral=0, loss=Loss.DROP, difference=D)
FORGET = Forget(field="a", source="b", loss=Loss.DROP, difference=D)
MAP = MapValues(pairs=(("ON", "on"),), back=(("on", "ON"),), difference=D)
READ = Convert(codec=ParameterCodec(kind=Kind.INTEGER), difference=D)


@pytest.mark.parametrize(
    ("op", "value", "times"),
    [
        (RENAME, {"a": 1}, 1),
        (RENAME, {"b": 1}, 0),
        (RENAME, [{"a": 1}], 0),
        (DEFAULT, {}, 1),
        (DEFAULT, {"a": 1}, 0),
        (Default(field="a", value=1, overwrite=True, loss=Loss.DROP, difference=D), {"a": 1}, 1),
        (Default(field="a", value=1, overwrite=True, loss=Loss.DROP, difference=D), [], 0),
        (DROP, {"a": 2}, 1),
        (DROP, {"a": 1}, 0),
        (DROP, {"a": 0}, 0),
        (DROP, {}, 0),
        (Drop(field="a", value=ABSENT, loss=Loss.KEEP, difference=D), {"a": 2}, 0),
        (FORGET, {"a": 1, "b": 1}, 0),
        (FORGET, {"a": 1, "b": 2}, 1),
        (FORGET, {"a": 1}, 1),
        (FORGET, {"b": 1}, 0),
        (FORGET, [], 0),
        (Copy(field="a", source="b", loss=Loss.DROP, difference=D), {"b": 1}, 1),
        (Copy(field="a", source="b", loss=Loss.DROP, difference=D), {"b": 1, "a": 2}, 0),
        (MAP, "ON", 1),
        (MAP, "on", 0),
        (
            Convert(codec=ScaleCodec(numerator=1000, denominator=1, integral=True), difference=D),
            2,
            1,
        ),
        (
            Convert(codec=ScaleCodec(numerator=1000, denominator=1, integral=True), difference=D),
            "2",
            0,
        ),
        (READ, ["1"], 1),
        (Convert(codec=RestyleCodec(old=Style.SIMPLE, new=Style.PIPE), difference=D), ["a"], 1),
        (Convert(codec=RestyleCodec(old=Style.SIMPLE, new=Style.PIPE), difference=D), [1], 0),
        (OmitNull(field="a", difference=D), {"a": None}, 1),
        (AdmitNull(field="a", difference=D), {"a": None}, 0),
        (Wrap(loss=Loss.DROP, difference=D), 1, 1),
        (Wrap(loss=Loss.DROP, difference=D), [1], 0),
        (Unwrap(loss=Loss.DROP, difference=D), [1], 1),
        (Enclose(name="a", loss=Loss.DROP, difference=D), 1, 1),
        (Move(source=("a",), target=("b", "c"), difference=D), {"a": 1}, 1),
        (Rename(old="a", new="b", difference=""), {"a": 1}, 0),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "difference") else repr(value),
)
def test_an_operation_counts_what_users_are_told_of(op: Op, value: Json, times: int) -> None:
    assert counted((op,), value) == ({D: times} if times else {})


def test_writing_a_parameter_is_always_counted() -> None:
    assert counted((invert((READ,))[0],), 1, Flow.DOWN) == {D: 1}
    assert counted((invert((READ,))[0],), None, Flow.DOWN) == {D: 1}


def test_a_hook_is_counted_whatever_it_does() -> None:
    hook = Hook(name="mine", flow=Flow.UP, difference=D)
    assert counted((hook,), 1, mine_up=lambda value: value) == {D: 1}


def test_each_item_counts() -> None:
    lens = (Focus(path=("tags", ITEM), lens=(MAP,)),)
    assert counted(lens, {"tags": ["ON", "on", "ON"]}) == {D: 2}


def test_only_the_branch_that_is_taken_counts() -> None:
    branches = tuple(
        Branch(
            test=Condition(kind=kind),
            back=Condition(kind=kind),
            lens=(Enclose(name="a", loss=Loss.DROP, difference=kind.value),),
        )
        for kind in (Kind.INTEGER, Kind.STRING)
    )
    assert counted((Case(branches=branches),), "text") == {"string": 1}


def test_what_came_before_a_refusal_was_counted() -> None:
    tracer = Tracer()
    gap = Gap(forward=True, back=False, difference="gap")
    prepared = tracer.prepared((RENAME, gap), Flow.UP)
    with pytest.raises(Refused):
        apply(prepared, {"a": 1}, Context(hooks=tracer.hooks))
    assert dict(tracer.counts) == {(D, "up"): 1}


def test_a_named_lens_counts_each_way() -> None:
    tracer = Tracer()
    context = Context(lenses={"l": tracer.prepared((RENAME,), Flow.UP)}, hooks=tracer.hooks)
    apply((Apply(name="l", flow=Flow.UP),), {"a": 1}, context)
    apply((Apply(name="l", flow=Flow.DOWN),), {"b": 1}, context)
    apply((Apply(name="l", flow=Flow.DOWN),), {"a": 1}, context)
    assert dict(tracer.counts) == {(D, "up"): 1, (D, "down"): 1}


@given(examples())
def test_counting_changes_nothing(example: Example) -> None:
    """A traced lens does what it does without, on what it bites on, and each way back."""
    tracer = Tracer()
    lenses = {name: tracer.prepared(lens, Flow.UP) for name, lens in example.lenses.items()}
    prepared = tracer.prepared(example.lens, Flow.UP)
    traced = Context(lenses=lenses, hooks={**HOOKS, **tracer.hooks})

    def outcome(lens: Lens, context: Context) -> object:
        try:
            return written(apply(lens, example.document, context))
        except Refused as refused:
            return refused.difference

    assert outcome(prepared, traced) == outcome(example.lens, example.context)
