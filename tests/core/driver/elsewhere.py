"""NBD servers of others, as what volumes lie on."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.core.driver.programs import PATIENCE_S, environment, needs


@dataclass
class Elsewhere:
    """A server that is running, and the URI of its export."""

    process: "subprocess.Popen[bytes]"
    uri: str

    def stop(self) -> None:
        """Have it do nothing any more, without ending it."""
        self.process.send_signal(signal.SIGSTOP)
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)


def wait_for(path: Path) -> None:
    """Until the file or socket is there."""
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


@contextmanager
def running(*command: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
    needs(str(command[0]))
    process = subprocess.Popen(
        [str(each) for each in command],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_S)


@contextmanager
def nbdkit(socket: Path, *plugin: str | Path, options: tuple[str, ...] = ()) -> Iterator[Elsewhere]:
    """nbdkit with a plugin, at a socket."""
    pid = socket.with_suffix(".pid")
    pid.unlink(missing_ok=True)
    with running("nbdkit", "-f", "-U", socket, "-P", pid, *options, *plugin) as process:
        wait_for(pid)
        yield Elsewhere(process, f"nbd+unix:///?socket={socket}")
    socket.unlink(missing_ok=True)


@contextmanager
def qemu_nbd(socket: Path, image: Path, *options: str, name: str = "disk") -> Iterator[Elsewhere]:
    """qemu-nbd with an image, at a socket, for up to 8 clients."""
    pid = socket.with_suffix(".pid")
    pid.unlink(missing_ok=True)
    command = ("qemu-nbd", "-t", "-e", "8", "-f", "raw", "-k", socket, "-x", name)
    with running(*command, "--pid-file", pid, *options, image) as process:
        wait_for(pid)
        yield Elsewhere(process, f"nbd+unix:///{name}?socket={socket}")
    socket.unlink(missing_ok=True)
