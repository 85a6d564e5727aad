"""Fields that people say have moved: into an object, out of one, or both.

A move claims the raw addition and removal that it explains, and an object that only one version has
and that something moved into or out of is looked into instead of being an addition or removal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from compat.intent.model import MoveFields
from compat.intent.problem import IntentError, nearest
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
    Value,
    invert,
)
from compat.model.place import Place
from compat.model.schema import ABSENT
from compat.model.shape import Field, ObjectShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.ledger import Finding
from compat.plan.spot import Spot
from compat.plan.tables import Leftover, Tables, leftover
from compat.plan.values.fields import bridge_fields
from compat.plan.values.kept import Parts, kept_parts
from compat.plan.values.stated import Stated
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
                hint=nearest(name, fields)
                or f"at {'.'.join(path[:index]) or 'the top'} there is "
                f"{', '.join(sorted(fields)) or 'nothing'}",
            )
        if index == len(path) - 1:
            return field
        shape = shapes.of(field.schema)
        fields = shape.fields if isinstance(shape, ObjectShape) else {}
    raise AssertionError("a path has at least one name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Moves below an object: before them, themselves, and behind them."""

    old: Lens = ()
    moves: Lens = ()
    new: Lens = ()


def bridge_moves(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    left: Leftover,
    moves: Sequence[StatedMove],
    renamed: Mapping[str, str],
) -> Moved:
    """Each with the lens of what moves; renames are done before."""
    before: list[Op] = []
    ops: list[Op] = []
    behind: list[Op] = []
    for move in moves:
        left.removed.pop(move.source[0] if len(move.source) == 1 else "", None)
        left.added.pop(move.target[0] if len(move.target) == 1 else "", None)
        head, *rest = move.source
        source = (renamed.get(head, head), *rest)
        found = _enter(walk, spot, move)
        ops.append(Move(source=source, target=move.target, difference=found))
        parts = _moved_parts(walk, tables, spot, move)
        before += focused(source[:-1], parts.old)
        behind += focused(move.target[:-1], (*parts.value, *parts.new))
    return Moved(old=tuple(before), moves=tuple(ops), new=tuple(behind))


def focused(path: FieldPath, lens: Lens) -> Lens:
    """The lens at that path, which may lead nowhere else."""
    return (Focus(path=path, lens=lens),) if path and lens else lens


def _moved_parts(walk: Walk, tables: Tables, spot: Spot, move: StatedMove) -> Parts:
    """As for a field that stayed."""
    names = move.source[-1], move.target[-1]
    table = replace(tables, old={names[0]: move.old}, new={names[1]: move.new})
    place = spot.at(".".join(move.source), ".".join(move.target))
    nothing = Stated(ledger=walk.ledger, side=spot.side, addresses=("", ""), values={})
    return kept_parts(walk, table, place, names, NO_CLAIMS, nothing, names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """Objects of one version that something moves into or out of.

    `old_rest` and `new_rest` lead what else they hold; `old_made` and `new_made` make those that
    must be there, too, when nothing has moved.
    """

    old_rest: Lens
    old_made: Lens
    new_made: Lens
    new_rest: Lens


def bridge_holders(
    walk: Walk, tables: Tables, spot: Spot, left: Leftover, claims: Claims
) -> Holders:
    """They come and go with what moved; the rest of their fields is on its own."""
    found: dict[Flow, tuple[Lens, Lens]] = {}
    for away in Flow:
        fields, paths = (left.removed, claims.old) if away is Flow.UP else (left.added, claims.new)
        made: list[Op] = []
        rest: list[Op] = []
        for name in sorted({path[0] for path in paths if len(path) > 1} & fields.keys()):
            field = fields.pop(name)
            rest += focused((name,), _rest(walk, tables, spot, (name, field), claims, away))
            made.append(_made(name, field))
        found[away] = tuple(made), tuple(rest)
    return Holders(
        old_rest=found[Flow.UP][1],
        old_made=invert(found[Flow.UP][0]),
        new_made=found[Flow.DOWN][0],
        new_rest=found[Flow.DOWN][1],
    )


def _made(name: str, field: Field) -> Default:
    """Empty, it says nothing where it is not known."""
    value: Value = {} if field.required else ABSENT
    return Default(field=name, value=value, neutral={}, loss=Loss.KEEP, difference="")


def _rest(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    named: tuple[str, Field],
    claims: Claims,
    away: Flow,
) -> Lens:
    name, field = named
    is_old = away is Flow.UP
    shape = (walk.old if is_old else walk.new).of(field.schema)
    within = shape.fields if isinstance(shape, ObjectShape) else {}
    inner = replace(
        tables, old=within if is_old else {}, new={} if is_old else within, stashes=False
    )
    below = claims.below(name, None) if is_old else claims.below(None, name)
    place = spot.at(name, name)
    left = leftover(inner, below)
    deeper = bridge_holders(walk, inner, place, left, below)
    _, rest = bridge_fields(walk, inner, place, left, below, {})
    return (*deeper.old_rest, *deeper.old_made, *deeper.new_made, *deeper.new_rest, *rest)


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
