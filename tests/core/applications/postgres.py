"""A database server of PostgreSQL, and a host that remembers what it was promised."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.core.applications.promises import Promise
from tests.core.driver.programs import PATIENCE_S

_HOMES: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_USER: Final = "nobody"  # PostgreSQL refuses to be run by root
_ROLE: Final = "host"
_SETTINGS: Final = (
    *("listen_addresses=", "shared_buffers=16MB", "max_wal_size=8MB", "min_wal_size=2MB"),
    *("checkpoint_timeout=30s", "max_connections=16", "autovacuum_naptime=1s"),
)
_SUMS: Final = (
    "SELECT sum(abalance) FROM pgbench_accounts",
    "SELECT sum(bbalance) FROM pgbench_branches",
    "SELECT sum(tbalance) FROM pgbench_tellers",
    "SELECT coalesce(sum(delta), 0) FROM pgbench_history",
)


def needs_postgres() -> None:
    """Skip the test where there is no server to start."""
    if not _HOMES or shutil.which("pgbench") is None:
        pytest.skip("needs PostgreSQL: initdb and postgres under /usr/lib/postgresql, and pgbench")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A folder of data, and one for the socket of its server."""

    data: Path
    sockets: Path

    @classmethod
    def made(cls, data: Path, sockets: Path, *, log: Path | None = None) -> "Cluster":
        """A new one, with its write-ahead log in a folder apart if that is asked for."""
        cluster = cls(data, sockets)
        apart = [f"--waldir={log}"] if log else []
        for each in filter(None, (data, log)):
            each.mkdir()
            shutil.chown(each, _USER)
        cluster._do(
            *("initdb", f"--pgdata={data}", "--auth=trust", f"--username={_ROLE}", "--no-locale"),
            *("--encoding=UTF8", "--data-checksums", "--wal-segsize=1", *apart),
        )
        return cluster

    @contextmanager
    def running(self, *settings: str) -> Iterator[None]:
        """The server, after whatever recovery its data ask for. In the end it is stopped dead."""
        shutil.chown(self.sockets, _USER)
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # of another time
        words = [f"unix_socket_directories={self.sockets}", *_SETTINGS, *settings]
        options = " ".join(f"-c {word}" for word in words)
        common = (f"--pgdata={self.data}", f"--timeout={PATIENCE_S:.0f}", "--wait")
        log = self.sockets / "server.log"
        try:
            self._do("pg_ctl", "start", *common, f"--log={log}", f"--options={options}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{log.read_text()}") from None
        try:
            yield
        finally:
            self._do("pg_ctl", "stop", *common, "--mode=immediate")

    def ask(self, *queries: str) -> list[str]:
        """What each query answers."""
        words = [word for query in queries for word in ("-c", query)]
        return self._do("psql", "-XAtq", *words).split()

    def fill(self) -> None:
        """The tables of pgbench, and one for rows that are waited for."""
        self._do("pgbench", "--initialize", "--scale=1", "--quiet")
        self.ask("CREATE TABLE promised (id int PRIMARY KEY)")

    def load(self, *, seconds: int) -> list[Promise]:
        """Keep the server busy, and meanwhile insert one row after the other: 1, 2, 3 ..."""
        words = ("--client=2", "--no-vacuum", f"--time={seconds}")
        pgbench = subprocess.Popen(
            [self._program("pgbench"), *words],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        found: list[Promise] = []
        with self._session() as insert:
            while pgbench.poll() is None:
                found.append(insert(len(found) + 1))
        told, _ = pgbench.communicate(timeout=PATIENCE_S)
        assert pgbench.returncode == 0, told
        return found

    @contextmanager
    def _session(self) -> Iterator["_Inserting"]:
        session = subprocess.Popen(
            [self._program("psql"), "-XAt"],
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield _Inserting(session)
        finally:
            session.communicate(timeout=PATIENCE_S)

    def held(self) -> int:
        """How many of the promised rows are there; all that is there has to fit together."""
        count, last, *sums = self.ask(
            "SELECT count(*) FROM promised", "SELECT coalesce(max(id), 0) FROM promised", *_SUMS
        )
        assert count == last, f"{count} rows, and the last is {last}"
        assert len(set(sums)) == 1, f"the sums of pgbench are {sums}"
        return int(count)

    def _environment(self) -> dict[str, str]:
        """How its programs find the server, and who they are there."""
        where = {"PGHOST": str(self.sockets), "PGUSER": _ROLE, "PGDATABASE": "postgres"}
        return {**os.environ, **where, "HOME": "/", "LC_ALL": "C"}

    def _do(self, name: str, *words: str) -> str:
        done = subprocess.run(
            [self._program(name), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            cwd="/",
            user=_USER,
            group="nogroup",
            extra_groups=[],
            env=self._environment(),
        )
        assert done.returncode == 0, f"{name} {words}: {done.stdout}"
        return done.stdout

    def _program(self, name: str) -> str:
        return str(_HOMES[-1] / name)


class _Inserting:
    """A session in which a row is inserted, and its answer waited for."""

    def __init__(self, session: subprocess.Popen[str]) -> None:
        self._session = session

    def __call__(self, number: int) -> Promise:
        assert self._session.stdin is not None
        assert self._session.stdout is not None
        sent_ns = time.time_ns()
        self._session.stdin.write(f"INSERT INTO promised VALUES ({number});\n")
        self._session.stdin.flush()
        answer = self._session.stdout.readline()
        assert answer == "INSERT 0 1\n", answer
        return Promise(sent_ns, time.time_ns())
