"""Random specs, each with a validator of its raw text: jsonschema's own, which knows nothing of us.

References occur only below fields and items, so that no schema is its own part. Names and values
come from small pools, so that schemas meet, contradict and repeat each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from jsonschema import Draft202012Validator

from compat.model.interface import Interface
from compat.model.schema import Json, Schema
from tests.compat.plan.specs import loaded

Raw: TypeAlias = dict[str, Any]

NAMES: Final = ("a", "b", "c")
COMPONENTS: Final = ("Root", "Other")
REFERENCES: Final = st.sampled_from(COMPONENTS).map(
    lambda name: {"$ref": f"#/components/schemas/{name}"}
)
SCALARS: Final[tuple[Json, ...]] = (None, True, False, 0, 1, 2, -3, 1.0, 2.5, "", "a", "bb", "xyz")
VALUES: Final[SearchStrategy[Json]] = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=8,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specified:
    """A spec whose schema `Root` is looked at."""

    raw: Mapping[str, Raw]
    interface: Interface

    @property
    def root(self) -> Schema:
        return self.interface.components["Root"]

    def admits(self, value: Json) -> bool:
        """What jsonschema says to the text of the spec."""
        document = {"$ref": "#/components/schemas/Root", "components": {"schemas": self.raw}}
        return Draft202012Validator(document).is_valid(value)


def specified(root: Raw, **others: Raw) -> Specified:
    """A spec with these components."""
    raw = {"Root": root, **others}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": raw},
    }
    return Specified(raw=raw, interface=loaded(document))


def _maybe(**keywords: SearchStrategy[Any]) -> SearchStrategy[Raw]:
    """Some of the keywords."""
    return st.fixed_dictionaries({}, optional=keywords)


def _typed(kind: str, **keywords: SearchStrategy[Any]) -> SearchStrategy[Raw]:
    types = st.sampled_from((kind, [kind, "null"]))
    return st.builds(lambda typed, more: {"type": typed, **more}, types, _maybe(**keywords))


def _leaves() -> SearchStrategy[Raw]:
    few, numbers = st.integers(0, 3), st.integers(-2, 4)
    texts = _typed(
        "string",
        minLength=few,
        maxLength=few,
        pattern=st.sampled_from(("^a", "b$", "[0-9]+", "^(x|y)*$")),
    )
    bounds = {
        "minimum": numbers,
        "maximum": numbers,
        "exclusiveMinimum": numbers,
        "exclusiveMaximum": numbers,
        "multipleOf": st.sampled_from((1, 2, 3)),
    }
    return st.one_of(
        texts,
        _typed("integer", **bounds),
        _typed("number", **bounds),
        _typed("boolean"),
        st.just({"type": "null"}),
        st.lists(st.sampled_from(SCALARS), min_size=1, max_size=3).map(lambda each: {"enum": each}),
        st.just({}),
    )


def _above(inner: SearchStrategy[Raw]) -> SearchStrategy[Raw]:
    few, member = st.integers(0, 3), inner | REFERENCES
    lists = _typed(
        "array",
        items=member,
        prefixItems=st.lists(member, min_size=1, max_size=2),
        minItems=few,
        maxItems=few,
        uniqueItems=st.booleans(),
    )
    objects = _typed(
        "object",
        properties=st.dictionaries(st.sampled_from(NAMES), member, max_size=3),
        required=st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
        additionalProperties=st.booleans() | member,
        minProperties=st.integers(0, 2),
        maxProperties=few,
    )
    several = st.lists(inner, min_size=2, max_size=3)
    unions = st.builds(
        lambda keyword, parts: {keyword: parts},
        st.sampled_from(("allOf", "anyOf", "oneOf")),
        several,
    )
    negations = inner.map(lambda part: {"not": part})
    return lists | objects | objects | unions | negations


SCHEMAS: Final = st.recursive(_leaves(), _above, max_leaves=6)


@st.composite
def specs(draw: DrawFn) -> Specified:
    """Any spec."""
    return specified(draw(SCHEMAS), Other=draw(SCHEMAS))
