"""Claim: a database on protected volumes can be opened as it was at any point, and recovers.

Every row that was acknowledged before the point is there, none that was sent after it, and no gap.
One session inserts row after row while pgbench keeps the server busy, and notes when it sent each
and when it was answered.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from core.cli.moments import moment_text
from tests.core.applications.mounts import exposed, mounted, needs_mounts, room
from tests.core.applications.postgres import Cluster, needs_postgres
from tests.core.applications.processes import isthmus, protecting, serving
from tests.core.applications.promises import Promise, lost
from tests.core.driver.programs import run

LONG = settings.default is settings.get_profile("long")
POINTS, LOAD_S = (20, 20) if LONG else (2, 2)
GROUPS = [("data", "log"), ("disk",)] if LONG else [("data", "log")]
SIZE = "160MiB"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A group whose volumes a server wrote to from `begin` to `end`, and what its host was told."""

    folder: Path
    names: tuple[str, ...]
    inserts: Sequence[Promise]
    begin: int
    end: int

    def lost_when_restored(self, place: Path, at_ns: int) -> int:
        """How many promised rows the database lacks whose volumes are restored to a time."""
        place.mkdir()
        files = [place / f"{name}.img" for name in self.names]
        words = ("journal", "restore", "journal", "--at", moment_text(at_ns), "--output")
        isthmus(self.folder, *words, *map(str, files))
        found = self._lost_in(files, place / "server", at_ns)
        for file in files:
            file.unlink()
        return found

    def lost_when_opened(self, place: Path, point: int) -> int:
        """The same of volumes that are opened at a point, to be written."""
        place.mkdir()
        words = ("image", "open", "journal", "--writable", "--at", f"sequence:{point}")
        listen = ("--listen", "unix:then.sock")
        with serving(self.folder, *words, *listen) as ready, ExitStack() as stack:
            files = []
            for name, uri in zip(self.names, ready["uris"], strict=True):
                (place / name).mkdir()
                files.append(stack.enter_context(exposed(place / name, uri)))
            return self._lost_in(files, place / "server", ready["time_ns"])

    def _lost_in(self, files: Sequence[Path], sockets: Path, at_ns: int) -> int:
        with ExitStack() as stack:
            for name, file in zip(self.names, files, strict=True):
                stack.enter_context(mounted(file, self.folder / "mounted" / name))
            sockets.mkdir()
            cluster = Cluster(self.folder / "mounted" / self.names[0] / "data", sockets)
            with cluster.running():
                return lost(self.inserts, cluster.held(), at_ns=at_ns)


@contextmanager
def loaded(folder: Path, names: tuple[str, ...], *settings: str) -> Iterator[Loaded]:
    """A server under load on volumes of those names: its data on the first, its log on the last."""
    images = [f"{name}.img" for name in names]
    (folder / "mounted").mkdir()
    with protecting(folder, *images, size=SIZE, journal="1GiB") as uris:
        with ExitStack() as stack:
            points = []
            for name, uri in zip(names, uris, strict=True):
                (folder / name).mkdir()
                file = stack.enter_context(exposed(folder / name, uri))
                run("mkfs.ext4", "-q", "-F", file)
                points.append(stack.enter_context(mounted(file, folder / "mounted" / name)))
            (folder / "server").mkdir()
            log = points[-1] / "log" if len(points) > 1 else None
            cluster = Cluster.made(points[0] / "data", folder / "server", log=log)
            with cluster.running(*settings):
                cluster.fill()
                begin = bookmarked(folder, "filled")
                inserts = cluster.load(seconds=LOAD_S)
                end = bookmarked(folder, "loaded")
        yield Loaded(folder, names, inserts, begin, end)


def bookmarked(folder: Path, name: str) -> int:
    """The latest point, which gets a name."""
    told = json.loads(isthmus(folder, "bookmark", "add", "journal", name, "--format", "json"))
    return int(told["sequence"])


@pytest.fixture
def place() -> Iterator[Path]:
    needs_mounts()
    needs_postgres()
    with room() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("names", GROUPS)
def test_every_row_that_was_acknowledged_before_a_point_is_there(
    place: Path, names: tuple[str, ...]
) -> None:
    rng = Random(41)
    with loaded(place, names) as group:
        assert len(group.inserts) > 10 * LOAD_S
        for nth in range(0, POINTS, 2):
            # Just after an answer: what is lost of what it promised shows there.
            at_ns = rng.choice(group.inserts).acknowledged_ns
            assert group.lost_when_restored(place / f"time{nth}", at_ns) == 0, moment_text(at_ns)
            point = rng.randint(group.begin, group.end)
            assert group.lost_when_opened(place / f"point{nth}", point) == 0, point


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="the control of the test above, which the long mode has")
def test_rows_that_a_server_acknowledged_too_early_are_missed(place: Path) -> None:
    with loaded(place, ("disk",), "synchronous_commit=off", "wal_writer_delay=5s") as group:
        middle = group.inserts[len(group.inserts) // 2]
        assert group.lost_when_restored(place / "point", middle.acknowledged_ns) > 0
