"""Hosts, a link and a copy as fluids on a virtual clock: what regulation is tried on."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from core.machine.link.pace import Pace
from core.machine.link.regulation import Bound, Policy, Regulation, Seen
from core.stream.backlog import Backlog

MIB: Final = 1 << 20
SECOND: Final = 1_000_000_000
STEP_NS: Final = 10_000_000

Rate = Callable[[int], float]
"""Bytes a second at a time."""


@dataclass
class Copy:
    """It gets what was written in frames, as fast as the link is, and applies it in batches."""

    regulation: Regulation
    link: Rate
    applying: Rate = lambda _: math.inf
    frame: int = MIB
    batch: int = MIB
    is_connected: bool = True
    backlog: Backlog = field(default_factory=lambda: Backlog(0, grain=5_000_000))
    received: int = 0
    applied: int = 0
    _sent: float = 0.0
    _done: float = 0.0

    def pass_on(self, written: int, now_ns: int) -> None:
        if self.is_connected:
            self._sent = min(written, self._sent + self.link(now_ns) * STEP_NS / SECOND)
        whole = int(self._sent) // self.frame * self.frame
        self.received = max(self.received, written if self._sent >= written else whole)
        self.backlog.passed(self.received)
        self._done = min(self.received, self._done + self.applying(now_ns) * STEP_NS / SECOND)
        whole = int(self._done) // self.batch * self.batch
        self.applied = max(self.applied, self.received if self._done >= self.received else whole)

    def seen(self, now_ns: int) -> Seen:
        size, since = self.backlog.beyond
        age_ns = 0 if since is None else now_ns - since
        return Seen(
            self.is_connected, self.backlog.total, size, age_ns, self.received - self.applied
        )


@dataclass
class Chunk:
    """What a host sent at a time, and since when it waits to be acknowledged."""

    size: int
    due_ns: int
    place: float = -1.0
    done_ns: int = 0


@dataclass
class World:
    """Hosts that have `depth` chunks each on their way, served in `service_ns` without delays."""

    copies: list[Copy]
    chunk: int = 256 << 10
    hosts: int = 1
    service_ns: int = SECOND // 100
    idle: bool = False
    now_ns: int = 0
    written: int = 0
    delays: list[int] = field(default_factory=list)
    lags: list[tuple[int, ...]] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    _chunks: deque[Chunk] = field(default_factory=deque)

    def run(self, seconds: float) -> None:
        end = self.now_ns + int(seconds * SECOND)
        while self.now_ns < end:
            self._step()

    def offer(self, rate: float) -> None:
        """Let hosts write that fast, where nothing delays them."""
        self.service_ns = int(self.hosts * self.chunk * SECOND / rate)

    def _step(self) -> None:
        self.now_ns += STEP_NS
        while not self.idle and len(self._chunks) < self.hosts:
            self._chunks.append(Chunk(self.chunk, self.now_ns + self.service_ns))
        kept = deque[Chunk]()
        for each in self._chunks:
            if not self._serve(each):
                kept.append(each)
        self._chunks = kept
        for copy in self.copies:
            copy.pass_on(self.written, self.now_ns)
            copy.regulation.look(copy.seen(self.now_ns), self.now_ns)
        self.pace.set(
            min(each.regulation.rate for each in self.copies),
            stands=any(each.regulation.blocks for each in self.copies),
            now_ns=self.now_ns,
        )
        self.lags.append(tuple(each.backlog.beyond.size for each in self.copies))

    def _serve(self, chunk: Chunk) -> bool:
        """One after another, as a connection does; says whether its host sends no other."""
        while chunk.due_ns <= self.now_ns:
            when_ns = self.now_ns
            if chunk.place < 0:
                when_ns = chunk.done_ns = chunk.due_ns
                self.written += chunk.size
                for copy in self.copies:
                    copy.backlog.add(self.written, chunk.size, when_ns)
                chunk.place = self.pace.place(chunk.size, when_ns)
            if self.pace.left_ns(chunk.place, chunk.done_ns, when_ns):
                return False
            self.delays.append(when_ns - chunk.done_ns)
            if self.idle:
                return True
            chunk.place, chunk.due_ns = -1.0, when_ns + self.service_ns
        return False


def noisy(rate: float, seed: int, *, part: float = 0.5, every_ns: int = SECOND // 4) -> Rate:
    """A rate that is another in each span of time, by up to that part of what it is meant to be."""
    rng = Random(seed)
    drawn: dict[int, float] = {}

    def at(now_ns: int) -> float:
        return drawn.setdefault(now_ns // every_ns, rate * rng.uniform(1 - part, 1 + part))

    return at


def steady(rate: float) -> Rate:
    return lambda _: rate


def regulated(bounds: Mapping[Bound, int], policy: Policy = Policy.REGULATE) -> Regulation:
    return Regulation(policy, bounds)
