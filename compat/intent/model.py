"""What an intent file says, after validation.

Every entry keeps its place, so that one which matches nothing can be pointed at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from compat.lens.ops import FieldPath
from compat.model.interface import OperationKey
from compat.model.place import Place
from compat.model.schema import Json


class Then(StrEnum):
    """What the shim does with a value whose loss was accepted."""

    PASS = "pass"
    DROP = "drop"
    REFUSE = "refuse"


class Encoding(StrEnum):
    """How the two versions write the same scalar differently."""

    TEXT = "text"  # 42 and "42", true and "true"
    BIT = "bit"  # true and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameFields:
    """Old name -> new name."""

    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFields:
    """Old path -> new path, below the addressed object or message."""

    paths: tuple[tuple[FieldPath, FieldPath], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEnum:
    """Old value -> new value; `back` adds new -> old where the table cannot just be turned."""

    values: tuple[tuple[Json, Json], ...]
    back: tuple[tuple[Json, Json], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleUnit:
    """new = old * numerator / denominator."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    encoding: Encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Field -> the value to supply where the sender's version does not send it."""

    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Field -> the one value it always has, in the version that declares it."""

    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFields:
    """Field -> the field beside it that it repeats; at least one of the two is in one version
    alone. Where that is the field repeated, its value goes into the other one if that is missing.
    """

    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutField:
    """One text of a version is several in the other; `into_new` tells which has the several."""

    field: str
    parts: tuple[str, ...]
    separator: str
    into_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StashFields:
    """Fields that travel inside the object, for a peer that passes on what it does not know."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseHook:
    """A person's function `<name>_up`, `<name>_down` converts the addressed value.

    Of an object it is given what the generated code has made, and `takes` are the fields (of either
    version) that are left to it alone; anything else it converts by itself.
    """

    name: str
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStatuses:
    """Old status -> new status."""

    statuses: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPages:
    """The new (or old) version answers in pages; the query and body fields that drive them."""

    entries: str
    token_field: str
    token_query: str
    size_query: str | None


Action: TypeAlias = (
    RenameFields
    | MoveFields
    | MapEnum
    | ScaleUnit
    | Encode
    | Supply
    | Fix
    | CopyFields
    | CutField
    | StashFields
    | UseHook
    | MoveStatuses
    | ReadPages
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeIntent:
    """One action at one address, in the words of either version.

    An address is a component name or an operation and a section, then steps:
    `Volume.spec`, `Volume.tags[]`, `Limits{}`, `PUT /volumes/{id} request`,
    `GET /volumes response 200.entries[]`, `GET /volumes query.node`.
    """

    place: Place
    at: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIntent:
    """One of the calls that stand in for an operation."""

    operation: OperationKey
    when: tuple[FieldPath, ...] = ()
    into: FieldPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationIntent:
    """What answers for an operation of one version: operations of the other, or a hook.

    With `from_new` False it speaks for the old client's `operation`, else for the new client's.
    With `same_as` the old `operation` is that one of the new version, for both clients.
    """

    place: Place
    operation: OperationKey
    from_new: bool
    same_as: OperationKey | None = None
    calls: tuple[CallIntent, ...] = ()
    hook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptIntent:
    """A loss or gap that a person takes on; `pattern` is an id, or kind and subject with `*`."""

    place: Place
    pattern: str
    reason: str
    owner: str
    until: str | None  # ISO 8601 date, inclusive
    then: Then | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A whole intent file; `digest` is the sha256 of its bytes, empty when there is none."""

    digest: str = ""
    old_version: str = ""
    new_version: str = ""
    operations: tuple[OperationIntent, ...] = ()
    bridges: tuple[BridgeIntent, ...] = ()
    accepts: tuple[AcceptIntent, ...] = ()


NO_INTENT = Intent()
