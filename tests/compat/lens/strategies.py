"""Random lenses together with values they bite on, for the tests of all that runs lenses.

`examples()` draws an `Example`: a lens of a few operations, the named lenses it refers to, and the
document to begin with. Each operation is made for the value that the operations before it left
there (it names fields that are there, cuts texts that can be cut), now and then for any other; all
names and values come from small pools, so that operations meet, collide and nest. Named lenses are
applied both ways. `recursive_examples()` has one that applies itself all along a tree. A lens may
end with an operation that refuses the document.

`request_examples()` and `response_examples()` draw the same for whole messages: parameters move
between the parts, are renamed, supplied and re-encoded, and bodies change as above.

`single_examples(kind)` draws one operation of that kind. With a `fit` only operations are taken
which it holds for, given the value that they would be applied to. Hooks are `HOOKS`.

No document holds NaN or an infinity, so that answers can be compared, nor anything opaque.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from compat.lens.codecs import ParameterCodec, RestyleCodec
from compat.lens.interpret import Context, apply, apply_to_message
from compat.lens.message import Pairs, Request, Response, open_request, open_response
from compat.lens.ops import (
    ITEM,
    VALUE,
    Apply,
    Branch,
    Case,
    Convert,
    Default,
    Drop,
    Flow,
    Focus,
    Lens,
    Move,
    Op,
    Rename,
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
    NAMES,
    STYLES,
    condition_for,
    differences,
    documents,
    losses,
    names,
    objects,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExample:
    """A lens and a request it bites on."""

    lens: Lens
    lenses: Mapping[str, Lens]
    request: Request

    @property
    def context(self) -> Context:
        return Context(lenses=self.lenses, hooks=HOOKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseExample:
    """A lens and a response it bites on."""

    lens: Lens
    lenses: Mapping[str, Lens]
    response: Response

    @property
    def context(self) -> Context:
        return Context(lenses=self.lenses, hooks=HOOKS)


def anything(_op: Op, _value: Json, _context: Context) -> bool:
    """The fit of any operation."""
    return True


@st.composite
def examples(draw: DrawFn, *, fit: Fit = anything) -> Example:
    """Any lens without recursion, and a document."""
    author = _Author(draw, fit)
    document = draw(documents)
    lens, _ = author.lens(document, depth=2)
    return Example(lens=lens, lenses=author.lenses, document=document)


@st.composite
def single_examples(draw: DrawFn, kind: type[Op], *, fit: Fit = anything) -> Example:
    """One operation of the kind, with lenses in it where it holds lenses; or none if none fits."""
    author = _Author(draw, fit)
    document = draw(documents)
    lens = author.fitting((author.op(kind, document, depth=1),), document)
    return Example(lens=lens, lenses=author.lenses, document=document)


@st.composite
def recursive_examples(draw: DrawFn, *, fit: Fit = anything) -> Example:
    """A lens that applies itself to the children of a tree, before or after what it does."""
    author = _Author(draw, fit)
    document = draw(_trees)
    lens, _ = author.lens(document, depth=1)
    flow = draw(st.sampled_from(Flow))
    path = draw(st.sampled_from([("kids", ITEM), ("kin", VALUE)]))
    deeper = (Focus(path=path, lens=(Apply(name="tree", flow=flow),)),)
    whole = draw(st.sampled_from([(*lens, *deeper), (*deeper, *lens)]))
    author.lenses["tree"] = whole if flow is Flow.UP else invert(whole)
    return Example(
        lens=(Apply(name="tree", flow=flow),), lenses=author.lenses, document=document
    )


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

_FITTING: Final[Mapping[Kind, tuple[str, ...]]] = {}
