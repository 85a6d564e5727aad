"""Several calls for one operation: which part of its request and of its answer is whose."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from compat.intent.model import CallIntent, MoveFields, RenameFields
from compat.lens.ops import Drop, FieldPath, Focus, Lens, Loss
from compat.model.interface import Location, Operation
from compat.model.role import Role
from compat.model.schema import ABSENT, Schema
from compat.model.shape import Field, ObjectShape, Shapes
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.messages.media import json_content
from compat.plan.messages.parameters import section
from compat.plan.messages.relocation import json_schema, slots
from compat.plan.spot import Side, Spot
from compat.plan.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One call, and what the other calls see to instead of it.

    `unsent` are paths of the caller's request message, `unmade` paths of its answer's body.
    """

    intent: CallIntent
    partner: Operation
    unsent: frozenset[FieldPath]
    unmade: frozenset[FieldPath]

    def left_out(self, difference: str) -> Lens:
        """The caller's request without what is sent elsewhere."""
        parts = sorted({path[0] for path in self.unsent})
        return tuple(
            Focus(
                path=(part,),
                lens=tuple(
                    Drop(field=path[1], value=ABSENT, loss=Loss.DROP, difference=difference)
                    for path in sorted(self.unsent)
                    if path[0] == part
                ),
            )
            for part in parts
        )

    def claims(self, role: Role) -> tuple[Claims, Claims]:
        """What is no matter of this call: of the request message, and of the answer's body."""
        return _claimed(self.unsent, role), _claimed(self.unmade, role)


def _claimed(paths: frozenset[FieldPath], role: Role) -> Claims:
    if not paths:
        return NO_CLAIMS
    return Claims(old=paths) if role is Role.OLD_CLIENT else Claims(new=paths)


def shares(
    walk: Walk,
    operation: Operation,
    calls: Sequence[CallIntent],
    partners: Sequence[Operation],
    role: Role,
) -> Iterator[Share]:
    """What each call sends and what it gives to the answer."""
    sent = [frozenset(_sent(walk, operation, partner, role)) for partner in partners]
    made = [
        frozenset(_made(walk, operation, call, partner, role))
        for call, partner in zip(calls, partners, strict=True)
    ]
    for index, (call, partner) in enumerate(zip(calls, partners, strict=True)):
        yield Share(
            intent=call,
            partner=partner,
            unsent=_others(sent, index) - sent[index],
            unmade=frozenset() if call.into else _others(made, index) - made[index],
        )


def _others(sets: Sequence[frozenset[FieldPath]], index: int) -> frozenset[FieldPath]:
    return frozenset().union(*sets[:index], *sets[index + 1 :])


def _sent(walk: Walk, operation: Operation, partner: Operation, role: Role) -> Iterator[FieldPath]:
    """The parts of the caller's request that this partner takes, under whatever name."""
    is_old = role is Role.OLD_CLIENT
    ours, theirs = _sides(walk, role)
    known = {slot.path[-1] for slot in slots(theirs, partner)}
    old, new = oriented(operation, partner, role)
    moves = walk.ledger.actions(section(Side.REQUEST, old, new, "request"), MoveFields)
    moved = {pair[0 if is_old else 1] for action, _ in moves for pair in action.paths}
    schemas = json_schema(old), json_schema(new)
    renamed = _renames(walk, _entered(walk, section(Side.REQUEST, old, new, "body"), schemas), role)
    for slot in slots(ours, operation):
        name = slot.path[-1]
        if slot.part is not Location.PATH and (
            slot.message_path in moved or renamed.get(name, name) in known
        ):
            yield slot.message_path


def _made(
    walk: Walk, operation: Operation, call: CallIntent, partner: Operation, role: Role
) -> Iterator[FieldPath]:
    """The parts of the caller's answer that come from this call alone, if another has them not."""
    if call.into:
        yield call.into
        return
    ours, theirs = _sides(walk, role)
    old, new = oriented(operation, partner, role)
    schemas = _answered(old), _answered(new)
    spot = _entered(walk, section(Side.RESPONSE, old, new, "response 200"), schemas)
    renamed = _renames(walk, spot, role)
    known = _fields(theirs, _answered(partner))
    for name in _fields(ours, _answered(operation)):
        if renamed.get(name, name) in known:
            yield (name,)


def _sides(walk: Walk, role: Role) -> tuple[Shapes, Shapes]:
    """(the caller's, the callee's)."""
    return (walk.old, walk.new) if role is Role.OLD_CLIENT else (walk.new, walk.old)


def oriented(operation: Operation, partner: Operation, role: Role) -> tuple[Operation, Operation]:
    """(the old one, the new one) of the caller's and the callee's."""
    return (operation, partner) if role is Role.OLD_CLIENT else (partner, operation)


def _renames(walk: Walk, spot: Spot, role: Role) -> dict[str, str]:
    """The callee's names by the caller's, as the intent states them for a body."""
    renamed: dict[str, str] = {}
    for action, _ in walk.ledger.actions(spot, RenameFields):
        for old, new in action.names.items():
            ours, theirs = (old, new) if role is Role.OLD_CLIENT else (new, old)
            renamed[ours] = theirs
    return renamed


def _entered(walk: Walk, spot: Spot, schemas: tuple[Schema | None, Schema | None]) -> Spot:
    names = (
        shapes.name(schema) if schema is not None else ""
        for shapes, schema in zip((walk.old, walk.new), schemas, strict=True)
    )
    return spot.entering(*names)


def _answered(operation: Operation) -> Schema | None:
    """The schema of the first success of the operation that has a JSON body."""
    successes: Iterable[Schema | None] = (
        content.schema
        for answer in operation.answers
        if answer.status.startswith("2") and (content := json_content(answer.contents)) is not None
    )
    return next((schema for schema in successes if schema is not None), None)


def _fields(shapes: Shapes, schema: Schema | None) -> dict[str, Field]:
    shape = shapes.of(schema) if schema is not None else None
    return dict(shape.fields) if isinstance(shape, ObjectShape) else {}
