"""The chapter about volumes: one is protected, spoilt, looked at as it was, and taken back.

The host is real: a file system of the machine's own tools, brought to the volume by nbdcopy and
spoilt by qemu-io.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.text import Text

from tools.stage import ROOT, Stage

CLIENTS: Final = {
    "nbdcopy": "libnbd-bin",
    "qemu-io": "qemu-utils",
    "mke2fs": "e2fsprogs",
    "debugfs": "e2fsprogs",
}
LETTER: Final = "Dear reader, this was here before somebody overwrote the disk.\n"
CLIENT_S: Final = 60.0


def show_volume(stage: Stage) -> None:
    """Protect, spoil, look, rewind; says what is missing where the machine has no client."""
    stage.chapter("A volume, protected: any second of it again")
    lacking = sorted({package for name, package in CLIENTS.items() if not shutil.which(name)})
    if lacking:
        stage.say(f"(left out: as a host this needs {', '.join(lacking)} of Debian)", "yellow")
        return
    _written_by_a_host(stage.folder)
    words = ("protect", f"{stage.folder}/disk.img", "--journal", f"{stage.folder}/journal")
    with _serving(stage, *words, "--listen", f"unix:{stage.sockets}/disk.sock", "--create", "8MiB"):
        disk = f"nbd+unix:///disk?socket={stage.sockets}/disk.sock"
        _client(stage, "nbdcopy", "--flush", f"{stage.folder}/host.img", disk)
        stage.say(stage.run("bookmark", "add", f"{stage.folder}/journal", "written"), "")
        _client(stage, "qemu-io", "-f", "raw", "-c", "write -P 0xff 0 8M", disk)
        stage.say("\nThe host's file system is gone. It is still there a moment earlier:\n", "bold")
        then = ("image", "open", f"{stage.folder}/journal", "--at", "bookmark:written")
        with _serving(stage, *then, "--listen", f"unix:{stage.sockets}/then.sock"):
            image = f"nbd+unix:///disk?socket={stage.sockets}/then.sock"
            _client(stage, "nbdcopy", image, f"{stage.folder}/then.img")
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
    _run(words)


def _letter(stage: Stage, image: str) -> None:
    told = _client(stage, "debugfs", "-R", "cat letter", f"{stage.folder}/{image}")
    if LETTER not in told:
        raise click.ClickException(f"the letter is not in {image}: {told}")
    stage.say(LETTER.strip(), "green")


def _client(stage: Stage, *words: str) -> str:
    """A program that is not ours."""
    stage.say(stage.named("$ " + " ".join(_quoted(words))), "magenta")
    return _run(words)


def _quoted(words: Sequence[str]) -> Iterator[str]:
    return (f"'{word}'" if " " in word or "?" in word else word for word in words)


def _run(words: Sequence[str]) -> str:
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=CLIENT_S,
    )
    if done.returncode:
        raise click.ClickException(f"{words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _serving(stage: Stage, *words: str) -> Iterator[dict[str, Any]]:
    """A command that serves until it is told to end."""
    stage.show(*words)
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *words],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise click.ClickException(process.communicate(timeout=CLIENT_S)[1])
        stage.console.print(Text(stage.named(line.strip()), style="dim"))
        yield json.loads(line)
    finally:
        process.terminate()
        process.communicate(timeout=CLIENT_S)
