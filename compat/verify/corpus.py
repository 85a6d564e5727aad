"""Which cases an exchange is tried with, and which fields to leave out for it to go through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from compat.model.role import Role
from compat.plan.bridge import Exchange
from compat.plan.spot import Side
from compat.verify.bench import Bench
from compat.verify.cases import Case, CaseMaker, Wanted, number_of
from compat.verify.excuses import Scene
from compat.verify.nodes import PlaceKey
from compat.verify.probing import probing

_AVOIDED_MAX: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard to try; `examples` are those that Hypothesis makes for each exchange."""

    examples: int = 10
    seed: int = 0


def corpus(bench: Bench, role: Role, exchange: Exchange, effort: Effort) -> Iterator[Case]:
    """The cases of one exchange, the same for the same effort.

    An exchange that changes nothing, between operations that say the same, needs only two.
    """
    maker = CaseMaker(bench.versions, role, exchange)
    if bench.versions.is_same(role, exchange):
        yield from maker.briefly()
        return
    easy = replace(maker, wanted=Wanted(avoid=avoided(bench, maker)))
    yield from _distinct(maker, easy)
    number = number_of(effort.seed, role, str(exchange.operation))
    yield from easy.drawn(effort.examples, number)
    yield from easy.with_unknown()
    brief = list(easy.briefly())
    if brief and exchange.hook is None:
        yield from probing(brief[0], brief[-1], bench.context)


def all_cases(bench: Bench, effort: Effort) -> list[Case]:
    """The cases of every exchange of the plan."""
    return [
        case
        for role in Role
        for exchange in bench.plan.exchanges.get(role, ())
        for case in corpus(bench, role, exchange, effort)
    ]


def _distinct(maker: CaseMaker, easy: CaseMaker) -> Iterator[Case]:
    """All samples of what goes through, and two of what the plan may refuse."""
    yield from easy.samples()
    if easy.wanted.avoid:
        yield from maker.briefly()


def avoided(bench: Bench, maker: CaseMaker) -> frozenset[PlaceKey]:
    """The places of optional fields for which the plan refuses a request that holds them."""
    key = maker.role, maker.exchange.name
    if key not in bench.avoided:
        bench.avoided[key] = _avoided(bench, maker)
    return bench.avoided[key]


def _avoided(bench: Bench, maker: CaseMaker) -> frozenset[PlaceKey]:
    scene = Scene(
        role=maker.role,
        side=Side.REQUEST,
        is_new=maker.role is Role.NEW_CLIENT,
        operations=frozenset(),
    )
    avoid: frozenset[PlaceKey] = frozenset()
    for _ in range(_AVOIDED_MAX):
        refusals = _refusals(bench, replace(maker, wanted=Wanted(avoid=avoid)))
        more = bench.excuses.places(scene, refusals) - avoid
        if not more:
            break
        avoid |= more
    return avoid


def _refusals(bench: Bench, maker: CaseMaker) -> Sequence[str]:
    outcomes = (bench.run(case).expected for case in maker.briefly())
    return [each.refused for each in outcomes if each is not None and each.refused]
