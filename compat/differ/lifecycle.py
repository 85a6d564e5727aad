"""How long something stays: deprecation, the date it ends on (RFC 8594), and stability levels.

Both are extensions that have become usual: `x-sunset` with a date, `x-stability-level` with one of
`draft`, `alpha`, `beta` and `stable`.
"""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum, StrEnum
from typing import Final

from compat.differ.effect import Level
from compat.model.record import record
from compat.model.schema import Json

SUNSET: Final = "x-sunset"
STABILITY: Final = "x-stability-level"
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DAYS_BEFORE_MONTH: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_OF_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Stability(IntEnum):
    """How firm a promise is; without a word about it, it is firm."""

    DRAFT = 0
    ALPHA = 1
    BETA = 2
    STABLE = 3


class Turn(StrEnum):
    """What happened to the end of something that is still there, or to the promise of it."""

    INCREASED = "increased"
    DECREASED = "decreased"
    REACTIVATED = "reactivated"
    DEPRECATED = "deprecated"
    DEPRECATED_WITH_SUNSET = "deprecated-with-sunset"
    SUNSET_MISSING = "sunset-missing"
    SUNSET_INVALID = "sunset-invalid"
    SUNSET_TOO_SMALL = "sunset-too-small"
    SUNSET_DELETED = "sunset-deleted"
    SUNSET_CHANGED_TOO_SMALL = "sunset-changed-too-small"

    @property
    def level(self) -> Level:
        """An end that is announced in time, or taken back, and a firmer promise break nothing."""
        return Level.INFO if self in _FAIR else Level.ERR


_FAIR: Final = frozenset(
    (Turn.INCREASED, Turn.REACTIVATED, Turn.DEPRECATED, Turn.DEPRECATED_WITH_SUNSET)
)


class Removal(StrEnum):
    """How something went that is gone."""

    WITHOUT_DEPRECATION = "without-deprecation"
    WITH_DEPRECATION = "with-deprecation"
    BEFORE_SUNSET = "before-sunset"
    SUNSET_INVALID = "sunset-invalid"


@record(kw_only=True)
class Policy:
    """How many days an end is announced ahead, and below which level nothing is promised.

    `today` is a date as `2026-11-28`. Nought days ask for no announcement at all.
    """

    today: str
    beta_days: int = 0
    stable_days: int = 0
    least: Stability | None = None

    def covers(self, level: Stability | None) -> bool:
        """Is anything looked at that has this level?"""
        return self.least is None or level is None or level >= self.least

    def days(self, level: Stability | None) -> int:
        if level is None or level is Stability.STABLE:
            return self.stable_days
        return self.beta_days if level is Stability.BETA else 0


@record(kw_only=True)
class Life:
    """What a spec says of one thing: an operation, a parameter or a field."""

    deprecated: bool
    extensions: Mapping[str, Json]

    @property
    def stability(self) -> Stability | None:
        """None where it names none, or one that is unknown."""
        named = self.extensions.get(STABILITY)
        return _LEVELS.get(named) if isinstance(named, str) else None

    @property
    def has_unknown_stability(self) -> bool:
        return STABILITY in self.extensions and self.stability is None

    @property
    def promise(self) -> str:
        """The stability as it is named."""
        return str(self.extensions.get(STABILITY, "stable"))

    @property
    def end(self) -> str:
        """Whether it goes, and when, as it is named."""
        if not self.deprecated:
            return "in use"
        return f"until {self.extensions[SUNSET]}" if self.announces else "deprecated"

    @property
    def announces(self) -> bool:
        return SUNSET in self.extensions

    @property
    def sunset(self) -> int | None:
        """The number of the day, 1 for the first of the year 1; None for what is no date."""
        named = self.extensions.get(SUNSET)
        return day_of(named) if isinstance(named, str) else None


_LEVELS: Final = {level.name.lower(): level for level in Stability}


def day_of(text: str) -> int | None:
    """The number of the day that a date names, None where it names none (RFC 3339, 5.6)."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (1 <= month <= 12 and 1 <= day <= _DAYS_OF_MONTH[month - 1]):
        return None
    if (month, day) == (2, 29) and not is_leap:
        return None
    past = year - 1
    years = past * 365 + past // 4 - past // 100 + past // 400
    return years + _DAYS_BEFORE_MONTH[month - 1] + day + int(is_leap and month > 2)


def stability(old: Life, new: Life, policy: Policy) -> Iterator[Turn]:
    """Whether more is promised than before, or less; what is below the policy promises nothing."""
    if old.stability is None and new.stability is None:
        return
    before = Stability.STABLE if old.stability is None else old.stability
    after = Stability.STABLE if new.stability is None else new.stability
    if before != after and policy.covers(before):
        yield Turn.INCREASED if after > before else Turn.DECREASED


def deprecation(old: Life, new: Life, policy: Policy) -> Iterator[Turn]:
    """What happened to the end of something that is still there."""
    if not new.deprecated:
        if old.deprecated:
            yield Turn.REACTIVATED
        return
    if not old.deprecated:
        yield from _deprecated(new, policy)
    elif old.announces and not new.announces:
        yield Turn.SUNSET_DELETED
    elif old.announces or new.announces:
        yield from _moved(old, new, policy)


def _deprecated(new: Life, policy: Policy) -> Iterator[Turn]:
    days = policy.days(new.stability)
    if not new.announces:
        yield Turn.SUNSET_MISSING if days > 0 else Turn.DEPRECATED
        return
    sunset = new.sunset
    if sunset is None:
        yield Turn.SUNSET_INVALID
    elif sunset < _today(policy) + days:
        yield Turn.SUNSET_TOO_SMALL
    else:
        yield Turn.DEPRECATED_WITH_SUNSET


def _moved(old: Life, new: Life, policy: Policy) -> Iterator[Turn]:
    before, after = old.sunset, new.sunset
    if after is None or (old.announces and before is None):
        yield Turn.SUNSET_INVALID
    elif (
        before is not None
        and after < before
        and after < _today(policy) + policy.days(new.stability)
    ):
        yield Turn.SUNSET_CHANGED_TOO_SMALL


def is_promised(life: Life) -> bool:
    """Whether it may not just go: drafts and alphas may."""
    return life.stability is None or life.stability >= Stability.BETA


def removal(old: Life, policy: Policy) -> Removal:
    """How something went, by what was said of its end."""
    if not old.deprecated:
        return Removal.WITHOUT_DEPRECATION
    if not old.announces:
        return Removal.WITH_DEPRECATION
    sunset = old.sunset
    if sunset is None:
        return Removal.SUNSET_INVALID
    is_early = sunset > _today(policy)
    return Removal.BEFORE_SUNSET if is_early else Removal.WITH_DEPRECATION


def _today(policy: Policy) -> int:
    today = day_of(policy.today)
    assert today is not None
    return today
