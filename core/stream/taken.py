"""That a copy was taken over: it has become production at its site, and receives nothing more."""

import json
from typing import Final, NamedTuple

import xxhash

from core.errors import CoreError
from core.stream.anew import write_anew
from core.stream.identity import NotAJournalError
from core.structure.medium import Folder

TAKEN: Final = "taken"
_BYTES_MAX: Final = 4096


class Taken(NamedTuple):
    """Its images have every write up to `point`, and none behind it."""

    point: int

    def refusal(self, where: str) -> CoreError:
        """Why nothing more is received."""
        return CoreError(
            f"this copy was taken over at write {self.point}, and receives nothing more",
            where=where,
            hint="production is at its site now: look which of both is the one to keep",
        )


def write_taken(folder: Folder, taken: Taken) -> None:
    """Say so durably; it is never taken back."""
    body = json.dumps(taken._asdict()).encode()
    write_anew(folder, TAKEN, body + b"\n" + xxhash.xxh3_64_hexdigest(body).encode())


def read_taken(folder: Folder, *, where: str) -> Taken | None:
    """What was said; None where the copy was not taken over."""
    if TAKEN not in folder.names():
        return None
    file = folder.open(TAKEN, writable=False)
    try:
        packed = bytearray(min(file.size(), _BYTES_MAX))
        file.read_into(packed, 0)
    finally:
        file.close()
    body, _, digest = bytes(packed).rpartition(b"\n")
    if digest != xxhash.xxh3_64_hexdigest(body).encode():
        raise NotAJournalError(
            "damaged: it was taken over, and at which write is not known", where=f"{where}/{TAKEN}"
        )
    return Taken(**json.loads(body))
