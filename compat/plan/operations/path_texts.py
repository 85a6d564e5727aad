"""May a text of a path or a query be a value of this schema?"""

import re
from dataclasses import replace
from typing import Final

from compat.lens.admits import Admits, fault_of, is_readable
from compat.model.schema import Bounds, Kind, Schema
from compat.model.shape import AnyShape, ScalarShape, Shapes, UnionShape

_FORMATS: Final = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt ].+"),
}
_KINDS: Final = {
    Kind.INTEGER: re.compile(r"[+-]?\d+"),
    Kind.NUMBER: re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"),
    Kind.BOOLEAN: re.compile(r"true|false"),
}


def may_be(shapes: Shapes, schema: Schema, text: str) -> bool:
    """True unless the schema excludes it for certain."""
    match shapes.of(schema):
        case AnyShape():
            return True
        case ScalarShape() as shape:
            return _may_be_scalar(shape, text)
        case UnionShape(variants=variants):
            return any(may_be(shapes, variant, text) for variant in variants)
        case _:
            return True


def _may_be_scalar(shape: ScalarShape, text: str) -> bool:
    if shape.enum is not None:
        return text in map(_text, shape.enum)
    if Kind.STRING not in shape.kinds:
        return any(_KINDS[kind].fullmatch(text) for kind in shape.kinds)
    form = _FORMATS.get(shape.format)
    return (form is None or form.fullmatch(text) is not None) and _is_within(shape.bounds, text)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_within(bounds: Bounds, text: str) -> bool:
    """Of a pattern that nobody here can read nothing is certain."""
    if bounds.pattern is not None and not is_readable(bounds.pattern):
        bounds = replace(bounds, pattern=None)
    return fault_of(text, Admits(bounds=bounds)) is None
