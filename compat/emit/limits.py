"""Code that refuses what is beyond a limit: plain tests, one after the other.

A test that takes more than a comparison is a function of the package's `limits`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from compat.emit import syntax as s
from compat.emit.effects import LIST, OBJECT
from compat.emit.fields import other
from compat.emit.syntax import Block, Expr
from compat.emit.variants import of_kind
from compat.emit.writer import Scope, Subject
from compat.lens.admits import Admits
from compat.lens.ops import Limit
from compat.model.schema import Json, Kind

_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.NUMBER})


def limited(op: Limit, subject: Subject, scope: Scope) -> Block:
    """A test for each constraint, which refuses the message; the value is in a variable."""
    if op.admits is None:
        return []
    refusal = scope.refuse(op.difference)
    limits = _Limits(admits=op.admits, value=subject.read, scope=scope)
    block: Block = [s.if_(test, [refusal]) for test in limits.of_any()]
    for is_one, tests in (
        (of_kind(Kind.NUMBER, subject.read), limits.of_number()),
        (of_kind(Kind.STRING, subject.read), limits.of_text()),
        ([] if subject.shapes == LIST else [s.is_a(subject.read, "list")], limits.of_list()),
        ([] if subject.shapes == OBJECT else [s.is_a(subject.read, "dict")], limits.of_object()),
    ):
        refusals: Block = [s.if_(test, [refusal]) for test in tests]
        guarded = refusals and is_one
        block += [s.if_(s.both(*is_one), refusals)] if guarded else refusals
    return block


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """The conditions under which a value is refused; those of a kind for values of that kind."""

    admits: Admits
    value: Expr
    scope: Scope

    def of_any(self) -> Iterator[Expr]:
        if self.admits.kinds is not None:
            tests = [*_of_none(self.admits.kinds, self.value)]
            if (refused := s.any_of(tests)) is not None:
                yield refused
        if self.admits.values is not None:
            yield self._is_none_of(self.admits.values)

    def _is_none_of(self, values: tuple[Json, ...]) -> Expr:
        if len(values) == 1 and isinstance(values[0], str | None):
            return other(self.value, values[0], self.scope)
        source = self._constant("admitted", values)
        if all(isinstance(one, str | None) for one in values):
            return s.compare(self.value, "not in", source)
        return s.not_(self._helper("is_one_of", source))

    def of_number(self) -> Iterator[Expr]:
        bounds = self.admits.bounds
        for limit, beyond in (
            (bounds.minimum, "<"),
            (bounds.maximum, ">"),
            (bounds.exclusive_minimum, "<="),
            (bounds.exclusive_maximum, ">="),
        ):
            if limit is not None:
                yield s.compare(self.value, beyond, s.literal(limit))
        if bounds.multiple_of is not None:
            yield s.not_(self._helper("is_multiple", s.literal(bounds.multiple_of)))

    def of_text(self) -> Iterator[Expr]:
        bounds = self.admits.bounds
        yield from self._of_length(bounds.min_length, bounds.max_length)
        if bounds.pattern is not None:
            name = self._pattern(bounds.pattern)
            yield s.not_(s.method(name, "search", self.value))

    def _pattern(self, pattern: str) -> Expr:
        compiled = s.call(self.scope.module.use("limits", "pattern"), s.text(pattern))
        return s.name(self.scope.module.constant("pattern", compiled, f"pattern {pattern}"))

    def of_list(self) -> Iterator[Expr]:
        bounds = self.admits.bounds
        yield from self._of_length(bounds.min_items, bounds.max_items)
        if bounds.unique_items:
            yield s.not_(self._helper("are_unique"))

    def of_object(self) -> Iterator[Expr]:
        bounds = self.admits.bounds
        yield from self._of_length(bounds.min_properties, bounds.max_properties)
        match self.admits.required:
            case ():
                pass
            case (name,):
                yield s.compare(self.scope.key(name), "not in", self.value)
            case names:
                yield s.not_(self._helper("has_all", self._constant("required", names)))
        if self.admits.names is not None:
            yield self._helper("has_others", self._constant("declared", self.admits.names))

    def _of_length(self, least: int | None, most: int | None) -> Iterator[Expr]:
        length = s.call("len", self.value)
        if least is not None:
            yield s.compare(length, "<", s.literal(least))
        if most is not None:
            yield s.compare(length, ">", s.literal(most))

    def _helper(self, name: str, *arguments: Expr) -> Expr:
        return s.call(self.scope.module.use("limits", name), self.value, *arguments)

    def _constant(self, hint: str, values: Iterable[Json]) -> Expr:
        """A constant of the module where it would not fit into a condition."""
        source = s.tuple_([s.literal(value) for value in values])
        code = s.code(source)
        if len(code) <= self.scope.facts.text_max:
            return source
        return s.name(self.scope.module.constant(hint, source, f"{hint} {code}"))


def _of_none(kinds: Iterable[Kind], value: Expr) -> Iterator[Expr]:
    """Tests that hold for values of no such kind; an integer may be written as `1.0`."""
    admitted = frozenset(kinds)
    if admitted == {Kind.NULL}:
        yield s.compare(value, "is not", s.literal(None))
        return
    if Kind.NULL not in admitted:
        yield s.compare(value, "is", s.literal(None))
    types = {Kind.STRING: "str", Kind.ARRAY: "list", Kind.OBJECT: "dict"}
    yield from (s.is_a(value, name) for kind, name in types.items() if kind not in admitted)
    if Kind.BOOLEAN not in admitted and admitted & _NUMBERS:
        yield s.is_a(value, "bool")
    if not admitted & _NUMBERS and Kind.BOOLEAN in admitted:
        yield s.both(*of_kind(Kind.NUMBER, value))
    elif not admitted & _NUMBERS:
        yield from (s.is_a(value, "int"), s.is_a(value, "float"))
    elif Kind.NUMBER not in admitted:
        yield s.both(s.is_a(value, "float"), s.not_(s.method(value, "is_integer")))
