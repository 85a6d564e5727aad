"""The chapter about volumes: one is protected, spoilt, looked at as it was, and taken back.

The host is real: a file system of the machine's own tools, brought to the volume by nbdcopy and
spoilt by qemu-io.
"""

import shutil
from pathlib import Path
from typing import Final

import click

from tools.stage import Stage, output_of

CLIENTS: Final = {
    "nbdcopy": "libnbd-bin",
    "qemu-io": "qemu-utils",
    "mke2fs": "e2fsprogs",
    "debugfs": "e2fsprogs",
}
LETTER: Final = "Dear reader, this was here before somebody overwrote the disk.\n"


def show_volume(stage: Stage) -> None:
    """Protect, spoil, look, rewind; says what is missing where the machine has no client."""
    stage.chapter("A volume, protected: any second of it again")
    lacking = sorted({package for name, package in CLIENTS.items() if not shutil.which(name)})
    if lacking:
        stage.say(f"(left out: as a host this needs {', '.join(lacking)} of Debian)", "yellow")
        return
    _written_by_a_host(stage.folder)
    words = ("protect", f"{stage.folder}/disk.img", "--journal", f"{stage.folder}/journal")
    with stage.serving(*words, "--listen", f"unix:{stage.sockets}/disk.sock", "--create", "8MiB"):
        disk = f"nbd+unix:///disk?socket={stage.sockets}/disk.sock"
        stage.client("nbdcopy", "--flush", f"{stage.folder}/host.img", disk)
        stage.say(stage.run("bookmark", "add", f"{stage.folder}/journal", "written"), "")
        stage.client("qemu-io", "-f", "raw", "-c", "write -P 0xff 0 8M", disk)
        stage.say("\nThe host's file system is gone. It is still there a moment earlier:\n", "bold")
        then = ("image", "open", f"{stage.folder}/journal", "--at", "bookmark:written")
        with stage.serving(*then, "--listen", f"unix:{stage.sockets}/then.sock"):
            image = f"nbd+unix:///disk?socket={stage.sockets}/then.sock"
            stage.client("nbdcopy", image, f"{stage.folder}/then.img")
        _letter(stage, "then.img")
        stage.say("\nAnd the volume itself is taken back:\n", "bold")
        stage.say(stage.run("rewind", f"{stage.folder}/journal", "--at", "bookmark:written"))
    _letter(stage, "disk.img")
    stage.say("\nAll of it is history, the overwriting and the rewind, too:\n", "bold")
    stage.say(stage.run("timeline", f"{stage.folder}/journal"))


def _written_by_a_host(folder: Path) -> None:
    """A file system with a letter in it."""
    (folder / "files").mkdir()
    (folder / "files" / "letter").write_text(LETTER, encoding="utf-8")
    words = ("mke2fs", "-q", "-t", "ext4", "-d", f"{folder}/files", f"{folder}/host.img", "8M")
    output_of(words)


def _letter(stage: Stage, image: str) -> None:
    told = stage.client("debugfs", "-R", "cat letter", f"{stage.folder}/{image}")
    if LETTER not in told:
        raise click.ClickException(f"the letter is not in {image}: {told}")
    stage.say(LETTER.strip(), "green")
