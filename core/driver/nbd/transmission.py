"""The transmission phase of one connection: the data path.

# Theory of operation
#
# One thread, one socket, two buffers. Receive whatever has arrived; cut it into runs; execute each;
# send all replies in one call; move what is left of a last, incomplete request to the front only
# when there is no room behind it. What the client's queue depth brings is what is batched; nothing
# ever waits for more.
#
# Flushes, and writes that ask to be durable, are answered at the end of such a round: one sync then
# stands for all of them, and covers every write that any connection has been told of.
#
# Reads of a run are done one after another, which is best while their blocks are in memory. Where
# the system counts blocks that a disk had to bring, the reads of the next run are announced first.
#
# A write that is to be acknowledged later holds up nothing but its reply: see `holding.py`.
#
# A request that is not valid ends a run and is answered by itself; data that came with it is read
# and dropped. A request that fits into no buffer is received into a large one.
"""

import contextlib
import errno
import socket
import ssl
import struct
from collections.abc import Callable
from resource import RUSAGE_THREAD, getrusage
from time import monotonic
from typing import Final

from core.driver.nbd.buffers import LARGE_HELD_S, BufferPool, ExhaustedError
from core.driver.nbd.export import Export, Hold
from core.driver.nbd.holding import Held
from core.driver.nbd.outbox import Outbox
from core.wire.nbd.constants import Command, CommandFlag, Error
from core.wire.nbd.handshake import Serve
from core.wire.nbd.replies import block_status, done
from core.wire.nbd.requests import (
    MUTATIONS,
    READ_HEADS,
    Ending,
    Request,
    Rules,
    Run,
    cut_run,
    payload_bytes,
    refusal,
)

EXTENTS_MAX: Final = 1024
ALONE_BYTES: Final = 256 << 10  # what waits for more is received alone
WINDOW_BYTES: Final = (
    256 << 10
)  # beyond it nothing is received that could be here: caches are small
ROOM_BYTES_MIN: Final = 64 << 10
SHORT_SYNC_S: Final = 20e-6
PROBED_READS_MIN: Final = 4  # in a run; fewer have nothing to gain
DROPPED_BYTES_MAX: Final = 1 << 32
_DURABLE: Final = int(CommandFlag.FUA) << 16
_ONLY_ONE: Final = int(CommandFlag.REQ_ONE) << 16


class _LeaveError(Exception):
    """The connection ends."""


class Transmission:
    """Serves one export to one client until either leaves."""

    def __init__(
        self,
        sock: socket.socket,
        serve: Serve,
        export: Export,
        pool: BufferPool,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._sock, self._export, self._pool = sock, export, pool
        self._mode = serve.mode
        self._rules = Rules(serve.offer, serve.mode, serve.allocation)
        self._header_bytes = self._rules.layout.struct.size
        self._early = serve.early
        self._is_stopping = is_stopping
        self._wait_all = 0 if isinstance(sock, ssl.SSLSocket) else socket.MSG_WAITALL
        self._late: list[Request] = []  # answered after a sync
        self._held = Held(sock)
        self._sync_s = SHORT_SYNC_S * 2
        self._is_cold, self._blocks = False, 0  # did our last reads come from a disk?
        self._start = self._stop = 0  # what is received and not yet executed
        self._pending_bytes = 0  # the whole of the request at the start, where it is known

    def run(self) -> None:
        """Until the client leaves, breaks the protocol or is hung up on."""
        with self._pool.buffer() as received, self._pool.buffer() as replies:
            self._buffer, self._view = received, memoryview(received)
            self._out = Outbox(self._sock, replies, self._mode, self._pool)
            self._view[: len(self._early)] = self._early
            self._stop = len(self._early)
            try:
                self._round()
                while not self._is_stopping():
                    self._receive()
                    self._round()
                self._held.let_go(self._out)
                while True:
                    self._turn_away()
                    self._receive()
            except (_LeaveError, ExhaustedError, OSError):
                return

    def _receive(self) -> None:
        """Wait for more bytes, and make room for them first."""
        if self._held:
            self._held.wait(self._out)
        if self._pending_bytes > len(self._view):
            self._execute_large()
            return
        if self._start == self._stop:
            self._start = self._stop = 0
        room = WINDOW_BYTES - self._stop
        pending_end = self._start + self._pending_bytes
        if self._start and (room < ROOM_BYTES_MIN or pending_end > len(self._view)):
            kept = self._stop - self._start
            self._view[:kept] = self._view[self._start : self._stop]
            self._start, self._stop, pending_end = 0, kept, self._pending_bytes
        alone = pending_end - self._stop >= ALONE_BYTES
        if alone:
            flags = 0 if self._held else self._wait_all
            self._stop += self._some(self._view[self._stop : pending_end], flags)
        else:
            self._stop += self._some(self._view[self._stop :])

    def _some(self, target: memoryview, flags: int = 0) -> int:
        got = self._sock.recv_into(target, 0, flags)
        if got == 0:
            self._held.let_go(self._out)
            raise _LeaveError
        return got

    def _round(self) -> None:
        """Execute every whole request that has arrived, and answer all of them."""
        while True:
            run = cut_run(self._view, self._start, self._stop, self._rules)
            if run.requests:
                self._execute(run)
                self._start += len(run.received)
            if run.ending is Ending.SHORT:
                break
            if run.ending is Ending.ODD:
                self._odd()
        self._answer()
        self._pending_bytes = 0
        if self._stop - self._start >= self._header_bytes:
            request = self._request()
            self._pending_bytes = self._header_bytes + payload_bytes(request, self._mode)

    def _turn_away(self) -> None:
        """Answer what came after the end had begun: none of it is done."""
        while self._stop - self._start >= self._header_bytes:
            request = self._request()
            if not self._is_meant(request):
                raise _LeaveError
            self._start += self._header_bytes
            self._drop(payload_bytes(request, self._mode))
            self._out.fail(request, Error.ESHUTDOWN)
        self._pending_bytes = 0
        self._out.send()

    def _is_meant(self, request: Request) -> bool:
        """Is it a request, and none to leave?"""
        head = request[0]
        return head >> 32 == self._rules.layout.magic and head & 0xFFFF != Command.DISC

    def _request(self) -> Request:
        found: Request = self._rules.layout.struct.unpack_from(self._buffer, self._start)
        return found

    def _execute(self, run: Run) -> None:
        """Write what is written, read what is read, and gather the replies."""
        if run.mutations:
            self._write(run)
        if run.reads:
            self._read(run)

    def _write(self, run: Run) -> None:
        mutations = run.requests
        try:
            errors = self._export.write_run(run)
        except OSError as error:
            errors = dict.fromkeys(range(len(mutations)), error.errno or errno.EIO)
        hold = self._export.hold(len(run.received))
        if not (errors or run.durable or run.reads or hold):
            self._out.put(done(mutations, self._mode))
            return
        good = []
        for index, request in enumerate(mutations):
            if request[0] in READ_HEADS:
                continue
            if index in errors:
                self._out.fail(request, errors[index])
            elif request[0] & _DURABLE:
                self._late.append(request)
            else:
                good.append(request)
        self._reply(done(good, self._mode), hold)

    def _reply(self, reply: bytes, hold: Hold | None) -> None:
        if hold is None:
            self._out.put(reply)
        else:
            self._held.put(hold, reply)

    def _read(self, run: Run) -> None:
        """Read one after another, but have the disk work on all of them where it has to."""
        if self._is_cold:
            for head, _, offset, length in run.requests:
                if head in READ_HEADS:
                    with contextlib.suppress(OSError):  # then reading it tells
                        self._export.cache(offset, length)
        self._out.put_reads(run.requests, self._export.read)
        if run.reads >= PROBED_READS_MIN:
            blocks = getrusage(RUSAGE_THREAD).ru_inblock
            self._is_cold, self._blocks = blocks != self._blocks, blocks

    def _execute_large(self) -> None:
        """Receive a write that fits into no buffer of ours, and execute it alone."""
        size = self._pending_bytes
        with self._pool.large() as buffer:
            view = memoryview(buffer)
            got = self._stop - self._start
            view[:got] = self._view[self._start : self._stop]
            self._start = self._stop = self._pending_bytes = 0
            deadline = monotonic() + LARGE_HELD_S
            self._wait_at_most(LARGE_HELD_S)
            while got < size:
                if monotonic() > deadline:
                    raise _LeaveError
                got += self._some(view[got:size], self._wait_all)
            self._wait_at_most(0)
            run = cut_run(view, 0, size, self._rules)
            assert len(run.requests) == 1, "only a valid write is waited for"
            self._execute(run)

    def _wait_at_most(self, seconds: int) -> None:
        """In one call that receives; 0 is for ever."""
        patience = struct.pack("ll", seconds, 0)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)

    def _odd(self) -> None:
        """The request at the start, which belongs to no run."""
        request = self._request()
        if not self._is_meant(request):
            self._answer()
            self._held.let_go(self._out)
            raise _LeaveError
        self._start += self._header_bytes
        carried = payload_bytes(request, self._mode)
        if carried:
            self._drop(carried)
            error = refusal(request, self._rules) or Error.EINVAL
        else:
            error = refusal(request, self._rules)
        if error:
            self._out.fail(request, error)
        else:
            self._do(request)

    def _do(self, request: Request) -> None:
        head, _, offset, length = request
        command = head & 0xFFFF
        assert command not in MUTATIONS
        try:
            if command == Command.FLUSH:
                self._late.append(request)
                return
            if command == Command.CACHE:
                self._export.cache(offset, length)
                reply = done((request,), self._mode)
            else:
                most = 1 if head & _ONLY_ONE else EXTENTS_MAX
                extents = self._export.extents(offset, length, most)
                reply = block_status(request, extents, self._mode)
        except OSError as error:
            self._out.fail(request, error.errno)
        else:
            self._out.put(reply)

    def _drop(self, size: int) -> None:
        """Data of a request that is refused."""
        if size > DROPPED_BYTES_MAX:
            raise _LeaveError
        here = min(size, self._stop - self._start)
        self._start += here
        size -= here
        if size:
            self._answer()
            self._start = self._stop = 0
        while size:
            size -= self._some(self._view[: min(size, len(self._view))])

    def _answer(self) -> None:
        """Send what is known, then what is known after a sync.

        Where the last sync took less time than sending does, all of it is sent after this one.
        """
        if not self._late:
            self._out.send()
            return
        if self._sync_s > SHORT_SYNC_S:
            self._out.send()
        late, self._late = self._late, []
        began = monotonic()
        try:
            self._export.flush()
        except OSError as error:
            for request in late:
                self._out.fail(request, error.errno)
        else:
            self._reply(done(late, self._mode), self._held.last)
        self._sync_s = monotonic() - began
        self._out.send()
