"""A command as a whole process: how long it takes, and what it needs."""

import os
import subprocess
import time
from dataclasses import dataclass
from typing import Final

_NO_BYTECODE: Final = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True)
class Run:
    """One process from its start to its end; `processor_s` is its own time and the system's."""

    seconds: float
    processor_s: float
    peak_mib: float


def run(command: list[str], keeps: str) -> Run:
    """`keeps` is where answers are kept, empty for nowhere.

    Modules stay compiled from one run to the next, as they are where the program is installed.
    """
    inherited = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**inherited, "ISTHMUS_CACHE": keeps},
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(command)} failed")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
