"""How long a copy takes to be made equal of which one block of 4 KiB in a hundred is other.

Nothing is known of where it differs: all regions are in doubt, and both sides read all they have.
The time is that of the whole command, from its start until the copy is durably what production is.
Beside it, in the same rounds, rsync does as much between two files of this machine, by its delta
algorithm and in place, and bdsync where it is installed. All that is read was just written, and so
is in memory for each of them.
"""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from core.driver import control
from core.driver.control import ControlError
from tools.benchmarks.fio import running

FIGURES: Final = ("256MiB", "1GiB", "10GiB")
_SIZES: Final = dict(zip(FIGURES, (256 << 20, 1 << 30, 10 << 30), strict=True))
_BLOCK_BYTES: Final = 4096
_ONE_IN: Final = 100
_PIECE_BYTES: Final = 4 << 20
_PATIENCE_S: Final = 600.0
_ISTHMUS: Final = (sys.executable, "-m", "core")


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES: how large the volume is."""
    for figure in figures:
        size = _SIZES[figure]
        title = f"resync, {figure}, one block of {_BLOCK_BYTES} bytes in {_ONE_IN} is other"
        found: dict[str, list[float]] = {name: [] for name in _CONTENDERS}
        with TemporaryDirectory(dir="/var/tmp") as name:
            folder = Path(name)
            _fill(folder / "near", size)
            shutil.copyfile(folder / "near", folder / "far")
            for nth in range(rounds):
                for contender, (program, make_equal) in _CONTENDERS.items():
                    if program and shutil.which(program) is None:
                        continue
                    _spoil(folder / "far", size, nth)
                    began = time.perf_counter()
                    make_equal(folder)
                    found[contender].append(time.perf_counter() - began)
                    _refuse_unequal(folder)
        lines = (_line(contender, size, each) for contender, each in found.items())
        yield "\n".join((title, "-" * len(title), *lines))


def _fill(path: Path, size: int) -> None:
    rng = Random(1)
    with path.open("wb") as file:
        for _ in range(0, size, _PIECE_BYTES):
            file.write(rng.randbytes(_PIECE_BYTES))


def _spoil(path: Path, size: int, seed: int) -> None:
    """Blocks all over the copy are other afterwards, and durably so."""
    rng, count = Random(seed), size // _BLOCK_BYTES
    with path.open("r+b") as file:
        for nth in rng.sample(range(count), count // _ONE_IN):
            file.seek(nth * _BLOCK_BYTES)
            file.write(rng.randbytes(_BLOCK_BYTES))
    subprocess.run(("sync", path), check=True)


def _by_isthmus(folder: Path) -> None:
    near, far = folder / "near", folder / "far"
    link, door = folder / "link", folder / "door"
    words = ("receive", far, "--journal", folder / "far.journal", "--listen", f"unix:{link}")
    with running((*_ISTHMUS, *map(str, words)), link) as receiving:
        words = ("protect", near, "--journal", folder / "near.journal", "--copy", f"unix:{link}")
        listen = ("--listen", f"unix:{door}")
        with running((*_ISTHMUS, *map(str, words), *listen), door) as serving:
            _until_shipping(folder / "near.journal")
            serving.terminate()
            serving.wait()
        receiving.terminate()
        receiving.wait()
    for name in ("near.journal", "far.journal"):
        shutil.rmtree(folder / name)


def _until_shipping(journal: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if control.ask(journal, "status")["copy"]["state"] == "shipping":
                return
        except ControlError:
            pass  # it does not listen yet
        time.sleep(0.02)
    raise RuntimeError(f"{journal}: the copy is not equal within {_PATIENCE_S:g} s")


def _by_rsync(folder: Path) -> None:
    words = ("--inplace", "--no-whole-file", "--ignore-times", "--fsync")
    subprocess.run(("rsync", *words, folder / "near", folder / "far"), check=True)


def _by_bdsync(folder: Path) -> None:
    near, far = folder / "near", folder / "far"
    words = ("bdsync", f"--blocksize={_BLOCK_BYTES}", "bdsync --server", near, far)
    with (folder / "delta").open("wb") as delta:
        subprocess.run(words, stdout=delta, check=True)
    with (folder / "delta").open("rb") as delta:
        subprocess.run(("bdsync", f"--patch={far}"), stdin=delta, check=True)
    subprocess.run(("sync", far), check=True)


_CONTENDERS: Final[dict[str, tuple[str, Callable[[Path], None]]]] = {
    "isthmus": ("", _by_isthmus),
    "rsync --inplace": ("rsync", _by_rsync),
    "bdsync": ("bdsync", _by_bdsync),
}


def _refuse_unequal(folder: Path) -> None:
    subprocess.run(("cmp", folder / "near", folder / "far"), check=True)


def _line(name: str, size: int, seconds: list[float]) -> str:
    if not seconds:
        return f"{name}: not measured, is not installed"
    median = statistics.median(seconds)
    return (
        f"{name:<16}{median:8.2f} s   {min(seconds):7.2f} .. {max(seconds):<7.2f}"
        f"{size / median / (1 << 20):8.0f} MiB/s"
    )
