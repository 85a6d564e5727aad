"""`isthmus image open`: the volumes as they were at a point, over NBD."""

from contextlib import ExitStack
from pathlib import Path

import click

from core.cli.images import images, parse_images
from core.cli.opening import opened
from core.cli.options import at_option, image_option, journal_argument, now_ns
from core.cli.points import parse_point
from core.cli.serving import (
    ending_signals,
    listen_option,
    parse_listen,
    say_ready,
    served,
    tls_files,
    tls_options,
    uri_of,
)
from core.driver.group.opened import Overlay, PointExport, SharedView
from core.stream.view import PointView


@click.command("open")
@journal_argument
@at_option
@listen_option
@click.option(
    "--writable", is_flag=True, help="What is written is kept apart, until the image is closed."
)
@click.option(
    "--scratch",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Where that is kept; the folder of temporary files if not given.",
)
@image_option
@tls_options
def command(
    *,
    journal: str,
    at: str,
    listen: tuple[str, ...],
    writable: bool,
    scratch: str | None,
    image: tuple[str, ...],
    certificate: str | None,
    key: str | None,
    clients_ca: str | None,
) -> None:
    """Serve the volumes of the journal in DIR as they were at a point.

    They have the names that they are protected by. It takes no longer for a long history, and goes
    on while the volumes are written; several points may be open at once. Nothing that is written
    with --writable touches volumes or history.

    One line of JSON on standard output says that clients may come. SIGTERM and SIGINT end it.

    \b
    Example:
      isthmus image open journal --at 2026-03-02T14:05:00Z --listen unix:then.sock
      isthmus image open journal --at bookmark:nightly --listen unix:try.sock --writable
    """
    places, tls = parse_listen(listen), tls_files(certificate, key, clients_ca)
    with ending_signals() as wait, opened(journal) as found, ExitStack() as stack:
        history = found.history
        selected = parse_point(at, history, now_ns=now_ns())
        numbers = range(len(history.identity.names))
        current = stack.enter_context(images(found, parse_images(image, history), numbers))
        exports = []
        for number, name in enumerate(history.identity.names):
            view = SharedView(
                PointView(history, current[number], volume=number, point=selected.point)
            )
            overlay = None
            if writable:
                overlay = Overlay(view, Path(scratch) if scratch else None)
                stack.callback(overlay.close)
            exports.append(PointExport(name, view, overlay))
        with served(exports, places, tls) as addresses:
            say_ready(
                {
                    "listen": [*addresses],
                    "exports": [*history.identity.names],
                    "uris": [
                        uri_of(address, name)
                        for address in addresses
                        for name in history.identity.names
                    ],
                    "point": selected.point,
                    "time_ns": selected.time_ns,
                    "writable": writable,
                }
            )
            wait()
