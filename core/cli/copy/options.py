"""The copies at other sites, as the options of `isthmus protect` say them.

What is said of a copy is of the `--copy` before it; what comes before all of them is of each that
is told nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
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

_ORDER: Final = "isthmus.order"
_HOWS: Final = (
    *("copy_certificate", "copy_key", "copy_ca", "mode", "copy_within", "lag", "lag_time"),
    *("unapplied", "copy_policy", "copy_bandwidth", "copy_compression"),
)
_OPTIONS: Final = (
    click.option(
        "--copy",
        metavar="unix:PATH|HOST:PORT",
        multiple=True,
        help="Where a copy at another site waits (`isthmus receive`); history is kept there. "
        "Each of several has what is said of it behind its own; what is said before is of all.",
    ),
    reaching_options,
    click.option(
        "--mode",
        type=click.Choice([each.value for each in Mode]),
        multiple=True,
        help="When a write is acknowledged, with --copy: once the copy has it, too; once it lacks "
        f"no more than --copy-within; or before: {Mode.ASYNC.value}, unless it is said.",
    ),
    click.option(
        "--copy-within",
        metavar="SIZE",
        multiple=True,
        help="What the copy may lack of acknowledged writes, in mode semi-sync; "
        f"{size_text(WINDOW)}, unless it is said.",
    ),
    bound_options("copy-", multiple=True),
    click.option(
        "--copy-policy",
        type=click.Choice(POLICIES),
        multiple=True,
        help="What is done so that --copy keeps to its bounds (`isthmus copy policy` changes it); "
        "regulate where there are bounds, unless it is said.",
    ),
    click.option(
        "--copy-bandwidth",
        metavar="SIZE[@HH:MM-HH:MM]...",
        multiple=True,
        help="What --copy is sent in a second, at most, by this machine's time of day, as "
        "'20MiB@08:00-18:00 none'; in mode sync, what it is sent to catch up.",
    ),
    click.option(
        "--copy-compression",
        type=click.Choice([each.value for each in Compression]),
        multiple=True,
        help="Whether what --copy is sent is packed by zstd; adaptive, unless it is said: where "
        "the link is the slower part.",
    ),
)


class Protect(click.Command):
    """A command that knows in which order its options were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command`."""
        _, _, order = self.make_parser(ctx).parse_args(args=[*args])
        ctx.meta[_ORDER] = tuple(each.name for each in order)
        return super().parse_args(ctx, args)


def copy_options(command: Command) -> Command:
    """Hands `copying`, what each copy is to be, to a command that is `Protect`."""

    @wraps(command)
    def wrapped(**given: Any) -> None:
        told = {name: given.pop(name) for name in ("copy", *_HOWS)}
        if not told["copy"] and any(told.values()):
            raise CoreError(
                "--mode and all that begins with --copy- are about a copy at another site",
                hint="say where that is with --copy",
            )
        order: Sequence[str] = click.get_current_context().meta[_ORDER]
        copies = each_copy(order, told)
        command(copying=tuple(_copying(place, **hows) for place, hows in copies), **given)

    found: Command = wrapped
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def each_copy(
    order: Sequence[str], told: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    """The place of each copy, and what is said of it; the values of each option are in order."""
    values = {name: iter(each) for name, each in told.items()}
    common: dict[str, str | None] = dict.fromkeys(_HOWS)
    found, place = common, ""
    for name in order:
        if name == "copy":
            if place:
                yield place, found
            found, place = {**common}, next(values[name])
        elif name in values:
            found[name] = next(values[name])
    if place:
        yield place, found


def _copying(
    word: str,
    *,
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
) -> Copying:
    place = parse_place(word)
    policy = None if copy_policy is None else Policy(copy_policy)
    copying = Copying(
        place=place,
        tls=reaching(place, copy_certificate, copy_key, copy_ca),
        mode=Mode(mode or Mode.ASYNC),
        within=checked_window(WINDOW if copy_within is None else parse_size(copy_within)),
        limits=limits_of(policy, bounds_of(lag, lag_time, unapplied)),
        bandwidth=parse_schedule(copy_bandwidth or UNLIMITED),
        compression=Compression(copy_compression or Compression.ADAPTIVE),
    )
    if copy_within is not None and copying.mode is not Mode.SEMI_SYNC:
        raise CoreError(
            "--copy-within is about the mode semi-sync",
            hint=f"leave it out, or give --mode {Mode.SEMI_SYNC.value}",
        )
    return copying
