"""The schema of the standard itself, as openapi-spec-validator ships it.

Only that package's schemas are used, not its second pass: that one follows references by itself,
over the network and into any file, runs in circles and for ever on some cyclic schemas, and does
not say where. What it would find (defaults, parameters of paths) the readers of this package find.
"""

from functools import cache, reduce
from typing import Any, Final

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from openapi_spec_validator.schemas import schema_v2, schema_v30, schema_v31
from referencing import Registry, Resource

from compat.load.dialect import OPENAPI_30, OPENAPI_31, SWAGGER_20, Dialect
from compat.load.limits import VALIDATION_EFFORT_MAX
from compat.load.node import Node
from compat.load.pointer import join
from compat.load.problem import Problems
from compat.model.schema import Json

_SCHEMAS: Final = {
    SWAGGER_20.name: schema_v2,
    OPENAPI_30.name: schema_v30,
    OPENAPI_31.name: schema_v31,
}
_MESSAGE_MAX: Final = 160


def validate(root: Node, dialect: Dialect, problems: Problems) -> None:
    """Reports each breach of the standard's schema, unless something is reported there already."""
    if not problems.strict and _effort(root.value) > VALIDATION_EFFORT_MAX:
        root.report(f"too large to be checked against the schema of OpenAPI {dialect.name}")
        return
    try:
        for error in _validator(dialect.name).iter_errors(root.value):
            _report(root, error, problems)
    except RecursionError:
        root.report("nested too deep to be checked against the schema of OpenAPI")


@cache
def _validator(dialect: str) -> Validator:
    """Of a schema with anchors, one that has looked for them already.

    Otherwise it does so again at each schema of the spec, which takes longer than all else. It is
    that of jsonschema, whatever others are installed: they tell other words and other places.
    """
    schema: dict[str, Any] = dict(_SCHEMAS[dialect])
    if "$id" not in schema:
        return validator_for(schema)(schema)
    known: Registry[Any] = Registry().with_resource(schema["$id"], Resource.from_contents(schema))
    wrapper = {"$schema": schema["$schema"], "$ref": schema["$id"]}
    return validator_for(schema)(wrapper, registry=known.crawl())


def _report(root: Node, error: ValidationError, problems: Problems) -> None:
    cause = _innermost(error)
    pointer = reduce(join, map(str, cause.absolute_path), "")
    place = root.document.place(pointer)
    if not problems.known_at(place):
        problems.report(place, _cut(cause.message))


def _innermost(error: ValidationError) -> ValidationError:
    """The reason behind "not valid under any of the given schemas".

    Nearly everything may be a reference instead; what is none should not be told that it ought to.
    """
    while error.context:
        branches: dict[int | str, list[ValidationError]] = {}
        for reason in error.context:
            branches.setdefault(reason.relative_schema_path[0], []).append(reason)
        own = [reasons for reasons in branches.values() if not any(map(_wants_reference, reasons))]
        likeliest = min(own or branches.values(), key=len)
        error = max(likeliest, key=lambda reason: len(reason.absolute_path))
    return error


def _wants_reference(reason: ValidationError) -> bool:
    return reason.validator == "required" and reason.validator_value == ["$ref"]


def _cut(message: str) -> str:
    if len(message) <= _MESSAGE_MAX:
        return message
    half = _MESSAGE_MAX // 2
    return f"{message[:half]} … {message[-half:]}"


def _effort(value: Json) -> int:
    """Nodes and hundreds of characters, and lists squared: their members are compared in pairs."""
    effort = 0
    pending = [value]
    while pending:
        node = pending.pop()
        effort += 1
        if isinstance(node, str):
            effort += len(node) // 100
        elif isinstance(node, list):
            effort += len(node) ** 2 // 100
            pending.extend(node)
        elif isinstance(node, dict):
            pending.extend(node.values())
    return effort
