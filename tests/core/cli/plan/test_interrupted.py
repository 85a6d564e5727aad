"""Both planners, interrupted while a solver looks for what it would not find for minutes."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
import yaml
from hypothesis import settings

from core.errors import Exit
from tests.compat.cli.running import PROCESS_S, ROOT, environment
from tests.compat.cli.test_program import heed_interrupts
from tests.core.cli.plan.goals import STATE, changed, written

LONG: Final = settings.default is settings.get_profile("long")
IN_LONG: Final = pytest.mark.skipif(not LONG, reason="stops the same solver: in the long mode")
AT_ONCE_S: Final = 5.0
"""It takes a tenth of a second on a machine that has nothing else to do."""
SEARCHING_S: Final = 1.0
"""Until a solver has no more to tell of, for as long as it goes on."""


class Planning:
    """A process whose standard error is a terminal, which shows how far it is."""

    def __init__(self, words: Sequence[str]) -> None:
        self._terminal, end = pty.openpty()
        self.shown = bytearray()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT), TERM="xterm-256color", COLUMNS="100"),
            stdout=subprocess.PIPE,
            stderr=end,
            preexec_fn=heed_interrupts,
        )
        os.close(end)

    def until_shown(self, text: str) -> None:
        deadline = time.monotonic() + PROCESS_S
        while text.encode() not in self.shown:
            assert time.monotonic() < deadline, self.shown.decode(errors="replace")
            piece = self._read()
            assert piece, self.shown.decode(errors="replace")

    def rest(self) -> str:
        """All that it has shown, when it has ended."""
        while self._read():
            pass
        return self.shown.decode(errors="replace")

    def _read(self) -> bytes:
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:  # the terminal's other end is closed
            return b""
        self.shown += piece
        return piece

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._terminal)


def site() -> Any:
    """Whose worst crash is as small as it gets at once, and that is not shown for minutes."""
    chance = Random(1)
    return {
        "topology": 1,
        "resync": {"read": "400MiB", "signature": "300MiB", "link": "100MiB"},
        "hypervisors": [{"name": f"h{nth}"} for nth in range(10)],
        "appliances": [
            {"name": f"a{nth}", "cluster": "c", "writes": "60MiB", "mirror": f"a{nth ^ 1}"}
            for nth in range(8)
        ],
        "groups": [
            {
                "name": f"g{nth}",
                "volumes": [
                    {
                        "name": "v",
                        "size": "1TiB",
                        "writes": f"{chance.randint(3, 9)}MiB",
                        "exposed": f"{chance.randint(1000, 9999)}MiB",
                        "used-by": [f"h{chance.randrange(10)}"],
                    }
                ],
            }
            for nth in range(14)
        ],
    }


def crowd() -> tuple[Any, Any]:
    """Goals and a state with so little room on appliances that places are looked for for long."""
    chance, count = Random(1), 20
    groups = [
        {
            "name": f"g{nth}",
            "priority": chance.randint(1, 9),
            "rpo": f"{chance.choice((5, 60, 300))}s",
            "rto": "10m",
            "window": "24h",
            "every-write": "2h",
            "outage-cost": chance.randint(1, 9999),
            "loss-cost": chance.randint(0, 50),
        }
        for nth in range(count)
    ]
    loads = [
        {
            "name": f"g{nth}",
            "iops": chance.randint(50, 150),
            "writes": {
                "every": "2h",
                "rates": [f"{chance.randint(1, 4000)}kB/s" for _ in range(12)],
            },
            "fold": [{"within": "15m", "unique": 0.7}],
            "ratios": {"fast": 0.6},
            "journal-ratio": 0.6,
        }
        for nth in range(count)
    ]
    state = changed(STATE, ("groups",), loads)
    state["links"] = [{"name": "wan", "bandwidth": f"{2 * count}MB/s", "rtt": "20ms"}]
    state["pools"][0]["bytes"] = f"{60 * count}GiB"
    state["appliances"] = [
        {"name": name, "rate": f"{count}MB/s", "iops": 100 * count, "cpu": 1}
        for name in ("a1", "a2", "a3")
    ]
    return {"goals": 1, "groups": groups}, state


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """What was planned before."""
    path = tmp_path / "plan.json"
    path.write_text("before", encoding="utf-8")
    return path


@pytest.fixture(params=[pytest.param("config", marks=IN_LONG), "placement"])
def planning(request: pytest.FixtureRequest, tmp_path: Path, output: Path) -> Iterator[Planning]:
    """A process that looks for a plan, and will for minutes."""
    if request.param == "config":
        words = (*written(tmp_path, *crowd()), "--output", str(output), "--effort", "1000")
        sign = "making least: places"
    else:
        path = tmp_path / "site.yaml"
        path.write_text(yaml.safe_dump(site()), encoding="utf-8")
        words = ("plan", "placement", str(path), "--work", "1000")
        sign = "placement: worst "
    found = Planning(words)
    try:
        found.until_shown(sign)
        time.sleep(SEARCHING_S)
        yield found
    finally:
        found.end()


def test_an_interrupt_ends_a_search_at_once_and_it_is_told_that_there_is_no_plan(
    planning: Planning, output: Path
) -> None:
    before = sorted(output.parent.iterdir())
    planning.process.send_signal(signal.SIGINT)
    out, _ = planning.process.communicate(timeout=AT_ONCE_S)
    assert (planning.process.returncode, out) == (Exit.INTERRUPTED, b"")
    shown = planning.rest()
    assert "no plan had been checked by then: --" in shown
    assert "isthmus: interrupted" in shown
    assert output.read_text(encoding="utf-8") == "before"
    assert sorted(output.parent.iterdir()) == before
