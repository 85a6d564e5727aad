"""Changes that are one: what went in one place and came in another is a rename, a move, a mapping.

A plan knows which, by construction or by somebody's word. What it explains as one transition is
told as one change, as bad as the worst of its parts, and the parts stay with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import takewhile
from typing import Final

from compat.bridging.bridging import Bridging
from compat.differ.atom import Lone
from compat.differ.change import Change
from compat.differ.effect import Effect
from compat.lens.value import identity
from compat.model.schema import ABSENT, Absent, Json
from compat.plan.bridge import Difference, Verdict


class _Begin(Enum):
    """What the rule of a transition begins with."""

    NOTHING = auto()
    DIRECTION = auto()  # of the message
    HOME = auto()  # where the schema stands

    def of(self, change: Change) -> str:
        match self:
            case _Begin.NOTHING:
                return ""
            case _Begin.DIRECTION:
                return change.direction.value
            case _Begin.HOME:
                return change.home


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transition:
    """`stem` ends the rule's id, behind what `begin` says.

    Parts of a transition within `one_message` have that in common; others of its kind are one for
    a whole operation. `aspects` are those of changes that it may explain.
    """

    stem: str
    aspects: frozenset[str]
    begin: _Begin = _Begin.DIRECTION
    one_message: bool = True


_FIELDS: Final = frozenset({"property"})
_PARAMETERS: Final = frozenset({"name", "property", "body"})
TRANSITIONS: Final[Mapping[str, _Transition]] = {
    "field-renamed": _Transition(stem="property-renamed", aspects=_FIELDS),
    "field-moved": _Transition(stem="property-moved", aspects=_FIELDS),
    "values-renamed": _Transition(
        stem="enum-values-renamed", aspects=frozenset({"enum-value"}), begin=_Begin.HOME
    ),
    "status-moved": _Transition(
        stem="response-success-status-moved",
        aspects=frozenset({"status"}),
        begin=_Begin.NOTHING,
        one_message=False,
    ),
    "parameter-relocated": _Transition(
        stem="request-parameter-relocated",
        aspects=_PARAMETERS,
        begin=_Begin.NOTHING,
        one_message=False,
    ),
    "path-prefix-changed": _Transition(
        stem="api-base-path-moved",
        aspects=frozenset({"server", "base-path"}),
        begin=_Begin.NOTHING,
        one_message=False,
    ),
}
"""By the kind of the plan's difference."""

_Key = tuple[str, ...]


def gathered(found: Sequence[Change], bridging: Bridging) -> tuple[Change, ...]:
    """The changes in their order; a transition stands where the first of its parts did."""
    keys = [_key(change, bridging) for change in found]
    members: dict[_Key, list[Change]] = {}
    for key, change in zip(keys, found, strict=True):
        if key is not None:
            members.setdefault(key[0], []).append(change)
    return tuple(_told(found, keys, members))


def _told(
    found: Sequence[Change],
    keys: Sequence[tuple[_Key, Difference] | None],
    members: Mapping[_Key, list[Change]],
) -> Iterator[Change]:
    for change, key in zip(found, keys, strict=True):
        parts = members[key[0]] if key else [change]
        if key is None or len(parts) == 1:
            yield change
        elif change is parts[0]:
            yield _whole(parts, key[1])


def _key(change: Change, bridging: Bridging) -> tuple[_Key, Difference] | None:
    for difference in bridging.differences(change):
        transition = TRANSITIONS.get(difference.kind)
        if transition is None or change.aspect not in transition.aspects:
            continue
        if _is_explained(change, difference, bridging):
            within: _Key
            if transition.one_message:
                within = difference.id, change.part, change.direction.value
            else:
                within = (difference.kind,)
            return (change.operation, *change.callers, *within), difference
    return None


def _is_explained(change: Change, difference: Difference, bridging: Bridging) -> bool:
    """Is there nothing to the change but the transition?"""
    match change.aspect:
        case "enum-value":
            return not bridging.is_of_one_value(change)
        case "server":  # one that names a host is no base path alone
            told = change.before if change.after is ABSENT else change.after
            return isinstance(told, str) and told.startswith("/")
        case "body":
            others = [each for each in bridging.differences(change) if each.kind != difference.kind]
            return all(each.verdict <= Verdict.LOSSLESS for each in others)
        case _:
            return True


def _whole(parts: Sequence[Change], difference: Difference) -> Change:
    transition, first = TRANSITIONS[difference.kind], parts[0]
    begin = transition.begin.of(first)
    rule = f"{begin}-{transition.stem}" if begin else transition.stem
    effects = {each.effect for each in parts}
    path = _shared([each.path for each in parts])
    return Change(
        id=rule,
        effect=effects.pop() if len(effects) == 1 else Effect.OTHER,
        direction=first.direction,
        operation=first.operation,
        callers=first.callers,
        part=first.part if transition.one_message else "",
        aspect=transition.stem,
        path=path,
        old=difference.old or first.old,
        new=difference.new or next((each.new for each in parts if each.new), None),
        before=_told_once(_gone(each, len(path)) for each in parts),
        after=_told_once(_come(each, len(path)) for each in parts),
        parts=tuple(parts),
    )


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The path to what holds all of them."""
    steps = takewhile(lambda step: len(set(step)) == 1, zip(*paths, strict=False))
    return tuple(step[0] for step in steps)


def _gone(change: Change, depth: int) -> Json | Absent:
    """What it was called or held, below a path of that depth."""
    if change.before is not ABSENT:
        return change.before
    return _name(change, depth) if change.lone is Lone.OLD else ABSENT


def _come(change: Change, depth: int) -> Json | Absent:
    if change.after is not ABSENT:
        return change.after
    return _name(change, depth) if change.lone is Lone.NEW else ABSENT


def _name(change: Change, depth: int) -> str:
    return "/".join(change.path[depth:]) or change.part


def _told_once(values: Iterable[Json | Absent]) -> Json | Absent:
    """One value, or a list of all; none where there is none."""
    told = {identity(each): each for each in values if not isinstance(each, Absent)}
    several = list(told.values())
    return several[0] if len(several) == 1 else several or ABSENT
