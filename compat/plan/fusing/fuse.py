"""Two plans in a row made one: v1 -> v2 and v2 -> v3 become v1 -> v3.

A fused exchange does in one step what the two do in turn. That can be said of one call each; an
exchange that makes several calls, reads pages of the middle version or is driven by a hook is done
by chaining the two packages at run time instead.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter

from compat.errors import CompatError
from compat.lens.ops import Apply, Branch, Case, DifferenceId, Focus, Lens, Op
from compat.lens.simplify import compose
from compat.model.interface import OperationKey
from compat.model.role import Role
from compat.plan.bridge import (
    AnswerBridge,
    BridgePlan,
    Call,
    Difference,
    Exchange,
    HookNeed,
    NamedLens,
    Step,
)
from compat.plan.fusing.placing import placed


class FuseError(CompatError):
    """The plans do not follow one another, or an exchange cannot be done in one step."""


def fuse(first: BridgePlan, second: BridgePlan) -> BridgePlan:
    """The plan from the first's old version to the second's new one.

    Raises FuseError where the middle versions differ or an exchange takes more than one step.
    """
    if first.new.digest != second.old.digest:
        raise FuseError(
            f"{first.new_version} of the first step is not {second.old_version} of the second",
            hint="give the versions in order; each step must end where the next one begins",
        )
    first, second = _apart(first, "first"), _apart(second, "second")
    stubborn: list[str] = []
    exchanges = {
        Role.OLD_CLIENT: tuple(_fused(Role.OLD_CLIENT, first, second, stubborn)),
        Role.NEW_CLIENT: tuple(_fused(Role.NEW_CLIENT, second, first, stubborn)),
    }
    if stubborn:
        raise FuseError(
            f"more than one step: {', '.join(stubborn)}",
            hint="generate a package for each step and chain them: NAME.chain.chain(a, b)",
        )
    return BridgePlan(
        old=first.old,
        new=second.new,
        old_version=first.old_version,
        new_version=second.new_version,
        intent_digest=_both(first.intent_digest, second.intent_digest),
        differences=together(placed(first, second), placed(second, first)),
        lenses={**first.lenses, **second.lenses},
        exchanges=exchanges,
        hooks=_hooks(first.hooks, second.hooks),
        steps=(*_steps(first), *_steps(second)),
        partners={
            old: second.partners[middle]
            for old, middle in first.partners.items()
            if middle in second.partners
        },
    )


def _steps(plan: BridgePlan) -> tuple[Step, ...]:
    own = Step(old=plan.old.digest, new=plan.new.digest, intent=plan.intent_digest)
    return plan.steps or (own,)


def _both(*digests: str) -> str:
    return hashlib.sha256(" ".join(digests).encode()).hexdigest() if any(digests) else ""


def _hooks(one: Iterable[HookNeed], other: Iterable[HookNeed]) -> tuple[HookNeed, ...]:
    """The functions that both steps need; one that both name is the same function."""
    by_name = {need.name: need for need in (*other, *one)}
    return tuple(by_name[name] for name in sorted(by_name))


def together(*steps: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences of several steps; the same one met in two of them is told once."""
    by_id: dict[DifferenceId, Difference] = {}
    for difference in chain.from_iterable(steps):
        known = by_id.get(difference.id)
        by_id[difference.id] = difference if known is None else _worse(known, difference)
    return tuple(sorted(by_id.values(), key=lambda found: (found.subject, found.kind)))


def _worse(one: Difference, other: Difference) -> Difference:
    """By the worse verdict for each client; a gap that one step leaves open stays open."""
    by_verdict = attrgetter("verdict")
    judgements = {
        role: max(one.judgements[role], other.judgements[role], key=by_verdict)
        for role in one.judgements
    }
    is_open = one.is_open_gap or other.is_open_gap
    return replace(
        max(one, other, key=by_verdict),
        judgements=judgements,
        operations=tuple(sorted({*one.operations, *other.operations})),
        acceptance=None if is_open else one.acceptance or other.acceptance,
    )


# --- exchanges ------------------------------------------------------------------------------------


def _fused(
    role: Role, near: BridgePlan, far: BridgePlan, stubborn: list[str]
) -> Iterator[Exchange]:
    """`near` is the step at the caller, `far` the one at the callee."""
    beyond = {exchange.operation: exchange for exchange in far.exchanges[role]}
    for exchange in near.exchanges[role]:
        if exchange.gap is not None:
            yield exchange
            continue
        after = _next(exchange, beyond)
        if after is not None and after.gap is not None:
            yield replace(exchange, calls=(), gap=after.gap)
            continue
        call = _call(exchange.calls[0], after.calls[0]) if after is not None else None
        if call is not None:
            yield replace(exchange, calls=(call,))
        else:
            stubborn.append(str(exchange.operation))


def _next(exchange: Exchange, beyond: Mapping[OperationKey, Exchange]) -> Exchange | None:
    """The exchange that carries this one's only call further, if it too is plain."""
    if exchange.hook is not None or len(exchange.calls) != 1:
        return None
    after = beyond.get(exchange.calls[0].operation)
    if after is None or after.hook is not None or (after.gap is None and len(after.calls) != 1):
        return None
    return after


def _is_one_step(near: Call, far: Call) -> bool:
    conditional = near.when or far.when or near.into is not None or far.into is not None
    return not conditional and near.paging is None and far.slicing is None


def _call(near: Call, far: Call) -> Call | None:
    """Both calls as one; None where that cannot be said."""
    answers = tuple(_answers(near.answers, far.answers))
    if not _is_one_step(near, far) or any(answer is None for answer in answers):
        return None
    return Call(
        operation=far.operation,
        request=compose(near.request, far.request),
        answers=tuple(answer for answer in answers if answer is not None),
        paging=far.paging,
        slicing=near.slicing,
    )


# --- answers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Unchanged:
    """What an answer meets that no bridge names."""

    becomes: int | None = None
    lens: Lens = ()
    records: bool = False


def _answers(
    near: tuple[AnswerBridge, ...], far: tuple[AnswerBridge, ...]
) -> Iterator[AnswerBridge | None]:
    """For every status that either step tells apart, what both make of it.

    None where one works on each record of a stream and the other on the whole answer.
    """
    for status in _statuses(near, far):
        outer = _match(far, status) or _Unchanged()
        seen = str(outer.becomes) if outer.becomes is not None else status
        inner = _match(near, seen) or _Unchanged()
        acting = {one.records for one in (outer, inner) if one.lens}
        if len(acting) > 1:
            yield None
            continue
        yield AnswerBridge(
            status=status,
            becomes=inner.becomes if inner.becomes is not None else outer.becomes,
            lens=compose(outer.lens, inner.lens),
            records=True in acting,
        )


def _statuses(near: Iterable[AnswerBridge], far: Iterable[AnswerBridge]) -> list[str]:
    found = {bridge.status for bridge in (*near, *far)}
    return sorted(found, key=lambda status: (_width(status), status))


def _width(status: str) -> int:
    """Exact statuses are told apart first, then ranges, then the default."""
    return 0 if status.isdigit() else 1 if status != "default" else 2


def _match(bridges: Iterable[AnswerBridge], status: str) -> AnswerBridge | None:
    """The bridge for a status as the callee answers: exact, by range, or the default."""
    fitting = [
        bridge for bridge in bridges if bridge.status in (status, f"{status[0]}XX", "default")
    ]
    return min(fitting, key=lambda bridge: _width(bridge.status), default=None)


# --- names ----------------------------------------------------------------------------------------


def _apart(plan: BridgePlan, step: str) -> BridgePlan:
    """The plan with its lenses named after the step, so that two plans' lenses never meet."""

    def rename(lens: Lens) -> Lens:
        return tuple(_renamed(op, step, rename) for op in lens)

    lenses = {
        f"{step}_{name}": NamedLens(
            name=f"{step}_{name}",
            title=lens.title,
            up=rename(lens.up),
            old_schema=lens.old_schema,
            new_schema=lens.new_schema,
        )
        for name, lens in plan.lenses.items()
    }
    exchanges = {
        role: tuple(
            replace(
                exchange,
                calls=tuple(
                    replace(
                        call,
                        request=rename(call.request),
                        answers=tuple(
                            replace(answer, lens=rename(answer.lens)) for answer in call.answers
                        ),
                    )
                    for call in exchange.calls
                ),
            )
            for exchange in found
        )
        for role, found in plan.exchanges.items()
    }
    return replace(plan, lenses=lenses, exchanges=exchanges)


def _renamed(op: Op, step: str, rename: Callable[[Lens], Lens]) -> Op:
    match op:
        case Apply():
            return replace(op, name=f"{step}_{op.name}")
        case Focus():
            return replace(op, lens=rename(op.lens))
        case Case():
            return Case(
                branches=tuple(
                    Branch(test=branch.test, back=branch.back, lens=rename(branch.lens))
                    for branch in op.branches
                )
            )
        case _:
            return op
