"""What a lens means: `apply` runs it on a value. Emitted code must give the same.

Theory of operation

The operations say in `compat.lens.ops` and `compat.lens.codecs` what they do; this module does it
in the plainest way. The value is copied once, then each operation answers with a new value and
changes nothing, so the caller's value stays as it is and shares nothing with the answer, nor do the
values that a lens supplies.

Focus, Apply and Case lead to further lenses, as deep as the document is. Their steps are generators
which yield the step to take next and are sent its answer; `_drive` keeps those that wait in a list,
so depth costs memory instead of Python frames and a document may be nested 10,000 deep. What holds
a lens back that never ends (one that applies itself to the same value) is `APPLY_DEPTH_MAX`.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from compat.errors import CompatError
from compat.lens.edits import Object, edit
from compat.lens.ops import (
    ITEM,
    VALUE,
    Apply,
    Case,
    Flow,
    Focus,
    Hook,
    Lens,
    Step,
    Test,
    Value,
    invert,
)
from compat.lens.refusal import Trail
from compat.lens.value import is_json, kind_of, own
from compat.model.schema import ABSENT, Json, Kind

APPLY_DEPTH_MAX: Final = 20_000
"""Named lenses within one another: more than any parser lets a document need."""

_Steps: TypeAlias = "Generator[_Steps, Value, Value]"


class ApplyDepthError(CompatError):
    """Named lenses nested deeper than `APPLY_DEPTH_MAX`: a hostile document or an endless lens."""


class UnknownNameError(CompatError):
    """A lens or hook that the context does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What lenses refer to by name.

    `lenses` are the plan's named lenses, from the old version to the new. `hooks` are the functions
    of the hooks file by their whole names, with `_up` or `_down`; what one is given is its own.
    """

    lenses: Mapping[str, Lens] = field(default_factory=lambda: MappingProxyType({}))
    hooks: Mapping[str, Callable[[Json], Json]] = field(
        default_factory=lambda: MappingProxyType({})
    )


def apply(lens: Lens, value: Value, context: Context) -> Value:
    """The value on the other side of the lens; it shares no list and no object with `value`.

    Raises Refused, ApplyDepthError, UnknownNameError, and whatever a hook raises.
    """
    return _drive(_lens(lens, _owned(value), _Spot(context=context)))


def apply_to_message(lens: Lens, document: Object, context: Context) -> Object:
    """As `apply`, of a message document: Move leaves its parts standing, but for the body."""
    result = _drive(_lens(lens, _owned(document), _Spot(context=context, is_message=True)))
    assert isinstance(result, dict), f"a lens made a {type(result).__name__} of a message"
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a lens is at work, and how many named lenses led there."""

    context: Context
    is_message: bool = False
    trail: Trail | None = None
    depth: int = 0

    def at(self, step: str | int) -> "_Spot":
        return replace(self, is_message=False, trail=Trail(step, self.trail))


def _drive(steps: _Steps) -> Value:
    """Take the steps, those that each yields before the rest of it."""
    waiting, answer = [steps], None
    while waiting:
        try:
            waiting.append(waiting[-1].send(answer))
            answer = None
        except StopIteration as stop:
            waiting.pop()
            answer = stop.value
    return answer


def _lens(lens: Lens, value: Value, spot: _Spot) -> _Steps:
    for op in lens:
        if not is_json(value):
            break
        match op:
            case Focus(path=path, lens=inner):
                value = yield _focus(path, inner, value, spot)
            case Apply(name=name, flow=flow):
                value = yield _named(name, flow, value, spot)
            case Case(branches=branches):
                branch = next((one for one in branches if _holds(one.test, value)), None)
                value = (yield _lens(branch.lens, value, spot)) if branch else value
            case Hook(name=name, flow=flow):
                value = _hooked(f"{name}_{flow}", value, spot.context)
            case _:
                value = edit(op, value, spot.trail, is_message=spot.is_message)
    return value


def _focus(path: tuple[Step, ...], lens: Lens, value: Value, spot: _Spot) -> _Steps:
    if not path:
        return (yield _lens(lens, value, spot))
    step, further = path[0], path[1:]
    if step is ITEM and isinstance(value, list):
        items: list[Json] = []
        for index, item in enumerate(value):
            answer = yield _focus(further, lens, item, spot.at(index))
            items.extend(() if answer is ABSENT else (answer,))
        return items
    if isinstance(value, dict) and (step is VALUE or step in value):
        fields: Object = {}
        for name, member in value.items():
            there = step is VALUE or name == step
            answer = (yield _focus(further, lens, member, spot.at(name))) if there else member
            fields.update({} if answer is ABSENT else {name: answer})
        return fields
    return value


def _named(name: str, flow: Flow, value: Json, spot: _Spot) -> _Steps:
    if name not in spot.context.lenses:
        raise UnknownNameError(f"no lens is named {name}")
    if spot.depth == APPLY_DEPTH_MAX:
        raise ApplyDepthError(
            f"{name} is the innermost of more than {APPLY_DEPTH_MAX:,} lenses in one another",
            hint="the document is nested too deep, or the lens applies itself to the same value",
        )
    up = spot.context.lenses[name]
    lens = up if flow is Flow.UP else invert(up)
    return (yield _lens(lens, value, replace(spot, depth=spot.depth + 1)))


def _hooked(name: str, value: Json, context: Context) -> Json:
    if name not in context.hooks:
        raise UnknownNameError(f"the hooks file has no function {name}")
    return own(context.hooks[name](own(value)))


def _holds(test: Test, value: Json) -> bool:
    kind = kind_of(value)
    if test.kind not in (None, kind) and (test.kind, kind) != (Kind.NUMBER, Kind.INTEGER):
        return False
    fields = value if isinstance(value, dict) else {}
    if test.has_field is not None and test.has_field not in fields:
        return False
    return test.field_is is None or fields.get(test.field_is[0]) == test.field_is[1]


def _owned(value: Value) -> Value:
    return own(value) if is_json(value) else value
