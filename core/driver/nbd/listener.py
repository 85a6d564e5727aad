"""Sockets that clients connect to."""

import contextlib
import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.errors import CoreError

BACKLOG: Final = 1024
_PATH_BYTES_MAX: Final = 107  # of a unix socket, without the NUL behind it
_HINTS: Final = {
    errno.EADDRINUSE: "somebody listens there already: stop it, or take another port, "
    "of which 0 is one that is free",
    errno.EACCES: "take a place where you may listen",
    errno.EADDRNOTAVAIL: "that is no address of this machine: take one that is",
    errno.ENOENT: "there is no such folder: make it, or take another path",
    errno.ENOTDIR: "that is in no folder: take another path",
}


class Listener:
    """A socket that is bound, and the file that goes with it. Nobody can connect before `open`."""

    def __init__(self, sock: socket.socket, path: Path | None = None) -> None:
        """A file is bound beside its path, and gets that when it is opened."""
        self.sock, self._path = sock, path
        self._beside = None if path is None else Path(sock.getsockname())
        self._inode = 0

    @property
    def address(self) -> str:
        """Where it listens, for people and for URIs."""
        if self._path is not None:
            return str(self._path)
        host, port = self.sock.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def open(self) -> None:
        """Let clients connect: they wait until somebody accepts them."""
        try:
            self.sock.listen(BACKLOG)
            if self._path is not None and self._beside is not None:
                _refuse_occupied(self._path)
                self._inode = self._beside.stat().st_ino
                self._beside.rename(self._path)
                self._beside = None
        except OSError as error:
            raise _cannot(error, self.address) from error

    def close(self) -> None:
        """Wake whoever waits in accept, and take away the file if it is still ours."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        path, self._path = self._path, None
        with contextlib.suppress(FileNotFoundError):
            if self._beside is not None:
                self._beside.unlink()
            elif path is not None and path.stat().st_ino == self._inode:
                path.unlink()


def bind_unix(path: Path) -> Listener:
    """Take a path that only its owner can connect to.

    The socket is made beside the path and renamed over it when it is opened: a stale one is
    replaced in one step, and nobody can connect before the permissions are right.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    if len(os.fsencode(beside)) > _PATH_BYTES_MAX:
        raise CoreError(
            "the path is too long for a socket",
            where=str(path),
            hint=f"at most {_PATH_BYTES_MAX} bytes, some of which we need ourselves",
        )
    _refuse_occupied(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        beside.unlink(missing_ok=True)
        sock.bind(str(beside))
        beside.chmod(0o600)
        return Listener(sock, path)
    except OSError as error:
        sock.close()
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _cannot(error, str(path)) from error


def listen_unix(path: Path) -> Listener:
    """The same, opened."""
    listener = bind_unix(path)
    try:
        listener.open()
    except BaseException:
        listener.close()
        raise
    return listener


def _cannot(error: OSError, where: str) -> CoreError:
    return CoreError(
        f"cannot listen: {error.strerror}", where=where, hint=_HINTS.get(error.errno or 0, "")
    )


def _refuse_occupied(path: Path) -> None:
    """A socket that nobody listens on may go; anything else is somebody's."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot(error, str(path)) from error
    if not stat.S_ISSOCK(mode):
        raise CoreError("there is a file that is no socket", where=str(path), hint="move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                return
            if not isinstance(error, TimeoutError) and error.errno != errno.EAGAIN:
                raise _cannot(error, str(path)) from error
    raise CoreError(
        "somebody listens there already", where=str(path), hint="stop it, or take another path"
    )


def is_loopback(host: str) -> bool:
    """Do all addresses of this host stay within the machine?"""
    return all(
        ipaddress.ip_address(address.partition("%")[0]).is_loopback
        for _, address in _resolved(host, 0)
    )


def _resolved(host: str, port: int) -> Iterator[tuple[int, str]]:
    """The families and addresses that a host has; none is everywhere."""
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise CoreError(f"no such address: {error.strerror}", where=host) from error
    yield from dict.fromkeys((family, str(name[0])) for family, _, _, _, name in found)


def refuse_plain(host: str, port: int) -> None:
    """Raises CoreError for a host that others reach: without TLS the machine alone is served."""
    if not is_loopback(host):
        raise CoreError(
            "without TLS anybody on the network could read and write the volumes",
            where=f"{host}:{port}",
            hint="set up TLS, or listen on 127.0.0.1 or a unix socket",
        )


def bind_tcp(host: str, port: int) -> list[Listener]:
    """Take every address of a host, IPv4 and IPv6; port 0 is one that is free."""
    listeners: list[Listener] = []
    try:
        for family, address in _resolved(host, port):
            sock = socket.socket(family, socket.SOCK_STREAM)
            listeners.append(Listener(sock))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((address, port))
            port = sock.getsockname()[1]
    except OSError as error:
        for each in listeners:
            each.close()
        raise _cannot(error, f"{host or '*'}:{port}") from error
    return listeners


def listen_tcp(host: str, port: int) -> list[Listener]:
    """The same, opened."""
    listeners = bind_tcp(host, port)
    try:
        for each in listeners:
            each.open()
    except BaseException:
        for each in listeners:
            each.close()
        raise
    return listeners
