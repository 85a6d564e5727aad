"""Lenses that do nothing are found; shorter lenses do the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.lens import ops
from compat.lens.interpret import apply
from compat.lens.ops import (
    ITEM,
    AdmitNull,
    Apply,
    Branch,
    Case,
    Default,
    Disclose,
    Drop,
    Enclose,
    Flow,
    Focus,
    Gap,
    Lens,
    Loss,
    MapValues,
    Move,
    OmitNull,
    Rename,
    Step,
    Value,
    Wrap,
    invert,
)
from compat.lens.refusal import Refused
from compat.lens.simplify import compose, is_identity, prune, simplify
from compat.model.schema import ABSENT, Json
from tests.compat.lens.exactly import written
from tests.compat.lens.strategies import Example, examples, recursive_examples

D = "0123456789ab"
RENAME: Lens = (Rename(old="a", new="b", difference=D),)
OMIT: Lens = (OmitNull(field="a", difference=D),)  # its way back does nothing
ANY_EXAMPLE = st.one_of(examples(), recursive_examples())


def focus(lens: Lens, *path: Step) -> Lens:
    return (Focus(path=path, lens=lens),)


def up(name: str) -> Lens:
    return (Apply(name=name, flow=Flow.UP),)


def down(name: str) -> Lens:
    return (Apply(name=name, flow=Flow.DOWN),)


def case(*lenses: Lens) -> Lens:
    any_value = ops.Test()
    branches = (Branch(test=any_value, back=any_value, lens=lens) for lens in lenses)
    return (Case(branches=tuple(branches)),)


def default(value: Value = ABSENT, *, demand: bool = False, overwrite: bool = False) -> Lens:
    return (
        Default(
            field="a",
            value=value,
            demand=demand,
            overwrite=overwrite,
            loss=Loss.KEEP,
            difference=D,
        ),
    )


def drop(
    loss: Loss, *, value: Value = ABSENT, neutral: Value = ABSENT, shared: bool = False
) -> Lens:
    return (Drop(field="a", value=value, neutral=neutral, shared=shared, loss=loss, difference=D),)


def map_values(*pairs: tuple[Json, Json], refused: tuple[Json, ...] = ()) -> Lens:
    return (MapValues(pairs=pairs, back=(), refused=refused, difference=D),)


IDLE: tuple[Lens, ...] = (
    (),
    (AdmitNull(field="a", difference=D),),
    (Rename(old="a", new="a", difference=D),),
    (Move(source=("a", "b"), target=("a", "b"), difference=D),),
    (Gap(forward=False, back=True, difference=D),),
    map_values((1, 1), (None, None)),
    default(),
    default(overwrite=True),
    drop(Loss.KEEP),
    drop(Loss.REFUSE, shared=True),
    focus(()),
    focus(focus(default(), "b"), "a", ITEM),
    case((), focus((), "a")),
    (),
)
ACTING: tuple[Lens, ...] = (
    RENAME,
    OMIT,
    (Move(source=("a",), target=("b",), difference=D),),
    (Gap(forward=True, back=False, difference=D),),
    (Wrap(loss=Loss.KEEP, difference=D),),
    map_values((1, True)),
    map_values((1, 1), refused=(2,)),
    default(demand=True),
    default(None),
    drop(Loss.DROP),
    drop(Loss.REFUSE),
    drop(Loss.KEEP, value=None),
    drop(Loss.KEEP, neutral=0),
    focus(RENAME, "a"),
    case((), RENAME),
    (*default(), *RENAME),
    up("nobody"),
)


def outcome(lens: Lens, example: Example) -> str:
    """What comes of the document; of refusals only that there is one."""
    try:
        return written(apply(lens, example.document, example.context))
    except Refused:
        return "refused"


@pytest.mark.parametrize("lens", IDLE)
def test_a_lens_that_does_nothing(lens: Lens) -> None:
    assert is_identity(lens, {})
    assert simplify(lens, {}) == ()


@pytest.mark.parametrize("lens", ACTING)
def test_a_lens_that_does_something(lens: Lens) -> None:
    assert not is_identity(lens, {})
    assert simplify(lens, {}) == simplify((*lens, *default()), {}) != ()


def test_a_named_lens_that_only_leads_to_itself_does_nothing() -> None:
    named = {
        "tree": (*focus(up("tree"), "kids", ITEM), *focus(up("leaf"), "leaf")),
        "leaf": (),
        "here": up("there"),
        "there": down("here"),
    }
    assert all(is_identity(up(name), named) and is_identity(down(name), named) for name in named)


def test_a_named_lens_does_what_any_lens_it_leads_to_does() -> None:
    named = {
        "root": focus(up("branch"), "a"),
        "branch": (*focus(up("root"), "b"), *focus(up("leaf"), "c")),
        "leaf": RENAME,
        "alone": focus(up("alone"), "a"),
    }
    assert not is_identity(up("root"), named)
    assert not is_identity(down("branch"), named)
    assert is_identity(up("alone"), named)


def test_each_direction_is_judged_by_itself() -> None:
    named = {"one": focus(up("two"), "x"), "two": OMIT}
    assert not is_identity(up("one"), named)
    assert is_identity(down("one"), named)
    assert simplify((*down("one"), *up("one")), named) == up("one")


def test_simplify_looks_into_what_it_keeps_and_keeps_the_branches_apart() -> None:
    lens = (*focus((*default(), *RENAME, *focus((), "x")), "a"), *case(default(), RENAME))
    assert simplify(lens, {}) == (*focus(RENAME, "a"), *case((), RENAME))


def test_prune_keeps_what_the_way_back_needs() -> None:
    named = {
        "idle": focus((), "x"),
        "loop": focus(up("loop"), "kids", ITEM),
        "omit": OMIT,
        "all": (*focus(up("idle"), "a"), *up("loop"), *up("omit"), *default(), *default(None)),
        "back": invert(OMIT),
    }
    assert prune(named) == {
        "idle": (),
        "loop": (),
        "omit": OMIT,
        "all": (*up("omit"), *default(None)),
        "back": invert(OMIT),
    }


@settings(max_examples=150)
@given(example=ANY_EXAMPLE)
def test_a_simplified_lens_does_the_same(example: Example) -> None:
    simplified = simplify(example.lens, example.lenses)
    assert outcome(simplified, example) == outcome(example.lens, example)
    assert is_identity(example.lens, example.lenses) == (simplified == ())


@settings(max_examples=150)
@given(example=ANY_EXAMPLE)
def test_pruned_lenses_do_the_same_in_both_directions(example: Example) -> None:
    pruned = Example(lens=example.lens, lenses=prune(example.lenses), document=example.document)
    assert outcome(example.lens, pruned) == outcome(example.lens, example)
    back = invert(example.lens)
    assert outcome(back, pruned) == outcome(back, example)


@settings(max_examples=150)
@given(example=examples(), other=examples())
def test_a_composed_lens_does_what_both_do_in_turn(example: Example, other: Example) -> None:
    both = Example(
        lens=(),
        lenses={**other.lenses, **example.lenses},
        document=example.document,
    )
    composed = compose(example.lens, other.lens)
    assert outcome(composed, both) == outcome((*example.lens, *other.lens), both)


ENCLOSE = Enclose(name="x", loss=Loss.KEEP, difference=D)
DISCLOSE = Disclose(name="x", loss=Loss.REFUSE, difference=D)


@pytest.mark.parametrize(
    ("first", "second", "composed"),
    [
        (RENAME, (), RENAME),
        ((), RENAME, RENAME),
        (focus(RENAME, "a"), focus(OMIT, "a"), focus((*RENAME, *OMIT), "a")),
        (focus(RENAME, "a"), focus(OMIT, "b"), (*focus(RENAME, "a"), *focus(OMIT, "b"))),
        (
            (*OMIT, *focus(RENAME, "a")),
            (*focus(OMIT, "a"), *OMIT),
            (*OMIT, *focus((*RENAME, *OMIT), "a"), *OMIT),
        ),
        (focus(focus(RENAME, "b"), "a"), focus(focus(OMIT, "b"), "a"), None),
        (focus(()), focus(RENAME), RENAME),
        (focus((), "a"), RENAME, RENAME),
        ((ENCLOSE,), (DISCLOSE,), ()),
        (focus((ENCLOSE,), "a"), focus((DISCLOSE,), "a"), ()),
        ((ENCLOSE,), (*focus(()), DISCLOSE, *RENAME), RENAME),
        ((DISCLOSE,), (ENCLOSE,), (DISCLOSE, ENCLOSE)),
        (RENAME, invert(RENAME), (*RENAME, *invert(RENAME))),
    ],
)
def test_composing(first: Lens, second: Lens, composed: Lens | None) -> None:
    if composed is None:
        composed = focus(focus((*RENAME, *OMIT), "b"), "a")
    assert compose(first, second) == composed


def test_other_names_do_not_cancel_out() -> None:
    other = Disclose(name="y", loss=Loss.KEEP, difference=D)
    assert compose((ENCLOSE,), (other,)) == (ENCLOSE, other)
