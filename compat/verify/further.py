"""The less usual keywords of a schema, as JSON Schema has them.

`unevaluatedItems` asserts nothing here, nor does `unevaluatedProperties` beside other schemas that
hold, a pattern that Python cannot read, and what is said about the content of a text.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from compat.lens.admits import is_readable
from compat.model.further import unevaluated
from compat.model.schema import Further, FurtherKeyword, Schema

Built = Callable[[Schema], dict[str, Any]]


def pattern_properties(schema: Schema, built: Built) -> dict[str, Any]:
    """By pattern; they stand in the schema itself, for `additionalProperties` to know of them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in schema.further:
        if each.keyword is FurtherKeyword.PATTERN_PROPERTIES and is_readable(str(each.about[0])):
            found.setdefault(str(each.about[0]), []).append(_only(each, built))
    return {pattern: {"allOf": parts} for pattern, parts in found.items()}


def assertions(schema: Schema, built: Built, hidden: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Each of the others as a schema of its own, all of which hold."""
    for each in schema.further:
        match each.keyword:
            case FurtherKeyword.NOT | FurtherKeyword.PROPERTY_NAMES:
                yield {each.keyword.value: _only(each, built)}
            case FurtherKeyword.IF:
                named = zip(("if", "then", "else"), each.schemas, strict=True)
                yield {word: built(part) for word, part in named if part is not None}
            case FurtherKeyword.DEPENDENT_REQUIRED if not hidden & {*each.about}:
                yield {"dependentRequired": {each.about[0]: [each.about[1]]}}
            case FurtherKeyword.DEPENDENT_SCHEMAS:
                yield {"dependentSchemas": {each.about[0]: _only(each, built)}}
            case FurtherKeyword.CONTAINS:
                least, most = each.about
                counts = {"minContains": least} | (
                    {"maxContains": most} if most is not None else {}
                )
                yield {"contains": _only(each, built), **counts}
            case FurtherKeyword.ANY_REQUIRED | FurtherKeyword.ONE_REQUIRED:
                lists = json.loads(str(each.about[0]))
                yield {each.keyword.value: [{"required": names} for names in lists]}
            case _:
                continue


def beside_fields(schema: Schema, built: Built) -> dict[str, Any] | bool:
    """What `unevaluatedProperties` says of the fields that the schema does not declare."""
    found = unevaluated((schema,), FurtherKeyword.UNEVALUATED_PROPERTIES)
    if not found or schema.all_of:
        return True
    document = _only(found[0], built)
    return document if document.get("type") != [] else False


def _only(each: Further, built: Built) -> dict[str, Any]:
    assert each.schemas[0] is not None
    return built(each.schemas[0])
