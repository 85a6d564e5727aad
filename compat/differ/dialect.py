"""Which JSON Schema the schemas are of: another one may give each keyword another meaning."""

from collections.abc import Iterator
from typing import Final

from compat.differ.atom import Atom
from compat.differ.change import Change
from compat.differ.effect import Effect
from compat.model.interface import Interface
from compat.model.schema import Json, Schema

_USUAL: Final = "https://spec.openapis.org/oas/3.1/dialect/base"
_THE_SAME: Final = frozenset((_USUAL, "https://json-schema.org/draft/2020-12/schema"))
"""The usual one only adds what asserts nothing."""


def dialect(old: Interface, new: Interface) -> Iterator[Change]:
    """That of all schemas which name none of their own."""
    before, after = (_named(each.document.get("jsonSchemaDialect")) for each in (old, new))
    if before != after:
        yield Change.between(
            "api-schema-dialect-changed",
            "dialect",
            Effect.UNKNOWN,
            old,
            new,
            part="schemas",
            before=before,
            after=after,
        )


def own_dialect(old: Schema, new: Schema) -> Iterator[Atom]:
    """That of one schema, and of all below it."""
    before, after = (_named(each.rest.get("$schema")) for each in (old, new))
    if before != after:
        yield Atom(
            stem="dialect-changed",
            effect=Effect.UNKNOWN,
            old=old,
            new=new,
            before=before,
            after=after,
        )


def _named(stated: Json) -> str:
    name = stated.rstrip("#") if isinstance(stated, str) else _USUAL
    return _USUAL if name in _THE_SAME else name
