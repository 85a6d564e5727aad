"""The keywords that few schemas have into `compat.model.schema.Further`, one for each assertion.

What asserts nothing is left out: a schema that allows everything, `contains` without a number of
items, `then` without `if`. A pattern stays, for it may be what a closed object admits.
"""

from collections.abc import Callable, Iterator
from typing import Final

from compat.load.node import Node
from compat.load.vocabulary import FURTHER, annotates
from compat.model.schema import Further, FurtherKeyword, Json, Schema

_HOLDERS: Final = {
    FurtherKeyword.NOT: False,
    FurtherKeyword.PROPERTY_NAMES: True,
    FurtherKeyword.UNEVALUATED_PROPERTIES: True,
    FurtherKeyword.UNEVALUATED_ITEMS: True,
    FurtherKeyword.CONTENT_SCHEMA: True,
}
"""Keywords that hold one schema -> whether one that allows everything asserts nothing."""

_TEXTS: Final = (FurtherKeyword.CONTENT_ENCODING, FurtherKeyword.CONTENT_MEDIA_TYPE)
_DEPENDENCIES: Final = "dependencies"  # of draft 4 to 7: names or schemas
_FORMATS: Final = {"base64": "byte", "application/octet-stream": "binary"}
"""How content is called where there is but a format (OpenAPI 3.1, 4.8.14.4)."""

_EVERY_NAME: Final = frozenset(("", ".*", "^.*", ".*$", "^.*$"))
Read = Callable[[Node], Schema]


def further(node: Node, read: Read) -> tuple[Further, ...]:
    """All of them, in the order of the table; `read` reads a schema."""
    assert isinstance(node.value, dict)
    return () if FURTHER.isdisjoint(node.value) else tuple(_further(node, read))


def content_format(value: dict[str, Json]) -> str:
    """The format by which 2.0 and 3.0 say how the text is encoded; "" where there is none."""
    for keyword in _TEXTS:
        if (stated := value.get(keyword)) is not None:
            return _FORMATS.get(str(stated).lower(), "")
    return ""


def every_field(node: Node) -> Node | None:
    """The schema of a pattern that all names fit, where there is nothing else to fit."""
    assert isinstance(node.value, dict)
    patterns = node.value.get(FurtherKeyword.PATTERN_PROPERTIES)
    if not isinstance(patterns, dict) or node.has("properties") or len(patterns) != 1:
        return None
    return next(
        (below for name, below in node.members("patternProperties") if name in _EVERY_NAME), None
    )


def states_additional(node: Node) -> bool:
    """Does it say what fields may be that it does not declare? None of them is unevaluated then."""
    return node.has("additionalProperties") or every_field(node) is not None


def _further(node: Node, read: Read) -> Iterator[Further]:
    for keyword, may_be_open in _HOLDERS.items():
        below = node.get(keyword)
        if keyword is FurtherKeyword.UNEVALUATED_PROPERTIES and states_additional(node):
            continue
        if below is not None and not (may_be_open and _is_open(below)):
            yield Further(keyword=keyword, schemas=(read(below),))
    if every_field(node) is None:
        for name, below in node.members(FurtherKeyword.PATTERN_PROPERTIES):
            yield Further(
                keyword=FurtherKeyword.PATTERN_PROPERTIES, about=(name,), schemas=(read(below),)
            )
    for name, below in node.members(FurtherKeyword.DEPENDENT_SCHEMAS):
        yield from _dependent_schema(name, below, read)
    yield from _dependent(node, FurtherKeyword.DEPENDENT_REQUIRED, read)
    yield from _dependent(node, _DEPENDENCIES, read)
    yield from _contains(node, read)
    yield from _conditional(node, read)
    for keyword in _TEXTS:
        if node.has(keyword):
            yield Further(keyword=keyword, about=(node.text(keyword).lower(),))


def _is_open(node: Node) -> bool:
    return node.value is True or (isinstance(node.value, dict) and all(map(annotates, node.value)))


def _dependent_schema(name: str, below: Node, read: Read) -> Iterator[Further]:
    if not _is_open(below):
        schemas = (read(below),)
        yield Further(keyword=FurtherKeyword.DEPENDENT_SCHEMAS, about=(name,), schemas=schemas)


def _dependent(node: Node, keyword: str, read: Read) -> Iterator[Further]:
    """What must be so where the named field is: other fields there, one by one, or a schema."""
    holder = node.get(keyword)
    for name, below in node.members(keyword):
        assert holder is not None
        if isinstance(below.value, dict | bool) and keyword == _DEPENDENCIES:
            yield from _dependent_schema(name, below, read)
            continue
        for element in holder.elements(name):
            about = (name, element.own_text())
            yield Further(keyword=FurtherKeyword.DEPENDENT_REQUIRED, about=about)


def _contains(node: Node, read: Read) -> Iterator[Further]:
    below = node.get("contains")
    if below is None:
        return
    least, most = _count(node, "minContains"), _count(node, "maxContains")
    if least != 0 or most is not None:
        about = (1 if least is None else least, most)
        yield Further(keyword=FurtherKeyword.CONTAINS, about=about, schemas=(read(below),))


def _count(node: Node, keyword: str) -> int | None:
    below = node.get(keyword)
    if below is None:
        return None
    if isinstance(below.value, int | float) and below.value == int(below.value):
        return int(below.value)
    below.report("a whole number belongs here: left out")
    return None


def _conditional(node: Node, read: Read) -> Iterator[Further]:
    below = node.get("if")
    branches = tuple(
        None if branch is None or _is_open(branch) else read(branch)
        for branch in (node.get("then"), node.get("else"))
    )
    if below is not None and any(branches):
        yield Further(keyword=FurtherKeyword.IF, schemas=(read(below), *branches))
