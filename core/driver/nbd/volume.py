"""A volume on one backend as an export, whose writes nobody keeps."""

import errno
import os
from collections.abc import Mapping
from typing import Final

from core.driver.backend.backend import Backend, Writable, read_exactly, write_exactly
from core.wire.nbd.constants import Command, CommandFlag, TransmissionFlag
from core.wire.nbd.offer import BlockSizes, Offer
from core.wire.nbd.requests import WRITE_HEADS, Run

FEATURES: Final = (
    TransmissionFlag.SEND_FLUSH
    | TransmissionFlag.SEND_FUA
    | TransmissionFlag.SEND_TRIM
    | TransmissionFlag.SEND_WRITE_ZEROES
    | TransmissionFlag.SEND_FAST_ZERO
    | TransmissionFlag.SEND_CACHE
    | TransmissionFlag.CAN_MULTI_CONN
)
FEATURES_READ_ONLY: Final = (
    TransmissionFlag.READ_ONLY
    | TransmissionFlag.SEND_FLUSH
    | TransmissionFlag.SEND_FUA
    | TransmissionFlag.SEND_CACHE
    | TransmissionFlag.CAN_MULTI_CONN
)
_NO_HOLE: Final = int(CommandFlag.NO_HOLE) << 16
_FAST_ZERO: Final = int(CommandFlag.FAST_ZERO) << 16
_BLOCKS: Final = BlockSizes()
_NO_ERRORS: Final[Mapping[int, int]] = {}


class VolumeExport:
    """A volume whose writes go straight to its backend."""

    def __init__(
        self,
        name: str,
        backend: Backend,
        *,
        description: str = "",
        read_only: bool = False,
        blocks: BlockSizes = _BLOCKS,
    ) -> None:
        features = FEATURES_READ_ONLY if read_only else FEATURES
        if backend.rotational:
            features |= TransmissionFlag.ROTATIONAL
        size = backend.size // blocks.minimum * blocks.minimum
        self.offer = Offer(
            name=name, size=size, description=description, features=features, blocks=blocks
        )
        self._backend = backend
        self._fd = backend.fd
        self.flush, self.extents = backend.sync, backend.extents

    def attach(self) -> None:
        """The backend is open already; one that has failed serves nobody."""
        self._backend.check()

    def detach(self) -> None:
        """Nothing is kept for a connection."""

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Do it, and say nothing of it where a sync has failed meanwhile."""
        self._backend.check()
        errors = write_requests(self._backend, run)
        self._backend.check()
        return errors

    def hold(self, size: int) -> None:
        """Nobody has to be slowed down."""

    def read(self, target: memoryview, offset: int) -> None:
        """Read straight into the reply."""
        if os.preadv(self._fd, (target,), offset) != len(target):
            read_exactly(self._fd, target, offset)

    def cache(self, offset: int, length: int) -> None:
        """Have the system read ahead."""
        self._backend.prefetch(offset, length)


def write_requests(backend: Writable, run: Run) -> Mapping[int, int]:
    """Do every write, trim and zeroes of a run, in order; the errors by index.

    This is the loop that every written block goes through.
    """
    received, header, fd = run.received, run.header_bytes, backend.fd
    pwrite = os.pwrite
    at = 0
    try:
        for head, _, offset, length in run.requests:
            at += header
            if head in WRITE_HEADS:
                after = at + length
                if pwrite(fd, received[at:after], offset) != length:
                    write_exactly(fd, received[at:after], offset)
                at = after
            else:
                _hollow(backend, head, offset, length)
    except OSError:
        return _written_singly(backend, run)
    return _NO_ERRORS


def _written_singly(backend: Writable, run: Run) -> Mapping[int, int]:
    """Once more, with an error for each that fails: to write again what was written is harmless."""
    errors: dict[int, int] = {}
    at = 0
    for index, (head, _, offset, length) in enumerate(run.requests):
        at += run.header_bytes
        carried = length if head in WRITE_HEADS else 0
        try:
            if carried:
                write_exactly(backend.fd, run.received[at : at + carried], offset)
            else:
                _hollow(backend, head, offset, length)
        except OSError as error:
            errors[index] = error.errno or errno.EIO
        at += carried
    return errors


def _hollow(backend: Writable, head: int, offset: int, length: int) -> None:
    """A request without data; a read is not for us."""
    kind = head & 0xFFFF
    if kind == Command.TRIM:
        backend.trim(offset, length)
    elif kind == Command.WRITE_ZEROES:
        backend.zero(
            offset,
            length,
            allocated=bool(head & _NO_HOLE),
            fast=bool(head & _FAST_ZERO),
        )
