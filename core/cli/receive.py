"""`isthmus receive`: keep a copy of a group that is protected elsewhere, and every point of it."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from core.cli.exits import SERVING, exits
from core.cli.link import waiting, waiting_options
from core.cli.serving import ending_signals, say_ready
from core.driver.control import ControlServer, Document
from core.driver.folder import DiskFolder
from core.driver.link.incoming import Incoming
from core.driver.link.listening import Listening
from core.driver.link.peers import parse_place
from core.driver.lock import WriterLock
from core.machine.journal.shelf import Retention
from core.units import parse_duration, parse_size

_WINDOW = "24h"
_SIZE = "20GiB"


@click.command(epilog=exits(SERVING))
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--journal", metavar="DIR", required=True, type=click.Path(), help="Where history is kept."
)
@click.option(
    "--listen",
    metavar="unix:PATH|HOST:PORT",
    multiple=True,
    required=True,
    help="Where production connects; may be repeated. Port 0 is one that is free.",
)
@click.option(
    "--window",
    metavar="DURATION",
    default=_WINDOW,
    show_default=True,
    help="How far back history goes, at most.",
)
@click.option(
    "--journal-size",
    metavar="SIZE",
    default=_SIZE,
    show_default=True,
    help="How much room it takes, at most.",
)
@waiting_options
def command(
    *,
    images: tuple[str, ...],
    journal: str,
    listen: tuple[str, ...],
    window: str,
    journal_size: str,
    certificate: str | None,
    key: str | None,
    clients_ca: str | None,
    client: str,
) -> None:
    """Wait for production (`isthmus protect --copy`), and be its copy.

    There is an IMAGE for each of its volumes, in its order; those that are not there are made. All
    that production held is copied first, while it is used. From then on every write of it is a
    point here, which is opened, listed and restored as of any journal.

    One line of JSON on standard output says that production may come. SIGTERM and SIGINT end it.

    \b
    Example:
      isthmus receive copy.img --journal copy.journal --listen 127.0.0.1:7400
      isthmus protect disk.img --journal journal --listen unix:disk.sock --copy 127.0.0.1:7400
    """
    places = [parse_place(word) for word in listen]
    tls = waiting(certificate, key, clients_ca, client)
    retention = Retention(size=parse_size(journal_size), window_ns=parse_duration(window))
    with ending_signals() as wait, ExitStack() as stack:
        folder = DiskFolder(journal, make=True)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(Path(journal)))
        incoming = Incoming(folder, [Path(image) for image in images], retention)
        stack.callback(incoming.stop)
        listening = Listening(incoming, tls)
        stack.callback(listening.stop)
        functions = {"status": partial(_status, incoming, listening)}
        stack.enter_context(ControlServer(journal, functions))
        addresses = [address for place in places for address in listening.listen(place)]
        say_ready({"listen": addresses, "journal": journal, **_status(incoming, listening, {})})
        wait()


def _status(incoming: Incoming, listening: Listening, asked: Document) -> dict[str, Any]:
    del asked
    return incoming.status(is_connected=listening.is_connected)
