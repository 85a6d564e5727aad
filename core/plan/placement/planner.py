"""The best placement of a site that can be found with so much work, checked before it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import CoreError
from core.plan.placement.bound import expected_bound, worst_bound
from core.plan.placement.checker import Worth, beyond_limits, complaints, worth
from core.plan.placement.hosting import hosted
from core.plan.placement.instance import Instance, instance_of
from core.plan.placement.packing import packed
from core.plan.placement.reasons import reasons
from core.plan.placement.stages import Answer, Choice, Tell, best
from core.plan.placement.topology import Placement, Topology
from core.plan.solving import Verdict

EXACT_CHOICES_MAX: Final = 200
"""A site with no more choices of a unit or an appliance is looked at as a whole at once."""
WHOLE_CHOICES_MAX: Final = 12_000
"""A site with more is not looked at as a whole at all."""
GAP: Final = 0.005
"""What is not worth to be looked for at a site that is not looked at as a whole."""
SHARE_OF_HOSTING: Final = 0.1
SHARE_OF_PACKING: Final = 0.15
SHARE_OF_WHOLE: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A placement that was checked; `bound` is what no worst crash is below, weighted.

    `is_best` says that there is no better one. `is_kept` says that it is today's, because what was
    found would not have gained enough.
    """

    placement: Placement
    worth: Worth
    bound: int
    is_best: bool
    is_kept: bool = False

    @property
    def gap(self) -> float:
        """How far the worst may be above the least that is possible, as a part of it."""
        return (self.worth.worst - self.bound) / self.bound if self.bound else 0.0


class NoneFoundError(CoreError):
    """There may be a placement, and it was not found with so much work."""


class NoPlacementError(CoreError):
    """There is no placement that keeps all rules; the hint says what stands in the way."""


def plan(topology: Topology, *, work_max: float, tell: Tell | None = None) -> Plan:
    """The best placement within so much work, or that of today, if no better one is worth it.

    Raises NoPlacementError where there is none, and NoneFoundError where none was found.
    """
    instance = instance_of(topology)
    found = _answer(instance, work_max, tell)
    if found is Verdict.INFEASIBLE:
        told = reasons(instance, work_max=work_max)
        hint = "; ".join(told) or "what stands in the way is more than one rule: loosen several"
        raise NoPlacementError("no placement keeps all rules", hint=hint)
    if not isinstance(found, Answer):
        raise NoneFoundError(
            f"none was found within {work_max:g} units of work",
            hint="allow more with --work",
        )
    placement = instance.placement(found.hosts, found.units)
    made = _checked(topology, placement)
    if topology.today is not None and _is_kept(topology, made):
        kept = worth(topology, topology.today)
        return Plan(
            placement=topology.today,
            worth=kept,
            bound=min(found.worst_bound, kept.worst),
            is_best=False,
            is_kept=True,
        )
    return Plan(
        placement=placement,
        worth=made,
        bound=found.worst_bound,
        is_best=found.is_proven,
    )


def _checked(topology: Topology, placement: Placement) -> Worth:
    """No plan leaves that breaks a rule: that is a mistake of ours, and not to be used."""
    broken = [*complaints(topology, placement), *beyond_limits(topology, placement)]
    assert not broken, f"a plan that is none: {broken}"
    return worth(topology, placement)


def _is_kept(topology: Topology, made: Worth) -> bool:
    """Whether today's placement is one, and what was found gains too little over it.

    A change has to make the worst less by so many parts of a hundred, or what is expected, with the
    worst no worse. So no two placements are each changed for the other.
    """
    assert topology.today is not None
    if next(complaints(topology, topology.today), None):
        return False
    now = worth(topology, topology.today)
    if (made.crowded, made.sharing) < (now.crowded, now.sharing):
        return False
    left = 100 - topology.limits.gain_percent
    if made.worst < now.worst and 100 * made.worst <= left * now.worst:
        return False
    gains = made.expected < now.expected and 100 * made.expected <= left * now.expected
    return not (gains and made.worst <= now.worst)


def _answer(instance: Instance, work_max: float, tell: Tell | None) -> Answer | Verdict:
    """In parts first, then as a whole from there, as far as the size of the site allows either."""
    choices = sum(map(len, instance.takers)) + len(instance.mirror) * len(instance.usable)
    if choices <= EXACT_CHOICES_MAX:
        return best(instance, work_max=work_max, tell=tell)
    found, bound = _in_parts(instance, work_max, tell)
    if found is not None and (choices > WHOLE_CHOICES_MAX or _is_close(instance, found, bound)):
        return replace(found, worst_bound=bound)
    start: Choice | None = (found.hosts, found.units) if found else None
    whole = best(instance, work_max=work_max * SHARE_OF_WHOLE, gap=GAP, tell=tell, start=start)
    if not isinstance(whole, Answer):
        return replace(found, worst_bound=bound) if found else whole
    bound = max(bound, whole.worst_bound)
    chosen = min(
        [found, whole] if found else [whole], key=lambda each: _rank(instance, each, bound)
    )
    return replace(chosen, worst_bound=bound)


def _in_parts(instance: Instance, work_max: float, tell: Tell | None) -> tuple[Answer | None, int]:
    """Appliances first, then units on them; and what no placement is below."""
    bound, hostings = worst_bound(instance), dict[tuple[int, ...], None]()
    for keep in (True, False) if instance.topology.today else (False,):
        found = hosted(instance, work_max=work_max * SHARE_OF_HOSTING, keep=keep)
        if found is not None:
            bound = max(bound, found.bound)
            hostings[found.hosts] = None
    answers = [
        answer
        for hosts in hostings
        for answer in _packed(instance, hosts, work_max * SHARE_OF_PACKING, tell, bound)
    ]
    return min(answers, key=lambda each: _rank(instance, each, bound), default=None), bound


def _packed(
    instance: Instance, hosts: Sequence[int], work_max: float, tell: Tell | None, bound: int
) -> Iterator[Answer]:
    """Units on these appliances: by hand first, then, if it is worth it, by the solver."""
    start: Choice | None = None
    for apart in (True, False):
        enough = int(bound * (1 + GAP)) if instance.topology.today else 0
        units = packed(instance, hosts, apart=apart, enough=enough)
        if units is not None:
            start = (hosts, units)
            by_hand = Answer((*hosts,), (*units,), is_proven=False, worst_bound=bound)
            yield by_hand
            if _is_close(instance, by_hand, bound):
                return
            break
    found = best(instance, work_max=work_max, gap=GAP, tell=tell, start=start, fixed_hosts=hosts)
    if isinstance(found, Answer):
        yield found


def _is_close(instance: Instance, answer: Answer, bound: int) -> bool:
    """Whether the solver could better next to nothing."""
    found = _worth(instance, answer)
    if found.crowded or found.sharing:
        return False
    least = (bound, expected_bound(instance))
    return all(
        reached <= known * (1 + GAP)
        for reached, known in zip((found.worst, found.expected), least, strict=True)
    )


def _worth(instance: Instance, answer: Answer) -> Worth:
    return worth(instance.topology, instance.placement(answer.hosts, answer.units))


def _rank(instance: Instance, answer: Answer, bound: int) -> tuple[int, int, int, int, Worth]:
    """What makes an answer better than another: what is not worth to be looked for is no reason."""
    found = _worth(instance, answer)
    above = int((found.worst - bound) / (GAP * bound)) if bound else found.worst
    return found.crowded, found.sharing, above, found.changes, found
