"""What is told of two schemas, held against what the `jsonschema` library says of instances."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import pytest

from compat.differ.effect import Effect
from tests.compat.differ.judged import POOL, reported, verdicts
from tests.compat.differ.space import ALL, FAMILIES, SETTINGS, TOP, Family, Setting, Spelled

SEED: Final = 20261128
SIDES: Final[tuple[Any, ...]] = (
    None,
    3,
    "abc",
    [],
    {"marker": 1},
)  # instances besides those that a family needs
SHARE: Final = 0.25  # of the edits that are tried in each setting but the top
TWICE: Final = 3000  # draws of two edits, of which about a third go together
NESTED: Final = 1000  # edits in two settings, one in the other

_PATTERN: Final = "which texts fit one pattern and not another one is not computed"
_UNDECLARED: Final = "a field that is not declared is taken not to be sent, and may be ignored"
_PARTS: Final = "what a part of allOf said, the others may say now"
_CONDITION: Final = "below a condition, more values may mean more limits or fewer"
_DOUBLE: Final = "jsonschema cannot take a number that no double holds"
_CONTENT: Final = "what a text holds is compared, and jsonschema does not look into it"
_WRAPPED: Final = "a union is compared with what stood alone by its variants' text only"
_EXCLUSIVE: Final = "variants of oneOf are taken to exclude each other, as they should"

EXCEPTIONS: Final[Mapping[tuple[str, str, str], str]] = {
    ("undecided", "pattern", "*"): _PATTERN,
    ("wrong", "properties", "*"): _UNDECLARED,
    ("undecided", "allOf", "*"): _PARTS,
    ("undecided", "if that changes", "*"): _CONDITION,
    ("undecided", "contains at most", "*"): _CONDITION,
    ("undecided", "*", "in if"): _CONDITION,
    ("undecided", "*", "in contains at most once"): _CONDITION,
    ("unnoticed", "properties", "*"): _UNDECLARED,
    ("no witness", "format of numbers", "*"): _DOUBLE,
    ("no witness", "content", "*"): _CONTENT,
    ("no witness", "contentEncoding", "*"): _CONTENT,
    ("no witness", "anyOf", "*"): _WRAPPED,
    ("wrong", "*", "in oneOf"): _EXCLUSIVE,
}
"""(complaint, family, setting) -> why it stands; one that excuses nothing is a complaint."""

_SHRINKING: Final = frozenset({Effect.NARROWER, Effect.STATED})
_GROWING: Final = frozenset({Effect.WIDER, Effect.UNSTATED})
_WRONG: Final = ("silent", "unnoticed", "wrong")
Complaint: TypeAlias = tuple[str, str]
Judged: TypeAlias = tuple[tuple[Any, bool, bool], ...]
"""Instances, and whether they are valid under the old schema and under the new one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Two alternatives of a family, by their numbers."""

    family: Family
    dialect: str
    old: int
    new: int

    def __str__(self) -> str:
        ours, theirs = (self.family.alternatives[each] for each in (self.old, self.new))
        return f"{self.family.name} in {self.dialect}: {ours} -> {theirs}"


EDITS: Final = tuple(
    Edit(family, dialect, old, new)
    for family in FAMILIES
    for dialect in family.dialects
    for old in range(len(family.alternatives))
    for new in range(len(family.alternatives))
    if old != new
)


@cache
def telling(family: Family, dialect: str) -> tuple[Any, ...]:
    """A few instances of each sort that the alternatives of the family tell apart."""
    judged = (judgement(family, each, dialect, TOP) for each in range(len(family.schemas)))
    seen: Counter[tuple[bool, ...]] = Counter()
    found = []
    for instance, sort in zip(POOL, zip(*judged, strict=True), strict=True):
        seen[sort] += 1
        if seen[sort] < 3:
            found.append(instance)
    return tuple(found)


@cache
def judgement(family: Family, number: int, dialect: str, setting: Setting) -> tuple[bool, ...]:
    instances = instances_of(family, dialect, setting)
    return verdicts(family.schemas[number], dialect, setting, instances)


def instances_of(family: Family, dialect: str, setting: Setting) -> tuple[Any, ...]:
    if setting is TOP:
        return POOL
    return (*map(setting.instance, telling(family, dialect)), *SIDES)


def complaints(edit: Edit, setting: Setting) -> Iterator[Complaint]:
    """What is wrong with what is told of the edit in this setting, and a witness."""
    before, after = (
        judgement(edit.family, each, edit.dialect, setting) for each in (edit.old, edit.new)
    )
    instances = instances_of(edit.family, edit.dialect, setting)
    return compared(edit, setting, tuple(zip(instances, before, after, strict=True)))


def compared(edit: Edit, setting: Setting, judged: Judged) -> Iterator[Complaint]:
    ours, theirs = (edit.family.schemas[each] for each in (edit.old, edit.new))
    told = reported(ours, theirs, edit.dialect, setting)
    effects = frozenset(change.effect for change in told) - {Effect.SAME}
    lost = [one for one, was, now in judged if was and not now]
    won = [one for one, was, now in judged if now and not was]
    what = f"{edit} {setting.name}: {sorted({each.id for each in told})}"
    if (lost or won) and not effects:
        yield ("unnoticed" if told else "silent"), f"{what}; {[*lost, *won][0]!r}"
    elif effects and effects <= _SHRINKING | _GROWING | {Effect.OTHER}:
        yield from _misjudged(effects, lost, won, what, is_partial=setting.is_partial)
    elif effects == {Effect.UNKNOWN}:
        yield "undecided", what


def _misjudged(
    effects: frozenset[Effect], lost: list[Any], won: list[Any], what: str, *, is_partial: bool
) -> Iterator[Complaint]:
    if effects <= _SHRINKING and won:
        yield "wrong", f"{what} admits {won[0]!r}, too"
    elif effects <= _GROWING and lost:
        yield "wrong", f"{what} excludes {lost[0]!r}"
    elif is_partial:
        return
    elif _shows_too_little(effects, lost, won):
        yield "no witness", what


def _shows_too_little(effects: frozenset[Effect], lost: list[Any], won: list[Any]) -> bool:
    if effects == {Effect.OTHER}:
        return not (lost and won)
    if effects <= _SHRINKING:
        return Effect.NARROWER in effects and not lost
    return effects <= _GROWING and Effect.WIDER in effects and not won


class Excuses:
    """Which exceptions have excused something."""

    def __init__(self) -> None:
        self.used: set[tuple[str, str, str]] = set()

    def excuse(self, kind: str, edit: Edit, setting: Setting) -> bool:
        found = [
            key
            for key in EXCEPTIONS
            if key[0] == kind
            and key[1] in ("*", edit.family.name)
            and (key[2] == "*" or key[2] in setting.name)
        ]
        self.used.update(found)
        return bool(found)


def unexcused(excuses: Excuses, edit: Edit, setting: Setting) -> list[str]:
    return [
        f"{kind}: {text}"
        for kind, text in complaints(edit, setting)
        if not excuses.excuse(kind, edit, setting)
    ]


def nested(outer: Setting, inner: Setting) -> Setting:
    return Setting(
        name=f"{inner.name} {outer.name}",
        schema=_after(inner.schema, outer.schema),
        instance=_after(inner.instance, outer.instance),
        dialects=tuple(each for each in ALL if each in outer.dialects and each in inner.dialects),
        is_named=inner.is_named,
        is_partial=True,
    )


def _after(
    one: Callable[[Spelled], Spelled], other: Callable[[Spelled], Spelled]
) -> Callable[..., Spelled]:
    return lambda value: other(one(value))


def drawn() -> Iterator[tuple[Edit, Setting]]:
    """All edits at the top, some in each setting, and some in a setting of another."""
    for edit in EDITS:
        yield edit, TOP
    for setting in SETTINGS:
        chance = random.Random(f"{SEED} {setting.name}")
        edits = [edit for edit in EDITS if edit.dialect in setting.dialects]
        for edit in chance.sample(edits, int(len(edits) * SHARE)):
            yield edit, setting
    chance = random.Random(SEED)
    outers = [setting for setting in SETTINGS if not setting.is_named]
    for _ in range(NESTED):
        setting = nested(chance.choice(outers), chance.choice(SETTINGS))
        edit = chance.choice(EDITS)
        if edit.dialect in setting.dialects:
            yield edit, setting


def test_edits_are_told_as_what_they_do_to_values_and_every_exception_is_needed() -> None:
    excuses = Excuses()
    assert [text for edit, each in drawn() for text in unexcused(excuses, edit, each)] == []
    assert set(EXCEPTIONS) - excuses.used == set()


def both(one: Spelled, other: Spelled) -> Spelled | None:
    """Two schemas in one; None where they do not go together."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return None
    if any(one[keyword] != other[keyword] for keyword in one.keys() & other.keys()):
        return None
    return {**one, **other}


def test_two_edits_at_once_are_told_as_what_they_do_to_values() -> None:
    chance = random.Random(SEED)
    found = []
    for _ in range(TWICE):
        one = chance.choice(EDITS)
        if one.family.name == "properties":  # see _UNDECLARED
            continue
        other = chance.choice([each for each in FAMILIES if one.dialect in each.dialects])
        numbers = [chance.randrange(len(other.schemas)) for _ in range(2)]
        schemas = [
            both(one.family.schemas[mine], other.schemas[its])
            for mine, its in zip((one.old, one.new), numbers, strict=True)
        ]
        if other.name != "properties" and None not in schemas:
            joined = Family(f"{one.family.name} and {other.name}", {}, tuple(schemas))
            instances = (*telling(one.family, one.dialect), *telling(other, one.dialect))
            edit = Edit(joined, one.dialect, 0, 1)
            found += [text for kind, text in judged_twice(edit, instances) if kind in _WRONG]
    assert found == []


def judged_twice(edit: Edit, instances: tuple[Any, ...]) -> Iterator[Complaint]:
    before, after = (
        verdicts(schema, edit.dialect, TOP, instances) for schema in edit.family.schemas
    )
    yield from compared(edit, TOP, tuple(zip(instances, before, after, strict=True)))


SWAPPED: Final[Mapping[Effect, frozenset[Effect]]] = {
    Effect.SAME: frozenset({Effect.SAME, Effect.STATED, Effect.UNSTATED}),
    Effect.WIDER: frozenset({Effect.NARROWER, Effect.STATED}),
    Effect.NARROWER: frozenset({Effect.WIDER, Effect.UNSTATED}),
    Effect.OTHER: frozenset({Effect.OTHER}),
    Effect.STATED: frozenset({Effect.UNSTATED, Effect.WIDER, Effect.SAME}),
    Effect.UNSTATED: frozenset({Effect.STATED, Effect.NARROWER, Effect.SAME}),
    Effect.UNKNOWN: frozenset(Effect),
}
"""What an effect may become: a limit that is written down may have held, one taken away is gone."""


OPPOSITES: Final = (
    *(("became-not-nullable", "became-nullable"), ("became-enum", "enum-removed")),
    *(("became-required", "became-optional"), ("unwrapped-from", "wrapped-in")),
    *(("-added", "-removed"), ("-increased", "-decreased"), ("-unset", "-set")),
    *(("-widened", "-narrowed"), ("-generalized", "-specialized"), ("-allowed", "-restricted")),
)
OF_ONE_WAY: Final[Mapping[str, str]] = {
    "pattern": "one that admits any text is called generalized, and nothing is called specialized",
    "exclusive beside inclusive": "of two keywords that are exchanged the new one is told",
    "exclusive as a flag": "of two keywords that are exchanged the new one is told",
}


def opposite(rule: str) -> str:
    """The rule of the edit the other way round."""
    for one, other in OPPOSITES:
        for word, instead in ((one, other), (other, one)):
            if word in rule:
                return rule.replace(word, instead)
    return rule


def test_the_other_way_round_rules_are_the_opposite_ones() -> None:
    for edit in EDITS:
        if edit.old < edit.new and edit.family.name not in OF_ONE_WAY:
            ours, theirs = (edit.family.schemas[each] for each in (edit.old, edit.new))
            there, back = (
                sorted(
                    change.id.replace("new-optional-request-property", "request-property-added")
                    for change in reported(one, other, edit.dialect, TOP)
                )
                for one, other in ((ours, theirs), (theirs, ours))
            )
            assert sorted(map(opposite, there)) == back, edit


@pytest.mark.parametrize("setting", [TOP, *SETTINGS[:6], SETTINGS[8]], ids=lambda each: each.name)
def test_the_other_way_round_effects_are_the_other_way_round(setting: Setting) -> None:
    for edit in EDITS:
        if edit.old < edit.new and edit.dialect in setting.dialects:
            ours, theirs = (edit.family.schemas[each] for each in (edit.old, edit.new))
            there = reported(ours, theirs, edit.dialect, setting)
            back = reported(theirs, ours, edit.dialect, setting)
            assert len(there) == len(back), edit
            allowed = frozenset[Effect]().union(*(SWAPPED[change.effect] for change in there))
            assert {change.effect for change in back} <= allowed, edit
