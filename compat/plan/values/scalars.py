"""Text, numbers and booleans: kinds, encodings, units and enums."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from compat.intent.model import Encode, Encoding, MapEnum, ScaleUnit, Then
from compat.intent.problem import IntentError
from compat.lens.admits import Admits, fault_of
from compat.lens.codecs import BitCodec, Codec, ScaleCodec, TextCodec
from compat.lens.ops import Convert, Flow, Lens, MapValues, invert
from compat.lens.value import identity, same
from compat.model.schema import Json, Kind, Schema
from compat.model.shape import ScalarShape
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.excess import Guard, enter_excess
from compat.plan.gate.gaps import incompatible
from compat.plan.gate.stance import excess
from compat.plan.gate.stubs import values_stub
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Spot
from compat.plan.values.bounds import (
    NUMERIC,
    admitted_kinds,
    beyond_format,
    bridge_bounds,
    bridge_formats,
    flows,
    kinds_overlap,
)
from compat.plan.walk import Walk
from compat.suggest.candidate import mapped
from compat.suggest.leftovers import Quantity, Settled, Values

_LOSSLESS = Judgement(verdict=Verdict.LOSSLESS, treatment="converted")


def bridge_scalars(
    walk: Walk, schemas: tuple[Schema, Schema], old: ScalarShape, new: ScalarShape, spot: Spot
) -> Lens:
    """Lead one scalar to the other."""
    converted = _stated_conversion(walk, schemas, old, new, spot)
    if converted is not None:
        return converted
    if not kinds_overlap(old.kinds, new.kinds):
        return incompatible(walk, *schemas, spot, f"{_kinds(old)} became {_kinds(new)}")
    if old.kinds & NUMERIC:
        addresses = spot.old, spot.new
        quantity = Quantity(subject=spot.subject, addresses=addresses, schemas=schemas)
        walk.ledger.leftovers.append(quantity)
    guard = _bridge_kinds(walk, schemas, old, new, spot)
    bounds = old.bounds, new.bounds
    if old.format == new.format:
        bounds = beyond_format(old), beyond_format(new)
    guard += bridge_bounds(walk, schemas, *bounds, spot)
    guard += bridge_formats(walk, schemas, old, new, spot)
    return guard.around(_bridge_enums(walk, schemas, old, new, spot))


# --- encodings and units --------------------------------------------------------------------------


def _stated_conversion(
    walk: Walk, schemas: tuple[Schema, Schema], old: ScalarShape, new: ScalarShape, spot: Spot
) -> Lens | None:
    scale = walk.ledger.action(spot, ScaleUnit)
    if scale is not None:
        integral = old.kinds == new.kinds == frozenset({Kind.INTEGER})
        codec: Codec = ScaleCodec(
            numerator=scale.numerator, denominator=scale.denominator, integral=integral
        )
        exact = not integral or scale.denominator == 1
        return _converted(walk, schemas, spot, "unit-changed", codec, exact=exact)
    for encode, place in walk.ledger.actions(spot, Encode):
        found = _encoding(encode.encoding, old, new)
        if found is None:
            error = IntentError(
                f"{spot.subject}: there is no encoding {encode.encoding} between {_kinds(old)} "
                f"and {_kinds(new)}",
                where=str(place),
                hint="text is for one type and its text, bit for booleans and integers",
            )
            walk.ledger.misfit(encode, encode.encoding, error)
            continue
        walk.ledger.fits(encode, encode.encoding)
        codec, forward = found
        return _converted(walk, schemas, spot, "encoding-changed", codec, forward=forward)
    return None


def _encoding(encoding: Encoding, old: ScalarShape, new: ScalarShape) -> tuple[Codec, bool] | None:
    """(codec, does it lead from old to new)."""
    kinds = {old.kinds, new.kinds}
    if encoding is Encoding.BIT:
        if kinds != {frozenset({Kind.BOOLEAN}), frozenset({Kind.INTEGER})}:
            return None
        return BitCodec(), old.kinds == {Kind.BOOLEAN}
    text = frozenset({Kind.STRING})
    if text not in kinds or len(kinds) == 1:
        return None
    other = new.kinds if old.kinds == text else old.kinds
    if len(other) != 1:
        return None
    return TextCodec(kind=next(iter(other))), new.kinds == text


def _converted(
    walk: Walk,
    schemas: tuple[Schema, Schema],
    spot: Spot,
    kind: str,
    codec: Codec,
    *,
    forward: bool = True,
    exact: bool = True,
) -> Lens:
    rounded = Judgement(verdict=Verdict.LOSSY, treatment="converted; a remainder is rounded down")
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message="the same quantity is written differently",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=_LOSSLESS if exact else rounded,
            down=_LOSSLESS if not isinstance(codec, ScaleCodec) else rounded,
        )
    )
    return (Convert(codec=codec, forward=forward, difference=found),)


# --- kinds ----------------------------------------------------------------------------------------


def _bridge_kinds(
    walk: Walk, schemas: tuple[Schema, Schema], old: ScalarShape, new: ScalarShape, spot: Spot
) -> Guard:
    ours, theirs = admitted_kinds(old.kinds), admitted_kinds(new.kinds)
    if ours == theirs:
        return Guard()
    places = schemas[0].place, schemas[1].place
    message = f"{_kinds(old)} became {_kinds(new)}"
    met = flows(bool(ours - theirs), bool(theirs - ours))
    what = "a value of the other type"
    found = enter_excess(walk, places, spot, "kinds-changed", message, met, what)
    return found.guard(_of_kinds(old), _of_kinds(new))


def _of_kinds(shape: ScalarShape) -> Admits:
    """Whether null may stand there is a matter of what holds it."""
    return Admits(kinds=tuple(sorted({*shape.kinds, Kind.NULL})))


def _kinds(shape: ScalarShape) -> str:
    return " or ".join(sorted(shape.kinds))


# --- enums ----------------------------------------------------------------------------------------


def _bridge_enums(
    walk: Walk, schemas: tuple[Schema, Schema], old: ScalarShape, new: ScalarShape, spot: Spot
) -> Lens:
    up, back = _stated_values(walk, spot, old, new)
    if old.enum is None and new.enum is None:
        return _mapped(walk, schemas, spot, up, back)
    if old.enum is None or new.enum is None:
        kind = "enum-opened" if new.enum is None else "enum-closed"
        places, met = (
            (schemas[0].place, schemas[1].place),
            flows(old.enum is None, new.enum is None),
        )
        message, what = "any value, or one of a list", "a value outside the list"
        found = enter_excess(walk, places, spot, kind, message, met, what)
        guard = found.guard(_of_enum(old), _of_enum(new))
        return guard.around(_mapped(walk, schemas, spot, up, back))
    only_old = _without(old.enum, (*new.enum, *_sources(up)))
    only_new = _without(new.enum, (*old.enum, *_sources(back)))
    addresses = spot.old, spot.new
    respelled = tuple(_respelled(only_old, only_new))
    only_old = _without(only_old, _sources(respelled))
    only_new = _without(only_new, (other for _, other in respelled))
    for one, other in respelled:
        up.append((one, other))
        back.append((other, one))
        words = {"values": mapped(one, other)}
        reason = "they differ in case, spaces and dashes alone"
        settled = Settled(at=addresses[0], words=words, reason=reason, schemas=schemas)
        walk.ledger.settled.append(settled)
    left = Values(
        subject=spot.subject,
        addresses=addresses,
        schemas=schemas,
        removed=only_old,
        added=only_new,
    )
    walk.ledger.leftovers.append(left)
    lone = (
        *(_bridge_value(walk, schemas, spot, "value-removed", one, Flow.UP) for one in only_old),
        *(_bridge_value(walk, schemas, spot, "value-added", one, Flow.DOWN) for one in only_new),
    )
    return (*_mapped(walk, schemas, spot, up, back), *chain.from_iterable(lone))


def _of_enum(shape: ScalarShape) -> Admits | None:
    return Admits(values=(*shape.enum, None)) if shape.enum else None


Pairs = list[tuple[Json, Json]]


def _stated_values(
    walk: Walk, spot: Spot, old: ScalarShape, new: ScalarShape
) -> tuple[Pairs, Pairs]:
    up: Pairs = []
    back: Pairs = []
    for action, place in walk.ledger.actions(spot, MapEnum):
        for pairs, source, target, found in (
            (action.values, old, new, up),
            (action.back, new, old, back),
        ):
            for one, other in pairs:
                item = f"{one!r} {other!r} {found is up}"
                unknown = _unknown(one, source) or _unknown(other, target)
                if not unknown:
                    walk.ledger.fits(action, item)
                    found.append((one, other))
                    continue
                error = IntentError(
                    f"{spot.subject} has no value {unknown[0]}",
                    where=str(place),
                    hint=f"it has {unknown[1]}",
                )
                walk.ledger.misfit(action, item, error)
    known = set(map(identity, (*_sources(back), *(old.enum or ()))))
    for one, other in up:
        if identity(other) not in known:
            known.add(identity(other))
            back.append((other, one))
    return up, back


def _unknown(value: Json, shape: ScalarShape) -> tuple[str, str] | None:
    """(the value, those there are) in words where it is not in the list, or without one of no type
    that there is.
    """
    if value is None:
        return None
    if shape.enum is not None:
        is_known = any(same(value, other) for other in shape.enum)
        return None if is_known else (repr(value), ", ".join(map(repr, shape.enum)))
    is_one = fault_of(value, Admits(kinds=tuple(sorted(shape.kinds)))) is None
    return None if is_one else (repr(value), f"any {_kinds(shape)}")


def _without(values: Iterable[Json], others: Iterable[Json]) -> list[Json]:
    known = set(map(identity, others))
    return [value for value in values if identity(value) not in known]


def _sources(pairs: Iterable[tuple[Json, Json]]) -> Iterator[Json]:
    return (one for one, _ in pairs)


def _respelled(old: Sequence[Json], new: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Values that differ in case, spaces and dashes alone, where that is one to one."""
    ours, theirs = _spellings(old), _spellings(new)
    for key, values in ours.items():
        partners = theirs.get(key, [])
        if len(values) == 1 and len(partners) == 1:
            yield values[0], partners[0]


def _spellings(values: Sequence[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for value in values:
        if isinstance(value, str):
            found.setdefault(re.sub(r"[\s_-]+", "", value).casefold(), []).append(value)
    return found


def _bridge_value(
    walk: Walk, schemas: tuple[Schema, Schema], spot: Spot, kind: str, value: Json, flow: Flow
) -> Lens:
    """A value of one version alone is refused, unless it is nothing that a person must say."""
    subject = f"{spot.subject}={_text(value)}"
    accepted = walk.ledger.accepted(kind, subject)
    refuses = accepted is not None and accepted.then is Then.REFUSE
    if refuses:
        treatment = f"{value!r} is refused, as accepted"
        judgement = Judgement(verdict=Verdict.LOSSY, treatment=treatment)
    else:
        judgement = excess(spot.side, flow, accepted, f"{value!r}")
        refuses = judgement.verdict.is_gap
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"{value!r} is a value of the {'old' if flow is Flow.UP else 'new'} "
            "version alone",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
            stub=values_stub(spot.old, "values" if flow is Flow.UP else "back", value),
            value=value,
        )
    )
    if not refuses:
        return ()
    lens: Lens = (MapValues(pairs=(), back=(), refused=(value,), difference=found),)
    return lens if flow is Flow.UP else invert(lens)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _mapped(walk: Walk, schemas: tuple[Schema, Schema], spot: Spot, up: Pairs, back: Pairs) -> Lens:
    if not up and not back:
        return ()
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="values are mapped")
    merged = Judgement(verdict=Verdict.LOSSY, treatment="several values become one")
    found = walk.ledger.enter(
        Finding(
            kind="values-renamed",
            subject=spot.subject,
            message=", ".join(f"{one} is {other}" for one, other in up or back),
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=done if _injective(up, back) else merged,
            down=done if _injective(back, up) else merged,
        )
    )
    return (MapValues(pairs=tuple(up), back=tuple(back), difference=found),)


def _injective(pairs: Pairs, back: Pairs) -> bool:
    known = {(identity(one), identity(other)) for other, one in back}
    return all((identity(one), identity(other)) in known for one, other in pairs)
