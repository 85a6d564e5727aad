"""What a lens counts as it is applied: one for each value that an operation changes.

The interpreter knows no counters. So each operation that has a difference is put between two hooks
that look at the value before and after it, and lenses so prepared are interpreted like any other.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from compat.lens.codecs import ParameterCodec, RestyleCodec
from compat.lens.ops import (
    Apply,
    Branch,
    Case,
    Convert,
    Default,
    DifferenceId,
    Drop,
    Enclose,
    Flow,
    Focus,
    Forget,
    Gap,
    Hook,
    Lens,
    Limit,
    Loss,
    Op,
    invert,
)
from compat.lens.value import is_json, same
from compat.model.schema import Json

Counts = Counter[tuple[DifferenceId, str]]


@dataclass(eq=False)
class Tracer:
    """Prepares lenses and counts what those it has prepared do."""

    counts: Counts = field(default_factory=Counter)
    hooks: dict[str, Callable[[Json], Json]] = field(default_factory=dict)
    _number: int = 0

    def prepared(self, lens: Lens, flow: Flow) -> Lens:
        """The lens, which leads in that direction, with hooks around what it counts."""
        found: list[Op] = []
        for op in lens:
            match op:
                case Focus():
                    found.append(Focus(path=op.path, lens=self.prepared(op.lens, flow)))
                case Case():
                    found.append(Case(branches=tuple(self._branch(b, flow) for b in op.branches)))
                case Apply() | Gap() | Limit():
                    found.append(op)
                case _ if not op.difference:
                    found.append(op)
                case _:
                    found += self._between(op, flow)
        return tuple(found)

    def _branch(self, branch: Branch, flow: Flow) -> Branch:
        return Branch(test=branch.test, back=branch.back, lens=self.prepared(branch.lens, flow))

    def _between(self, op: Op, flow: Flow) -> tuple[Hook, Op, Hook]:
        """Inverting the three leaves the hook of the flow UP's beginning at the end."""
        assert not isinstance(op, Focus | Case | Apply)
        self._number += 1
        first, last = f"trace_{self._number}_a", f"trace_{self._number}_b"
        if flow is Flow.DOWN:
            first, last = last, first
        up = op if flow is Flow.UP else invert((op,))[0]
        before: list[Json] = [None]
        self.hooks[f"trace_{self._number}_a_up"] = _keeper(before)
        self.hooks[f"trace_{self._number}_b_down"] = _keeper(before)
        self.hooks[f"trace_{self._number}_b_up"] = self._counter(up, Flow.UP, before)
        down = invert((up,))[0]
        self.hooks[f"trace_{self._number}_a_down"] = self._counter(down, Flow.DOWN, before)
        return (
            Hook(name=first, flow=flow, difference=""),
            op,
            Hook(name=last, flow=flow, difference=""),
        )

    def _counter(self, op: Op, flow: Flow, before: list[Json]) -> Callable[[Json], Json]:
        assert not isinstance(op, Focus | Case | Apply)

        def count(after: Json) -> Json:
            if _counts(op, before[0], after):
                self.counts[op.difference, flow.value] += 1
            return after

        return count


def _keeper(before: list[Json]) -> Callable[[Json], Json]:
    def keep(value: Json) -> Json:
        before[0] = value
        return value

    return keep


def _counts(op: Op, before: Json, after: Json) -> bool:
    """Did the operation do something that users are told of?"""
    match op:
        case Hook() | Enclose():
            return True
        case Convert(codec=ParameterCodec(), forward=False):
            return True
        case Convert(codec=RestyleCodec()):
            return isinstance(before, list) and all(isinstance(text, str) for text in before)
        case Default(overwrite=True):
            return isinstance(before, dict)
        case Drop():
            known = [each for each in (op.value, op.neutral) if is_json(each)]
            held = before.get(op.field) if isinstance(before, dict) else None
            silent = any(same(held, each) for each in known)
            return op.loss is Loss.DROP and not silent and not same(before, after)
        case Forget(field=name, source=source):
            if op.loss is not Loss.DROP or not isinstance(before, dict) or name not in before:
                return False
            return source not in before or not same(before[name], before[source])
        case _:
            return not same(before, after)
