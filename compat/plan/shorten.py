"""The plan's lenses without idle ones and twins, the short ones written out where they are used."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from compat.lens.ops import Apply, Branch, Case, Flow, Focus, Lens, Op, invert
from compat.lens.simplify import prune, simplifier
from compat.model.role import Role
from compat.plan.bridge import Exchange, NamedLens

_DEPTH_MAX = 8  # short lenses written out in one another
Exchanges = Mapping[Role, tuple[Exchange, ...]]


def shortened(
    named: Mapping[str, NamedLens], exchanges: Mapping[Role, list[Exchange]]
) -> tuple[Mapping[str, NamedLens], Exchanges]:
    """The lenses that are still needed, by name, and the exchanges that apply them."""
    lenses = dict(prune({name: lens.up for name, lens in named.items()}))
    lenses = _without_twins(lenses, named)
    lenses = _with_short_ones_in_line(lenses)
    without_idle = simplifier(lenses)
    final = {
        role: tuple(
            _exchange(one, lambda lens: without_idle(_follow(lens, lenses))) for one in found
        )
        for role, found in exchanges.items()
    }
    needed = _needed(lenses, final)
    kept = {name: replace(named[name], up=lenses[name]) for name in named if name in needed}
    return kept, final


# --- twins ----------------------------------------------------------------------------------------


def _without_twins(lenses: dict[str, Lens], named: Mapping[str, NamedLens]) -> dict[str, Lens]:
    """Pairs of schemas met on both sides often get the same lens twice: keep the first.

    All lenses between the same two schemas count as twins until their operations differ.
    """
    twin = _first_of_each(lenses, named)
    users = _users(lenses)
    followers: dict[str, list[str]] = {}
    for name, first in twin.items():
        followers.setdefault(first, []).append(name)
    asked = list(twin)
    while asked:
        split = [
            name
            for name in dict.fromkeys(asked)
            if _named(lenses[name], twin) != _named(lenses[twin[name]], twin)
        ]
        for name in split:
            twin[name] = name
        # Who applies one that was split off, or follows somebody who does, may differ now.
        touched = [user for name in split for user in users.get(name, ())]
        asked = [one for user in touched for one in (user, *followers.get(user, ()))]
    return {name: _named(lens, twin) for name, lens in lenses.items() if twin[name] == name} | {
        name: (Apply(name=first, flow=Flow.UP),) for name, first in twin.items() if name != first
    }


def _users(lenses: Mapping[str, Lens]) -> Mapping[str, list[str]]:
    """Which lenses apply a lens, by its name."""
    users: dict[str, list[str]] = {}
    for name, lens in lenses.items():
        for applied in _applied(lens):
            users.setdefault(applied, []).append(name)
    return users


def _applied(lens: Lens) -> set[str]:
    applied: set[str] = set()

    def note(op: Apply) -> Lens:
        applied.add(op.name)
        return (op,)

    _each_apply(lens, note)
    return applied


def _first_of_each(lenses: dict[str, Lens], named: Mapping[str, NamedLens]) -> dict[str, str]:
    first: dict[tuple[str, str], str] = {}
    return {
        name: first.setdefault((named[name].old_schema, named[name].new_schema), name)
        for name in lenses
    }


def _named(lens: Lens, twin: Mapping[str, str]) -> Lens:
    def rename(op: Apply) -> Lens:
        return (Apply(name=twin[op.name], flow=op.flow),)

    return _each_apply(lens, rename)


# --- in line --------------------------------------------------------------------------------------


def _with_short_ones_in_line(lenses: dict[str, Lens]) -> dict[str, Lens]:
    """A lens of a single focus or application is written out where it is applied."""
    short = {name: lens for name, lens in lenses.items() if _is_short(lens)}

    def write_out(op: Apply) -> Lens:
        if op.name not in short or op.name in open_names or len(open_names) == _DEPTH_MAX:
            return (op,)
        open_names.add(op.name)
        lens = _each_apply(short[op.name], write_out)
        open_names.discard(op.name)
        return lens if op.flow is Flow.UP else invert(lens)

    open_names: set[str] = set()
    return {name: _each_apply(lens, write_out) for name, lens in lenses.items()}


def _is_short(lens: Lens) -> bool:
    return len(lens) <= 1 and all(isinstance(op, Focus | Apply) for op in lens)


def _follow(lens: Lens, lenses: Mapping[str, Lens]) -> Lens:
    """An exchange's lens with short named ones written out."""

    def write_out(op: Apply) -> Lens:
        target = lenses.get(op.name, ())
        if not _is_short(target):
            return (op,)
        return target if op.flow is Flow.UP else invert(target)

    return _each_apply(lens, write_out)


def _each_apply(lens: Lens, change: Callable[[Apply], Lens]) -> Lens:
    """The lens with every application, however deep, replaced; empty focuses go."""
    changed: list[Op] = []
    for op in lens:
        match op:
            case Apply():
                changed += change(op)
            case Focus():
                inner = _each_apply(op.lens, change)
                if inner:
                    changed.append(Focus(path=op.path, lens=inner))
            case Case():
                branches = tuple(
                    Branch(test=b.test, back=b.back, lens=_each_apply(b.lens, change))
                    for b in op.branches
                )
                changed.append(Case(branches=branches))
            case _:
                changed.append(op)
    return tuple(changed)


def _exchange(one: Exchange, follow: Callable[[Lens], Lens]) -> Exchange:
    return replace(
        one,
        calls=tuple(
            replace(
                call,
                request=follow(call.request),
                answers=tuple(replace(a, lens=follow(a.lens)) for a in call.answers),
            )
            for call in one.calls
        ),
    )


def _needed(lenses: Mapping[str, Lens], exchanges: Exchanges) -> set[str]:
    waiting = [
        lens
        for found in exchanges.values()
        for one in found
        for call in one.calls
        for lens in (call.request, *(answer.lens for answer in call.answers))
    ]
    needed: set[str] = set()
    while waiting:
        found = _applied(waiting.pop()) - needed
        needed |= found
        waiting += [lenses[name] for name in found]
    return needed
