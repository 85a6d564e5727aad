"""How fast signatures are made, and checked, in the background.

There is a budget of bytes a second, of which a sixteenth is used while hosts write. However slow
the medium is, it and a core are used for a tenth of the time at most, or for a hundredth: what
takes longer than usual is taken for load that others make, and waited for that much longer.

While none is missing, and hosts are quiet, what the medium holds is read once more and checked, at
a sixteenth of the budget.
"""

from typing import Final

BUDGET_BYTES: Final = 32 << 20
BUSY_PART: Final = 16
CHECK_PART: Final = 16
QUIET_S: Final = 0.5
"""Hosts are quiet once they have not written for so long."""
IDLE_S: Final = 0.2
_SHARE, _SHARE_BUSY = 10, 100


def pause_s(size: int, took_s: float, *, rate: int, is_busy: bool) -> float:
    """For how long nothing is done after so many bytes were read and signed in that time."""
    share = _SHARE_BUSY if is_busy else _SHARE
    within = rate / (BUSY_PART if is_busy else 1)
    return max(0.0, size / within - took_s, took_s * (share - 1))


def check_pause_s(size: int, *, rate: int) -> float:
    """For how long nothing is done after so many bytes were checked, be they holes or not."""
    return size * CHECK_PART / rate
