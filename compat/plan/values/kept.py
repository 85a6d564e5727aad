"""A field that both versions have: its value, and its being null, missing or left to a default.

What a version needs is put at its end of the lens, in its own words; what a version may leave out
or say with null is seen to at that version's end. Between the two the value is led across.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from compat.errors import CompatError
from compat.intent.model import AcceptIntent, Then
from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    Default,
    DifferenceId,
    Flow,
    Focus,
    Lens,
    Loss,
    MapValues,
    OmitNull,
    Op,
    Value,
    invert,
)
from compat.lens.value import is_json, same
from compat.model.schema import ABSENT, Absent, Json
from compat.model.shape import Field, ScalarShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.gate.stance import only_passes, shortage
from compat.plan.gate.stubs import default_stub
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side, Spot
from compat.plan.tables import Tables
from compat.plan.values.lone import Lone, bridge_lone
from compat.plan.values.stated import Stated
from compat.plan.walk import Declared, Walk, declared

_CONTEXT = Context()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One version's side of the field."""

    shapes: Shapes
    name: str
    placed: str  # what it is called where the operations of this end find it
    field: Field
    facts: Declared

    @property
    def required(self) -> bool:
        return self.field.required and not self.facts.hidden


@dataclass(eq=False, slots=True)
class Ends:
    """The operations around the value's own lens, those at the old version's end first."""

    old: list[Op] = field(default_factory=list)
    new: list[Op] = field(default_factory=list)

    def sending(self, flow: Flow, lens: Lens) -> None:
        """For that flow, before the value is led across."""
        if flow is Flow.UP:
            self.old += lens
        else:
            self.new[:0] = invert(lens)

    def receiving(self, flow: Flow, lens: Lens) -> None:
        """For that flow, when the value has been led across."""
        if flow is Flow.UP:
            self.new += lens
        else:
            self.old[:0] = invert(lens)


class Parts(NamedTuple):
    """What is done at the old version's end, with the value, and at the new version's end."""

    old: Lens
    value: Lens
    new: Lens


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """The field at hand."""

    walk: Walk
    tables: Tables
    spot: Spot
    old: End
    new: End
    stated: Stated
    ends: Ends

    def receiver(self, flow: Flow) -> End:
        return self.new if flow is Flow.UP else self.old

    def sender(self, flow: Flow) -> End:
        return self.receiver(flow.back)

    def supplied(self, end: End) -> Json | Absent:
        """The value that the intent states for that version, under either name."""
        owner = end.shapes, end.field.schema
        value = self.stated.take(self.new.name, *owner)
        return self.stated.take(self.old.name, *owner) if isinstance(value, Absent) else value

    @property
    def stub(self) -> str:
        """A value to state; nothing where none is heard."""
        address = self.stated.addresses[1]
        return default_stub(address, self.new.name) if address else ""

    def enter(
        self, kind: str, message: str, judged: Mapping[Flow, Judgement], stub: str = ""
    ) -> DifferenceId:
        return self.walk.ledger.enter(
            Finding(
                kind=kind,
                subject=self.spot.subject,
                message=message,
                old=self.old.field.schema.place,
                new=self.new.field.schema.place,
                side=self.spot.side,
                up=judged.get(Flow.UP, NOTHING),
                down=judged.get(Flow.DOWN, NOTHING),
                stub=stub,
            )
        )


def bridge_kept(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    names: tuple[str, str],
    claims: Claims,
    stated: Stated,
) -> Lens:
    """Lead a field that stayed where it is; in the lens it has its new name already."""
    return tuple(
        chain(*kept_parts(walk, tables, spot, names, claims, stated, (names[1], names[1])))
    )


def kept_parts(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    names: tuple[str, str],
    claims: Claims,
    stated: Stated,
    placed: tuple[str, str],
) -> Parts:
    """Lead the value, then its being null, missing or defaulted; `placed` are its names there."""
    old, new = tables.old[names[0]], tables.new[names[1]]
    ours = End(
        shapes=walk.old,
        name=names[0],
        placed=placed[0],
        field=old,
        facts=declared(walk.old, old.schema, spot.side),
    )
    theirs = End(
        shapes=walk.new,
        name=names[1],
        placed=placed[1],
        field=new,
        facts=declared(walk.new, new.schema, spot.side),
    )
    kept = Kept(
        walk=walk, tables=tables, spot=spot, old=ours, new=theirs, stated=stated, ends=Ends()
    )
    if ours.facts.hidden and theirs.facts.hidden:
        return Parts((), (), ())
    inner = tables.value(old.schema, new.schema, spot, claims)
    if ours.facts.hidden != theirs.facts.hidden:
        return _half_hidden(kept, inner)
    nullable = ours.facts.nullable, theirs.facts.nullable
    if tables.nulls and None not in nullable and nullable[0] != nullable[1]:
        _bridge_null(kept)
    if ours.required != theirs.required:
        _bridge_presence(kept, inner)
    elif not theirs.required and spot.side is Side.REQUEST:
        _bridge_defaults(kept, inner)
    return Parts(tuple(kept.ends.old), _focused(placed[1], inner), tuple(kept.ends.new))


def _focused(name: str, lens: Lens) -> Lens:
    return (Focus(path=(name,), lens=lens),) if lens else ()


def _half_hidden(kept: Kept, inner: Lens) -> Parts:
    """In one version it does not travel this way, as if that version did not have it."""
    is_old = kept.new.facts.hidden
    end = kept.old if is_old else kept.new
    what = "read-only" if kept.spot.side is Side.REQUEST else "write-only"
    half = Lone(
        name=end.placed,
        field=end.field,
        away=Flow.UP if is_old else Flow.DOWN,
        side=kept.spot.side,
        kind=f"{kept.tables.noun}-{'became' if is_old else 'was'}-{what}",
        subject=kept.spot.subject,
        message=f"{end.name} is {what} in the {'new' if is_old else 'old'} version alone",
        address=kept.stated.addresses[0 if is_old else 1],
        value=kept.supplied(end),
    )
    lone = bridge_lone(kept.walk, kept.tables, half)
    led = _focused(kept.new.placed, inner)
    return Parts(lone, led, ()) if is_old else Parts((), led, lone)


# --- null -----------------------------------------------------------------------------------------


def _bridge_null(kept: Kept) -> None:
    """One version admits null: the other gets a missing field, a value, or nothing."""
    admits_new = bool(kept.new.facts.nullable)
    flow = Flow.DOWN if admits_new else Flow.UP
    strict = kept.receiver(flow)
    kind = "null-admitted" if admits_new else "null-excluded"
    accepted = kept.walk.ledger.accepted(kind, kept.spot.subject)
    value = kept.supplied(strict)
    if isinstance(value, Absent) and strict.facts.default is not None:
        value = strict.facts.default
    omits, judgement = _null_judgement(accepted, strict, supplied=not isinstance(value, Absent))
    found = kept.enter(
        kind,
        f"{kept.new.name} may be null in the {'new' if admits_new else 'old'} version alone",
        {flow: judgement},
        stub=kept.stub,
    )
    source = kept.sender(flow).placed
    if omits:
        kept.ends.sending(flow, (OmitNull(field=source, difference=found),))
        if strict.required and not isinstance(value, Absent):
            encoded = kept.tables.encoded(strict.field.schema, value)
            kept.ends.receiving(flow, (_given(strict.placed, encoded, found),))
    elif accepted is None or accepted.then is Then.REFUSE:
        kept.ends.sending(flow, _focused(source, (_null_refused(found),)))


def _null_judgement(
    accepted: AcceptIntent | None, strict: End, *, supplied: bool
) -> tuple[bool, Judgement]:
    """(does null become a missing field, which may then be supplied; the verdict)."""
    if accepted is not None:
        if accepted.then is Then.REFUSE:
            treatment = "null is refused, as accepted"
            return False, Judgement(verdict=Verdict.LOSSY, treatment=treatment)
        if accepted.then is Then.DROP and not strict.required:
            treatment = "null becomes a missing field, as accepted"
            return True, Judgement(verdict=Verdict.LOSSY, treatment=treatment)
        only_passes(accepted, "the field is required")
        return False, Judgement(verdict=Verdict.LOSSY, treatment="null passes, as accepted")
    if not strict.required:
        return True, Judgement(verdict=Verdict.LOSSY, treatment="null becomes a missing field")
    if supplied:
        return True, Judgement(verdict=Verdict.DEFAULTED, treatment="null becomes the default")
    return False, Judgement(
        verdict=Verdict.NEEDS_INTENT, treatment="null is refused: say what it becomes"
    )


def _null_refused(found: DifferenceId) -> MapValues:
    return MapValues(pairs=(), back=(), refused=(None,), difference=found)


def _given(name: str, value: Value, found: DifferenceId, *, demand: bool = False) -> Default:
    """Where it is missing; what is there stays on the way back."""
    return Default(
        field=name, value=value, demand=demand, shared=True, loss=Loss.KEEP, difference=found
    )


# --- missing --------------------------------------------------------------------------------------


def _bridge_presence(kept: Kept, inner: Lens) -> None:
    """Required in one version, optional in the other, whose default is what a missing one means."""
    flow = Flow.UP if kept.new.required else Flow.DOWN
    strict = kept.receiver(flow)
    kind = f"{kept.tables.noun}-became-{'required' if kept.new.required else 'optional'}"
    value = kept.supplied(strict)
    meant = ABSENT if not isinstance(value, Absent) else _led_default(kept, flow, inner)
    if isinstance(value, Absent):
        value = strict.facts.default
    accepted = kept.walk.ledger.accepted(kind, kept.spot.subject)
    demand, judgement = shortage(accepted, meant if is_json(meant) else value)
    found = kept.enter(
        kind,
        f"{kept.new.name} is required in the {'new' if kept.new.required else 'old'} version alone",
        {flow: judgement},
        stub=kept.stub,
    )
    sender = kept.sender(flow)
    if meant is not ABSENT:
        encoded = kept.tables.encoded(sender.field.schema, sender.facts.default)
        kept.ends.sending(flow, (_given(sender.placed, encoded, found),))
    elif demand or not isinstance(value, Absent):
        encoded = kept.tables.encoded(strict.field.schema, value)
        kept.ends.receiving(flow, (_given(strict.placed, encoded, found, demand=demand),))


def _bridge_defaults(kept: Kept, inner: Lens) -> None:
    """A missing field means another value: each server is told what its caller's version means."""
    defaults = _meaning(kept.old), _meaning(kept.new)
    if defaults == (ABSENT, ABSENT):
        return
    ours, theirs = _led_default(kept, Flow.UP, inner), _led_default(kept, Flow.DOWN, inner)
    meant = kept.tables.encoded(kept.new.field.schema, defaults[1])
    if _same(ours, meant) or (_same(*defaults) and not inner):
        return
    found = kept.enter(
        f"{kept.tables.noun}-default-changed",
        f"a missing {kept.new.name} means {_text(defaults[0])} in the old version, "
        f"{_text(defaults[1])} in the new",
        {Flow.UP: _default_judgement(ours), Flow.DOWN: _default_judgement(theirs)},
    )
    for flow, led in ((Flow.UP, ours), (Flow.DOWN, theirs)):
        if led is not ABSENT:
            sender = kept.sender(flow)
            value = kept.tables.encoded(sender.field.schema, sender.facts.default)
            kept.ends.sending(flow, (_told(sender.placed, value, found),))


def _told(name: str, value: Value, found: DifferenceId) -> Default:
    """Given where it is missing; gone on the way back, where a missing one says as much."""
    return Default(field=name, value=value, loss=Loss.KEEP, difference=found)


def _led_default(kept: Kept, flow: Flow, inner: Lens) -> Value:
    """The sender's default as the receiver holds it; ABSENT where it cannot."""
    sender, receiver = kept.sender(flow), kept.receiver(flow)
    value = kept.tables.encoded(sender.field.schema, _meaning(sender))
    if value is ABSENT:
        return ABSENT
    try:
        led = apply(inner if flow is Flow.UP else invert(inner), value, _CONTEXT)
    except CompatError:  # it takes a hook, or a lens that is not made yet
        led = value
    shape = receiver.shapes.of(receiver.field.schema)
    if not isinstance(shape, ScalarShape) or shape.enum is None:
        return led
    admitted = (kept.tables.encoded(receiver.field.schema, one) for one in shape.enum)
    return led if any(_same(led, one) for one in admitted) else ABSENT


def _meaning(end: End) -> Json | Absent:
    """What a missing field means; that it is null means nothing more than that it is missing."""
    return ABSENT if end.facts.default is None else end.facts.default


def _same(one: Value, other: Value) -> bool:
    return same(one, other) if is_json(one) and is_json(other) else one is other


def _text(default: Json | Absent) -> str:
    return "nothing in particular" if isinstance(default, Absent) else repr(default)


def _default_judgement(default: Value) -> Judgement:
    if default is ABSENT:
        return NOTHING
    return Judgement(verdict=Verdict.DEFAULTED, treatment=f"a missing value is sent as {default!r}")
