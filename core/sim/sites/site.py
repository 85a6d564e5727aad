"""One of two sites: its disks, what befalls them, and the processes that ask for something."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Final

from core.sim.clock import Clock
from core.sim.faults import SYNC, Operation, PowerLostError, WatchedFolder, WatchedVolume
from core.sim.host import SECTOR_BYTES
from core.sim.medium import MemoryFolder, blank_volume
from core.sim.plan import SEGMENT_BYTES, Plan, Trouble
from core.sim.power import Machine, drawn
from core.sim.trace import Named, Teller
from core.sim.weather import KilledError, Process, Weather
from core.stream.identity import Identity, Member, write_identity

GROUP: Final = bytes(range(16))


class Site:
    """`is_serving` while its process runs; `fallen` is called when it does not any more."""

    def __init__(self, name: str, plan: Plan, rng: Random, clock: Clock, trace: Teller) -> None:
        self.name, self.plan, self.rng, self.clock = name, plan, rng, clock
        self.trace = Named(name, trace)
        self.weather = Weather(plan, rng, clock, self.trace)
        self.machine = Machine(MemoryFolder(), tuple(map(blank_volume, plan.sizes)))
        self.lost_power = False
        """Did it lose what was not durable, since it was opened last?"""
        self.losses = 0
        self.has_failed = False
        """Does its process acknowledge nothing more, after an error of a disk?"""
        self.fallen: Callable[[], None] = lambda: None

    @property
    def is_serving(self) -> bool:
        """Does its process run?"""
        raise NotImplementedError

    @property
    def is_marking(self) -> bool:
        """Is what a failed sync loses nowhere else?"""
        return False

    def identify(self, *, is_copy: bool) -> None:
        """Make its folder a journal."""
        members = tuple(
            Member(
                name=f"volume{nth}",
                path="" if is_copy else f"/images/{nth}",
                size=size,
                replica=f"/images/{nth}" if is_copy else "link:there",
            )
            for nth, size in enumerate(self.plan.sizes)
        )
        identity = Identity(group=GROUP, volumes=members, segment_bytes=SEGMENT_BYTES)
        write_identity(self.machine.folder, identity)

    def process(self, name: str) -> Process:
        """One that begins now."""
        return Process(name, self._operated)

    def folder(self, process: Process) -> WatchedFolder:
        """Its journal, as a process has it."""
        return WatchedFolder(self.machine.folder, process)

    def images(self, process: Process) -> list[WatchedVolume]:
        """Its volumes, as a process has them."""
        return [
            WatchedVolume(each, f"volume {nth}", process)
            for nth, each in enumerate(self.machine.volumes)
        ]

    def open(self) -> bool:
        """Have its process run; says whether it does."""
        raise NotImplementedError

    def close(self) -> bool:
        """End in good order; says whether that came to its end."""
        raise NotImplementedError

    def kill(self) -> None:
        """Its process is no more."""
        raise NotImplementedError

    def lose_power(self) -> None:
        """Nothing runs any more, and only what was durable is left for certain."""
        self.kill()
        fate = drawn(self.machine, self.rng)
        self.machine = fate.machine
        self.weather.count(Trouble.WRITE_UNSYNCED, fate.lost)
        self.weather.count(Trouble.WRITE_TORN, fate.torn)
        self.weather.count(Trouble.NAME_LOST, fate.names_lost)
        self.weather.is_off = False
        self.lost_power = True
        self.losses += 1

    @contextmanager
    def at_risk(self) -> Iterator[None]:
        """Whoever is killed meanwhile, or loses the power, is gone."""
        try:
            yield
        except KilledError:
            self.trace.add("killed")
            self.kill()
        except PowerLostError:
            self.lose_power()

    def may_crash(self) -> bool:
        """May it be killed, and come back as what it was?"""
        return not self.weather.is_sheltered

    def _operated(self, process: Process, operation: Operation) -> None:
        if self.weather.is_off:
            raise PowerLostError
        if not process.alive:
            raise KilledError
        is_calm = self.weather.is_calm
        if self.is_marking and operation.kind == SYNC:
            self.weather.is_calm = True
        try:
            self.weather.carry_out(process, operation)
        finally:
            self.weather.is_calm = is_calm


SIZE_MIN: Final = 8 * SECTOR_BYTES
