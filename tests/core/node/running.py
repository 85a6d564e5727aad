"""Nodes as processes, asked over HTTP as anybody may ask them."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx

from core.site.access import digest_of
from tests.core.cli.test_protect import ISTHMUS, environment
from tests.core.driver.waiting import PATIENCE_S, until

MIB: Final = 1 << 20
JOURNAL: Final = 64 * MIB


class Node:
    """A node in a folder of its own, whose name is short enough for sockets."""

    def __init__(
        self,
        folder: Path,
        settings: str = "",
        listen: str = "127.0.0.1:0",
        name: str = "left",
    ) -> None:
        self.folder, self.images = folder, folder / "images"
        self.config = folder / "node.toml"
        self.images.mkdir(exist_ok=True)
        self.config.write_text(
            f'name = "{name}"\nstate = "state"\nimages = ["images"]\nlisten = "{listen}"\n'
            f"strict = true\n{settings}",
            encoding="utf-8",
        )
        self.log = folder / "node.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def state(self) -> Path:
        """What it keeps."""
        return self.folder / "state"

    def start(self, **more: str) -> None:
        """Return when clients may come."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*ISTHMUS, "node", "run", "--config", str(self.config)],
                env={**environment(), **more},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text("utf-8")
        self.url = json.loads(line)["url"]

    def end(self) -> None:
        """Have it end in good order, and all that it serves."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0
        assert self.process.stdout is not None
        assert self.process.stdout.read() == b""
        self.process.stdout.close()
        self.process = None

    def kill(self) -> None:
        """Nothing of it is left but what it has begun."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def client(self, token: str = "", **options: Any) -> httpx.Client:
        """Somebody who asks it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=PATIENCE_S, trust_env=False, **options
        )


@contextmanager
def node(
    settings: str = "",
    listen: str = "127.0.0.1:0",
    *,
    name: str = "left",
    secrets: Mapping[str, str] = MappingProxyType({}),
    **more: str,
) -> Iterator[Node]:
    """A node that serves, and of which nothing is left; `secrets` are files beside it."""
    folder = Path(tempfile.mkdtemp(prefix="isn"))
    for file, text in secrets.items():
        (folder / file).touch(0o600)
        (folder / file).write_text(text, encoding="utf-8")
    found = Node(folder, settings, listen, name)
    try:
        found.start(**more)
        yield found
        if found.process is None:
            found.start(**more)
        found.end()
        assert workers(found) == []
    finally:
        if found.process is not None:
            found.kill()
        for pid in workers(found):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder)


def workers(found: Node) -> list[int]:
    """Processes that name the node's folder, but for itself, and for who ships to a copy in it."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if any(
            str(found.state).encode() in word and not word.startswith(b"--copy=")
            for word in words_of(path).split(b"\0")
        )
    ]


def words_of(path: Path) -> bytes:
    """The words of a process; of one that is gone, none."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def new_group(found: Node, name: str, *volumes: str, size: int = MIB) -> dict[str, Any]:
    """What is sent for a group."""
    return {
        "name": name,
        "volumes": [
            {"name": each, "image": str(found.images / f"{name}-{each}.img"), "size": size}
            for each in volumes
        ],
        "retention": {"journal_size": JOURNAL},
    }


def made(found: Node, client: httpx.Client, name: str, *volumes: str) -> dict[str, Any]:
    """A group that is protected."""
    answer = client.post("/v1/groups", json=new_group(found, name, *volumes or ("data",)))
    assert answer.status_code == 201, answer.text
    group: dict[str, Any] = answer.json()
    until_state(client, group["id"], "protected")
    return group


def status(client: httpx.Client, group: str) -> dict[str, Any]:
    answer = client.get(f"/v1/groups/{group}/status")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["protected"] is (found["state"] == "protected")
    return found


def until_state(client: httpx.Client, group: str, state: str) -> None:
    until(lambda: status(client, group)["state"] == state, lambda: status(client, group))


def ended(client: httpx.Client, operation: dict[str, Any]) -> dict[str, Any]:
    """The operation when it has ended."""
    path = f"/v1/operations/{operation['id']}"
    over = ("succeeded", "failed", "cancelled")
    until(lambda: client.get(path).json()["state"] in over, lambda: client.get(path).json())
    found: dict[str, Any] = client.get(path).json()
    return found


def token_settings(holders: Sequence[tuple[str, str, str]], more: str = "") -> str:
    """The part of a configuration with the digests of tokens: role, token, and lines of more."""
    return (
        "".join(
            f'[[tokens]]\nname = "{role}{nth}"\nrole = "{role}"\n'
            f'sha256 = "{digest_of(token).hex()}"\n{line}\n'
            for nth, (role, token, line) in enumerate(holders)
        )
        + more
    )
