"""Serving exports from a command: where to listen, being ready, and coming to an end."""

import json
import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from errno import EPIPE
from pathlib import Path
from ssl import SSLContext
from types import FrameType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import click

from compat.cli.console import abandon_output, note
from core.driver.nbd.export import Export, Exports
from core.driver.nbd.listener import Listener, bind_tcp, bind_unix, refuse_plain
from core.driver.nbd.server import Server
from core.driver.nbd.tls import TlsFiles, server_context
from core.errors import CoreError

_ENDING: Final = (signal.SIGTERM, signal.SIGINT)

_PORT_MAX: Final = 65_535

Command = Callable[..., None]

Place = Path | tuple[str, int]
"""A unix socket, or a host and a port."""


def listen_option(command: Command) -> Command:
    """Hands `listen`, words, to the command."""
    return click.option(
        "--listen",
        metavar="unix:PATH|HOST:PORT",
        multiple=True,
        required=True,
        help="Where clients connect; may be repeated. Port 0 is one that is free.",
    )(command)


def tls_options(command: Command) -> Command:
    """Hands `certificate`, `key` and `clients_ca`, names of files, to the command."""
    for name, words in (
        ("--clients-ca", "Clients must show a certificate that one of these has signed."),
        ("--key", "The key of the certificate, in PEM."),
        ("--certificate", "Serve with TLS alone, with this certificate in PEM."),
    ):
        command = click.option(name, metavar="FILE", type=click.Path(), help=words)(command)
    return command


def tls_files(certificate: str | None, key: str | None, clients_ca: str | None) -> TlsFiles | None:
    """What the options say together."""
    if certificate is None and key is None and clients_ca is None:
        return None
    if certificate is None or key is None:
        raise CoreError("TLS needs a certificate and its key", hint="give --certificate and --key")
    return TlsFiles(
        certificate=Path(certificate),
        key=Path(key),
        clients_ca=Path(clients_ca) if clients_ca else None,
    )


class Ending:
    """Waits, when it is called, until the process is told to end.

    The signals are blocked in this thread and in those that it starts, but libraries have threads
    of their own, one of which may be chosen to take them. So whoever takes one writes to a pipe.
    """

    def __init__(self) -> None:
        self._heard, self._told = os.pipe()
        for each in (self._heard, self._told):
            os.set_blocking(each, False)
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        self._before = {number: signal.signal(number, _take) for number in _ENDING}
        self._wakeup = signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)

    def __call__(self) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        try:
            select.select([self._heard], [], [])
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def is_told(self) -> bool:
        """Was the process told to end, whether or not somebody has waited for that?"""
        heard, _, _ = select.select([self._heard], [], [], 0)
        return bool(heard) or not signal.sigpending().isdisjoint(_ENDING)

    def close(self) -> None:
        """What ends a process ends it again."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        signal.set_wakeup_fd(self._wakeup)
        for number, before in self._before.items():
            signal.signal(number, before)
        for each in (self._heard, self._told):
            os.close(each)


def _take(_number: int, _frame: FrameType | None) -> None:
    """It was written to the pipe already."""


@contextmanager
def ending_signals() -> Iterator[Ending]:
    """Gives what waits until the process is told to end; for the main thread.

    To be entered before any thread is started: none of ours is to be interrupted. Libraries have
    threads that may have been started before, and a signal may come to one of those at any time. So
    they have a handler, which does no more than to be heard.
    """
    ending = Ending()
    try:
        yield ending
    finally:
        ending.close()


def tell_to_end() -> None:
    """Tell this process to end; from any thread."""
    os.kill(os.getpid(), signal.SIGTERM)


class Doors(NamedTuple):
    """Sockets where clients will connect, each with the scheme of its URIs."""

    tls: SSLContext | None
    listeners: Sequence[tuple[str, Listener]]


@contextmanager
def bound(places: Sequence[Place], tls: TlsFiles | None) -> Iterator[Doors]:
    """Takes sockets: nothing is made where they cannot be had, and nobody can connect yet."""
    context = server_context(tls) if tls else None
    scheme = "nbds" if tls else "nbd"
    with ExitStack() as stack:
        found: list[tuple[str, Listener]] = []
        for place in places:
            if isinstance(place, Path):
                added = [(f"{scheme}+unix", bind_unix(place))]
            else:
                if context is None:
                    refuse_plain(*place)
                added = [(scheme, each) for each in bind_tcp(*place)]
            for _, listener in added:
                stack.callback(listener.close)
            found += added
        yield Doors(context, found)


@contextmanager
def served(
    exports: Sequence[Export], doors: Doors, at: str | None = None
) -> Iterator[tuple[str, ...]]:
    """Serves until the end; gives the addresses as NBD URIs without the export's name.

    With `at` each export has a second name, that of a volume at a point, unless a volume has it.
    """
    table = Exports()
    names = {export.offer.name for export in exports}
    for export in exports:
        others = set() if at is None else {name_at(export.offer.name, at)} - names
        table.add(export, *others)
    server = Server(table, tls=doors.tls)
    try:
        for _, listener in doors.listeners:
            server.listen_on(listener)
        yield tuple(f"{scheme}://{listener.address}" for scheme, listener in doors.listeners)
    finally:
        server.stop()


def name_at(volume: str, at: str) -> str:
    """The name of an export that is a volume at a point."""
    return f"{volume}@{at}"


def uri_of(address: str, export: str) -> str:
    """The URI of an export at an address that `served` gave."""
    scheme, _, place = address.partition("://")
    if scheme.endswith("+unix"):
        return f"{scheme}:///{quote(export, safe='')}?socket={quote(os.fsencode(place))}"
    return f"{scheme}://{place}/{quote(export, safe='')}"


def say_ready(document: Mapping[str, Any]) -> None:
    """The one line on standard output that says that clients may come.

    They may, whether or not somebody is there to read it.
    """
    try:
        click.echo(json.dumps({"ready": True, **document}))
    except OSError as error:
        abandon_output()
        why = "nobody reads standard output" if error.errno == EPIPE else f"{error.strerror}"
        tell(f"that clients may come is not told: {why}")


def tell(text: str) -> None:
    """A line on standard error for whoever reads it; what is served goes on without."""
    with suppress(OSError):
        note(text)


def parse_listen(words: Sequence[str]) -> tuple[Place, ...]:
    """What `--listen` says."""
    places = tuple(_place(word) for word in words)
    for place, word in zip(places, words, strict=True):
        if places.count(place) > 1 and (isinstance(place, Path) or place[1]):
            raise CoreError("this is given twice", where=word, hint="give each --listen once")
    return places


def _place(word: str) -> Place:
    if word.startswith("unix:"):
        return Path(word.removeprefix("unix:")).absolute()
    host, separator, port = word.rpartition(":")
    if not separator or not port.isascii() or not port.isdigit() or int(port) > _PORT_MAX:
        raise CoreError(
            f"cannot listen on {word!r}",
            hint="write unix:PATH or HOST:PORT, [ADDRESS]:PORT for IPv6",
        )
    return host.strip("[]"), int(port)
