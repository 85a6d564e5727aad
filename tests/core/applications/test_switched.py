"""Claim: who uses a volume goes on using it while production changes places.

A database, on a file system that stays mounted. Its host asks again where it was sent away, as one
does that has two paths to a disk, and finds production of the other site behind the same name.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import settings

from tests.core.applications.mounts import exposed, mounted, needs_mounts, room
from tests.core.applications.postgres import Cluster, needs_postgres
from tests.core.driver.programs import run
from tests.core.driver.waiting import until
from tests.core.node.running import MIB, status
from tests.core.node.test_failback import images
from tests.core.node.test_planned import uri_at
from tests.core.node.two import Sites, sites

LONG = settings.default is settings.get_profile("long")
SWITCHES, LOAD_S = (6, 60) if LONG else (1, 8)
RETENTION: Final = {"journal_size": 512 * MIB}
HOST: Final = (
    *("[", "nbdkit", "--exit-with-parent", "--filter=retry", "nbd", "export=data"),
    *("retries=120", "retry-delay=1", "retry-exponential=no"),
)


@pytest.fixture
def place() -> Iterator[Path]:
    needs_mounts()
    needs_postgres()
    with room() as made:
        yield made


def made(both: Sites) -> dict[str, Any]:
    """A group at both sites, in sync."""
    with both.here() as client:
        asked = {**both.asked("db", mode="sync", size=160 * MIB), "retention": RETENTION}
        answer = client.post("/v1/groups", json=asked)
    assert answer.status_code == 201, answer.text
    group: dict[str, Any] = answer.json()
    both.until_protected(group["id"])
    return group


def reach(link: Path, uri: str) -> None:
    """Have the name of a socket be that of the export's."""
    (socket,) = parse_qs(urlsplit(uri).query)["socket"]
    link.with_suffix(".new").symlink_to(socket)
    link.with_suffix(".new").rename(link)


@contextmanager
def running(place: Path, link: Path) -> Iterator[Cluster]:
    """A server whose data are on the export behind the link, however often that changes."""
    (place / "server").mkdir()
    with exposed(place, *HOST, f"socket={link}", "]") as file:
        run("mkfs.ext4", "-q", "-F", file)
        with mounted(file, place / "mounted") as folder:
            cluster = Cluster.made(folder / "data", place / "server")
            with cluster.running():
                cluster.fill()
                yield cluster


@pytest.mark.long
@pytest.mark.slow
def test_a_database_goes_on_while_production_changes_places(place: Path) -> None:
    link = place / "production.sock"
    with sites() as both, ThreadPoolExecutor(1) as beside:
        group = made(both)
        reach(link, group["volumes"][0]["uris"][0])
        with running(place, link) as cluster:
            loading = beside.submit(cluster.load, seconds=LOAD_S)
            for nth in range(SWITCHES):
                site = ("right", "left")[nth % 2]
                told = both.command("failover", "db", "--planned", site=site)
                assert told.code == 0, told.err
                assert not loading.done()
                reach(link, uri_at(both, group["id"], site))
            inserts = loading.result()
            assert cluster.held() == len(inserts)
        with both.here() as here, both.there() as there:
            assert {status(here, group["id"])["role"], status(there, group["id"])["role"]} == {
                *("production", "copy"),
            }
            until(lambda: len({*images(both, group["id"])}) == 1)
