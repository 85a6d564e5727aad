"""Does a document satisfy a spec's schema? Asked of jsonschema, in the dialect of 2020-12.

The schema it is given is made from the interface model, so that all dialects mean the same here.
A field that is read-only is nothing to a request, one that is write-only nothing to an answer:
neither required there nor, like any field that is not declared, held against a schema.
Formats that are asserted are those that `compat.verify.formats` knows; a pattern that Python cannot
read asserts nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from compat.lens.admits import is_readable
from compat.model.interface import Interface
from compat.model.patterns import EFFORT_MAX, effort
from compat.model.schema import ANY_KIND, Bounds, Json, Schema
from compat.plan.spot import Side
from compat.verify.formats import CHECKER
from compat.verify.further import assertions, beside_fields, pattern_properties
from compat.verify.nodes import Nodes, Path
from compat.verify.patience import Patience, UntoldError

_KEYWORDS: Final[Mapping[str, str]] = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique_items": "uniqueItems",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
}


def _of_searching(patterns: Iterable[str], texts: Iterable[str]) -> int:
    efforts = [effort(pattern, len(text)) for pattern in patterns for text in texts]
    if max(efforts, default=0) > EFFORT_MAX:
        raise UntoldError
    return int(sum(efforts)) // 5_000


def _of_pattern(pattern: Any, held: Json, _: Mapping[str, Any]) -> int:
    return _of_searching((pattern,), (held,)) if isinstance(held, str) else 0


def _of_names(_: Any, held: Json, schema: Mapping[str, Any]) -> int:
    patterns = schema.get("patternProperties", ())
    return _of_searching(patterns, held) if isinstance(held, dict) else 0


def _of_items(_: Any, held: Json, __: Mapping[str, Any]) -> int:
    return len(held) if isinstance(held, list) else 0


_COSTS: Final[Mapping[str, Callable[[Any, Json, Mapping[str, Any]], int]]] = {
    "enum": lambda values, _, __: 1 + len(values) // 100,
    "properties": lambda fields, _, __: 1 + len(fields) // 10,
    "anyOf": lambda parts, _, __: len(parts),
    "oneOf": lambda parts, _, __: len(parts),
    "items": _of_items,
    "uniqueItems": lambda _, held, __: _of_items(_, held, __) ** 2 // 200,
    "pattern": _of_pattern,
    "patternProperties": _of_names,
    "additionalProperties": _of_names,
}
"""Steps of what may take long without a reference. Nothing is told of a pattern without bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which a value is not as its schema says.

    `path` leads to the value; for a missing or forbidden field, to that field. `alternatives` are
    the faults with each variant where none fits (`keyword` anyOf or oneOf).
    """

    path: Path
    keyword: str
    message: str
    value: Json
    alternatives: tuple[tuple["Fault", ...], ...] = ()

    def below(self, above: Path) -> "Fault":
        """The same fault, of a value that stands at that path in a larger one."""
        moved = tuple(tuple(each.below(above) for each in one) for one in self.alternatives)
        return replace(self, path=(*above, *self.path), alternatives=moved)


class Validity:
    """What the schemas of one interface admit on one side of an exchange."""

    def __init__(self, interface: Interface, side: Side, patience: Patience | None = None) -> None:
        self._builder = _Builder(interface, side)
        self._patience = patience or Patience()
        costly = {} if self._patience.is_endless else {each: self._paid(each) for each in _COSTS}
        self._class = extend(Draft202012Validator, {"$ref": self._follow, **costly})  # type: ignore[no-untyped-call]
        self._validators: dict[int, Validator] = {}

    def admits(self, schema: Schema, value: Json) -> bool:
        """Is the value as the schema says?"""
        return self._validator(schema).is_valid(value)

    def faults(self, schema: Schema, value: Json) -> Iterator[Fault]:
        """All that is wrong with the value."""
        for error in self._validator(schema).iter_errors(value):
            yield from _faults(error)

    def document(self, schema: Schema) -> Mapping[str, Any]:
        """The JSON Schema of a schema; its references are names for `_follow` alone."""
        return self._builder.built(schema)

    def is_same(self, schema: Schema, other: "Validity", theirs: Schema) -> bool:
        """Do two schemas, each of its own interface, say the same word for word?"""
        seen: set[tuple[int, int]] = set()
        pending: list[tuple[Any, Any]] = [(self.document(schema), other.document(theirs))]
        while pending:
            one, two = self._seen_through(pending[-1][0]), other._seen_through(pending.pop()[1])
            if (id(one), id(two)) in seen:
                continue
            if isinstance(one, dict) and isinstance(two, dict):
                seen.add((id(one), id(two)))
                if list(one) != list(two):
                    return False
                pending += ((one[key], two[key]) for key in one)
            elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
                pending += zip(one, two, strict=True)
            elif one != two or type(one) is not type(two):
                return False
        return True

    def _seen_through(self, document: Any) -> Any:
        while isinstance(document, dict) and "$ref" in document:
            document = self._builder.target(document["$ref"])
        return document

    def _validator(self, schema: Schema) -> Validator:
        known = self._validators.get(id(schema))
        if known is None:
            known = self._class(self.document(schema), format_checker=CHECKER)
            self._validators[id(schema)] = known
        return known

    def _follow(
        self, validator: Any, ref: str, instance: Json, _schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        self._patience.take()
        yield from validator.descend(instance, self._builder.target(ref), schema_path=ref)

    def _paid(self, keyword: str) -> Callable[..., Iterator[ValidationError]]:
        """The keyword as ever, for the steps that it takes."""
        check, cost = Draft202012Validator.VALIDATORS[keyword], _COSTS[keyword]

        def paid(
            validator: Any, wanted: Any, instance: Json, schema: Mapping[str, Any]
        ) -> Iterator[ValidationError]:
            self._patience.take(cost(wanted, instance, schema))
            yield from check(validator, wanted, instance, schema) or ()

        return paid


@dataclass(eq=False)
class _Builder:
    """JSON Schemas of one interface's schemas, each made once."""

    interface: Interface
    side: Side
    _known: dict[tuple[int, frozenset[str]], dict[str, Any]] = field(default_factory=dict)
    _nodes: Nodes = field(init=False)

    def __post_init__(self) -> None:
        self._nodes = Nodes(self.interface)

    def target(self, ref: str) -> dict[str, Any]:
        return self.built(self.interface.schemas[ref])

    def built(self, schema: Schema, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
        """`hidden` are the names that other parts of the same allOf keep from this side."""
        key = id(schema), hidden
        if key not in self._known:
            document: dict[str, Any] = {}
            self._known[key] = document
            document.update(self._document(schema, hidden))
        return self._known[key]

    def _document(self, schema: Schema, hidden: frozenset[str]) -> Iterator[tuple[str, Any]]:
        if schema.ref is not None:
            if hidden and hidden & self._required(self._nodes.at_root(schema)):
                yield "allOf", [self.built(self.interface.schemas[schema.ref], hidden)]
            else:
                yield "$ref", schema.ref
            return
        if schema.kinds != ANY_KIND:
            yield "type", sorted(kind.value for kind in schema.kinds)
        if schema.enum is not None:
            yield "enum", list(schema.enum)
        if schema.format:
            yield "format", schema.format
        yield from _bounds(schema.bounds)
        hidden |= self._hidden(schema)
        yield from self._members(schema, hidden)
        all_of = [self.built(part, hidden) for part in schema.all_of]
        all_of += assertions(schema, self.built, hidden)
        if all_of:
            yield "allOf", all_of
        for keyword, parts in (("anyOf", schema.any_of), ("oneOf", schema.one_of)):
            if parts:
                yield keyword, [self.built(part, hidden) for part in parts]

    def _members(self, schema: Schema, hidden: frozenset[str]) -> Iterator[tuple[str, Any]]:
        required = sorted(schema.required - hidden)
        if required:
            yield "required", required
        if schema.properties:
            yield "properties", dict(self._properties(schema, hidden))
        if isinstance(schema.additional, Schema):
            yield "additionalProperties", self.built(schema.additional)
        elif not schema.additional:
            yield "additionalProperties", False
        elif (beside := beside_fields(schema, self.built)) is not True:
            yield "additionalProperties", beside
        if patterns := pattern_properties(schema, self.built):
            yield "patternProperties", patterns
        if schema.prefix_items:
            yield "prefixItems", [self.built(item) for item in schema.prefix_items]
        if schema.items is not None:
            yield "items", self.built(schema.items)

    def _properties(
        self, schema: Schema, hidden: frozenset[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, member in schema.properties.items():
            yield name, {} if name in hidden else self.built(member)

    def _hidden(self, schema: Schema) -> frozenset[str]:
        """Declared names that do not travel on this side."""
        return frozenset(
            name
            for part in self._nodes.at_root(schema)
            for name, member in part.properties.items()
            if is_hidden(self.interface, member, self.side)
        )

    @staticmethod
    def _required(parts: Sequence[Schema]) -> frozenset[str]:
        return frozenset().union(*(part.required for part in parts))


def is_hidden(interface: Interface, schema: Schema, side: Side) -> bool:
    """Does a field of that schema not travel on this side?"""
    target = interface.resolve(schema)
    if side is Side.REQUEST:
        return schema.read_only or target.read_only
    return schema.write_only or target.write_only


def _bounds(bounds: Bounds) -> Iterator[tuple[str, Any]]:
    for bound in fields(Bounds):
        value = getattr(bounds, bound.name)
        if value is None or value is False:
            continue
        if bound.name == "pattern" and not is_readable(value):
            continue
        yield _KEYWORDS[bound.name], value


def _faults(error: ValidationError, above: Path = ()) -> Iterator[Fault]:
    path = (*above, *error.relative_path)
    instance: Any = error.instance
    alternatives: dict[int, list[Fault]] = {}
    for inner in error.context or ():
        alternatives.setdefault(int(inner.schema_path[0]), []).extend(_faults(inner, path))
    for missing in _fields_at_fault(error):
        yield Fault(
            path=(*path, *missing),
            keyword=str(error.validator),
            message=error.message[:300],
            value=instance,
            alternatives=tuple(map(tuple, alternatives.values())),
        )


def _fields_at_fault(error: ValidationError) -> Iterator[Path]:
    """The way from the faulty value to the fields that are missing or forbidden."""
    instance: Any = error.instance
    wanted: Any = error.validator_value
    assert isinstance(error.schema, dict)
    if error.validator == "required":
        # jsonschema reports each missing field by itself, its name only in the message.
        yield (next(name for name in wanted if error.message.startswith(repr(name))),)
    elif error.validator == "additionalProperties" and wanted is False:
        declared = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        yield from (
            (name,)
            for name in instance
            if name not in declared and not any(re.search(one, name) for one in patterns)
        )
    else:
        yield ()
