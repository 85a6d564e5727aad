"""What differs between the versions of the standard in ways a schema reader must know."""

import re
from typing import Final

from compat.load.node import Node, kind
from compat.load.problem import NoSpecError, SpecError
from compat.model.record import record


@record(kw_only=True)
class Dialect:
    """`components` are the parents of named schemas; `nullable` the keywords that add null.

    `is_json_schema` tells that schemas are those of JSON Schema 2020-12: lists of types, booleans
    as schemas, exclusive bounds as numbers, keywords beside `$ref`. `styles_parts` tells that the
    parts of multipart forms may have a style.
    """

    name: str
    components: str
    nullable: frozenset[str]
    is_json_schema: bool
    styles_parts: bool = False


_NULLABLE: Final = frozenset(("nullable", "x-nullable"))
SWAGGER_20: Final = Dialect(
    name="2.0", components="/definitions", nullable=frozenset(("x-nullable",)), is_json_schema=False
)
OPENAPI_30: Final = Dialect(
    name="3.0",
    components="/components/schemas",
    nullable=_NULLABLE,
    is_json_schema=False,
)
OPENAPI_31: Final = Dialect(
    name="3.1",
    components="/components/schemas",
    nullable=_NULLABLE,  # no keywords of 3.1, yet specs moved from 3.0 keep them
    is_json_schema=True,
    styles_parts=True,
)

_VERSIONS: Final = (
    ("swagger", re.compile(r"2\.0"), SWAGGER_20),
    ("openapi", re.compile(r"3\.0(\..*)?"), OPENAPI_30),
    ("openapi", re.compile(r"3\.1(\..*)?"), OPENAPI_31),
)
_HINT: Final = "give a Swagger 2.0, OpenAPI 3.0 or OpenAPI 3.1 document"


def dialect_of(root: Node) -> Dialect:
    """Raises SpecError for what is no spec, or one of another version."""
    if not isinstance(root.value, dict):
        raise NoSpecError(
            f"not an interface spec: {kind(root.value)} instead of an object",
            where=str(root.place),
            hint=_HINT,
        )
    for keyword, version, dialect in _VERSIONS:
        if root.has(keyword) and version.fullmatch(root.text(keyword)):
            return dialect
    for keyword in ("openapi", "swagger", "swaggerVersion"):
        if (claimed := root.get(keyword)) is not None:
            raise SpecError(
                f"{keyword} {root.text(keyword)[:40]!r} is not a version this tool reads",
                where=str(claimed.place),
                hint=_HINT,
            )
    raise NoSpecError(
        "not an interface spec: neither `openapi` nor `swagger` stands at the top",
        where=str(root.place),
        hint=_HINT,
    )
