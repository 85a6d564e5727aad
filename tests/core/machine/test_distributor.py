"""A replica that is fed from the DO stream, and the points that are read from it."""

from collections.abc import Sequence
from random import Random

from core.machine.distributor import Distributor
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.reopening import open_production
from core.machine.journal.replicated import Production
from core.machine.journal.rewind import rewind
from core.machine.journal.shelf import KEEP_ALL, Retention
from core.sim.medium import MemoryFolder, MemoryVolume, blank_volume
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.segment import file_bytes
from core.structure.medium import Volume
from tests.core.fed import begin_alike, taking
from tests.core.machine.test_points import SIZES, load, new_folder, state_at
from tests.core.recorder import Recorder


class Keeping(Distributor):
    """One that tells production how far the replicas are."""

    def __init__(
        self,
        production: Production,
        feeding: Feeding,
        history: History,
        replicas: Sequence[Volume],
        volumes: Sequence[Volume],
    ) -> None:
        super().__init__(history, feeding, replicas, volumes)
        self.production, self.feeding = production, feeding

    def step(self) -> int:
        done = super().step()
        self.production.keep(self.feeding.applied + 1)
        return done


def opened(
    folder: MemoryFolder,
    volumes: Sequence[MemoryVolume],
    replicas: Sequence[MemoryVolume],
    retention: Retention = KEEP_ALL,
) -> tuple[Production, Distributor]:
    found = open_production(
        folder, volumes, replicas, where="journal", clock=lambda: 1, retention=retention
    )
    history = History(folder, where="journal", live=True)
    feeding = open_feeding(folder, history, retention=retention)
    return found, Keeping(found, feeding, history, replicas, volumes)


def steps(distributor: Distributor, rng: Random) -> None:
    for _ in range(rng.randint(0, 3)):
        distributor.look()
        if not distributor.step():
            return


def distribute_all(distributor: Distributor) -> None:
    distributor.look()
    while distributor.step():
        distributor.look()


def held(volumes: Sequence[MemoryVolume]) -> tuple[bytes, ...]:
    return tuple(bytes(volume.blob.content) for volume in volumes)


def test_every_point_is_read_from_a_replica_however_far_it_is() -> None:
    rng = Random(5)
    folder, volumes = new_folder(3, replica="copy"), [blank_volume(size) for size in SIZES]
    replicas = [blank_volume(size) for size in SIZES]
    begin_alike(folder, SIZES)
    recorder = Recorder.of(SIZES)
    for _ in range(3):  # without a close: as after a kill
        found, distributor = opened(folder, volumes, replicas)
        assert held(volumes) == recorder.states[-1]
        for _ in range(40):
            load(taking(found), recorder, rng, runs=3, resizes=True)
            steps(distributor, rng)
        history = History(folder, where="journal", live=True)
        for point in range(0, history.end + 1, 3):
            assert state_at(history, replicas, point) == recorder.states[point], point
    distribute_all(distributor)
    assert held(replicas) == recorder.states[-1]
    history.refresh()
    for point, expected in enumerate(recorder.states):
        assert state_at(history, replicas, point) == expected, point


def test_something_waits_until_all_that_was_seen_is_carried_out() -> None:
    rng = Random(6)
    folder, volumes = new_folder(3, replica="copy"), [blank_volume(size) for size in SIZES]
    replicas = [blank_volume(size) for size in SIZES]
    begin_alike(folder, SIZES)
    found, distributor = opened(folder, volumes, replicas)
    distribute_all(distributor)
    assert not distributor.waits
    load(taking(found), Recorder.of(SIZES), rng, runs=20, resizes=True)
    assert not distributor.waits, "of what was not seen nothing is known"
    distributor.look()
    said = []
    while distributor.step():
        said.append(distributor.waits)
    assert said == [True] * (len(said) - 1) + [False]
    assert held(replicas) == held(volumes)


def test_points_of_later_epochs_are_read_from_a_replica_that_has_nothing_yet() -> None:
    rng = Random(8)
    folder, volumes = new_folder(3, replica="copy"), [blank_volume(size) for size in SIZES]
    replicas = [blank_volume(size) for size in SIZES]
    begin_alike(folder, SIZES)
    recorder = Recorder.of(SIZES)
    for _ in range(3):
        found, _ = opened(folder, volumes, replicas)
        load(taking(found), recorder, rng, runs=20, resizes=True)
        found.journal.close()
    history = History(folder, where="journal")
    for point in range(0, history.end + 1, 3):
        assert state_at(history, replicas, point) == recorder.states[point], point


def test_production_is_taken_back_while_its_replica_is_behind() -> None:
    rng = Random(7)
    folder, volumes = new_folder(3, replica="copy"), [blank_volume(size) for size in SIZES]
    replicas = [blank_volume(size) for size in SIZES]
    begin_alike(folder, SIZES)
    recorder = Recorder.of(SIZES)
    found, distributor = opened(folder, volumes, replicas)
    for _ in range(20):
        load(taking(found), recorder, rng, runs=3, resizes=True)
        steps(distributor, rng)
    last = found.journal.end
    for point in (last // 2, 0, last):
        history = History(folder, where="journal", live=True)
        for _ in rewind(taking(found), history, volumes, replicas, point=point):
            pass
        assert held(volumes) == recorder.states[point]


def test_what_the_replica_has_not_got_stays_in_the_journal() -> None:
    rng = Random(6)
    budget = Retention(size=12 * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
    folder, volumes = new_folder(3, replica="copy"), [blank_volume(size) for size in SIZES]
    replicas = [blank_volume(size) for size in SIZES]
    begin_alike(folder, SIZES)
    recorder = Recorder.of(SIZES)
    found, distributor = opened(folder, volumes, replicas, budget)
    for _ in range(150):
        load(taking(found), recorder, rng, runs=2, resizes=False)
        distribute_all(distributor)
    assert held(replicas) == held(volumes) == recorder.states[-1]
    history = History(folder, where="journal", live=True)
    assert history.first > 0
    for point in range(history.first, history.end + 1):
        assert state_at(history, replicas, point) == recorder.states[point], point
