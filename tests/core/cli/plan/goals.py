"""Goals and a state of a small system, as files; and each as a mapping to be changed."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

GOALS: Final[dict[str, Any]] = {
    "goals": 1,
    "groups": [
        {
            "name": "payroll",
            "priority": 9,
            "rpo": "10s",
            "rto": "1m",
            "window": "24h",
            "every-write": "2h",
            "points-every": "1h",
            "test-access": "2h",
            "outage-cost": 20000,
            "loss-cost": 50,
        },
        {"name": "archive", "rpo": "4h", "rto": "4h", "window": "7d", "every-write": "1h"},
    ],
}
STATE: Final[dict[str, Any]] = {
    "state": 1,
    "disasters-per-year": 0.1,
    "appliances": [
        {"name": "a1", "rate": "100MB/s", "iops": 40000, "cpu": 4},
        {"name": "a2", "rate": "100MB/s", "iops": 40000, "cpu": 4},
    ],
    "links": [
        {
            "name": "wan",
            "bandwidth": "25MB/s",
            "rtt": "20ms",
            "cost": 1200,
            "windows": [{"from": "08:00", "to": "18:00", "bandwidth": "15MB/s"}],
        }
    ],
    "pools": [
        {
            "name": "far",
            "bytes": "2TiB",
            "iops": 20000,
            "apply": "100MB/s",
            "memory": "16GiB",
            "cost": 0.2,
        }
    ],
    "compression": [{"level": "fast", "cpu": 0.01}],
    "groups": [
        {
            "name": "payroll",
            "iops": 800,
            "writes": {
                "every": "2h",
                "rates": ["1MB/s", "1MB/s", "1MB/s", "3MB/s", "8MB/s", "9MB/s"] * 2,
            },
            "fold": [{"within": "15m", "unique": 0.7}, {"within": "1h", "unique": 0.5}],
            "ratios": {"fast": 0.6},
            "journal-ratio": 0.6,
        },
        {
            "name": "archive",
            "iops": 100,
            "writes": {"every": "6h", "rates": ["1MB/s", 0, 0, "4MB/s"]},
            "fold": [{"within": "1h", "unique": 0.6}, {"within": "4h", "unique": 0.3}],
            "ratios": {"fast": 0.5},
        },
    ],
}


def written(folder: Path, goals: Any = GOALS, state: Any = STATE) -> tuple[str, ...]:
    """The words of a command that plans from them."""
    for name, value in (("goals.yaml", goals), ("state.yaml", state)):
        text = yaml.safe_dump(value, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    return ("plan", "config", str(folder / "goals.yaml"), "--state", str(folder / "state.yaml"))


def changed(value: Any, path: tuple[str | int, ...], to: Any) -> Any:
    """A copy in which one thing is something else, or is not there where `to` is None."""
    copied = deepcopy(value)
    holder = copied
    for step in path[:-1]:
        holder = holder[step]
    if to is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = to
    return copied
