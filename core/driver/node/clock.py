"""The time, as the interface tells it, and ids that are in its order."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from core.errors import CoreError
from core.units import NANOSECONDS_PER_SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def now_ns() -> int:
    """Nanoseconds since 1970."""
    return time.time_ns()


def now_text() -> str:
    """The time, to the millisecond."""
    return time_text(time.time_ns() // 1_000_000 * 1_000_000)


def time_text(time_ns: int) -> str:
    """RFC 3339, in UTC, exactly."""
    whole, rest = divmod(time_ns, NANOSECONDS_PER_SECOND)
    moment = _EPOCH + timedelta(seconds=whole)
    fraction = f".{rest:09}" if rest else ""
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def parse_time(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time with an offset; raises CoreError."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment - _EPOCH) // _MICROSECOND * 1000
    except (TypeError, ValueError, OverflowError):
        raise CoreError(
            f"{text!r:.40} is no time with an offset", hint="write it as 2027-01-01T00:00:00Z"
        ) from None


def new_id() -> str:
    """An id that no other has, and that comes after all that were given before."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"
