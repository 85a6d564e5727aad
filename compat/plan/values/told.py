"""Is a value that a person states one that the version it is for admits?"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from compat.lens.admits import Admits, fault_of, is_readable
from compat.model.schema import Bounds, Json, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, ObjectShape, ScalarShape, Shapes, UnionShape
from compat.plan.operations.path_texts import may_be
from compat.plan.spot import Side
from compat.plan.walk import declared

_SHOWN_MAX: Final = 60


def fault(shapes: Shapes, schema: Schema, value: Json, side: Side) -> str | None:
    """What about the value the schema excludes for certain; None where it may be admitted.

    What few schemas say (`not`, `if` and the like) is not looked at.
    """
    pending = [(schema, value, "")]
    while pending:
        one, held, path = pending.pop()
        beyond = _beyond(shapes, one, held, side)
        if beyond is not None:
            where = f" (at {path.removeprefix('.')})" if path else ""
            return f"{_shown(held)}{where} {beyond}"
        pending += ((each, inner, path + step) for each, inner, step in _below(shapes, one, held))
    return None


def _beyond(shapes: Shapes, schema: Schema, value: Json, side: Side) -> str | None:
    """The same of the value itself, whatever it holds."""
    shape = shapes.of(schema)
    if isinstance(shape, AnyShape) or (value is None and shape.nullable):
        return None
    if isinstance(shape, UnionShape):
        fits = any(fault(shapes, each, value, side) is None for each in shape.variants)
        return None if fits else "is none of the variants"
    kinds = _kinds(shape)
    if fault_of(value, Admits(kinds=kinds)) is not None:
        return f"is not of type {' or '.join(kinds)}"
    if shape.enum is not None and fault_of(value, Admits(values=shape.enum)) is not None:
        return f"is none of {', '.join(map(_shown, shape.enum))}"
    noun = fault_of(value, _limits(shapes, schema, shape, side))
    if noun is not None:
        return f"is beyond what is admitted: {noun}"
    if isinstance(value, str) and not may_be(shapes, schema, value):
        return "is not of the declared format"
    return None


def _kinds(shape: ScalarShape | ArrayShape | ObjectShape) -> tuple[Kind, ...]:
    match shape:
        case ScalarShape(kinds=kinds):
            return tuple(sorted(kinds))
        case ArrayShape():
            return (Kind.ARRAY,)
        case ObjectShape():
            return (Kind.OBJECT,)


def _limits(
    shapes: Shapes, schema: Schema, shape: ScalarShape | ArrayShape | ObjectShape, side: Side
) -> Admits:
    bounds: Bounds = shape.bounds
    if bounds.pattern is not None and not is_readable(bounds.pattern):
        bounds = replace(bounds, pattern=None)
    if not isinstance(shape, ObjectShape):
        return Admits(bounds=bounds)
    closed = shape.additional is False and not shapes.notes(schema).further
    return Admits(
        bounds=bounds,
        required=tuple(
            name
            for name, field in shape.fields.items()
            if field.required and not declared(shapes, field.schema, side).hidden
        ),
        names=tuple(shape.fields) if closed else None,
    )


def _below(shapes: Shapes, schema: Schema, value: Json) -> Iterator[tuple[Schema, Json, str]]:
    """What the value holds, each with its schema and the step there."""
    match shapes.of(schema), value:
        case ArrayShape(items=items, prefix=prefix), list():
            for index, item in enumerate(value):
                one = prefix[index] if index < len(prefix) else items
                if one is not None:
                    yield one, item, f"[{index}]"
        case ObjectShape() as shape, dict():
            undeclared = shape.additional if not shapes.notes(schema).further else True
            for name, member in value.items():
                if name in shape.fields:
                    yield shape.fields[name].schema, member, f".{name}"
                elif isinstance(undeclared, Schema):
                    yield undeclared, member, f".{name}"


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}..."
