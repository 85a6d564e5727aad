"""The key of signatures, which is in a file that nobody else can read, and nowhere else."""

import os
import stat

from core.errors import CoreError
from core.structure.signature import KEY_BYTES_MAX, KEY_BYTES_MIN


def read_key(name: str) -> bytes:
    """All bytes of the file, none left out; raises CoreError where they are no key, or known."""
    number = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        mode = stat.S_IMODE(os.fstat(number).st_mode)
        if mode & 0o077:
            raise CoreError(
                f"others may have read the key: its mode is {mode:04o}",
                where=name,
                hint="make a new one, for its owner alone: `umask 077; head -c 32 /dev/urandom > "
                "FILE`",
            )
        key = b""
        while len(key) <= KEY_BYTES_MAX and (more := os.read(number, KEY_BYTES_MAX + 1)):
            key += more
    finally:
        os.close(number)
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        told = f"{len(key)}" if len(key) <= KEY_BYTES_MAX else f"more than {KEY_BYTES_MAX}"
        raise CoreError(
            f"a key has {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes, and this file {told}",
            where=name,
            hint="`head -c 32 /dev/urandom` makes a good one",
        )
    return key
