"""Sizes in bytes and times in nanoseconds, as people write and read them."""

import re
from typing import Final

from core.errors import CoreError

NANOSECONDS_PER_SECOND: Final = 1_000_000_000
NANOSECONDS_PER_MILLISECOND: Final = 1_000_000

_PREFIXES: Final = "KMGTP"
_SIZE: Final = re.compile(rf"(\d{{1,30}})\s*(?:([{_PREFIXES}])(i?B)?|B)?", re.IGNORECASE)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION: Final = re.compile(r"(\d+(?:\.\d{1,9})?)\s*(ns|us|ms|s|m|h|d|w)")
_FRACTIONS: Final = {"ns": 1, "us": 1_000, "ms": 1_000_000}


def parse_size(text: str) -> int:
    """Bytes of `20GiB`, `20G`, `20GB` or `4096`: of the third, and so of all that end in B without
    an i, the prefix is decimal, and otherwise binary."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise CoreError(f"{text!r} is no size", hint="write it as 4096, 64MiB or 20GiB")
    count, prefix, unit = match.groups()
    base = 1000 if (unit or "").upper() == "B" else 1024
    power = _PREFIXES.index(prefix.upper()) + 1 if prefix else 0
    return int(count) * int(base**power)


def size_text(size: int) -> str:
    """The shortest exact or one-decimal form: `20GiB`, `1.5MiB`, `512B`."""
    unit, scale = "B", 1
    for prefix in "KMGTP":
        if size < scale << 10:
            break
        unit, scale = f"{prefix}iB", scale << 10
    whole, rest = divmod(size, scale)
    return f"{whole}{unit}" if rest == 0 else f"{size / scale:.1f}{unit}"


def count_text(count: int, noun: str) -> str:
    """`1 range`, `2 ranges`: of nouns that take an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def parse_duration(text: str) -> int:
    """Nanoseconds of `24h`, `90s`, `1.5h` or `250ms`."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise CoreError(f"{text!r} is no duration", hint="write it as 90s, 15m, 24h or 7d")
    whole, _, fraction = match[1].partition(".")
    scale = _FRACTIONS.get(match[2]) or _SECONDS[match[2]] * NANOSECONDS_PER_SECOND
    return int(whole) * scale + int((fraction or "0").ljust(9, "0")) * scale // 10**9


def duration_text(nanoseconds: int) -> str:
    """At most two units, the largest first: `1d2h`, `15m`, `2.5s`, `40ms`."""
    if nanoseconds < NANOSECONDS_PER_SECOND:
        return f"{nanoseconds // 1_000_000}ms"
    seconds = nanoseconds // NANOSECONDS_PER_SECOND
    if seconds < 60:
        tenths = nanoseconds // (NANOSECONDS_PER_SECOND // 10)
        return f"{tenths // 10}s" if tenths % 10 == 0 else f"{tenths / 10}s"
    parts = []
    for unit, scale in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, scale)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])
