"""Moments as people write and read them: RFC 3339, always with all the digits that they have."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from core.errors import CoreError
from core.units import NANOSECONDS_PER_SECOND, parse_duration

_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))"
)
_AGO: Final = re.compile(r"-((?:\d+(?:\.\d+)?\s*(?:ns|us|ms|s|m|h|d|w)\s*)+)")
_STEP: Final = re.compile(r"\d+(?:\.\d+)?\s*[a-z]+")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HINT: Final = (
    "write a time as 2026-03-02T14:05:00Z, or with +02:00, or as -90s or -1h30m before now"
)


def parse_moment(text: str, *, now_ns: int) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time with an offset, or of `-1h30m` before now."""
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now_ns - sum(parse_duration(step) for step in _STEP.findall(ago[1]))
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise CoreError(f"{text!r} is no time", hint=HINT)
    day, clock, fraction, _, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
    except ValueError as error:
        raise CoreError(f"{text!r} is no time: {error}", hint=HINT) from None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * NANOSECONDS_PER_SECOND + int((fraction or "0").ljust(9, "0"))


def moment_text(time_ns: int) -> str:
    """The moment in UTC, exactly; what it prints may be given as a point again."""
    seconds, rest = divmod(time_ns, NANOSECONDS_PER_SECOND)
    try:
        whole = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:
        return f"{time_ns} ns"
    fraction = f".{rest:09}" if rest else ""
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{whole}{fraction}Z"
