"""Many seeds, in several processes if wanted, and what they came to."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import Final

from core.sim.life import Life, Outcome
from core.sim.plan import Trouble
from core.sim.sites.life import SitesLife
from core.units import NANOSECONDS_PER_SECOND

TWICE_ONE_IN: Final = 100
NANOSECONDS_PER_HOUR: Final = 3600 * NANOSECONDS_PER_SECOND


@dataclass(slots=True)
class Totals:
    """What seeds came to together; `virtual_ns` is simulated time, `kinds` is what may come."""

    kinds: Sequence[StrEnum] = tuple(Trouble)
    seeds: int = 0
    twice: int = 0
    virtual_ns: int = 0
    operations: int = 0
    actions: int = 0
    points: int = 0
    fired: Counter[StrEnum] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.seeds += 1
        self.twice += outcome.is_twice
        self.virtual_ns += outcome.virtual_ns
        self.operations += outcome.operations
        self.actions += outcome.actions
        self.points += outcome.points
        self.fired.update(outcome.fired)
        self.checks.update(outcome.checks)
        if outcome.failure:
            self.failed.append(outcome)

    @property
    def never(self) -> tuple[StrEnum, ...]:
        """The kinds of fault that did not happen."""
        return tuple(each for each in self.kinds if not self.fired[each])

    @property
    def hours(self) -> float:
        """Simulated hours."""
        return self.virtual_ns / NANOSECONDS_PER_HOUR

    @property
    def passed(self) -> bool:
        """All was well, and something happened that could have gone wrong."""
        return not self.failed and bool(self.fired)


def lived(seed: int, *, sites: int = 1, twice: bool = False) -> Outcome:
    """What becomes of a seed; of one that is lived twice, the digests have to be the same.

    It is another world with one site, and with two.
    """
    outcome = _lived(seed, sites)
    if not twice:
        return outcome
    again = _lived(seed, sites)
    if outcome.digest != again.digest and not outcome.failure:
        told = f"lived twice, it was not the same: {outcome.digest} and {again.digest}"
        return replace(outcome, failure=told, is_twice=True)
    return replace(outcome, is_twice=True)


def _lived(seed: int, sites: int) -> Outcome:
    outcome = Life(seed).run() if sites == 1 else SitesLife(seed).run()
    gc.collect()  # worlds are large, and of few objects, so that nobody else sees to it in time
    return outcome


def lives(seeds: Iterable[int], *, jobs: int, twice: bool, sites: int = 1) -> Iterator[Outcome]:
    """What becomes of seeds, in order; one in a hundred is lived twice, or each."""
    live = partial(lived, sites=sites)
    tasks = ((seed, twice or seed % TWICE_ONE_IN == 0) for seed in seeds)
    if jobs == 1:
        yield from (live(seed, twice=again) for seed, again in tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(live, seed, twice=again) for seed, again in islice(tasks, 2 * jobs)]
        try:
            while waiting:
                yield waiting.pop(0).result()
                waiting += [
                    pool.submit(live, seed, twice=again) for seed, again in islice(tasks, 1)
                ]
        finally:
            for each in waiting:
                each.cancel()
