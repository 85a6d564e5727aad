"""Fields that people say have moved: into an object, out of one, or both.

A move claims the raw addition and removal that it explains, and an object that only one version has
and that something moved into or out of is looked into instead of being an addition or removal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from compat.intent.model import MoveFields
from compat.intent.problem import IntentError
from compat.lens.ops import (
    Default,
    DifferenceId,
    FieldPath,
    Flow,
    Focus,
    Lens,
    Loss,
    Move,
    Op,
    invert,
)
from compat.model.place import Place
from compat.model.shape import Field, ObjectShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.fields import bridge_fields
from compat.plan.kept import bridge_kept
from compat.plan.ledger import Finding
from compat.plan.spot import Spot
from compat.plan.stated import Stated
from compat.plan.tables import Leftover, Tables, leftover
from compat.plan.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StatedMove:
    """One that the interfaces bear out."""

    source: FieldPath
    target: FieldPath
    old: Field
    new: Field

    @property
    def claims(self) -> Claims:
        return Claims(frozenset({self.source}), frozenset({self.target}))


def stated_moves(walk: Walk, tables: Tables, spot: Spot) -> Sequence[StatedMove]:
    """Those stated at this spot."""
    moves = []
    for action, place in walk.ledger.actions(spot, MoveFields):
        for source, target in action.paths:
            item = ".".join(source)
            try:
                old = member(walk.old, tables.old, source, place)
                new = member(walk.new, tables.new, target, place)
            except IntentError as error:
                walk.ledger.misfit(action, item, error)
                continue
            walk.ledger.fits(action, item)
            moves.append(StatedMove(source=source, target=target, old=old, new=new))
    return moves


def claimed(moves: Iterable[StatedMove]) -> Claims:
    """The paths that the moves take away from the places they pass through."""
    claims = NO_CLAIMS
    for move in moves:
        claims = claims.plus(move.claims)
    return claims


def member(shapes: Shapes, fields: Mapping[str, Field], path: FieldPath, place: Place) -> Field:
    """The declared field that a path of the intent leads to; raises IntentError if none does."""
    for index, name in enumerate(path):
        field = fields.get(name)
        if field is None:
            raise IntentError(
                f"no field {'.'.join(path)}",
                where=str(place),
                hint=f"at {'.'.join(path[:index]) or 'the top'} there is "
                f"{', '.join(sorted(fields)) or 'nothing'}",
            )
        if index == len(path) - 1:
            return field
        shape = shapes.of(field.schema)
        fields = shape.fields if isinstance(shape, ObjectShape) else {}
    raise AssertionError("a path has at least one name")


def bridge_moves(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    left: Leftover,
    moves: Sequence[StatedMove],
    renamed: Mapping[str, str],
) -> Lens:
    """Moves below this object, each with the lens of what moves; renames are done before."""
    if not moves:
        return ()
    ops: list[Move] = []
    values: list[Op] = []
    for move in moves:
        left.removed.pop(move.source[0] if len(move.source) == 1 else "", None)
        left.added.pop(move.target[0] if len(move.target) == 1 else "", None)
        found = _enter(walk, spot, move)
        head, *rest = move.source
        source = (renamed.get(head, head), *rest)
        ops.append(Move(source=source, target=move.target, difference=found))
        values += _moved_value(walk, tables, spot, move)
    claims = claimed(moves)
    first = ops[0].difference
    before = _holders(walk, tables, spot, left, claims, Flow.UP, first)
    after = _holders(walk, tables, spot, left, claims, Flow.DOWN, first)
    return (*before, *ops, *after, *values)


def _moved_value(walk: Walk, tables: Tables, spot: Spot, move: StatedMove) -> Lens:
    """As for a field that stayed, in the object that it came to."""
    *holder, name = move.target
    table = replace(tables, old={move.source[-1]: move.old}, new={name: move.new})
    place = spot.at(".".join(move.source), ".".join(move.target))
    nothing = Stated(ledger=walk.ledger, values={})
    lens = bridge_kept(walk, table, place, (move.source[-1], name), NO_CLAIMS, nothing)
    return (Focus(path=tuple(holder), lens=lens),) if lens and holder else lens


def _holders(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    left: Leftover,
    claims: Claims,
    away: Flow,
    found: DifferenceId,
) -> Lens:
    """Objects of one version that something moves into (or out of): what else they hold."""
    is_old = away is Flow.UP
    fields, paths = (left.removed, claims.old) if is_old else (left.added, claims.new)
    ops: list[Op] = []
    for name in sorted({path[0] for path in paths if len(path) > 1} & fields.keys()):
        ops += _holder(walk, tables, spot, (name, fields.pop(name)), claims, away, found)
    return tuple(ops)


def _holder(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    named: tuple[str, Field],
    claims: Claims,
    away: Flow,
    found: DifferenceId,
) -> Lens:
    """It comes and goes with what moved; the rest of its fields is on its own."""
    name, field = named
    is_old = away is Flow.UP
    shape = (walk.old if is_old else walk.new).of(field.schema)
    within = shape.fields if isinstance(shape, ObjectShape) else {}
    inner = replace(tables, old=within if is_old else {}, new={} if is_old else within)
    below = claims.below(name, None) if is_old else claims.below(None, name)
    place = spot.at(name, name)
    left = leftover(inner, below)
    deeper = _holders(walk, inner, place, left, below, away, found)
    _, rest = bridge_fields(walk, inner, place, left, below, {})
    lens = (*deeper, *rest) if is_old else (*rest, *deeper)
    focused: Lens = (Focus(path=(name,), lens=lens),) if lens else ()
    made: Lens = ()
    if field.required:
        made = (Default(field=name, value={}, loss=Loss.KEEP, difference=found),)
    return (*focused, *invert(made)) if is_old else (*made, *focused)


def _enter(walk: Walk, spot: Spot, move: StatedMove) -> DifferenceId:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="moved, as the intent says")
    source, target = ".".join(move.source), ".".join(move.target)
    return walk.ledger.enter(
        Finding(
            kind="field-moved",
            subject=f"{spot.subject}.{source}",
            message=f"{source}: moved {target}",
            old=move.old.schema.place,
            new=move.new.schema.place,
            side=spot.side,
            up=done,
            down=done,
        )
    )
