"""`isthmus image close`: end the process that serves a point on a unix socket."""

import os
import re
import select
import signal
import socket
import struct
from pathlib import Path
from typing import Final

import click

from core.cli.exits import exits
from core.errors import CoreError

_CREDENTIALS: Final = struct.Struct("3i")  # process, user, group
_PORT: Final = re.compile(r".*:\d+")
_PATIENCE_S: Final = 10.0
_END_S: Final = 600.0


@click.command("close", epilog=exits())
@click.argument("listen", metavar="unix:PATH")
def command(*, listen: str) -> None:
    """End what `isthmus image open --listen unix:PATH` began, and with it what was written there.

    It waits until replicas are given back what they held.

    \b
    Example:
      isthmus image close unix:then.sock
    """
    path = listen.removeprefix("unix:")
    if path == listen and not Path(path).exists() and _PORT.fullmatch(path):
        raise CoreError(
            "who serves at a port cannot be found by it",
            where=listen,
            hint="end its process by SIGTERM, or have it --listen on a unix socket, too",
        )
    number = _server_of(path)
    arguments = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    if b"image" not in arguments or b"open" not in arguments:
        raise CoreError(
            f"process {number} serves there, and was not begun by `isthmus image open`",
            where=path,
            hint="end it by other means, if it is to end",
        )
    # By this its end is seen, whoever has begun it, and no other process is meant by it.
    watched = os.pidfd_open(number)
    try:
        signal.pidfd_send_signal(watched, signal.SIGTERM)
        ended, _, _ = select.select([watched], [], [], _END_S)
    finally:
        os.close(watched)
    if not ended:
        raise CoreError(
            f"process {number} did not end in {_END_S:g} s",
            where=path,
            hint="replicas may have much to be given back: look at it, and wait",
        )


def _server_of(path: str) -> int:
    """The process that listens on a unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_PATIENCE_S)
        try:
            asking.connect(path)
        except OSError as error:
            raise CoreError(
                f"nobody serves there: {error.strerror}",
                where=path,
                hint="name the socket as it was named to `isthmus image open --listen`",
            ) from error
        credentials = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    number, _, _ = _CREDENTIALS.unpack(credentials)
    return int(number)
