"""How far behind a copy may be, as options say it, and as it is asked for over a socket."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import click

from core.driver.control import Document
from core.driver.link.regulating import Limits
from core.errors import CoreError
from core.machine.link.regulation import Bound, Policy
from core.units import duration_text, parse_duration, parse_size, size_text

Command: TypeAlias = Callable[..., None]

POLICIES: Final = [each.value for each in Policy]
BYTES_MIN: Final = 4 << 20
TIME_NS_MIN: Final = 1_000_000_000
_MAX: Final = 1 << 62


def bound_options(prefix: str = "", *, multiple: bool = False) -> Callable[[Command], Command]:
    """Hands `lag`, `lag_time` and `unapplied`, words or None, to the command."""

    def decorated(command: Command) -> Command:
        for name, metavar, words in (
            ("unapplied", "SIZE", "Of what it has got it may not have applied so much, at most."),
            ("lag-time", "DURATION", "The oldest write that it lacks may be so old, at most."),
            ("lag", "SIZE", "It may lack so much of what hosts wrote, at most."),
        ):
            option = click.option(
                *(f"--{prefix}{name}", name.replace("-", "_")),
                metavar=metavar,
                multiple=multiple,
                help=words,
            )
            command = option(command)
        return command

    return decorated


def bounds_of(
    lag: str | None, lag_time: str | None, unapplied: str | None
) -> Mapping[Bound, int] | None:
    """The bounds that options say together; None where they say nothing."""
    bounds = {
        Bound.LAG: None if lag is None else parse_size(lag),
        Bound.LAG_TIME: None if lag_time is None else parse_duration(lag_time),
        Bound.UNAPPLIED: None if unapplied is None else parse_size(unapplied),
    }
    found = {bound: value for bound, value in bounds.items() if value is not None}
    for bound, value in found.items():
        _refuse_too_small(bound, value)
    return found or None


def limits_of(policy: Policy | None, bounds: Mapping[Bound, int] | None) -> Limits:
    """Both together: hosts are regulated where bounds are given, and nothing else is said."""
    chosen = policy or (Policy.REGULATE if bounds else Policy.NONE)
    if chosen is not Policy.NONE and not bounds:
        raise CoreError(
            f"a copy that is to {chosen.value} has no bound",
            hint="say how far behind it may be: a lag in bytes or as a time, or what is unapplied",
        )
    return Limits(chosen, bounds or {})


def asked_limits(asked: Document, kept: Limits) -> Limits:
    """What somebody asks for over a socket; bounds that are not named stay what they are."""
    try:
        policy = Policy(str(asked.get("policy")))
        told: Any = asked.get("bounds")
        bounds = None if told is None else {Bound(key): value for key, value in told.items()}
    except (ValueError, AttributeError) as error:
        raise CoreError(f"this is no policy of a copy: {error}") from error
    for bound, value in (bounds or {}).items():
        if type(value) is not int or value > _MAX:
            raise CoreError(f"{value!r} is no bound of a copy")
        _refuse_too_small(bound, value)
    return limits_of(policy, kept.bounds if bounds is None else bounds)


def _refuse_too_small(bound: Bound, value: int) -> None:
    if bound is Bound.LAG_TIME:
        if value < TIME_NS_MIN:
            raise CoreError(
                f"a copy is always up to {duration_text(TIME_NS_MIN)} behind",
                hint=f"give a time of {duration_text(TIME_NS_MIN)} at least",
            )
    elif value < BYTES_MIN:
        raise CoreError(
            f"a bound of {size_text(value)} is less than what is on its way at once",
            hint=f"give {size_text(BYTES_MIN)} at least",
        )
