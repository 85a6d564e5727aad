"""Two versions of a schema, and of all that they are made of: each pair is compared once.

Theory of operation

A pair is known by the two schemas themselves. Comparing one gives what is told of it and the pairs
below it, as a graph that has cycles where the schemas have. Pairs to be compared wait in a queue,
so the depth of a spec does not matter. Who tells the changes of a message walks down from its pair,
around no cycle twice, and only where something is to be told.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Final

from compat.differ import limits, structure, types, values
from compat.differ.atom import Atom, Guard, guard_of
from compat.differ.dialect import own_dialect
from compat.differ.effect import Effect, Turn
from compat.differ.fields import fields
from compat.differ.lifecycle import Policy
from compat.differ.pairing import Digests, Paired, Resolve
from compat.differ.spelling import Spelling, admits_all, present
from compat.model.assertions import asserts_nothing, variants_of
from compat.model.interface import Interface
from compat.model.record import record
from compat.model.schema import Json, Schema

XML: Final = "xml-changed"
_PLACES_MAX: Final = 100  # at which a pair is told in one message
_VISITS_MAX: Final = 5_000  # of pairs in one message; beyond that each is told at one place
_ENDS: Final = 40  # steps at either end of a way; below two of them each pair is told at one place
_KEYWORD: Final = re.compile(
    r"items|additionalProperties|if|then|else|not|contains|content-schema|property-names"
    r"|unevaluated-(?:properties|items)|[\w-]+\[.*\]"
)
"""What stands in a path for a keyword."""
_UNIONS: Final = ("any_of", "one_of")


@dataclass(slots=True, eq=False)
class Compared:
    """One pair of schemas: what is told of it, and the branches to the pairs below."""

    atoms: tuple[Atom, ...] = ()
    branches: tuple["Branch", ...] = ()


_SILENT: Final = Compared()


@record(eq=False)
class Branch:
    """`segment` is a part of a path; the effects of what is below may turn."""

    segment: str
    compared: Compared
    turn: Turn = Turn.KEPT
    guard: Guard = Guard.NONE


@record()
class Told:
    """An atom where it stands in one message."""

    path: tuple[str, ...]
    atom: Atom
    turned: bool
    guard: Guard


@record()
class _Way:
    """Steps to a place; those that begin alike share their beginning. `first` are the first few."""

    above: "_Way | None" = None
    segment: str = ""
    length: int = 0
    first: "_Way | None" = None

    def then(self, segment: str) -> "_Way":
        if not segment:
            return self
        first = self if self.length == _ENDS else self.first
        return _Way(self, segment, self.length + 1, first)

    @property
    def path(self) -> tuple[str, ...]:
        """Its segments; of very many, those near either end and how many are between."""
        if self.first is None or self.length <= 2 * _ENDS:
            return self._last(self.length)
        between = f"... {self.length - 2 * _ENDS} more ..."
        return (*self.first.path, between, *self._last(_ENDS))

    def _last(self, count: int) -> tuple[str, ...]:
        found, way = list[str](), self
        while len(found) < count and way.above is not None:
            found.append(way.segment)
            way = way.above
        return tuple(reversed(found))


@record()
class _Visit:
    """Of a pair, on a way to it; `is_left` when everything below it has been told."""

    compared: Compared
    way: _Way = _Way()
    turn: Turn = Turn.KEPT
    guard: Guard = Guard.NONE
    is_left: bool = False

    def along(self, branch: Branch) -> "_Visit":
        way, turn = self.way.then(branch.segment), self.turn.then(branch.turn)
        return _Visit(branch.compared, way, turn, self.guard or branch.guard)


@dataclass(slots=True, kw_only=True)
class Comparison:
    """The pairs of two interfaces, compared when they are first asked for.

    `unchanged` are the pointers of what references lead to that says the same in both.
    """

    old: Interface
    new: Interface
    policy: Policy
    unchanged: frozenset[str] = frozenset()
    digests: Digests = field(default_factory=Digests)
    _known: dict[tuple[int, int], Compared] = field(default_factory=dict)
    _kept: list[tuple[Schema, Schema]] = field(default_factory=list)
    _loud: set[int] = field(default_factory=set)
    _ours: Spelling = field(init=False)
    _theirs: Spelling = field(init=False)

    def __post_init__(self) -> None:
        self._ours, self._theirs = Spelling(self.old), Spelling(self.new)

    def compare(self, old: Schema, new: Schema) -> Compared:
        """The pair of these two, and everything below it."""
        top, waiting = self._at(old, new)
        pending = [waiting] if waiting else []
        fresh: list[Compared] = []
        while pending:
            compared, ours, theirs = pending.pop()
            fresh.append(compared)
            branches: list[Branch] = []
            for each in self._below(ours, theirs):
                below, further = self._at(each.old, each.new)
                pending.extend([further] if further else [])
                branches.append(Branch(each.segment, below, each.turn, each.guard))
            compared.atoms = tuple(self._atoms(ours, theirs))
            compared.branches = tuple(branches)
        self._listen(fresh)
        return top

    def told(self, compared: Compared) -> Iterator[Told]:
        """The changes in a message of this pair, wherever they stand.

        A pair that holds itself is gone into once, and one that stands in very many places is not
        told of at each: of schemas that refer to each other there are more places than one can say.
        Nor is one that lies very deep, and the way there is told but for its middle.
        """
        if id(compared) not in self._loud:
            return
        visits: Counter[tuple[int, Turn, Guard]] = Counter()
        left, above = _VISITS_MAX, set[int]()
        stack = [_Visit(compared)]
        while stack:
            visit = stack.pop()
            here = visit.compared
            if visit.is_left:
                above.remove(id(here))
                continue
            if id(here) not in self._loud or id(here) in above:
                continue
            key = id(here), visit.turn, visit.guard
            most = _PLACES_MAX if left > 0 and visit.way.length < 2 * _ENDS else 1
            if visits[key] >= most:
                continue
            visits[key] += 1
            left -= 1
            yield from _told(visit)
            above.add(id(here))
            stack.append(replace(visit, is_left=True))
            stack.extend(visit.along(branch) for branch in reversed(here.branches))

    def _at(
        self, old: Schema, new: Schema
    ) -> tuple[Compared, tuple[Compared, Schema, Schema] | None]:
        if self._refer_to_the_same(old, new):
            return _SILENT, None
        ours, theirs = self._aligned(self._ours.plain(old), self._theirs.plain(new))
        known = self._known.get((id(ours), id(theirs)))
        if known is not None:
            return known, None
        compared = self._known[id(ours), id(theirs)] = Compared()
        self._kept.append((ours, theirs))
        return compared, (compared, ours, theirs)

    def _refer_to_the_same(self, old: Schema, new: Schema) -> bool:
        if old.ref is None or new.ref is None or not self.unchanged:
            return False
        pointer = old.ref.removeprefix(f"{self.old.place.file}#")
        return pointer in self.unchanged and new.ref == f"{self.new.place.file}#{pointer}"

    def _listen(self, fresh: list[Compared]) -> None:
        """Marks which pairs have something to tell, themselves or below."""
        above: dict[int, list[Compared]] = {}
        for each in fresh:
            for branch in each.branches:
                above.setdefault(id(branch.compared), []).append(each)
        spreading = [each for each in fresh if each.atoms]
        spreading += [
            each
            for each in fresh
            if any(id(branch.compared) in self._loud for branch in each.branches)
        ]
        while spreading:
            each = spreading.pop()
            if id(each) not in self._loud:
                self._loud.add(id(each))
                spreading.extend(above.get(id(each), ()))

    def _atoms(self, old: Schema, new: Schema) -> Iterator[Atom]:
        if old is new:
            return
        ours, theirs = self._ours.apart(old), self._theirs.apart(new)
        if ours is not old or theirs is not new:
            yield from self._wrapped(old, new, ours, theirs)
            return
        if wrapped := _wrapped_in_union(old, new):
            yield Atom(stem=wrapped, effect=self._of_wrapping(old, new), old=old, new=new)
            return
        yield from types.types(old, new)
        yield from types.nullable(old, new)
        yield from values.enum(old, new)
        if types.are_apart(old, new):
            return
        yield from types.contents(old, new)
        yield from values.extensible_enum(old, new)
        yield from values.default(old, new)
        yield from limits.limits(old, new)
        yield from limits.pattern(old, new)
        yield from limits.contains(old, new)
        yield from fields(old, new, self._ours.meant, self._theirs.meant, self.policy)
        yield from structure.discriminator(old, new)
        yield from structure.lone_keywords(old, new)
        yield from _items(old, new, self.old.resolve, self.new.resolve)
        yield from _prefix_items(old, new)
        yield from self._additional(old, new)
        yield from _xml(old, new)
        yield from own_dialect(old, new)
        for keyword in ("all_of", *_UNIONS):
            found, told = self._parts(keyword, old, new)
            yield from told
            yield from structure.renamed_variants(old, new, found)

    def _additional(self, old: Schema, new: Schema) -> Iterator[Atom]:
        before, after = _openness(old, self.old.resolve), _openness(new, self.new.resolve)
        if before != after:
            verb = "allowed" if after > before else "restricted"
            effect = Effect.WIDER if after > before else Effect.NARROWER
            yield Atom(stem=f"additional-properties-{verb}", effect=effect, old=old, new=new)

    def _wrapped(self, old: Schema, new: Schema, ours: Schema, theirs: Schema) -> Iterator[Atom]:
        """Null told in a union of its own: the rest is compared below, as one pair."""
        before = ours is not old or self._ours.admits_null(ours)
        after = theirs is not new or self._theirs.admits_null(theirs)
        if after and not before:
            yield Atom(stem="became-nullable", effect=Effect.WIDER, old=old, new=new)
        elif before and not after:
            yield Atom(stem="became-not-nullable", effect=Effect.NARROWER, old=old, new=new)

    def _parts(self, keyword: str, old: Schema, new: Schema) -> tuple[Paired, tuple[Atom, ...]]:
        resolve_old, resolve_new = self.old.resolve, self.new.resolve
        return structure.parts(keyword, old, new, self.digests, resolve_old, resolve_new)

    def _of_wrapping(self, old: Schema, new: Schema) -> Effect:
        """A union that has the other version among its variants is wider than that."""
        if asserts_nothing(new):
            variants, interface, alone, effect = variants_of(new), self.new, old, Effect.WIDER
        else:
            variants, interface, alone, effect = variants_of(old), self.old, new, Effect.NARROWER
        meant = {self.digests.meaning(interface.resolve(each)) for each in variants}
        return effect if self.digests.meaning(alone) in meant else Effect.OTHER

    def _below(self, old: Schema, new: Schema) -> Iterator["_Pair"]:
        if old is new:
            return
        ours, theirs = self._ours.apart(old), self._theirs.apart(new)
        if ours is not old or theirs is not new:
            yield _Pair("", present(ours, old.default), present(theirs, new.default))
            return
        if _wrapped_in_union(old, new) or types.are_apart(old, new):
            return
        for name, schema in old.properties.items():
            other = new.properties.get(name)
            if other is not None:
                guard = guard_of(self._ours.meant(schema), self._theirs.meant(other))
                yield _Pair(_segment(name), schema, other, guard=guard)
            elif isinstance(new.additional, Schema):
                yield _Pair(_segment(name), schema, new.additional)
        if isinstance(old.additional, Schema):
            for name, other in new.properties.items():
                if name not in old.properties:
                    yield _Pair(_segment(name), old.additional, other)
        if old.items is not None and new.items is not None:
            yield _Pair("items", old.items, new.items)
        places = zip_longest(old.prefix_items, new.prefix_items)
        for index, (one, two) in enumerate(places):
            before, after = one or old.items, two or new.items
            if before is not None and after is not None:
                yield _Pair(f"prefixItems[{index}]", before, after)
        if isinstance(old.additional, Schema) and isinstance(new.additional, Schema):
            yield _Pair("additionalProperties", old.additional, new.additional)
        for keyword, name in (("all_of", "allOf"), ("any_of", "anyOf"), ("one_of", "oneOf")):
            found = self._parts(keyword, old, new)[0]
            for index, (one, two) in enumerate(found.pairs):
                yield _Pair(f"{name}[{two.ref.rpartition('/')[2] if two.ref else index}]", one, two)
        for segment, one, two, turn in structure.shared_keywords(old, new):
            yield _Pair(segment, one, two, turn=turn)

    def _aligned(self, old: Schema, new: Schema) -> tuple[Schema, Schema]:
        """Both as parts of allOf, or both as one record, if just one of them has parts."""
        if not (old.all_of or new.all_of):
            return old, new
        ours, theirs = self._ours.record(old), self._theirs.record(new)
        is_mixed = not (old.all_of and new.all_of)
        if ours is not None and theirs is not None:
            if is_mixed or self.digests.meaning(ours) == self.digests.meaning(theirs):
                return ours, theirs
        elif is_mixed and asserts_nothing(old if old.all_of else new):
            return self._as_parts(old, new)
        return old, new

    def _as_parts(self, old: Schema, new: Schema) -> tuple[Schema, Schema]:
        """What has no parts is one, where the other version has it as a part."""
        lifted = (old, self._theirs.part(new)) if old.all_of else (self._ours.part(old), new)
        return lifted if self._parts("all_of", *lifted)[0].pairs else (old, new)


@record(eq=False)
class _Pair:
    segment: str
    old: Schema
    new: Schema
    turn: Turn = Turn.KEPT
    guard: Guard = Guard.NONE


def _told(visit: _Visit) -> Iterator[Told]:
    turn, is_turned = visit.turn, visit.turn is Turn.TURNED
    for atom in visit.compared.atoms:
        way = visit.way.then(atom.field)
        yield Told(way.path, _undecided(atom, turn), is_turned, visit.guard)


def _undecided(atom: Atom, turn: Turn) -> Atom:
    if turn is not Turn.LOST or atom.effect is Effect.SAME:
        return atom
    return replace(atom, effect=Effect.UNKNOWN, in_responses=None)


def _wrapped_in_union(old: Schema, new: Schema) -> str:
    """The stem where one version is a union of what the other one is."""
    for before, after, verb in ((old, new, "wrapped-in"), (new, old, "unwrapped-from")):
        for keyword in _UNIONS:
            variants = getattr(after, keyword)
            bare = not (before.any_of or before.one_of or asserts_nothing(before))
            if bare and len(variants) > 1 and asserts_nothing(after) and not after.all_of:
                return f"{verb}-{keyword.replace('_', '-')}"
    return ""


def _items(old: Schema, new: Schema, resolve_old: Resolve, resolve_new: Resolve) -> Iterator[Atom]:
    is_beside = structure.has_unevaluated_items(old) or structure.has_unevaluated_items(new)
    before = old.items is None or (not is_beside and admits_all(resolve_old(old.items)))
    after = new.items is None or (not is_beside and admits_all(resolve_new(new.items)))
    if (old.items is None) != (new.items is None) and before != after:
        stem, effect = "items-added", Effect.NARROWER
        if after:
            stem, effect = "items-removed", Effect.WIDER
        effect = Effect.OTHER if is_beside else effect
        yield Atom(stem=stem, effect=effect, old=old, new=new)


def _prefix_items(old: Schema, new: Schema) -> Iterator[Atom]:
    before, after = len(old.prefix_items), len(new.prefix_items)
    if before != after:
        stem = "prefix-items-added" if after > before else "prefix-items-removed"
        effect = Effect.NARROWER if after > before else Effect.WIDER
        if (old if after > before else new).items is not None:
            effect = Effect.SAME  # what the others may be is said already, and compared with that
        elif structure.has_unevaluated_items(old) or structure.has_unevaluated_items(new):
            effect = Effect.OTHER
        yield Atom(stem=stem, effect=effect, old=old, new=new, before=before, after=after)


def _xml(old: Schema, new: Schema) -> Iterator[Atom]:
    """How it is written in XML, which is no matter of its values."""
    before, after = _xml_of(old), _xml_of(new)
    if before != after:
        yield Atom(stem=XML, effect=Effect.OTHER, old=old, new=new, before=before, after=after)


def _xml_of(schema: Schema) -> dict[str, Json]:
    stated = schema.rest.get("xml")
    said = stated if isinstance(stated, dict) else {}
    return {key: value for key, value in said.items() if not key.startswith("x-")}


def _openness(schema: Schema, resolve: Resolve) -> int:
    """To fields that are not declared: to none (0), to those of a schema (1), to all (2)."""
    if isinstance(schema.additional, bool):
        return 2 if schema.additional else 0
    return 2 if admits_all(resolve(schema.additional)) else 1


def _segment(field: str) -> str:
    """What a field is called in a path, in quotes where a keyword is called like it."""
    return f'"{field}"' if _KEYWORD.fullmatch(field) else field
