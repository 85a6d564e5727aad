"""What becomes of a connection, on the side that waits, until production has said who it is."""

import socket
import time
from contextlib import suppress
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.peers import Hello, expect, parse_hello, refuse
from core.driver.link.tls import LinkTls, accepted, refuse_others
from core.driver.link.wire import ClosedError, Plain, Wire
from core.errors import CoreError
from core.wire.link import MAGIC, BrokenLinkError, Kind

_HANDSHAKE: Final = b"\x16"  # the type of the record with which TLS begins
_FRAME: Final = MAGIC.to_bytes(4, "little")[:1]
_PARTING_S: Final = 1.0
_PARTING_BYTES: Final = 1 << 16


def greeted(sock: socket.socket, tls: LinkTls | None, patience_s: float) -> tuple[Channel, Hello]:
    """A link with production, and its hello, both within that time.

    Raises CoreError or OSError for anybody else, after they were told why.
    """
    deadline = time.monotonic() + patience_s
    sock.settimeout(patience_s)
    try:
        _refuse_mismatch(sock, patience_s, is_secured=tls is not None)
        wire: Wire = Plain(sock) if tls is None else _known(sock, tls, deadline)
        channel = Channel(wire, patience_s=patience_s)
        return channel, parse_hello(expect(channel, Kind.HELLO, deadline=deadline))
    except (OSError, CoreError):
        _part(sock)
        raise


def _known(sock: socket.socket, tls: LinkTls, deadline: float) -> Wire:
    wire = accepted(sock, tls, deadline)
    try:
        refuse_others(wire, tls.peer)
    except CoreError as error:
        left_s = max(0.0, deadline - time.monotonic())
        refuse(Channel(wire, patience_s=left_s), error)
        raise
    return wire


def _refuse_mismatch(sock: socket.socket, patience_s: float, *, is_secured: bool) -> None:
    """Tell who speaks plainly where TLS is spoken, or the reverse, in words that it understands."""
    first = sock.recv(1, socket.MSG_PEEK)
    if not first:
        raise ClosedError("it has left before it said who it is")
    if first == (_HANDSHAKE if is_secured else _FRAME):
        return
    if first not in (_HANDSHAKE, _FRAME):
        raise BrokenLinkError("what came is no link")
    error = CoreError(
        "production speaks without TLS, and the copy waits for it"
        if is_secured
        else "production speaks TLS, and the copy waits without",
        hint="give certificates to both sides, or to none",
    )
    refuse(Channel(Plain(sock), patience_s=patience_s), error)
    raise error


def _part(sock: socket.socket) -> None:
    """Have what was said arrive: a socket that is closed before all was read takes it back."""
    deadline, left = time.monotonic() + _PARTING_S, _PARTING_BYTES
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        while left > 0 and (within_s := deadline - time.monotonic()) > 0:
            sock.settimeout(within_s)
            got = len(sock.recv(left))
            if not got:
                return
            left -= got
