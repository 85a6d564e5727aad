"""The copy at another site, as the options of `isthmus protect` say it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import click

from core.cli.copy.limits import POLICIES, bound_options, bounds_of, limits_of
from core.cli.link import reaching, reaching_options
from core.driver.link.copying import WINDOW, Copying, checked_window
from core.driver.link.packing import Compression
from core.driver.link.peers import parse_place
from core.errors import CoreError
from core.machine.link.bandwidth import UNLIMITED, parse_schedule
from core.machine.link.mode import Mode
from core.machine.link.regulation import Policy
from core.units import parse_size, size_text

Command = Callable[..., None]

_OPTIONS: Final = (
    click.option(
        "--copy",
        metavar="unix:PATH|HOST:PORT",
        help="Where a copy at another site waits (`isthmus receive`); history is kept there.",
    ),
    reaching_options,
    click.option(
        "--mode",
        type=click.Choice([each.value for each in Mode]),
        help="When a write is acknowledged, with --copy: once the copy has it, too; once it lacks "
        f"no more than --copy-within; or before: {Mode.ASYNC.value}, unless it is said.",
    ),
    click.option(
        "--copy-within",
        metavar="SIZE",
        help="What the copy may lack of acknowledged writes, in mode semi-sync; "
        f"{size_text(WINDOW)}, unless it is said.",
    ),
    bound_options("copy-"),
    click.option(
        "--copy-policy",
        type=click.Choice(POLICIES),
        help="What is done so that --copy keeps to its bounds (`isthmus copy policy` changes it); "
        "regulate where there are bounds, unless it is said.",
    ),
    click.option(
        "--copy-bandwidth",
        metavar="SIZE[@HH:MM-HH:MM]...",
        help="What --copy is sent in a second, at most, by this machine's time of day, as "
        "'20MiB@08:00-18:00 none'; in mode sync, what it is sent to catch up.",
    ),
    click.option(
        "--copy-compression",
        type=click.Choice([each.value for each in Compression]),
        help="Whether what --copy is sent is packed by zstd; adaptive, unless it is said: where "
        "the link is the slower part.",
    ),
)


def copy_options(command: Command) -> Command:
    """Hands `copying`, what the copy is to be or None, to the command."""

    @wraps(command)
    def wrapped(
        *,
        copy: str | None,
        copy_certificate: str | None,
        copy_key: str | None,
        copy_ca: str | None,
        mode: str | None,
        copy_within: str | None,
        lag: str | None,
        lag_time: str | None,
        unapplied: str | None,
        copy_policy: str | None,
        copy_bandwidth: str | None,
        copy_compression: str | None,
        **others: Any,
    ) -> None:
        files = copy_certificate, copy_key, copy_ca
        bounds = lag, lag_time, unapplied
        hows = mode, copy_within, copy_policy, copy_bandwidth, copy_compression
        if copy is None:
            if any(each is not None for each in (*files, *bounds, *hows)):
                raise CoreError(
                    "--mode and all that begins with --copy- are about a copy at another site",
                    hint="say where that is with --copy",
                )
            command(copying=None, **others)
            return
        place = parse_place(copy)
        policy = None if copy_policy is None else Policy(copy_policy)
        copying = Copying(
            place=place,
            tls=reaching(place, *files),
            mode=Mode(mode or Mode.ASYNC),
            within=checked_window(WINDOW if copy_within is None else parse_size(copy_within)),
            limits=limits_of(policy, bounds_of(*bounds)),
            bandwidth=parse_schedule(copy_bandwidth or UNLIMITED),
            compression=Compression(copy_compression or Compression.ADAPTIVE),
        )
        if copy_within is not None and copying.mode is not Mode.SEMI_SYNC:
            raise CoreError(
                "--copy-within is about the mode semi-sync",
                hint=f"leave it out, or give --mode {Mode.SEMI_SYNC.value}",
            )
        command(copying=copying, **others)

    found: Command = wrapped
    for each in reversed(_OPTIONS):
        found = each(found)
    return found
