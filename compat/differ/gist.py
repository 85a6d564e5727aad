"""What a part of a spec says, without the texts that no change is told of.

Parts of one gist that refer to the same say the same, and comparing them would tell nothing. What
is not understood has no gist, and what is told of although it stays as it is has none either: an
end in the past, an unknown stability.

Where the parent does not show what kind of object stands there, every key of it counts.
"""

import marshal
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from compat.differ.lifecycle import STABILITY, SUNSET
from compat.load.dialect import Dialect
from compat.load.keywords import NUMBERS
from compat.load.pointer import join
from compat.model.record import record
from compat.model.schema import Json

_TEXTS: Final = frozenset(("example", "examples"))
_OF_NAMES: Final = frozenset(
    (
        *("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"),
        *("content", "responses", "headers", "encoding"),
    )
)
"""Keywords that hold objects by name."""

_OF_OBJECTS: Final = frozenset(
    (
        *("schema", "items", "additionalProperties", "not", "if", "then", "else", "contains"),
        *("propertyNames", "unevaluatedProperties", "unevaluatedItems", "contentSchema"),
        *("requestBody", "parameters", "prefixItems"),
    )
)
"""Keywords that hold one object, or a list of them."""

_FLAGS: Final = frozenset(
    (
        *("required", "deprecated", "nullable", "x-nullable", "readOnly", "writeOnly"),
        *("uniqueItems", "explode", "allowReserved", "allowEmptyValue", "additionalProperties"),
    )
)
_BY_VALUE: Final = NUMBERS | {"type"}
_VALUES: Final = frozenset(("default", "const", "enum"))
_UNCLEAR: Final = frozenset(
    (
        *("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$id", "$anchor"),
        *(SUNSET, STABILITY),
    )
)
_NOTABLE: Final = _UNCLEAR | {"$ref", "discriminator"}
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_TEXT_TYPES: Final = ("string", "file")


@record()
class Gist:
    """`references` are the pointers that it depends on; `is_alias` of what only refers to another.

    `said` is the same for what says the same in the same order.
    """

    said: bytes
    references: frozenset[str]
    is_alias: bool


def gist(value: Json, dialect: Dialect, *, is_known: bool, has_plain_text: bool) -> Gist | None:
    """None for what is not understood; `is_known` tells a schema, a parameter or the like.

    `has_plain_text` where the source text of a number may count: `1.10` as a text is not `1.1`.
    """
    reader = _Reader(dialect.components, has_plain_text)
    said = reader.object(value) if is_known else reader.whole(value)
    if not reader.is_clear:
        return None
    is_alias = isinstance(value, dict) and "$ref" in value
    return Gist(exact(said), frozenset(reader.references), is_alias)


def exact(value: Json) -> bytes:
    """The same for what is the same: 1, 1.0 and true are not, nor are two orders of keys."""
    # This version writes equal values alike, whether they are one object or several.
    return marshal.dumps(value, 2)


@dataclass(slots=True)
class _Reader:
    components: str
    has_plain_text: bool
    references: set[str] = field(default_factory=set)
    is_clear: bool = True

    def object(self, value: Json) -> Json:
        """What is known to be a schema, a parameter, a response or the like."""
        if isinstance(value, list):
            return [self.object(each) for each in value]
        if not isinstance(value, dict):
            return value
        self._look(value, ignored=_TEXTS)
        return {
            key: self._below(key, below) if isinstance(below, dict | list) else below
            for key, below in value.items()
            if key not in _TEXTS and not (key == "description" and isinstance(below, str))
        }

    def _below(self, key: str, value: Json) -> Json:
        if key in _OF_OBJECTS:
            return self.object(value)
        if key in _OF_NAMES and isinstance(value, dict):
            return {name: self.object(below) for name, below in value.items()}
        return value if key.startswith("x-") or key in _VALUES else self.whole(value)

    def whole(self, value: Json) -> Json:
        """What is equal to the last letter or not at all."""
        if isinstance(value, list):
            for each in value:
                self.whole(each)
        elif isinstance(value, dict):
            self._look(value)
            for below in value.values():
                self.whole(below)
        return value

    def _look(self, value: Mapping[str, Json], ignored: frozenset[str] = frozenset()) -> None:
        """Takes down what the object refers to, and whether it is understood."""
        if self.has_plain_text and not _is_read_by_value(value, ignored):
            self.is_clear = False
        if _NOTABLE.isdisjoint(value):
            return
        if not _UNCLEAR.isdisjoint(value):
            self.is_clear = False
        if "$ref" in value:
            self._refer(value["$ref"])
        discriminator = value.get("discriminator")
        if isinstance(discriminator, dict) and "mapping" in discriminator:
            self._map(discriminator["mapping"])

    def _refer(self, reference: Json) -> None:
        if isinstance(reference, str) and reference.startswith("#/"):
            self.references.add(unquote(reference[1:]))
        else:
            self.is_clear = False

    def _map(self, mapping: Json) -> None:
        for target in mapping.values() if isinstance(mapping, dict) else ("",):
            if isinstance(target, str) and _NAME.fullmatch(target):
                self.references.add(join(self.components, target))
            else:
                self._refer(target)


def _is_read_by_value(value: Mapping[str, Json], ignored: frozenset[str]) -> bool:
    """Is there nothing directly in it whose source text may count?"""
    kinds = value.get("type")
    may_be_text = isinstance(kinds, list) or kinds in _TEXT_TYPES
    return not any(
        (may_be_text or key not in _VALUES)
        and key not in ignored
        and not key.startswith("x-")
        and _holds_numbers(below)
        for key, below in value.items()
        if not (isinstance(below, str | dict) or key in _BY_VALUE)
        and not (isinstance(below, bool) and key in _FLAGS)
    )


def _holds_numbers(value: Json) -> bool:
    """A number, true, false or null, or a list with one."""
    members = value if isinstance(value, list) else (value,)
    return any(not isinstance(each, str | dict | list) for each in members)
