"""The chapter about two sites: a link that is cut and heals, a site that is lost and comes back.

Both are nodes on this machine, and the host is real: qemu-io writes, and reads what it wrote.
"""

import shutil
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import click

from tools.stage import Stage

GROUP: Final = "shop"
HOST: Final = "qemu-io"
SETTLED_S: Final = 60.0
_PAUSE_S: Final = 0.3
_NODE: Final = """\
name = "{name}"
state = "{folder}/state"
images = ["{folder}/images"]
listen = "127.0.0.1:{port}"

[[sites]]
url = "http://127.0.0.1:{other}"
"""


class Site:
    """A node of this machine, which knows the other one."""

    def __init__(self, stage: Stage, name: str, port: int, other: int) -> None:
        self._stage, self._home, self.url = stage, stage.sockets / name, f"http://127.0.0.1:{port}"
        (self._home / "images").mkdir(parents=True)
        settings = _NODE.format(name=name, folder=self._home, port=port, other=other)
        (self._home / "node.toml").write_text(settings, encoding="utf-8")
        self._life = ExitStack()

    def __enter__(self) -> "Site":
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self) -> None:
        """Begin its node, with all that it serves."""
        words = ("node", "run", "--config", f"{self._home}/node.toml")
        self._life.enter_context(self._stage.serving(*words))

    def end(self) -> None:
        """It is gone, with all that it serves."""
        self._life.close()

    def asked(self, *words: str) -> str:
        """What it says."""
        return self._stage.run("--site", self.url, *words)

    def image(self, name: str) -> str:
        """Where an image of its would be."""
        return str(self._home / "images" / name)

    def until(self, *words: str) -> None:
        """Show the status as soon as it has all these words."""
        deadline = time.monotonic() + SETTLED_S
        status = ("--site", self.url, "status", GROUP)
        while not all(word in self._stage.quietly(*status) for word in words):
            if time.monotonic() > deadline:
                raise click.ClickException(f"the status does not come to tell {words}")
            time.sleep(_PAUSE_S)
        self._stage.show(*status)
        self._stage.say(self._stage.named(self._stage.quietly(*status)) + "\n")

    def volume(self) -> str:
        """The URI at which hosts use the volume of the group."""
        told = self._stage.quietly("--site", self.url, "group", "show", GROUP, "--format", "json")
        return next(word.strip('",') for word in told.split() if "nbd+unix://" in word)


def show_sites(stage: Stage) -> None:
    """Write at two sites, cut, heal, fail over, go back."""
    stage.chapter("Two sites: one is lost, and no write with it")
    if not shutil.which(HOST):
        stage.say("(left out: as a host this needs qemu-utils of Debian)", "yellow")
        return
    here, there = _free_ports(2)
    with Site(stage, "right", there, here) as right, Site(stage, "left", here, there) as left:
        volume = f"data={left.image('shop.img')}:16MiB"
        left.asked("group", "create", GROUP, "--volume", volume, "--copy", f"{right.url}:sync")
        left.until("production", "protected")
        disk = left.volume()
        stage.client(HOST, "-f", "raw", "-c", "write -P 0x0a 0 1M", disk)
        stage.say("\nThe other site goes away. Hosts write on, and the status says so:\n", "bold")
        right.end()
        left.until("degraded", "not connected")
        stage.client(HOST, "-f", "raw", "-c", "write -P 0x0b 1M 1M", disk)
        stage.say("\nIt comes back, and gets what it lacks:\n", "bold")
        right.begin()
        left.until("protected", "0 writes")
        stage.client(HOST, "-f", "raw", "-c", "write -P 0x0c 2M 1M", disk)
        stage.say("\nThe site of production is lost. The copy takes its place:\n", "bold")
        left.end()
        stage.say(right.asked("failover", GROUP))
        right.until("production", "protected")
        disk = right.volume()
        _read(stage, disk, (0x0A, 0x0B, 0x0C))
        stage.client(HOST, "-f", "raw", "-c", "write -P 0x0d 3M 1M", disk)
        stage.say("\nThe lost site comes back, and becomes the copy, by what differs:\n", "bold")
        left.begin()
        stage.say(right.asked("copy", "add", GROUP, left.url, "--mode", "sync"))
        right.until("production", "protected", "0 writes")
        stage.say("\nAnd both change places, without a loss:\n", "bold")
        stage.say(left.asked("failover", GROUP, "--planned"))
        left.until("production", "protected")
        _read(stage, left.volume(), (0x0A, 0x0B, 0x0C, 0x0D))


def _read(stage: Stage, disk: str, patterns: Sequence[int]) -> None:
    """Each MiB is what a host wrote there."""
    reads = [word for nth, each in enumerate(patterns) for word in ("-c", _look(nth, each))]
    stage.client(HOST, "-f", "raw", *reads, disk)
    stage.say("all that hosts wrote is there", "green")


def _look(nth: int, pattern: int) -> str:
    return f"read -P {pattern:#04x} {nth}M 1M"


def _free_ports(count: int) -> Sequence[int]:
    """Ports of this machine that nobody listens at."""
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in found]
