"""What the receiver changes is still changed when the value comes back, and nothing else is.

A value goes there, one field of it is changed as its spec allows, it comes back, and goes there
again: then the receiver must find what it left. What was stashed for the way back is as it was, and
never takes the place of something newer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from compat.lens.ops import Flow, Restore, Stash, invert
from compat.lens.value import own, same
from compat.model.role import Role
from compat.model.schema import Json, Schema
from compat.plan.bridge import NamedLens
from compat.plan.spot import Side
from compat.verify.bench import Bench, Finding
from compat.verify.cases import Version
from compat.verify.changes import changes, pointer
from compat.verify.documents import NoDocumentError
from compat.verify.excuses import Scene
from compat.verify.nodes import Path, PlaceKey
from compat.verify.oracle import Touch
from compat.verify.raised import RAISED, told
from compat.verify.samples import sample
from compat.verify.wishes import Wish

_EDITS_MAX: Final = 16
_NEWER: Final = "newer"
_MADE_BEFORE: Final = 10_000  # more than a sample holds, so that what is made is another value


class _FailedError(Exception):
    """A function of the package raised what none may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """There and back by the package's functions; each gives None where it refuses."""

    bench: Bench
    name: str
    flow: Flow
    there: Callable[[Json], Any]
    back: Callable[[Json], Any]
    receiver: Version
    schema: Schema

    def goes(self, value: Json) -> Json:
        return self._made(self.there, value)

    def returns(self, value: Json) -> Json:
        return self._made(self.back, value)

    def _made(self, function: Callable[[Json], Any], value: Json) -> Json:
        try:
            found = function(own(value))
        except self.bench.kinds[2]:
            return None
        except RAISED as error:
            raise _FailedError(told(error)) from error
        return found if isinstance(found, (dict, list)) else None

    @property
    def scene(self) -> Scene:
        is_new = self.flow is Flow.UP
        role = Role.OLD_CLIENT if is_new else Role.NEW_CLIENT
        return Scene(role=role, side=Side.REQUEST, is_new=is_new, operations=frozenset())


def edits(
    bench: Bench, name: str, flow: Flow, avoid: frozenset[PlaceKey]
) -> Iterator[tuple[Json, Finding]]:
    """For the named lens in that direction; each finding with the value that went there."""
    lens = bench.plan.lenses[name]
    there, back = bench.package.lens(name, flow), bench.package.lens(name, flow.back)
    sender, receiver = _versions(bench, flow)
    schemas = _schemas(lens, flow, sender, receiver)
    if there is None or back is None or schemas is None:
        return
    ways = _Ways(
        bench=bench,
        name=name,
        flow=flow,
        there=there,
        back=back,
        receiver=receiver,
        schema=schemas[1],
    )
    wish = Wish(side=Side.RESPONSE, avoid=avoid)
    for number in (1, 2):
        try:
            value = sample(
                sender.sides[Side.RESPONSE], schemas[0], wish, number, bench.versions.pools
            )
        except NoDocumentError:
            continue
        try:
            for finding in _edited(ways, lens, value):
                yield value, finding
        except _FailedError as failed:
            yield value, Finding(message=f"it fails: {failed}")


def _versions(bench: Bench, flow: Flow) -> tuple[Version, Version]:
    old, new = (bench.versions.caller(role) for role in (Role.OLD_CLIENT, Role.NEW_CLIENT))
    return (old, new) if flow is Flow.UP else (new, old)


def _schemas(
    lens: NamedLens, flow: Flow, sender: Version, receiver: Version
) -> tuple[Schema, Schema] | None:
    places = (lens.old_schema, lens.new_schema)
    ours, theirs = places if flow is Flow.UP else places[::-1]
    found = sender.ways.at(ours), receiver.ways.at(theirs)
    return (found[0][0], found[1][0]) if found[0] and found[1] else None


def _edited(ways: _Ways, lens: NamedLens, value: Json) -> Iterator[Finding]:
    arrived = ways.goes(value)
    if arrived is None:
        return
    for path in _spread(list(_places(arrived))):
        other = _other(ways, path, _at(arrived, path))
        if other is not None:
            yield from _survives(ways, _with(arrived, path, other), path)
    ops = lens.up if ways.flow is Flow.UP else invert(lens.up)
    for op in ops:
        if isinstance(op, Stash | Restore) and isinstance(arrived, dict):
            yield from _stash_is_older(ways, op, value, arrived)


def _survives(ways: _Ways, edited: Json, path: Path) -> Iterator[Finding]:
    returned = ways.returns(edited)
    again = None if returned is None else ways.goes(returned)
    if again is None:
        return
    for change in changes(edited, again):
        governing = ways.receiver.nodes.along(ways.schema, change.path)
        touched = _touched(ways, edited, returned)
        if ways.bench.excuses.of_loss(ways.scene, governing, change, touched) is None:
            yield Finding(message=f"an edit at {pointer(path)} does not survive: {change}")
            return


def _touched(ways: _Ways, edited: Json, returned: Json) -> tuple[Touch, ...]:
    """What hooks change on the way back and there again."""
    if not ways.bench.plan.hooks:
        return ()
    ways.bench.oracle.touched.clear()
    ways.bench.oracle.lens(ways.name, ways.flow.back, edited)
    ways.bench.oracle.lens(ways.name, ways.flow, returned)
    return tuple(ways.bench.oracle.touched)


def _stash_is_older(
    ways: _Ways, op: Stash | Restore, value: Json, arrived: dict[str, Json]
) -> Iterator[Finding]:
    if not isinstance(op, Stash) or not isinstance(value, dict):
        return
    returned = ways.returns(arrived)
    for name in op.fields:
        if not isinstance(returned, dict) or name not in value:
            continue
        if name not in returned or not same(returned[name], value[name]):
            yield Finding(message=f"{name} does not come back from the stash as it went")
        newer = ways.returns({**arrived, name: _NEWER})
        if isinstance(newer, dict) and newer.get(name) != _NEWER:
            yield Finding(message=f"the stash takes the place of a newer {name}")


# --- places ---------------------------------------------------------------------------------------


def _places(value: Json, path: Path = ()) -> Iterator[Path]:
    """Every place in a value, the value itself apart."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _places(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def _spread(places: Sequence[Path]) -> Sequence[Path]:
    """Some of them, from the whole of the value."""
    step = max(1, len(places) // _EDITS_MAX)
    return places[::step][:_EDITS_MAX]


def _other(ways: _Ways, path: Path, value: Json) -> Json:
    """Another value for that place, as the receiver's spec has it; None where there is none."""
    governing = ways.receiver.nodes.along(ways.schema, path)[-1]
    spec, pools = ways.receiver.sides[Side.RESPONSE], ways.bench.versions.pools
    for schema in governing[:1]:
        for number in (3, 2, 0):
            wish = Wish(side=Side.RESPONSE)
            try:
                found = sample(spec, schema, wish, number, pools, made=_MADE_BEFORE)
            except NoDocumentError:
                continue
            if found is not None and not same(found, value):
                return found
    return None


def _at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


def _with(value: Json, path: Path, other: Json) -> Json:
    """A copy of the value with another one at the path."""
    copy = own(value)
    holder: Any = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = other
    return copy
