"""The concrete model: what is configured for one group, and what is predicted of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.units import NANOSECONDS_PER_SECOND

MIB: Final = 1 << 20
BANDWIDTH_MIN: Final = 64 << 10
"""Bytes in a second; less would not keep a link alive."""
LAG_NS_MIN: Final = NANOSECONDS_PER_SECOND
LAG_BYTES_MIN: Final = 4 << 20
INTERVALS_NS: Final = tuple(
    seconds * NANOSECONDS_PER_SECOND for seconds in (60, 300, 900, 3600, 14_400, 86_400)
)
LOG_PERCENT_MIN, LOG_PERCENT_MAX = 5, 60
JOURNAL_BYTES_MIN: Final = 64 * MIB
FAST_FORWARD, WITH_HISTORY = 3, 5
"""Operations of a disk for each write that is applied: without history, and with it."""


class Sending(StrEnum):
    """When a copy gets what hosts write; as modes of a copy, and two beside."""

    SYNC = "sync"
    SEMI_SYNC = "semi-sync"
    ASYNC = "async"
    SNAPSHOT = "snapshot"
    MARK = "mark"  # it is given up for now: what it lacks is marked on the host


class Access(StrEnum):
    """How an image is opened after a disaster."""

    VIRTUAL = "virtual"  # at once, through a map in memory
    LOGGED = "logged"  # once all that came is applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """All that is decided of a group.

    `share` is of the link, in parts of `SHARES`. `within_ns` bounds the lag where it is regulated
    or semi-sync; `spacing_ns` is 0 where every write is kept for the whole window.
    """

    sending: Sending
    interval_ns: int
    level: str
    share: int
    regulated: bool
    within_ns: int
    access: Access
    journal_bytes: int
    log_percent: int
    journal_compression: bool
    spacing_ns: int
    phases: int
    appliance: str
    standby: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What is to be expected of a group with its setting; `loss_ns` is the mean of the lag, and
    `cents` what all of it costs in a year."""

    rpo_ns: int
    loss_ns: int
    rto_ns: int
    held_ns: int
    window_ns: int
    bandwidth: int
    unapplied_bytes: int
    memory_bytes: int
    cpu: int
    iops: int
    cents: int


TRANSFER_FIELDS: Final = ("sending", "interval_ns", "level", "share", "regulated", "access")
STORAGE_FIELDS: Final = (
    *("journal_bytes", "log_percent", "journal_compression", "spacing_ns", "phases"),
)
PLACE_FIELDS: Final = ("appliance", "standby")
