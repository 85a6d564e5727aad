"""Which part of a union or of allOf is which: by name, content or outline, or as the only one."""

import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, fields
from enum import Enum

from compat.differ.outline import field_names, kinds, sharing, tag
from compat.model.place import Place
from compat.model.record import record
from compat.model.schema import ABSENT, Absent, Schema

Resolve = Callable[[Schema], Schema]
Identity = Callable[[Schema], Hashable]
_TEXTS = frozenset(("name", "title", "description", "examples", "states_const"))
_DEPTH_MAX = 40  # of inline schemas in each other; below that two are told apart by nothing


@record()
class Paired:
    """Pairs in the old order, then what only one version has."""

    pairs: tuple[tuple[Schema, Schema], ...]
    removed: tuple[Schema, ...]
    added: tuple[Schema, ...]


@dataclass(slots=True)
class Digests:
    """What schemas mean, as one text each: equal for those that differ in texts alone."""

    _known: dict[int, str] = field(default_factory=dict)
    _kept: list[Schema] = field(default_factory=list)

    def meaning(self, schema: Schema) -> str:
        found = self._known.get(id(schema))
        if found is None:
            found = json.dumps(_facts(schema, 0), sort_keys=True, default=str)
            self._known[id(schema)] = found
            self._kept.append(schema)
        return found


def paired(
    old: tuple[Schema, ...],
    new: tuple[Schema, ...],
    digests: Digests,
    resolve_old: Resolve,
    resolve_new: Resolve,
    *,
    hold_together: bool,
) -> Paired:
    """The strongest evidence pairs first; an outline that fits more than one partner pairs nobody.

    Parts that hold together say one thing, so that the only two that are left are the same one by
    another name; variants may have been exchanged.
    """

    def inline(schema: Schema) -> str:
        return "" if schema.ref is not None else digests.meaning(schema)

    def meant_by_old(schema: Schema) -> str:
        return digests.meaning(resolve_old(schema))

    def meant_by_new(schema: Schema) -> str:
        return digests.meaning(resolve_new(schema))

    rest = _Rest.of(old, new)
    for of_old, of_new in (
        (_reference, _reference),
        (inline, inline),
        (inline, meant_by_new),
        (meant_by_old, inline),
        (meant_by_old, meant_by_new),
    ):
        rest.match(of_old, of_new)
    rest.match_outline(tag)
    rest.match_outline(field_names)
    rest.pair(sharing(*rest.inline()))
    rest.match_outline(kinds)
    rest.match_last(hold_together=hold_together)
    return rest.paired(old)


@dataclass(slots=True)
class _Rest:
    """What has no partner yet, by identity, and the pairs that were found."""

    old: dict[int, Schema]
    new: dict[int, Schema]
    found: dict[int, tuple[Schema, Schema]] = field(default_factory=dict)

    @classmethod
    def of(cls, old: Iterable[Schema], new: Iterable[Schema]) -> "_Rest":
        return cls({id(each): each for each in old}, {id(each): each for each in new})

    def pair(self, pairs: Iterable[tuple[Schema, Schema]]) -> None:
        for one, other in pairs:
            self.found[id(one)] = one, other
            del self.old[id(one)], self.new[id(other)]

    def inline(self) -> tuple[list[Schema], list[Schema]]:
        ours, theirs = (
            [each for each in rest.values() if each.ref is None] for rest in (self.old, self.new)
        )
        return ours, theirs

    def match(self, of_old: Identity, of_new: Identity) -> None:
        """Those of one identity, in their order."""
        if not (self.old and self.new):
            return
        theirs = _index(self.new.values(), of_new)
        for key, mine in _index(self.old.values(), of_old).items():
            self.pair(zip(mine, theirs.get(key, ()), strict=False))

    def match_outline(self, outline: Identity) -> None:
        """Those of one outline, in their order, where both versions have as many of them."""
        ours, theirs = (_index(rest, outline) for rest in self.inline())
        for key, mine in ours.items():
            others = theirs.get(key, ())
            if len(mine) == len(others):
                self.pair(zip(mine, others, strict=True))

    def match_last(self, *, hold_together: bool) -> None:
        """The only ones that are left."""
        for is_named in (False, True) if hold_together else (False,):
            ours, theirs = (
                [each for each in rest.values() if (each.ref is not None) is is_named]
                for rest in (self.old, self.new)
            )
            if len(ours) == len(theirs) == 1:
                self.pair(zip(ours, theirs, strict=True))
        if len(self.old) == len(self.new) == 1:
            (one,), (other,) = self.old.values(), self.new.values()
            if not (_reference(one) and _reference(other)):
                self.pair([(one, other)])

    def paired(self, old: Iterable[Schema]) -> Paired:
        pairs = tuple(self.found[id(each)] for each in old if id(each) in self.found)
        return Paired(pairs, tuple(self.old.values()), tuple(self.new.values()))


def _index(schemas: Iterable[Schema], identity: Identity) -> dict[Hashable, list[Schema]]:
    index: dict[Hashable, list[Schema]] = {}
    for schema in schemas:
        if key := identity(schema):
            index.setdefault(key, []).append(schema)
    return index


def _reference(schema: Schema) -> str:
    return "" if schema.ref is None else schema.ref.rpartition("/")[2]


def _facts(value: object, depth: int) -> object:
    """The value without places and texts, a reference by its name."""
    if isinstance(value, Schema):
        if depth > _DEPTH_MAX:
            return "..."
        if value.ref is not None:
            return {"$ref": _reference(value)}
        return {
            each.name: _facts(held, depth + 1)
            for each in fields(value)
            if each.name not in _TEXTS
            and not isinstance(held := getattr(value, each.name), Place)
            and held != each.default
        }
    if value is ABSENT or isinstance(value, Absent | Enum | str):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple | list):
        return [_facts(each, depth) for each in value]
    if hasattr(value, "items"):
        return {str(name): _facts(held, depth) for name, held in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {
            name: _facts(getattr(value, name), depth + 1) for name in value.__dataclass_fields__
        }
    return value
