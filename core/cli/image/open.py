"""`isthmus image open`: the volumes as they were at a point, over NBD."""

from pathlib import Path

import click

from core.cli.exits import SERVING, TERMINATED, exits
from core.cli.image.serving import Wanted, serve
from core.cli.images import parse_images
from core.cli.opening import opened
from core.cli.options import at_option, image_option, journal_argument, now_ns
from core.cli.points import parse_point, point_name
from core.cli.serving import (
    bound,
    ending_signals,
    listen_option,
    parse_listen,
    tls_files,
    tls_options,
)
from core.errors import CoreError
from core.machine.image import Access, Ask, WhenFull, opening
from core.stream.history import History
from core.units import parse_size


@click.command(
    "open", epilog=exits({**SERVING, TERMINATED: "told to end before it was at the point"})
)
@journal_argument
@at_option
@listen_option
@click.option(
    "--access",
    type=click.Choice([each.value for each in Access]),
    default=Access.VIRTUAL.value,
    show_default=True,
    help="From the history, or from replicas that are rolled to the point meanwhile, or before; "
    "direct: history is given up then.",
)
@click.option(
    "--writable", is_flag=True, help="What is written is forgotten when the image is closed."
)
@click.option(
    "--when-full",
    type=click.Choice([each.value for each in WhenFull]),
    help="Where more is written on replicas than the journal may keep of them: hosts of the image "
    "are told that there is no space, as without the option; or the image ends; or goes direct.",
)
@click.option(
    "--scratch",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Where that is kept, unless it is on a replica; the folder of temporary files otherwise.",
)
@click.option(
    "--journal-size",
    metavar="SIZE",
    default="20GiB",
    show_default=True,
    help="Where nobody serves the group: of so much a fifth is for what replicas held.",
)
@image_option
@tls_options
def command(
    *,
    journal: str,
    at: str,
    listen: tuple[str, ...],
    access: str,
    writable: bool,
    when_full: str | None,
    scratch: str | None,
    journal_size: str,
    image: tuple[str, ...],
    certificate: str | None,
    key: str | None,
    clients_ca: str | None,
) -> None:
    """Serve the volumes of the journal in DIR as they were at a point.

    They have the names that they are protected by, and those of volumes at a point: disk, and also
    disk@nightly for a bookmark, or disk@2026-03-02T14:05:00Z for a time. Nothing that is written
    with --writable touches the volumes or their history.

    With --access virtual it takes no longer for a long history, and goes on while the volumes are
    written; several points may be open at once. With logged the replicas are brought to the point
    first, and then served as they are, as fast as a disk is; with rolled they are served at once,
    and brought to the point meanwhile. Nobody feeds them until the image is closed, and then they
    are given what they held. Without replicas, rolled copies the point to --scratch meanwhile.
    What they held is kept in a fifth of the journal; --when-full says what becomes of an image that
    writes on more.

    With --access direct, and with --when-full direct once that is full, what replicas hold is not
    kept any more when they are at the point: writes cost nothing beside, and have no bound. All
    history is given up for that, and is noted as a gap. Production is marked meanwhile. When the
    image is closed, or its process dies, what was written on either side is copied from production
    to the replicas, and history begins anew.

    One line of JSON on standard output says that clients may come. SIGTERM and SIGINT end it.

    \b
    Example:
      isthmus image open journal --at 2026-03-02T14:05:00Z --listen unix:then.sock
      isthmus image open journal --at bookmark:nightly --listen unix:try.sock --writable
      isthmus image open journal --at -1h --listen unix:test.sock --writable --access logged
      isthmus image open journal --at -1h --listen unix:test.sock --writable --access direct
    """
    places, tls = parse_listen(listen), tls_files(certificate, key, clients_ca)
    size = parse_size(journal_size)
    with ending_signals() as wait, opened(journal) as found:
        history = found.history
        ask = _ask(Access(access), history, scratch)
        policy = _policy(Access(access), when_full, ask, writable=writable)
        selected = parse_point(at, history, now_ns=now_ns())
        elsewhere = parse_images(image, history)
        with bound(places, tls) as doors:
            serve(
                Wanted(
                    found=found,
                    selected=selected,
                    at=point_name(at, selected),
                    elsewhere=elsewhere,
                    doors=doors,
                    access=Access(access),
                    when_full=policy,
                    writable=writable,
                    scratch=Path(scratch) if scratch else None,
                    size=size,
                    wait=wait,
                ),
                ask,
            )


def _ask(access: Access, history: History, scratch: str | None) -> Ask:
    """What is asked for, of replicas or of the volumes themselves."""
    ask = opening(access, is_replicated=any(each.replica for each in history.identity.volumes))
    if ask is Ask.COPY and scratch is None:
        raise CoreError(
            "the whole point is to be copied, and it is not said where to",
            hint="name a folder with room for it: --scratch DIR",
        )
    return ask


def _policy(access: Access, word: str | None, ask: Ask, *, writable: bool) -> WhenFull:
    """What the options say together."""
    if access is Access.DIRECT:
        if not writable:
            raise CoreError(
                "history would be given up, and nobody may write",
                hint="--writable, or --access logged",
            )
        if word not in (None, WhenFull.DIRECT):
            raise CoreError(f"--access direct is never full: --when-full {word} says nothing")
        return WhenFull.DIRECT
    if word is None:
        return WhenFull.REFUSE
    if ask not in (Ask.ROLL, Ask.SERVE_AND_ROLL):
        raise CoreError(
            "--when-full is about replicas that are written on, and none are",
            hint="--access logged or rolled, of a group with replicas",
        )
    if word == WhenFull.DIRECT and ask is not Ask.ROLL:
        raise CoreError(
            "only what is at its point can go direct", hint="--access logged --when-full direct"
        )
    return WhenFull(word)
