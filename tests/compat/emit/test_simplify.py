"""What is left out before code is made of a lens."""

import pytest

from compat.emit.effects import named_effects
from compat.emit.simplify import simplified
from compat.lens.ops import (
    ITEM,
    AdmitNull,
    Apply,
    Branch,
    Case,
    Default,
    Drop,
    Flow,
    Focus,
    Gap,
    Lens,
    Loss,
    MapValues,
    Move,
    Rename,
    Unwrap,
    Wrap,
)
from compat.lens.ops import Test as Condition
from compat.model.schema import ABSENT, Kind

RENAME = Rename(old="a", new="b", difference="d1")
WRAP = Wrap(loss=Loss.DROP, difference="d1")
GAP = Gap(forward=True, back=False, difference="d1")
NAMED = named_effects(
    {
        "idle": (AdmitNull(field="a", difference="d1"), Apply(name="endless", flow=Flow.UP)),
        "endless": (Focus(path=("a",), lens=(Apply(name="endless", flow=Flow.UP),)),),
        "busy": (Apply(name="idle", flow=Flow.UP), RENAME),
    }
)


def case(*branches: tuple[Condition, Lens]) -> Case:
    return Case(branches=tuple(Branch(test=test, back=test, lens=lens) for test, lens in branches))


@pytest.mark.parametrize(
    "lens",
    [
        (Rename(old="a", new="a", difference="d1"),),
        (Move(source=("a", "b"), target=("a", "b"), difference="d1"),),
        (Default(field="a", value=ABSENT, loss=Loss.DROP, difference="d1"),),
        (Drop(field="a", value=ABSENT, loss=Loss.KEEP, difference="d1"),),
        (Drop(field="a", value=1, shared=True, loss=Loss.DROP, difference="d1"),),
        (Gap(forward=False, back=True, difference="d1"),),
        (Apply(name="idle", flow=Flow.UP), Apply(name="endless", flow=Flow.DOWN)),
        (Focus(path=("a", ITEM), lens=(Apply(name="idle", flow=Flow.UP),)),),
        (case((Condition(), ())),),
        (
            case((Condition(kind=Kind.STRING), (RENAME,)), (Condition(), ())),
        ),  # a text has no fields
        (case((Condition(kind=Kind.ARRAY, has_field="a"), (WRAP,))),),
    ],
)
def test_what_does_nothing_is_left_out(lens: Lens) -> None:
    assert simplified(lens, NAMED) == ()


def test_nothing_stands_behind_what_always_refuses() -> None:
    assert simplified((RENAME, GAP, WRAP), NAMED) == (RENAME, GAP)
    always = case((Condition(kind=Kind.OBJECT), (GAP,)), (Condition(), (RENAME, GAP)))
    assert simplified((always, WRAP), NAMED)[1:] == ()


def test_neighbours_that_lead_to_the_same_field_become_one() -> None:
    lens = (Focus(path=("a",), lens=(RENAME,)), Focus(path=("a", ITEM), lens=(WRAP,)))
    assert simplified(lens, NAMED) == (
        Focus(path=("a",), lens=(RENAME, Focus(path=(ITEM,), lens=(WRAP,)))),
    )


def test_items_keep_the_order_of_their_refusals() -> None:
    """Joined, the first item would meet the second lens before the second item met the first."""
    lens = (Focus(path=(ITEM,), lens=(GAP,)), Focus(path=(ITEM,), lens=(WRAP,)))
    assert simplified(lens, NAMED) == lens


def test_what_no_value_comes_to_is_left_out() -> None:
    texts = MapValues(pairs=(("a", "b"), (None, "c")), back=(), difference="d1")
    (first, second) = simplified((WRAP, texts, RENAME), NAMED)
    assert first == WRAP
    assert isinstance(second, MapValues)
    assert second.pairs == ((None, "c"),)
    unwrap = Unwrap(loss=Loss.DROP, difference="d1")
    assert simplified((unwrap, texts, RENAME), NAMED) == (unwrap, texts, RENAME)


def test_what_another_operation_made_comes_to_the_next() -> None:
    to_null = MapValues(pairs=(("a", None),), back=(), difference="d1")
    of_null = MapValues(pairs=((None, "n"),), back=(), difference="d1")
    branch = (Condition(kind=Kind.STRING), (to_null, of_null))
    assert simplified((case(branch),), NAMED) == (case(branch),)


def test_an_idle_branch_keeps_its_values_from_those_behind_it() -> None:
    never = (Condition(kind=Kind.NULL), (WRAP,))
    lens = (case((Condition(has_field="x"), ()), (Condition(), (RENAME,)), never),)
    (kept,) = simplified(lens, NAMED)
    assert isinstance(kept, Case)
    assert [branch.lens for branch in kept.branches] == [(), (RENAME,)]
