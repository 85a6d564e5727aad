"""The bridge plan: every difference with its verdicts, and how each call crosses.

Pure data, made by `compat.plan`, consumed by the emitter, the reports and the verifier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from compat.lens.ops import DifferenceId, FieldPath, Lens
from compat.model.interface import Interface, OperationKey
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import ABSENT, Absent, Json


class Verdict(IntEnum):
    """How a difference is crossed in one role; the larger, the worse."""

    NONE = 0  # nothing to do
    LOSSLESS = 1
    DEFAULTED = 2  # a value is supplied
    LOSSY = 3  # a value is dropped, merged, or refused when it is used
    NEEDS_INTENT = 4  # a person must say
    UNBRIDGEABLE = 5

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", "-")

    @property
    def is_gap(self) -> bool:
        return self >= Verdict.NEEDS_INTENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict for one role and what the shim does about it, in a sentence fragment."""

    verdict: Verdict
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A person's word that a loss or a gap is fine: who, why, until when."""

    reason: str
    owner: str
    until: str | None = None  # ISO 8601 date, inclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference between the interfaces, as users read it.

    `id` is twelve hex digits made from the place and kind of the change alone. `subject` names the
    thing in the specs' own words ("Volume.size", "GET /volumes query max_entries"). `operations`
    are those of either version that meet it. `stub` is what to write to close the gap, empty
    where no one entry would. `value` is the one of an enum that came or went, if it is of one.
    """

    id: DifferenceId
    kind: str
    subject: str
    message: str
    old: Place | None
    new: Place | None
    judgements: Mapping[Role, Judgement]
    operations: tuple[str, ...] = ()
    acceptance: Acceptance | None = None
    stub: str = ""
    value: Json | Absent = ABSENT

    @property
    def verdict(self) -> Verdict:
        return max(judgement.verdict for judgement in self.judgements.values())

    @property
    def told(self) -> str:
        """Where it is and what it is; a message that begins with where says it by itself."""
        begins = self.message.startswith(f"{self.subject} ")
        return self.message if begins else f"{self.subject}: {self.message}"

    @property
    def is_open_gap(self) -> bool:
        return self.verdict.is_gap and self.acceptance is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLens:
    """A lens that several places share, from the old version to the new; `Apply` names it.

    `name` is a Python identifier, unique in the plan; `old` and `new` are the pointers of the two
    schemas it leads between (empty for a lens that has none).
    """

    name: str
    title: str  # "Volume", or "Volume to VolumeSpec"
    up: Lens
    old_schema: str  # SchemaId in the old interface
    new_schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBridge:
    """What becomes of the callee's answer.

    `status` is the callee's ("200", "4XX", "default"), `becomes` the status the caller sees (None:
    the same). `lens` leads from the callee's response message to the caller's; with `records` it
    leads from one record of a stream of JSON values (NDJSON, event streams) to the caller's record.
    """

    status: str
    becomes: int | None
    lens: Lens
    records: bool = False

    @property
    def is_identity(self) -> bool:
        return self.becomes is None and not self.lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The callee answers in pages where the caller expects all at once.

    The call is repeated with the query parameter `token_query` set to the token found at
    `token_field` of the answer's body until there is none; the lists at `entries` are joined.
    """

    entries: str
    token_field: str
    token_query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicing:
    """The caller expects pages where the callee answers with all at once.

    The caller's query parameters `size_query` (0 or missing: all) and `token_query` (an offset)
    cut the list at `entries` of the caller's answer; `token_field` gets the next offset, if any,
    as a number where `numeric`, else as text.
    """

    entries: str
    token_field: str
    token_query: str
    size_query: str
    numeric: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the callee on behalf of the caller's.

    `request` leads from the caller's request message to the callee's. With `when` the call is made
    only if the caller's request has a value at one of these paths of the message. `answers` are
    tried in order, exact statuses first. `into` is where the body of this call's answer goes in the
    caller's answer: None means this call's answer is the caller's; () merges objects.
    Calls are made in order; one that fails (status 400 and up) ends the exchange with its answer.
    """

    operation: OperationKey
    request: Lens
    answers: tuple[AnswerBridge, ...]
    when: tuple[FieldPath, ...] = ()
    into: FieldPath | None = None
    paging: Paging | None = None
    slicing: Slicing | None = None

    @property
    def is_identity(self) -> bool:
        plain = not self.when and self.into is None and not self.paging and not self.slicing
        return plain and not self.request and all(answer.is_identity for answer in self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """How one operation of the caller's version crosses.

    `name` is a Python identifier, unique per role. Without calls the operation is refused with the
    difference `gap`. `hook` names a person's function which drives the exchange itself:
    `<hook>(request)` of the hooks file, a generator with the same contract as `exchange`.
    """

    operation: OperationKey
    name: str
    calls: tuple[Call, ...]
    gap: DifferenceId | None = None
    hook: str | None = None

    @property
    def is_identity(self) -> bool:
        """Only the base path differs."""
        if self.hook is not None or len(self.calls) != 1:
            return False
        return self.calls[0].operation == self.operation and self.calls[0].is_identity


class HookKind(StrEnum):
    """What a hook is given and what it must give back."""

    VALUE = "value"  # def <name>_up(value: Json) -> Json, and <name>_down
    EXCHANGE = "exchange"  # def <name>(request: Request) -> Flow, a generator


@dataclass(frozen=True, slots=True, kw_only=True)
class HookNeed:
    """A function that the hooks file must have."""

    name: str  # with its _up or _down
    kind: HookKind
    difference: DifferenceId
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one of the plans that a plan was fused from was made of: the sha256 of each input."""

    old: str
    new: str
    intent: str  # empty without one


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgePlan:
    """All that the emitter, the reports and the verifier need; the same input gives the same plan.

    `old_version` and `new_version` are the names people use, by file or by the user's word.
    `intent_digest` is the sha256 of the intent file, empty without one. `steps` are those that a
    fused plan leads through; then `intent_digest` stands for all intents. `partners` tells which
    schema of the new version was compared with one of the old, both as `NamedLens` names them.
    """

    old: Interface
    new: Interface
    old_version: str
    new_version: str
    intent_digest: str
    differences: tuple[Difference, ...]
    lenses: Mapping[str, NamedLens]
    exchanges: Mapping[Role, tuple[Exchange, ...]]
    hooks: tuple[HookNeed, ...]
    steps: tuple[Step, ...] = ()
    partners: Mapping[str, str] = field(default_factory=dict)

    @property
    def open_gaps(self) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if difference.is_open_gap)
