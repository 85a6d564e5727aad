"""Which part of a union or of allOf is which: by name, by content, by title, or as the only one."""

import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, fields
from enum import Enum

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
    """What schemas say, as one text each: equal for those that say the same in the same way."""

    _known: dict[tuple[int, bool], str] = field(default_factory=dict)
    _kept: list[Schema] = field(default_factory=list)

    def of(self, schema: Schema) -> str:
        return self._of(schema, with_texts=True)

    def meaning(self, schema: Schema) -> str:
        """The same for schemas that differ in texts alone."""
        return self._of(schema, with_texts=False)

    def _of(self, schema: Schema, *, with_texts: bool) -> str:
        found = self._known.get((id(schema), with_texts))
        if found is None:
            facts = _facts(schema, 0, frozenset() if with_texts else _TEXTS)
            found = json.dumps(facts, sort_keys=True, default=str)
            self._known[id(schema), with_texts] = found
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
    """The strongest evidence pairs first; a title that fits more than one partner pairs nobody.

    Parts that hold together say one thing, so that the only two that are left are the same one by
    another name; variants may have been exchanged.
    """

    def inline(schema: Schema) -> str:
        return "" if schema.ref is not None else digests.meaning(schema)

    def meant_by_old(schema: Schema) -> str:
        return digests.meaning(resolve_old(schema))

    def meant_by_new(schema: Schema) -> str:
        return digests.meaning(resolve_new(schema))

    left, right = ({id(each): each for each in schemas} for schemas in (old, new))
    found: dict[int, tuple[Schema, Schema]] = {}
    identities: tuple[tuple[Identity, Identity], ...] = (
        (_reference, _reference),
        (digests.of, digests.of),
        (_title, _title),
        (inline, meant_by_new),
        (meant_by_old, inline),
        (meant_by_old, meant_by_new),
    )
    for of_old, of_new in identities:
        if not (left and right):
            break
        ours, theirs = _index(left.values(), of_old), _index(right.values(), of_new)
        for key, mine in ours.items():
            others = theirs.get(key, [])
            for one, other in zip(mine, others, strict=False):
                if of_old is not _title or len(mine) == len(others):
                    found[id(one)] = one, other
                    del left[id(one)], right[id(other)]
    for is_named in (False, True) if hold_together else (False,):
        old_rest, new_rest = (
            [each for each in rest.values() if (each.ref is not None) is is_named]
            for rest in (left, right)
        )
        if len(old_rest) == len(new_rest) == 1:
            (one,), (other,) = old_rest, new_rest
            found[id(one)] = one, other
            del left[id(one)], right[id(other)]
    if len(left) == len(right) == 1:
        (one,), (other,) = left.values(), right.values()
        if not (_reference(one) and _reference(other)):
            found[id(one)] = one, other
            left, right = {}, {}
    pairs = tuple(found[id(each)] for each in old if id(each) in found)
    return Paired(pairs, tuple(left.values()), tuple(right.values()))


def _index(schemas: Iterable[Schema], identity: Identity) -> dict[Hashable, list[Schema]]:
    index: dict[Hashable, list[Schema]] = {}
    for schema in schemas:
        if key := identity(schema):
            index.setdefault(key, []).append(schema)
    return index


def _reference(schema: Schema) -> str:
    return "" if schema.ref is None else schema.ref.rpartition("/")[2]


def _title(schema: Schema) -> str:
    return schema.title


def _facts(value: object, depth: int, left_out: frozenset[str]) -> object:
    """The value without places, a reference by its name."""
    if isinstance(value, Schema):
        if depth > _DEPTH_MAX:
            return "..."
        if value.ref is not None:
            return {"$ref": _reference(value)}
        return {
            each.name: _facts(held, depth + 1, left_out)
            for each in fields(value)
            if each.name not in left_out
            and not isinstance(held := getattr(value, each.name), Place)
            and held != each.default
        }
    if value is ABSENT or isinstance(value, Absent | Enum | str):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple | list):
        return [_facts(each, depth, left_out) for each in value]
    if hasattr(value, "items"):
        return {str(name): _facts(held, depth, left_out) for name, held in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {
            name: _facts(getattr(value, name), depth + 1, left_out)
            for name in value.__dataclass_fields__
        }
    return value
