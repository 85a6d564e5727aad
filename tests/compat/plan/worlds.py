"""Random small schemas, random edits of them, and documents that they may or may not admit.

Schemas are those of OpenAPI 3.1 as plain data; components are `P` and `Q`.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from jsonschema import Draft202012Validator

Schema = dict[str, Any]

NAMES: Final = ("a", "b", "c")
WORDS: Final = ("x", "X", "yy", "z")
KINDS: Final = ("string", "integer", "number", "boolean", "object", "array", "null")
COMPONENTS: Final = ("P", "Q")
MORE: Final[tuple[Schema, ...]] = (
    {"minLength": 1},
    {"maximum": 1},
    {"maxItems": 1},
    {"minProperties": 1},
    {"required": ["a"]},
    {"properties": {"a": {"type": "string"}}},
)
"""Assertions for a conjunction: none excludes the others, as two types would."""

# --- schemas --------------------------------------------------------------------------------------


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _scalars() -> SearchStrategy[Schema]:
    texts = st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "enum": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
        },
    )
    numbers = st.fixed_dictionaries(
        {"type": st.sampled_from(("integer", "number"))},
        optional={
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "exclusiveMinimum": st.integers(-2, 2),
            "multipleOf": st.sampled_from((1, 2, 3)),
        },
    )
    return st.one_of(
        texts,
        numbers,
        st.just({"type": "boolean"}),
        st.just({"type": ["string", "null"]}),
        st.just({"type": ["string", "integer"]}),
        st.just({}),
    )


def _compound(inner: SearchStrategy[Schema]) -> SearchStrategy[Schema]:
    fields = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    objects = st.builds(
        _object, fields, st.sets(st.sampled_from(NAMES)), st.none() | st.just(False)
    )
    maps = st.builds(lambda below: {"type": "object", "additionalProperties": below}, inner)
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "maxItems": st.integers(0, 2)},
    )
    unions = st.builds(lambda several: {"anyOf": several}, st.lists(inner, min_size=1, max_size=3))
    more = st.sampled_from(MORE)
    wholes = st.builds(
        lambda one, other: {"allOf": [one, *other]}, inner, st.lists(more, max_size=1)
    )
    return st.one_of(objects, objects, objects, maps, lists, unions, wholes)


def _object(fields: dict[str, Schema], required: set[str], additional: bool | None) -> Schema:
    found: Schema = {"type": "object", "properties": fields}
    needed = sorted(required & fields.keys())
    found |= {"required": needed} if needed else {}
    return found | ({} if additional is None else {"additionalProperties": additional})


SCHEMAS: Final = st.recursive(
    _scalars() | st.sampled_from(COMPONENTS).map(_ref), _compound, max_leaves=6
)


@st.composite
def worlds(draw: DrawFn) -> dict[str, Schema]:
    """The components, and `Root`; none is only a reference, which might go in circles."""
    found = {name: draw(SCHEMAS) for name in ("Root", *COMPONENTS)}
    return {name: {"allOf": [one]} if "$ref" in one else one for name, one in found.items()}


def documented(world: dict[str, Schema]) -> Schema:
    """One operation that takes and gives a Root."""
    content = {"content": {"application/json": {"schema": _ref("Root")}}}
    operation = {
        "requestBody": {"required": True, **content},
        "responses": {"200": {"description": "", **content}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/root": {"put": operation}},
        "components": {"schemas": deepcopy(world)},
    }


# --- edits ----------------------------------------------------------------------------------------


def places(schema: Schema) -> Iterator[Schema]:
    """The schema and all below it, but for what references lead to."""
    yield schema
    for below in schema.get("properties", {}).values():
        yield from places(below)
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from places(schema[keyword])
    for keyword in ("anyOf", "allOf"):
        for below in schema.get(keyword, ()):
            yield from places(below)


@st.composite
def edited(draw: DrawFn, world: dict[str, Schema]) -> dict[str, Schema]:
    """The world with one schema in it changed."""
    found = deepcopy(world)
    schema = draw(st.sampled_from([one for root in found.values() for one in places(root)]))
    fitting = [edit for edit in EDITS if edit(deepcopy(schema), _first)]
    draw(st.sampled_from(fitting))(schema, lambda options: draw(st.sampled_from(options)))
    return found


Choose = Callable[[Any], Any]
Edit = Callable[[Schema, Choose], bool]


def _first(options: Any) -> Any:
    return next(iter(options))


def _retype(schema: Schema, choose: Choose) -> bool:
    if schema and "type" not in schema:
        return False
    schema["type"] = choose(KINDS)
    return True


def _add_field(schema: Schema, choose: Choose) -> bool:
    if "properties" not in schema:
        return False
    schema["properties"][choose(("d", *NAMES))] = {"type": choose(KINDS)}
    return True


def _remove_field(schema: Schema, choose: Choose) -> bool:
    if not schema.get("properties"):
        return False
    del schema["properties"][choose(sorted(schema["properties"]))]
    return True


def _toggle_required(schema: Schema, choose: Choose) -> bool:
    if not schema.get("properties"):
        return False
    name = choose(sorted(schema["properties"]))
    schema["required"] = sorted(set(schema.get("required", ())) ^ {name})
    return True


def _toggle_value(schema: Schema, choose: Choose) -> bool:
    if "enum" not in schema:
        return False
    schema["enum"] = sorted(set(schema["enum"]) ^ {choose(WORDS)}) or ["x"]
    return True


def _drop_enum(schema: Schema, _: Choose) -> bool:
    return schema.pop("enum", None) is not None


def _limit(schema: Schema, choose: Choose) -> bool:
    if not isinstance(schema.get("type"), str):
        return False
    kinds = {
        "string": ("minLength", "maxLength"),
        "integer": ("minimum", "maximum", "exclusiveMaximum", "multipleOf"),
        "number": ("minimum", "maximum", "exclusiveMinimum"),
        "array": ("minItems", "maxItems", "uniqueItems"),
        "object": ("minProperties", "maxProperties"),
    }
    keywords = kinds.get(schema["type"], ())
    if not keywords:
        return False
    keyword = choose(keywords)
    values: tuple[Any, ...] = (0, 1, 2)
    values = (True, False) if keyword == "uniqueItems" else values
    schema[keyword] = choose((1, 2, 3) if keyword == "multipleOf" else values)
    return True


def _toggle_null(schema: Schema, _: Choose) -> bool:
    kinds = schema.get("type")
    if isinstance(kinds, str):
        schema["type"] = [kinds, "null"]
        return True
    if isinstance(kinds, list):
        schema["type"] = [kind for kind in kinds if kind != "null"] or ["string"]
        return True
    return False


def _close(schema: Schema, choose: Choose) -> bool:
    if "properties" not in schema:
        return False
    schema["additionalProperties"] = choose((True, False, {"type": "string"}))
    return True


def _wrap(schema: Schema, _: Choose) -> bool:
    whole = dict(schema)
    schema.clear()
    schema |= {"type": "array", "items": whole}
    return True


def _another_variant(schema: Schema, choose: Choose) -> bool:
    if "anyOf" not in schema:
        return False
    schema["anyOf"] = [*schema["anyOf"], {"type": choose(KINDS)}]
    return True


def _fewer_variants(schema: Schema, choose: Choose) -> bool:
    if len(schema.get("anyOf", ())) < 2:
        return False
    schema["anyOf"].pop(choose(range(len(schema["anyOf"]))))
    return True


def _one_more_assertion(schema: Schema, choose: Choose) -> bool:
    if "allOf" not in schema:
        return False
    schema["allOf"] = [*schema["allOf"], choose(MORE)]
    return True


def _free_items(schema: Schema, _: Choose) -> bool:
    return schema.pop("items", None) is not None


def _refer_elsewhere(schema: Schema, choose: Choose) -> bool:
    if "$ref" not in schema:
        return False
    schema |= _ref(choose(COMPONENTS))
    return True


EDITS: Final[tuple[Edit, ...]] = (
    *(_retype, _add_field, _remove_field, _toggle_required, _toggle_value, _drop_enum, _limit),
    *(_toggle_null, _close, _wrap, _another_variant, _fewer_variants, _one_more_assertion),
    *(_free_items, _refer_elsewhere),
)

# --- documents ------------------------------------------------------------------------------------

DOCUMENTS: Final[SearchStrategy[Any]] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from((0.5, 1.5)),
        st.sampled_from(("", *WORDS)),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from((*NAMES, "d")), inner, max_size=3)
    ),
    max_leaves=6,
)


def fitting(schema: Schema, world: dict[str, Schema], choose: Choose, depth: int = 6) -> Any:
    """A document that the schema may well admit, or that fails it by little."""
    if depth == 0 or choose(range(12)) == 0:
        return choose((None, True, 0, 1, -1, 0.5, "", "x", "yy", [], {}))
    if "$ref" in schema:
        return fitting(world[schema["$ref"][-1]], world, choose, depth - 1)
    for keyword in ("anyOf", "allOf"):
        if schema.get(keyword):
            return fitting(choose(schema[keyword]), world, choose, depth - 1)
    if "enum" in schema:
        return choose(schema["enum"])
    kinds = schema.get("type", ["string", "integer"])
    match choose(kinds) if isinstance(kinds, list) else kinds:
        case "string":
            return choose(("", *WORDS))
        case "integer":
            return choose((-2, -1, 0, 1, 2, 3))
        case "number":
            return choose((-1, 0, 0.5, 1.5, 2))
        case "boolean":
            return choose((True, False))
        case "null":
            return None
        case "array":
            inner = schema.get("items", {})
            length = choose((0, 1, 2))
            return [fitting(inner, world, choose, depth - 1) for _ in range(length)]
        case _:
            return _fitting_object(schema, world, choose, depth)


def _fitting_object(schema: Schema, world: dict[str, Schema], choose: Choose, depth: int) -> Any:
    found = {}
    for name, below in schema.get("properties", {}).items():
        if name in schema.get("required", ()) or choose((True, False)):
            found[name] = fitting(below, world, choose, depth - 1)
    extra = schema.get("additionalProperties")
    if extra is not False and choose(range(4)) == 0:
        below = extra if isinstance(extra, dict) else {"type": "string"}
        found["d"] = fitting(below, world, choose, depth - 1)
    return found


def judge(world: dict[str, Schema]) -> Callable[[Any], bool]:
    """A validator of somebody else's: does it admit the document?"""
    validator = Draft202012Validator(documented(world) | _ref("Root"))

    def admits(document: Any) -> bool:
        try:
            found: bool = validator.is_valid(document)
        except RecursionError:  # a schema that is only itself
            reject()
        return found

    return admits
