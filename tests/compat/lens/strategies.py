"""Random lenses together with values they bite on, for the tests of all that runs lenses.

`examples()` draws an `Example`: a lens of a few operations, the named lenses it refers to, and the
document to begin with. Each operation is made for the value that the operations before it left
there (it names fields that are there, cuts texts that can be cut), now and then for any other; all
names and values come from small pools, so that operations meet, collide and nest. Named lenses are
applied both ways. `recursive_examples()` has one that applies itself all along a tree. A lens may
end with an operation that refuses the document.

`single_examples(kind)` draws one operation of that kind. With a `fit` only operations are taken
which it holds for, given the value that they would be applied to. Hooks are `HOOKS`.

No document holds NaN or an infinity, so that answers can be compared, nor anything opaque.
`tests.compat.lens.messages` draws the same for whole messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    ITEM,
    VALUE,
    AdmitNull,
    Apply,
    Branch,
    Case,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    Flow,
    Focus,
    Forget,
    Hook,
    Lens,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Op,
    Rename,
    Restore,
    Split,
    Stash,
    Step,
    Unwrap,
    Value,
    Wrap,
    invert,
)
from compat.lens.refusal import Refused
from compat.lens.value import kind_of
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.making import (
    MAKERS,
    VALUES,
    condition_for,
    documents,
    names,
)

Fit: TypeAlias = Callable[[Op, Json, Context], bool]


def turn(value: Json) -> Json:
    """Its own inverse: a text or a list backwards, the other boolean."""
    match value:
        case str() | list():
            return value[::-1]
        case bool():
            return not value
        case _:
            return value


def box(value: Json) -> Json:
    return {"boxed": value}


def unbox(value: Json) -> Json:
    return value["boxed"] if isinstance(value, dict) and "boxed" in value else value


HOOKS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "turn_up": turn,
    "turn_down": turn,
    "box_up": box,
    "box_down": unbox,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A lens and a document it bites on; `lenses` are the named ones, from old to new."""

    lens: Lens
    lenses: Mapping[str, Lens]
    document: Json

    @property
    def context(self) -> Context:
        return Context(lenses=self.lenses, hooks=HOOKS)


def anything(_op: Op, _value: Json, _context: Context) -> bool:
    """The fit of any operation."""
    return True


@st.composite
def examples(draw: DrawFn, *, fit: Fit = anything) -> Example:
    """Any lens without recursion, and a document."""
    author = Author(draw, fit)
    document = draw(documents)
    lens, _ = author.lens(document, depth=2)
    return Example(lens=lens, lenses=author.lenses, document=document)


@st.composite
def single_examples(draw: DrawFn, kind: type[Op], *, fit: Fit = anything) -> Example:
    """One operation of the kind, with lenses in it where it holds lenses; or none if none fits."""
    author = Author(draw, fit)
    document = draw(st.one_of(VALUES.get(kind, documents), documents))
    lens = author.fitting((author.op(kind, document, depth=1),), document)
    return Example(lens=lens, lenses=author.lenses, document=document)


@st.composite
def recursive_examples(draw: DrawFn, *, fit: Fit = anything) -> Example:
    """A lens that applies itself to the children of a tree, before or after what it does.

    It supplies no children: those it would supply with children in turn, and so on without end.
    """
    author = Author(draw, lambda op, value, context: not _plants(op) and fit(op, value, context))
    document = draw(_trees)
    lens, _ = author.lens(document, depth=1)
    flow = draw(st.sampled_from(Flow))
    path = draw(st.sampled_from([("kids", ITEM), ("kin", VALUE)]))
    deeper = (Focus(path=path, lens=(Apply(name="tree", flow=flow),)),)
    whole = draw(st.sampled_from([(*lens, *deeper), (*deeper, *lens)]))
    author.lenses["tree"] = whole if flow is Flow.UP else invert(whole)
    return Example(lens=(Apply(name="tree", flow=flow),), lenses=author.lenses, document=document)


def _plants(op: Op) -> bool:
    return isinstance(op, Default | Drop) and op.field in ("kids", "kin")


_trees: SearchStrategy[Json] = st.recursive(
    st.dictionaries(names, st.sampled_from((1, "x:y", None, [2])), max_size=3),
    lambda nodes: st.builds(
        lambda node, kids, kin: {**node, "kids": kids, "kin": kin},
        st.dictionaries(names, st.sampled_from((1, "x:y", None, [2])), max_size=3),
        st.lists(nodes, max_size=2),
        st.dictionaries(names, nodes, max_size=2),
    ),
    max_leaves=6,
)

_HOLDING: Final[tuple[type[Op], ...]] = (Focus, Focus, Apply, Case)
_ANY: Final[tuple[type[Op], ...]] = tuple(MAKERS)
_FITTING: Final[Mapping[Kind, tuple[type[Op], ...]]] = {
    Kind.OBJECT: (
        *(Rename, Move, Disclose, Default, Drop, Copy, Forget, OmitNull, AdmitNull),
        *(Split, Merge, Stash, Restore, Enclose),
    ),
    Kind.ARRAY: (Unwrap, Convert, Hook, Enclose),
}
_SCALAR: Final[tuple[type[Op], ...]] = (MapValues, Convert, Convert, Wrap, Enclose, Hook)


class Author:
    """Writes lenses, and keeps the named ones it has written."""

    def __init__(self, draw: DrawFn, fit: Fit) -> None:
        self.draw, self.fit = draw, fit
        self.lenses: dict[str, Lens] = {}

    @property
    def context(self) -> Context:
        return Context(lenses=self.lenses, hooks=HOOKS)

    def lens(self, value: Json, *, depth: int) -> tuple[Lens, Value]:
        """One to four operations, and what becomes of the value; ABSENT when it is refused."""
        lens: Lens = ()
        after: Value = value
        for _ in range(self.draw(st.integers(1, 4))):
            if after is ABSENT:
                break
            fitting = _FITTING.get(kind_of(after), _SCALAR)
            kinds = self.draw(st.sampled_from((*[fitting] * 5, *[_HOLDING] * 2, _ANY)))
            kind = self.draw(st.sampled_from(kinds if depth or kinds is not _HOLDING else fitting))
            added = self.fitting((self.op(kind, after, depth=depth),), after)
            lens, after = (*lens, *added), self.outcome(added, after)
        return lens, after

    def fitting(self, lens: Lens, value: Json) -> Lens:
        return tuple(op for op in lens if self.fit(op, value, self.context))

    def outcome(self, lens: Lens, value: Json) -> Value:
        try:
            return apply(lens, value, self.context)
        except Refused:
            return ABSENT

    def op(self, kind: type[Op], value: Json, *, depth: int) -> Op:
        if kind is Focus:
            path, member = self.path(value)
            return Focus(path=path, lens=self.lens(member, depth=depth - 1)[0])
        if kind is Case:
            count = self.draw(st.integers(1, 3))
            return Case(branches=tuple(self.branch(value, depth) for _ in range(count)))
        if kind is Apply:
            return self.call(value, depth)
        return MAKERS[kind](self.draw, value)

    def path(self, value: Json) -> tuple[tuple[Step, ...], Json]:
        """A way into the value, and what is there (at the first of several places)."""
        path: tuple[Step, ...] = ()
        for _ in range(self.draw(st.integers(0, 2))):
            if isinstance(value, dict) and value:
                steps: list[Step] = [*value, VALUE]
                step = self.draw(st.sampled_from(steps))
                value = value[step] if isinstance(step, str) else next(iter(value.values()))
            elif isinstance(value, list) and value:
                step, value = ITEM, value[0]
            else:
                break
            path = (*path, step)
        return path, value

    def branch(self, value: Json, depth: int) -> Branch:
        lens, after = self.lens(value, depth=depth - 1)
        back = condition_for(self.draw, value if after is ABSENT else after)
        return Branch(test=condition_for(self.draw, value), back=back, lens=lens)

    def call(self, value: Json, depth: int) -> Apply:
        """A named lens of before, or a new one, which bites in the direction it is applied."""
        flow, again = self.draw(st.sampled_from(Flow)), self.draw(st.booleans())
        if (known := sorted(self.lenses)) and again:
            return Apply(name=self.draw(st.sampled_from(known)), flow=flow)
        lens, _ = self.lens(value, depth=depth - 1)
        name = f"lens_{len(self.lenses)}"
        self.lenses[name] = lens if flow is Flow.UP else invert(lens)
        return Apply(name=name, flow=flow)
