"""A peer: qemu-storage-daemon serves a volume that a job keeps equal to another server's export.

The job copies in the mode "write-blocking": a write is acknowledged once it is on both sides.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tools.benchmarks.fio import Contender, fill, running

PROGRAM: Final = "qemu-storage-daemon"
_READY_S: Final = 120.0
_ANSWER_S: Final = 30.0
_JOB: Final = "mirror"
_TOP: Final = "mirrored"


class Monitor:
    """The daemon's control socket."""

    def __init__(self, path: Path) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._sock.settimeout(_ANSWER_S)
        self._sock.connect(str(path))
        self._lines = self._sock.makefile("rb")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: object) -> Any:
        """What it answers; events are passed over."""
        words = {name.replace("_", "-"): value for name, value in arguments.items()}
        self._sock.sendall(json.dumps({"execute": command, "arguments": words}).encode() + b"\n")
        while "return" not in (answer := self._heard()):
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def close(self) -> None:
        self._lines.close()
        self._sock.close()

    def _heard(self) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = json.loads(self._lines.readline())
        return answer


@contextmanager
def mirrored(folder: Path, name: str, target: Sequence[str]) -> Iterator[Contender]:
    """A volume in a folder, once it is mirrored to `target`: a server's command.

    In the words of that `{s}` is its socket, and `{v}` the file that it serves.
    """
    volume, far = folder / f"{name}.volume", folder / f"{name}.far"
    sockets = {each: folder / f"{name}.{each}" for each in ("target", "near", "monitor")}
    fill(volume)
    with far.open("wb") as file:
        file.truncate(volume.stat().st_size)
    with ExitStack() as stack:
        words = [word.format(s=sockets["target"], v=far) for word in target]
        other = stack.enter_context(running(words, sockets["target"]))
        command = (
            *(PROGRAM, "--blockdev", f"driver=file,node-name=near,filename={volume}"),
            *("--blockdev", _reached(sockets["target"])),
            *("--nbd-server", f"addr.type=unix,addr.path={sockets['near']}"),
            *("--chardev", f"socket,id=qmp,path={sockets['monitor']},server=on,wait=off"),
            *("--monitor", "chardev=qmp"),
        )
        daemon = stack.enter_context(running(command, sockets["monitor"]))
        monitor = Monitor(sockets["monitor"])
        stack.callback(monitor.close)
        _mirror(monitor)
        uri = f"nbd+unix:///volume?socket={sockets['near']}"
        yield Contender(uri, (daemon.pid, other.pid), lambda: _refuse_broken(monitor))


def _reached(path: Path) -> str:
    return f"driver=nbd,node-name=far,server.type=unix,server.path={path}"


def _mirror(monitor: Monitor) -> None:
    """Have both sides equal, and serve what is above the job."""
    job = {"job_id": _JOB, "device": "near", "target": "far", "filter_node_name": _TOP}
    monitor.ask("blockdev-mirror", **job, sync="full", copy_mode="write-blocking")
    deadline = time.monotonic() + _READY_S
    while not _is_ready(monitor):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the mirror is not ready within {_READY_S:g} s")
        time.sleep(0.05)
    export = {"type": "nbd", "id": "volume", "node_name": _TOP, "name": "volume"}
    monitor.ask("block-export-add", **export, writable=True)


def _is_ready(monitor: Monitor) -> bool:
    (job,) = monitor.ask("query-block-jobs")
    return bool(job["ready"])


def _refuse_broken(monitor: Monitor) -> None:
    """What is no mirror any more is faster."""
    if not _is_ready(monitor):
        raise RuntimeError("the mirror is not ready any more")
