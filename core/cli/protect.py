"""`isthmus protect`: serve volumes, and keep every point of them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Any, Final

import click

from core.cli.copy.limits import asked_limits
from core.cli.copy.options import Protect, copy_options
from core.cli.exits import SERVING, exits
from core.cli.serving import (
    bound,
    ending_signals,
    listen_option,
    parse_listen,
    say_ready,
    served,
    tell,
    tls_files,
    tls_options,
    uri_of,
)
from core.driver.backend.place import place_of
from core.driver.control import ControlServer, Document, Function
from core.driver.group.access_loan import Loans
from core.driver.group.identifying import JOURNAL_BYTES_MIN
from core.driver.group.protection import protected
from core.driver.group.replicas import WhenFull
from core.driver.group.resizing import SECTOR_BYTES, SIZE_MAX, resize
from core.driver.group.rewinding import take_back
from core.driver.group.signing import Signing
from core.driver.group.wanted import Protected, Wanted
from core.driver.link.copying import Copying
from core.driver.link.packing import Compression
from core.driver.link.several import refuse_without_points
from core.driver.link.shipped import ShippedCopy
from core.driver.link.sweeping import Sweeping
from core.errors import CoreError, Exit
from core.machine.filling import BUDGET_BYTES
from core.machine.journal.ladder import parse_ladder
from core.machine.journal.shelf import Retention
from core.machine.link.bandwidth import parse_schedule
from core.machine.link.mode import Mode
from core.stream.history import History
from core.stream.noted import noted
from core.structure.blocks import BLOCK_BYTES
from core.units import duration_text, parse_duration, parse_size, size_text
from core.wire.note import Bookmark, Consistency, pack_note

_WINDOW: Final = "24h"
_SIZE: Final = "20GiB"
_PARTS: Final = 20
_FAILED: Final = (
    "bad input, it could not be done, or a disk or a server failed meanwhile: the message tells why"
)


@click.command(cls=Protect, epilog=exits({**SERVING, Exit.BAD_INPUT: _FAILED}))
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--journal", metavar="DIR", required=True, type=click.Path(), help="Where history is kept."
)
@listen_option
@click.option(
    "--replica",
    "replicas",
    metavar="IMAGE",
    multiple=True,
    type=click.Path(),
    help="A second image that is fed from the journal; one for each IMAGE, in their order.",
)
@copy_options
@click.option(
    "--ladder",
    metavar="AGE:STEP...",
    default="",
    help="How dense points are as they age, as '2h:all 24h:1m 7d:1h'; else each write is one.",
)
@click.option(
    "--window",
    metavar="DURATION",
    default="",
    help=f"How far back history goes, at most: as far as --ladder, else {_WINDOW}.",
)
@click.option(
    "--journal-size",
    metavar="SIZE",
    default=_SIZE,
    show_default=True,
    help=f"How much room it takes, at most; {size_text(JOURNAL_BYTES_MIN)} at least.",
)
@click.option(
    "--when-full",
    type=click.Choice([each.value for each in WhenFull]),
    help="What is given up where a replica falls behind; points, before the journal is full, "
    "unless it is said: mark, not before that; wait, not before hosts have waited for 30 s.",
)
@click.option(
    "--create",
    metavar="SIZE",
    help="Make images that are not there, of this size; a bare number is bytes.",
)
@click.option(
    "--signing-rate",
    metavar="SIZE",
    default=size_text(BUDGET_BYTES),
    show_default=True,
    help="Sign so much a second in the background, and less while hosts write; 0 is nothing.",
)
@tls_options
def command(
    *,
    images: tuple[str, ...],
    journal: str,
    listen: tuple[str, ...],
    replicas: tuple[str, ...],
    copying: tuple[Copying, ...],
    ladder: str,
    window: str,
    journal_size: str,
    when_full: str | None,
    create: str | None,
    signing_rate: str,
    certificate: str | None,
    key: str | None,
    clients_ca: str | None,
) -> None:
    """Serve each IMAGE over NBD, and keep all that it was in a journal.

    An IMAGE is a file, a device, or the URI of another NBD server's export. An export has the name
    of its file without the suffix, or that of the other server's. Several images are one group:
    their writes have one order, and a point is one of all of them. Without --replica history is
    kept of the images themselves; with it, of the second images, from when these have been filled:
    that is done while the volumes are used. With --copy it is at another site; what that lacks
    waits here, and with --copy-lag and the like hosts are slowed down so that it is no more. There
    are up to four of them: what is said of a copy stands behind its --copy. A
    journal that was begun without --copy, or that of a copy that was taken over, keeps its own
    history besides. A copy that was taken over is served at once; what its images lack of what came
    they are given meanwhile, and it is shipped to another site after that.

    One line of JSON on standard output says that clients may come. SIGTERM and SIGINT end it.

    \b
    Example:
      isthmus protect disk.img --create 1GiB --journal journal --listen unix:disk.sock
      isthmus protect data.img wal.img --journal journal --listen 127.0.0.1:10809 --window 7d
      isthmus protect disk.img --journal journal --listen unix:disk.sock --ladder '2h:all 7d:1h'
      isthmus protect disk.img --journal journal --listen unix:disk.sock --copy unix:near.sock \
        --mode sync --copy unix:far.sock --copy-bandwidth 20MiB
    """
    wanted = Wanted(
        images=tuple(map(place_of, images)),
        journal=Path(journal),
        replicas=tuple(map(place_of, replicas)),
        copies=copying,
        retention=_retention(journal_size, window, ladder),
        create=None if create is None else _size_of_image(create),
        when_full=None if when_full is None else WhenFull(when_full),
        signing_rate=parse_size(signing_rate),
    )
    places, tls = parse_listen(listen), tls_files(certificate, key, clients_ca)
    with ending_signals() as wait, bound(places, tls) as doors, protected(wanted, _Told()) as found:
        exports = found.group.exports
        functions = _functions(found, wanted.retention.size)
        with ControlServer(journal, functions), served(exports, doors) as addresses:
            say_ready(_readiness(found, addresses))
            wait()
    if found.group.failure:
        raise CoreError(
            f"it failed while it was served: {found.group.failure}",
            where=journal,
            hint="mend that and start it again: what was acknowledged is recovered",
        )


def _readiness(found: Protected, addresses: Sequence[str]) -> Document:
    """What is said once clients may come."""
    names = found.identity.names
    return {
        "listen": [*addresses],
        "exports": [*names],
        "uris": [uri_of(address, name) for address in addresses for name in names],
        "journal": str(found.wanted.journal),
        "point": found.group.journal.end,
        "recovered": not found.recovered.clean,
        "bytes_rewritten": found.recovered.bytes_rewritten,
        **({} if found.replicas is None else {"replicas": found.replicas.status()}),
        **_copies(found),
    }


def _copies(found: Protected) -> Document:
    """How each copy at another site is, and the only one by itself, too."""
    told = [each.status() for each in found.copies]
    if not found.copies:
        told = [
            {
                "place": str(each.place),
                "connected": False,
                "in_sync": False,
                "failure": found.copies_wait_for,
            }
            for each in found.wanted.copies
        ]
    if not told:
        return {}
    return {"copies": told, **({"copy": told[0]} if len(told) == 1 else {})}


def _size_of_image(word: str) -> int:
    """A size that a volume can have."""
    size = parse_size(word)
    if size > SIZE_MAX:
        raise CoreError(
            f"--create {word}: no image has {size} bytes", hint=f"give {SIZE_MAX} at most"
        )
    if size < BLOCK_BYTES or size % SECTOR_BYTES:
        raise CoreError(
            f"--create {word}: no image has {size} bytes",
            hint=f"give a multiple of {SECTOR_BYTES} bytes, {BLOCK_BYTES} at least; "
            "a bare number is bytes, MB is decimal: write 10MiB or 10GiB",
        )
    return size


def _retention(journal_size: str, window: str, ladder: str) -> Retention:
    """What the options say together."""
    rungs = parse_ladder(ladder)
    last_ns = rungs[-1].until_ns if rungs else parse_duration(_WINDOW)
    window_ns = parse_duration(window) if window else last_ns
    for below, rung in pairwise(rungs):
        if window_ns <= below.until_ns:
            raise CoreError(
                f"no point comes to {str(rung)!r}: history goes back {duration_text(window_ns)}",
                hint=f"--window {duration_text(last_ns)}, or a ladder without that",
            )
    return Retention(size=parse_size(journal_size), window_ns=window_ns, ladder=rungs)


class _Told:
    """Says on standard error how far something is: each twentieth of it, and its end."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, what: str, done: int, size: int) -> None:
        part = done * _PARTS // size
        if part != self._last:
            self._last = part
            tell(f"{what}: {size_text(done)} of {size_text(size)} are copied")


def _functions(found: Protected, size: int) -> Mapping[str, Function]:
    """What may be asked of the process that serves a group; `size` is the journal's budget."""
    loans = Loans(found, size)
    sweeping = Sweeping(found.group, lambda asked: _copy_of(found, asked))
    return {
        **({} if found.signing is None else _signatures(found.signing)),
        "access": loans.lend,
        "accessing": loans.heard,
        "give up": loans.give_up,
        "bookmark": lambda asked: _bookmark(found, asked),
        "resize": lambda asked: resize(found, asked.get("volume"), asked.get("size"))._asdict(),
        "rewind": lambda asked: _rewind(found, asked),
        "copy policy": lambda asked: _switch_policy(found, asked),
        "copy mode": lambda asked: _switch_mode(found, asked),
        "copy bandwidth": lambda asked: _switch_bandwidth(found, asked),
        "copy compression": lambda asked: _switch_compression(found, asked),
        "compare": sweeping.begin,
        "comparing": sweeping.status,
        "mend": sweeping.mend,
        "status": lambda _: _status(found) | {"accessed": loans.point, "direct": loans.is_direct},
    }


def _signatures(signing: Signing) -> Mapping[str, Function]:
    """What may be asked of what is kept of the volumes."""
    return {
        "signatures": signing.begin,
        "signatures known": signing.tell,
        "signatures made": signing.take,
    }


def _bookmark(found: Protected, asked: Document) -> Document:
    mark = Bookmark(
        name=str(asked.get("name")),
        consistency=Consistency(asked.get("consistency", Consistency.CRASH)),
    )
    history = _history(found)
    try:
        if found.identity.is_shipped:
            refuse_without_points(found.copies)
        else:
            history.epoch_of(history.end)
        if any(each.note == mark or _name(each.note) == mark.name for each in noted(history)):
            raise CoreError(
                f"there is a bookmark that is called {mark.name!r}", hint="choose another name"
            )
        found.group.note(pack_note(mark))
        history.refresh()
        placed = next(each for each in noted(history) if each.note == mark)
        return {"point": placed.point, "time_ns": placed.time_ns}
    finally:
        history.close()


def _name(note: object) -> str | None:
    return note.name if isinstance(note, Bookmark) else None


def _rewind(found: Protected, asked: Document) -> Document:
    point = asked.get("point")
    if type(point) is not int:
        raise CoreError(f"{point!r} is no point")
    return take_back(found, point)._asdict()


def _copy_of(found: Protected, asked: Document) -> ShippedCopy:
    """The copy that is meant, which needs no name where there is no other."""
    found.refuse_lacking()
    copies = {str(each.place): each for each in found.copies}
    if not copies:
        raise CoreError(
            "there is no copy at another site",
            hint="protect it with --copy; images and journals of this machine are compared by "
            "`isthmus signature`",
        )
    place = asked.get("copy")
    if place is None and len(copies) == 1:
        return found.copies[0]
    if place not in copies:
        raise CoreError(
            "there are several copies" if place is None else f"there is no copy at {place}",
            hint=f"say which is meant by --copy: {', '.join(copies)}",
        )
    return copies[place]


def _switch_compression(found: Protected, asked: Document) -> Document:
    word, packing = asked.get("compression"), _copy_of(found, asked).packing
    if word not in [each.value for each in Compression]:
        raise CoreError(f"{word!r} is no compression of a copy")
    packing.switch(Compression(word))
    return packing.status()


def _switch_policy(found: Protected, asked: Document) -> Document:
    regulating = _copy_of(found, asked).regulating
    regulating.switch(asked_limits(asked, regulating.limits))
    return regulating.status()


def _switch_mode(found: Protected, asked: Document) -> Document:
    copy, word, within = _copy_of(found, asked), asked.get("mode"), asked.get("within")
    if word not in [each.value for each in Mode] or type(within) not in (int, NoneType):
        raise CoreError(f"{word!r} within {within!r} is no mode of a copy")
    copy.switch(Mode(word), within)
    return copy.status()


def _switch_bandwidth(found: Protected, asked: Document) -> Document:
    copy = _copy_of(found, asked)
    copy.limiting.switch(parse_schedule(str(asked.get("bandwidth"))))
    return copy.status()


def _status(found: Protected) -> dict[str, Any]:
    retention, when_full = found.wanted.retention, found.wanted.when_full or WhenFull.FAST_FORWARD
    status: dict[str, Any] = {
        "failed": found.group.failure,
        "kept": {
            "size": retention.size,
            "window_ns": retention.window_ns,
            "ladder": [*map(str, retention.ladder)],
            "when_full": when_full.value if found.replicas else None,
        },
        "end": found.group.journal.end,
    }
    if found.consolidation is not None:
        status["folded"] = found.consolidation.folded
        status["not_folded"] = found.consolidation.failure
    if found.signing is not None:
        status["signatures"] = found.signing.status()
    status |= _copies(found)
    if (lacking := found.lacking) is not None:
        status["lacking"] = lacking
    return status if found.replicas is None else status | found.replicas.status()


def _history(found: Protected) -> History:
    with found.group.lock:
        return History(found.folder, where=str(found.folder.path), live=True)
