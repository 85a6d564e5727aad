"""A field that only one version has, or that travels in one version alone."""

from dataclasses import dataclass

from compat.intent.model import AcceptIntent
from compat.lens.ops import Default, Flow, Lens, Loss, invert
from compat.model.schema import ABSENT, Absent, Json
from compat.model.shape import Field
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stance import Stance, shortage, surplus
from compat.plan.gate.stubs import default_stub
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side
from compat.plan.tables import Tables
from compat.plan.walk import Walk, declared

_PAGED = Judgement(verdict=Verdict.LOSSLESS, treatment="answered by cutting the list in the shim")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lone:
    """The field, as the version that has it does; `away` is the flow to the one that lacks it.

    `value` is what the intent supplies, `always` where it does so whatever was sent. `address` is
    where the intent states its value, empty where none is heard; `elsewhere` what
    to write there if it went somewhere, and `past` if it goes past the version that lacks it.
    """

    name: str
    field: Field
    away: Flow
    side: Side
    kind: str
    subject: str
    message: str
    address: str
    elsewhere: str = ""
    past: str = ""
    value: Json | Absent = ABSENT
    always: bool = False


def bridge_lone(walk: Walk, tables: Tables, lone: Lone) -> Lens:
    """What becomes of it on the way to the other version, and on the way back."""
    is_old = lone.away is Flow.UP
    shapes = walk.old if is_old else walk.new
    default = declared(shapes, lone.field.schema, lone.side).default
    value = lone.value
    if isinstance(value, Absent) and lone.field.required:
        value = default
    accepted = walk.ledger.accepted(lone.kind, lone.subject)
    leaving = _leaving(tables, lone, accepted, needed=isinstance(value, Absent))
    demand, arriving = _arriving(lone, accepted, value)
    found = walk.ledger.enter(
        Finding(
            kind=lone.kind,
            subject=lone.subject,
            message=lone.message,
            old=lone.field.schema.place if is_old else None,
            new=None if is_old else lone.field.schema.place,
            side=lone.side,
            up=leaving.judgement if is_old else arriving,
            down=arriving if is_old else leaving.judgement,
            stub=_stub(lone, leaving.judgement, arriving),
        )
    )
    op = Default(
        field=lone.name,
        value=tables.encoded(lone.field.schema, value),
        neutral=tables.encoded(lone.field.schema, default),
        overwrite=lone.always,
        demand=demand,
        loss=leaving.loss,
        difference=found,
    )
    if op.value is ABSENT and not op.demand and op.loss is Loss.KEEP:
        return ()
    return invert((op,)) if is_old else (op,)


def _stub(lone: Lone, leaving: Judgement, arriving: Judgement) -> str:
    """A value helps whoever lacks one; it is no help to an old client who sends the field."""
    if lone.elsewhere:
        return lone.elsewhere
    if lone.away is Flow.DOWN or not leaving.verdict.is_gap:
        return default_stub(lone.address, lone.name) if lone.address else ""
    return "" if arriving.verdict.is_gap else lone.past


def _leaving(tables: Tables, lone: Lone, accepted: AcceptIntent | None, *, needed: bool) -> Stance:
    """How the value fares; `needed` where every message carries one that says something."""
    if lone.name in tables.paging:
        return Stance(Loss.DROP, _PAGED)
    closed = tables.new_closed if lone.away is Flow.UP else tables.old_closed
    always = lone.field.required and needed
    return surplus(lone.side, lone.away, accepted, always=always, closed=closed)


def _arriving(
    lone: Lone, accepted: AcceptIntent | None, value: Json | Absent
) -> tuple[bool, Judgement]:
    """How the version that has the field fares without the other's word; (demand, judgement)."""
    if not isinstance(value, Absent):
        return shortage(None, value)
    if lone.field.required:
        return shortage(accepted, ABSENT)
    if lone.side is Side.RESPONSE and lone.away is Flow.UP:
        gone = Judgement(verdict=Verdict.LOSSY, treatment="old clients no longer get it")
        return False, gone
    return False, NOTHING
