"""When a host's write is acknowledged, where there is a copy."""

from enum import StrEnum


class Mode(StrEnum):
    """What a copy has of a write by then."""

    SYNC = "sync"  # it has it in memory, too
    ASYNC = "async"  # nothing for certain: production has it
