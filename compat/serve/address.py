"""Addresses as people write them: `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/service.sock`."""

import socket
import stat
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from compat.errors import CompatError

_FORMS = "write host:port, [v6 address]:port or unix:/path/to/socket"
_BACKLOG = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen. `path` is set for a Unix socket, `host` and `port` (0: any) otherwise."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """The address that `text` stands for."""
    if text.startswith("unix:"):
        if not (path := text.removeprefix("unix:")):
            raise CompatError("the address names no socket", where=text, hint=_FORMS)
        return Address(path=path)
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.netloc != text:
        raise CompatError("this is no address to listen on", where=text, hint=_FORMS)
    return Address(host=host, port=port)


def reaches(host: str, port: int, address: Address) -> bool:
    """Would a connection to this host and port be answered by whoever listens at `address`?

    A name that nothing resolves reaches nobody. Of what listens at every address of the machine
    only the loopback is known to be one of them.
    """
    if address.path or port != address.port:
        return False
    try:
        called = {ip_address(each) for each in _resolved(host, port)}
        listening = ip_address(_resolved(address.host, port)[0])
    except OSError:
        return host == address.host
    everywhere = listening.is_unspecified and any(each.is_loopback for each in called)
    return everywhere or listening in called


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for _, _, _, _, where in found]


def bind(address: Address) -> socket.socket:
    """A listening socket; a Unix socket that a dead process left behind is replaced."""
    try:
        return _bind_unix(Path(address.path)) if address.path else _bind_tcp(address)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "is it in use, or not yours?"
        raise CompatError(f"cannot listen: {reason}", where=str(address), hint=hint) from None


def _bind_tcp(address: Address) -> socket.socket:
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, where = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _bind_unix(path: Path) -> socket.socket:
    if _is_stale(path):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _is_stale(path: Path) -> bool:
    """Is it a socket to which nobody listens?"""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            return False
    except FileNotFoundError:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
    return False


def remove_socket(address: Address) -> None:
    """Take a Unix socket's file away once nobody listens any more."""
    if address.path:
        with suppress(FileNotFoundError):
            Path(address.path).unlink()


def bound_address(address: Address, listener: socket.socket) -> Address:
    """The address with the port that the system chose."""
    if address.path:
        return address
    return Address(host=address.host, port=listener.getsockname()[1])
