"""What the planner found different and could not explain, as candidates are sought for it.

`addresses` are what an intent's `at` may say, in the old version's words and in the new one's;
`subject` is what the differences there are called. The planner meets a shared schema on both sides
of the exchange and for both clients, so the same leftover may come several times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from compat.model.interface import Operation
from compat.model.schema import Json, Schema
from compat.model.shape import Field


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Fields of an object or parameters of one location, and those that only one version has.

    Tables that leave nothing come too: an address may stand for several of them.
    """

    subject: str
    addresses: tuple[str, str]
    noun: str
    in_request: bool
    old_fields: Mapping[str, Field]
    new_fields: Mapping[str, Field]
    removed: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """Values of an enum that only one version has."""

    subject: str
    addresses: tuple[str, str]
    schemas: tuple[Schema, Schema]
    removed: Sequence[Json]
    added: Sequence[Json]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantity:
    """A number that both versions have, and that may count something else in each."""

    subject: str
    addresses: tuple[str, str]
    schemas: tuple[Schema, Schema]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retyped:
    """A value of another nature in each version."""

    subject: str
    addresses: tuple[str, str]
    schemas: tuple[Schema, Schema]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statuses:
    """Statuses of an operation's answers that only one version names."""

    old: Operation
    new: Operation
    removed: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossing:
    """An operation that both versions have; `paged` where the intent says how pages are read."""

    old: Operation
    new: Operation
    paged: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lone:
    """Operations that only one version has, and nothing stands in for."""

    removed: Sequence[Operation]
    added: Sequence[Operation]


Leftover: TypeAlias = Table | Values | Quantity | Retyped | Statuses | Crossing | Lone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """What the planner did by itself, being certain, in the words an intent would have for it."""

    at: str
    words: Mapping[str, Json]
    reason: str
    schemas: tuple[Schema, Schema] | None
