"""What it costs a write that signatures are kept, and what it costs to make them.

The same run of requests goes to a file in memory, by a volume whose signatures are kept and by one
whose are not: what the marks cost is the difference. It is the processor's time.
"""

import os
import statistics
import struct
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from core.driver.backend.opening import open_backend
from core.driver.group.signed import SignedVolume
from core.driver.group.volume import BackendVolume
from core.wire.nbd.constants import REQUEST_MAGIC, Command, Mode, TransmissionFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.requests import Rules, Run, cut_run
from tools.benchmarks.measure import interleaved, table

RUNS: Final = {"write-1": (4096,), "row-32": (4096,) * 32, "odd-32": (4096, 8192) * 16}
FIGURES: Final = (*RUNS, "fill")

_VOLUME_BYTES: Final = 256 << 20
_PLAIN, _KEPT = "not kept", "kept"


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES: runs of so many writes, and making all signatures."""
    with _volume() as plain:
        kept = SignedVolume(plain)
        for figure in figures:
            if figure in RUNS:
                run = _run(RUNS[figure])
                calls = {
                    _PLAIN: partial(plain.write_run, run),
                    _KEPT: partial(kept.write_run, run),
                }
                yield table(f"signature, {figure}", interleaved(calls, rounds), _PLAIN)
            else:
                rates = [_rate(plain) for _ in range(rounds)]
                yield (
                    f"signature, {figure}: {statistics.median(rates) / 1e6:.0f} MB/s   "
                    f"{min(rates) / 1e6:.0f} .. {max(rates) / 1e6:.0f}"
                )


@contextmanager
def _volume() -> Iterator[BackendVolume]:
    with TemporaryDirectory(dir="/dev/shm") as name:
        path = Path(name) / "volume"
        with path.open("wb") as file:
            for _ in range(_VOLUME_BYTES >> 20):
                file.write(os.urandom(1 << 20))
        volume = BackendVolume(open_backend(path, None))
        yield volume
        volume.close()


def _run(lengths: tuple[int, ...]) -> Run:
    rng, received = Random(1), bytearray()
    for length in lengths:
        offset = rng.randrange(_VOLUME_BYTES // 8192) * 8192
        received += struct.pack(">IHHQQI", REQUEST_MAGIC, 0, Command.WRITE, 0, offset, length)
        received += bytes(length)
    offer = Offer(name="", size=_VOLUME_BYTES, features=TransmissionFlag(0))
    rules = Rules(offer, Mode.SIMPLE, allocation=False)
    return cut_run(memoryview(bytes(received)), 0, len(received), rules)


def _rate(plain: BackendVolume) -> float:
    """Bytes that are signed in a second of the processor's time, from no signature to all."""
    kept, after = SignedVolume(plain), 0
    began = time.process_time()
    while (found := kept.fill(after, 16)) is not None:
        after = found[0]
    return _VOLUME_BYTES / (time.process_time() - began)
