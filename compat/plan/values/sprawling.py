"""Pairs of schemas too many alternatives deep to be made one by one.

They are compared as they stand: where both versions put the same parts together in the same way,
only fields can differ, and a field that means one thing in all parts is led wherever it occurs.
All else needs a person.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from compat.intent.model import Then
from compat.lens.ops import Branch, Case, Focus, Gap, Lens, Test
from compat.model.schema import Kind, Schema
from compat.model.sprawl import sprawls
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS
from compat.plan.gate.stubs import hook_stub
from compat.plan.ledger import Finding
from compat.plan.spot import Spot
from compat.plan.values.sameness import Pair, assertions, beside, members, within
from compat.plan.walk import Walk, declared

SPRAWLING: Final = "alternatives-too-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A field's schemas, and the two parts that declare it."""

    schemas: Pair
    parts: Pair


@dataclass(slots=True, kw_only=True, eq=False)
class Frame:
    """How two schemas are put together in the same way; by name, the fields of all their parts."""

    fields: dict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))
    parts: set[tuple[int, int]] = field(default_factory=set)
    is_bound: bool = False
    """A part says something of fields that it does not declare."""


def is_sprawling(walk: Walk, schemas: Pair) -> bool:
    return sprawls(walk.old, schemas[0]) or sprawls(walk.new, schemas[1])


def bridge_sprawling(walk: Walk, schemas: Pair, spot: Spot) -> Lens:
    """Field by field if nothing else differs, or refused."""
    if walk.same.of(schemas):
        return ()
    frame = _frame(walk, schemas)
    changed = None if frame is None else _changed(walk, frame, spot)
    if changed is None:
        return _refused(walk, schemas, spot)
    lens = tuple(op for name, member in changed for op in _led(walk, name, member, spot))
    test = Test(kind=Kind.OBJECT)
    return (Case(branches=(Branch(test=test, back=test, lens=lens),)),) if lens else ()


def _frame(walk: Walk, schemas: Pair) -> Frame | None:
    """None where more differs than what fields hold."""
    frame = Frame()
    told: list[Pair] = []
    names_differ = False
    waiting = [walk.same.resolved(schemas)]
    while waiting:
        pair = waiting.pop()
        if (key := (id(pair[0]), id(pair[1]))) in frame.parts:
            continue
        frame.parts.add(key)
        alike = assertions(pair[0]) == assertions(pair[1])
        if not alike or not all(map(walk.same.of, within(pair))):
            return None
        frame.is_bound |= _binds(pair[0])
        for name, ours, theirs in members(pair):
            frame.fields[name].append(Member(schemas=(ours, theirs), parts=pair))
        told += [pair] if pair[0].discriminator is not None else []
        names_differ |= pair[0].name != pair[1].name
        waiting += map(walk.same.resolved, beside(pair))
    if told and (names_differ or not all(_is_told_alike(walk, pair, frame) for pair in told)):
        return None
    return frame


def _binds(schema: Schema) -> bool:
    beyond = isinstance(schema.additional, Schema) or schema.further
    return bool(beyond) or schema.enum is not None


def _is_told_alike(walk: Walk, pair: Pair, frame: Frame) -> bool:
    """Do the texts of the discriminator stand for variants that are a pair here?"""
    old, new = pair[0].discriminator, pair[1].discriminator
    if old is None or new is None or not (pair[0].one_of or pair[0].any_of):
        return False
    found = (
        walk.same.resolved(
            (walk.old.interface.schemas[target], walk.new.interface.schemas[new.mapping[tag]])
        )
        for tag, target in old.mapping.items()
    )
    return all((id(one), id(other)) in frame.parts for one, other in found)


def _changed(walk: Walk, frame: Frame, spot: Spot) -> list[tuple[str, Member]] | None:
    """The fields that differ; None where one does not differ in the same way in every part."""
    changed: list[tuple[str, Member]] = []
    for name, found in frame.fields.items():
        if all(walk.same.of(each.schemas) for each in found):
            continue
        pairs = {_cores(walk, each) for each in found}
        if frame.is_bound or len(pairs) > 1 or not _is_plain(walk, found[0].schemas, spot):
            return None
        changed.append((name, found[0]))
    return sorted(changed, key=lambda each: each[0])


def _cores(walk: Walk, member: Member) -> tuple[int, int]:
    ours, theirs = member.schemas
    return id(walk.old.core(ours)), id(walk.new.core(theirs))


def _is_plain(walk: Walk, schemas: Pair, spot: Spot) -> bool:
    """Does only the value itself differ, not what its absence or null stands for?"""
    ours = declared(walk.old, schemas[0], spot.side)
    return ours == declared(walk.new, schemas[1], spot.side)


def _led(walk: Walk, name: str, member: Member, spot: Spot) -> Iterator[Focus]:
    one, other = member.parts
    part = spot.entering(walk.old.name(one), walk.new.name(other))
    lens = walk.value(*member.schemas, part.at(name, name), NO_CLAIMS)
    if lens:
        yield Focus(path=(name,), lens=lens)


def _refused(walk: Walk, schemas: Pair, spot: Spot) -> Lens:
    accepted = walk.ledger.accepted(SPRAWLING, spot.subject)
    passes = accepted is not None and accepted.then is not Then.REFUSE
    judgement = Judgement(
        verdict=Verdict.LOSSY if accepted is not None else Verdict.NEEDS_INTENT,
        treatment="passes as it is, as accepted"
        if passes
        else "is refused, as accepted"
        if accepted is not None
        else "is refused: convert it with a hook",
    )
    found = walk.ledger.enter(
        Finding(
            kind=SPRAWLING,
            subject=spot.subject,
            message="it differs, and allOf makes too many alternatives of it to compare each",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=judgement,
            down=judgement,
            stub=hook_stub(spot.old),
        )
    )
    return () if passes else (Gap(forward=True, back=True, difference=found),)
