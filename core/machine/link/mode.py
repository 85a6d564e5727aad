"""When a host's write is acknowledged, where there is a copy."""

from enum import StrEnum


class Mode(StrEnum):
    """What a copy has of a write by then."""

    SYNC = "sync"  # it has it in memory, too
    SEMI_SYNC = "semi-sync"  # it has all but the last of what was written
    ASYNC = "async"  # nothing for certain: production has it
