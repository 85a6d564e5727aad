"""What the files of a journal are called."""

import re
from typing import Final

from core.wire.segment import Stream

IDENTITY: Final = "journal.json"

_NAME: Final = re.compile(r"(do|undo|access)-([0-9a-f]{8})\.(?:data|meta)")


def data_name(stream: Stream, number: int) -> str:
    """The file of what a segment holds."""
    return f"{stream.name.lower()}-{number:08x}.data"


def meta_name(stream: Stream, number: int) -> str:
    """The file of its records."""
    return f"{stream.name.lower()}-{number:08x}.meta"


def spare_names(stream: Stream) -> tuple[str, str]:
    """The data and meta files that are made ready to be used for the first time."""
    return f"free-{stream.name.lower()}-spare.data", f"free-{stream.name.lower()}-spare.meta"


def free_names(names: tuple[str, ...], stream: Stream) -> list[tuple[str, str]]:
    """The data and meta files of a stream that wait to be used again, in pairs."""
    return [
        (name, name.removesuffix("data") + "meta")
        for name in names
        if name.startswith(f"free-{stream.name.lower()}-") and name.endswith(".data")
    ]


def leftovers(names: tuple[str, ...], stream: Stream) -> tuple[str, ...]:
    """What an interrupted change of names left of a stream: drafts, and one free file of two."""
    there = set(names)
    mine = stream.name.lower()
    return tuple(
        name
        for name in names
        if (name.startswith((f"{mine}-", f"free-{mine}-")) and name.endswith(".new"))
        or (name.startswith(f"free-{mine}-") and _other_half(name) not in there)
    )


def _other_half(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{'meta' if suffix == 'data' else 'data'}"


def numbers(names: tuple[str, ...], stream: Stream) -> tuple[int, ...]:
    """The segments of which one of the two files is among those of a folder, in order."""
    matches = (_NAME.fullmatch(name) for name in names)
    return tuple(
        sorted({int(each[2], 16) for each in matches if each and each[1] == stream.name.lower()})
    )
