"""Lenses that do nothing, and lenses written shorter.

A lens is replaced only by one that gives the same value for every value. Where both refuse, they
may name another of several causes, and hooks may be called in another order.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import replace
from typing import TypeAlias

from compat.lens.ops import (
    AdmitNull,
    Apply,
    Case,
    Default,
    Disclose,
    Drop,
    Enclose,
    Flow,
    Focus,
    Gap,
    Lens,
    Limit,
    Loss,
    MapValues,
    Move,
    Op,
    Rename,
    invert,
)
from compat.lens.value import same
from compat.model.schema import ABSENT

_Calls: TypeAlias = Set[tuple[str, Flow]]


def is_identity(lens: Lens, named: Mapping[str, Lens]) -> bool:
    """Whether each operation leaves every value as it is, this way; the way back may still act.

    `named` are the lenses that Apply names, from old to new; one that only leads to itself does
    nothing (the greatest fixpoint), one that is not there might do anything.
    """
    return _is_idle(lens, _idle_calls(named))


def simplify(lens: Lens, named: Mapping[str, Lens]) -> Lens:
    """The lens without what does nothing this way; for a lens that goes one way only."""
    return simplifier(named)(lens)


def simplifier(named: Mapping[str, Lens]) -> Callable[[Lens], Lens]:
    """`simplify` for many lenses: what does nothing is found out once."""
    calls = _idle_calls(named)
    return lambda lens: _without_idle(lens, lambda op: _is_idle_op(op, calls))


def prune(named: Mapping[str, Lens]) -> Mapping[str, Lens]:
    """The named lenses without what does nothing in either direction; some are () then.

    No lens of the answer names one of those.
    """
    calls = _idle_calls(named)

    def is_idle(op: Op) -> bool:
        return _is_idle_op(op, calls) and _is_idle(invert((op,)), calls)

    return {name: _without_idle(lens, is_idle) for name, lens in named.items()}


def compose(first: Lens, second: Lens) -> Lens:
    """One lens for both in turn.

    Joined are neighbours that focus on the same path; Enclose before its Disclose cancels out. No
    other pair of inverses does: a Rename and the one back again move what already had the new name.
    """
    composed: list[Op] = []
    for op in _opened((*first, *second)):
        match composed[-1:], op:
            case [Focus(path=before, lens=lens)], Focus(path=path) if before == path:
                composed[-1:] = _opened((Focus(path=path, lens=(*lens, *op.lens)),))
            case [Enclose(name=put)], Disclose(name=taken) if put == taken:
                composed.pop()
            case _:
                composed.append(op)
    return tuple(composed)


def _opened(lens: Lens) -> Iterator[Op]:
    """The operations with every Focus composed; what one on no path holds stands in its place."""
    for op in lens:
        if not isinstance(op, Focus):
            yield op
            continue
        inner = compose(op.lens, ())
        if not op.path:
            yield from inner
        elif inner:
            yield replace(op, lens=inner)


def _without_idle(lens: Lens, is_idle: Callable[[Op], bool]) -> Lens:
    return tuple(_inside_without_idle(op, is_idle) for op in lens if not is_idle(op))


def _inside_without_idle(op: Op, is_idle: Callable[[Op], bool]) -> Op:
    match op:
        case Focus():
            return replace(op, lens=_without_idle(op.lens, is_idle))
        case Case():
            # A branch that does nothing stays: it keeps its values from the branches behind it.
            lenses = (_without_idle(branch.lens, is_idle) for branch in op.branches)
            pairs = zip(op.branches, lenses, strict=True)
            return Case(branches=tuple(replace(branch, lens=lens) for branch, lens in pairs))
        case _:
            return op


def _idle_calls(named: Mapping[str, Lens]) -> _Calls:
    """The named lenses, each way, that do nothing if the others of the answer do nothing."""
    lenses = {(name, Flow.UP): lens for name, lens in named.items()}
    lenses |= {(name, Flow.DOWN): invert(lens) for name, lens in named.items()}
    callers: dict[tuple[str, Flow], list[tuple[str, Flow]]] = {}
    for caller, lens in lenses.items():
        for called in _called(lens):
            callers.setdefault(called, []).append(caller)
    idle = set(lenses)
    waiting = [call for call, lens in lenses.items() if not _is_idle(lens, idle)]
    idle.difference_update(waiting)
    while waiting:
        acting = [caller for caller in callers.get(waiting.pop(), ()) if caller in idle]
        idle.difference_update(acting)
        waiting += dict.fromkeys(acting)
    return idle


def _called(lens: Lens) -> Iterator[tuple[str, Flow]]:
    """The lenses that this one applies, wherever in it."""
    for op in lens:
        match op:
            case Apply(name=name, flow=flow):
                yield name, flow
            case Focus(lens=inner):
                yield from _called(inner)
            case Case(branches=branches):
                for branch in branches:
                    yield from _called(branch.lens)
            case _:
                pass


def _is_idle(lens: Lens, calls: _Calls) -> bool:
    return all(_is_idle_op(op, calls) for op in lens)


def _is_idle_op(op: Op, calls: _Calls) -> bool:
    match op:
        case AdmitNull():
            return True
        case Rename(old=old, new=new):
            return old == new
        case Move(source=source, target=target):
            return source == target
        case MapValues(pairs=pairs, refused=refused):
            return not refused and all(same(before, after) for before, after in pairs)
        case Default(value=value, demand=demand):
            return value is ABSENT and not demand
        case Drop():
            keeps = op.loss is Loss.KEEP and op.value is ABSENT and op.neutral is ABSENT
            return keeps or op.shared
        case Gap(forward=forward):
            return not forward
        case Limit(admits=admits):
            return admits is None
        case Focus(lens=inner):
            return _is_idle(inner, calls)
        case Case(branches=branches):
            return all(_is_idle(branch.lens, calls) for branch in branches)
        case Apply(name=name, flow=flow):
            return (name, flow) in calls
        case _:
            return False
