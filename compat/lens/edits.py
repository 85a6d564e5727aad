"""The operations that need nothing but the value: each answers with a new one.

What they mean stands with their types in `compat.lens.ops`.
"""

from typing import Final, TypeAlias, assert_never

from compat.lens.admits import fault_of
from compat.lens.encode import UnwritableError, encode
from compat.lens.ops import (
    PARTS,
    AdmitNull,
    Convert,
    Copy,
    Default,
    DifferenceId,
    Disclose,
    Drop,
    Enclose,
    FieldPath,
    Forget,
    Gap,
    Limit,
    Loss,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Rename,
    Restore,
    Split,
    Stash,
    Unwrap,
    Value,
    Wrap,
)
from compat.lens.refusal import Refused, Trail, path_of
from compat.lens.value import is_json, own, same
from compat.model.schema import ABSENT, Json

Object: TypeAlias = dict[str, Json]
ObjectEdit: TypeAlias = (
    Rename
    | Move
    | Default
    | Drop
    | Copy
    | Forget
    | OmitNull
    | AdmitNull
    | Split
    | Merge
    | Stash
    | Restore
)
Edit: TypeAlias = (
    Wrap | Unwrap | Enclose | Disclose | MapValues | Convert | Gap | Limit | ObjectEdit
)

LASTING_PARTS: Final = frozenset(PARTS) - {"body"}


def edit(op: Edit, value: Json, trail: Trail | None, *, is_message: bool) -> Value:
    """What `op` makes of `value`, to which `trail` leads; raises Refused."""
    match op:
        case Wrap():
            return value if value is None or isinstance(value, list) else [value]
        case Unwrap():
            return _unwrap(op, value, trail)
        case Enclose(name=name):
            return {name: value}
        case Disclose():
            return _disclose(op, value, trail)
        case MapValues():
            return _map(op, value, trail)
        case Convert():
            return _convert(op, value, trail)
        case Gap(forward=forward):
            if forward:
                raise _refused(op.difference, trail, "nothing bridges this value")
            return value
        case Limit(admits=admits):
            fault = None if admits is None else fault_of(value, admits)
            if fault is not None:
                raise _refused(op.difference, trail, f"the other side admits no such {fault}")
            return value
        case _ if isinstance(value, dict):
            return _edit_object(op, value, trail, is_message=is_message)
        case _:
            return value


def _edit_object(op: ObjectEdit, value: Object, trail: Trail | None, *, is_message: bool) -> Object:
    match op:
        case Rename():
            return _rename(op, value)
        case Move():
            return _move(op, value, LASTING_PARTS if is_message else frozenset())
        case Default():
            return _supply(op, value, trail)
        case Drop():
            return _drop(op, value, trail)
        case Copy():
            return _copy(op, value)
        case Forget():
            return _forget(op, value, trail)
        case OmitNull(field=field):
            return _without(value, field) if value.get(field, ABSENT) is None else value
        case AdmitNull():
            return value
        case Split():
            return _split(op, value)
        case Merge():
            return _merge(op, value, trail)
        case Stash():
            return _stash(op, value)
        case Restore():
            return _restore(op, value)
    assert_never(op)


def _unwrap(op: Unwrap, value: Json, trail: Trail | None) -> Value:
    if not isinstance(value, list):
        return value
    if not value:
        return ABSENT
    if len(value) > 1 and op.loss is Loss.KEEP:
        return value
    if len(value) > 1 and op.loss is Loss.REFUSE:
        raise _refused(op.difference, trail, f"only one of {len(value)} items has a place")
    return value[0]


def _disclose(op: Disclose, value: Json, trail: Trail | None) -> Json:
    if not isinstance(value, dict) or op.name not in value:
        return value
    if len(value) > 1 and op.loss is Loss.REFUSE:
        others = ", ".join(name for name in value if name != op.name)
        raise _refused(op.difference, trail, f"only {op.name} has a place, not {others}")
    return value[op.name]


def _map(op: MapValues, value: Json, trail: Trail | None) -> Json:
    for before, after in op.pairs:
        if same(value, before):
            return own(after)
    if any(same(value, refused) for refused in op.refused):
        raise _refused(op.difference, trail, f"{value!r} has no counterpart")
    return value


def _convert(op: Convert, value: Json, trail: Trail | None) -> Value:
    try:
        return encode(op.codec, value, forward=op.forward)
    except UnwritableError as error:
        raise _refused(op.difference, trail, error.what) from error


def _rename(op: Rename, value: Object) -> Object:
    if op.old not in value:
        return value
    return _without(value, op.old) | {op.new: value[op.old]}


def _move(op: Move, value: Object, lasting: frozenset[str]) -> Object:
    taken, rest = _taken(value, op.source, lasting)
    if taken is ABSENT:
        return value
    moved = _placed(rest, op.target, taken)
    return value if moved is None else moved


def _taken(value: Object, path: FieldPath, lasting: frozenset[str]) -> tuple[Value, Object]:
    """The value at `path`, and the object without it and without what is empty then."""
    name, *further = path
    if name not in value:
        return ABSENT, value
    member = value[name]
    if not further:
        return member, _without(value, name)
    if not isinstance(member, dict):
        return ABSENT, value
    taken, rest = _taken(member, tuple(further), frozenset())
    if taken is ABSENT:
        return ABSENT, value
    goes = not rest and name not in lasting
    return taken, _without(value, name) if goes else value | {name: rest}


def _placed(value: Object, path: FieldPath, placed: Json) -> Object | None:
    """The object with `placed` at `path`; None where something that is no object is in the way."""
    name, *further = path
    if not further:
        return value | {name: placed}
    member = value.get(name, {})
    inner = _placed(member, tuple(further), placed) if isinstance(member, dict) else None
    return None if inner is None else value | {name: inner}


def _supply(op: Default, value: Object, trail: Trail | None) -> Object:
    missing = op.field not in value
    if op.value is ABSENT:
        if missing and op.demand:
            raise _refused(op.difference, trail, f"{op.field} is missing", op.field)
        return value
    return value | {op.field: own(op.value)} if missing or op.overwrite else value


def _drop(op: Drop, value: Object, trail: Trail | None) -> Object:
    if op.field not in value or op.shared:
        return value
    held = value[op.field]
    if any(is_json(known) and same(held, known) for known in (op.value, op.neutral)):
        return _without(value, op.field)
    return _lose(op.field, op.loss, op.difference, value, trail)


def _copy(op: Copy, value: Object) -> Object:
    if op.field in value or op.source not in value:
        return value
    return value | {op.field: own(value[op.source])}


def _forget(op: Forget, value: Object, trail: Trail | None) -> Object:
    if op.field not in value:
        return value
    if op.source in value and same(value[op.field], value[op.source]):
        return _without(value, op.field)
    return _lose(op.field, op.loss, op.difference, value, trail)


def _lose(
    field: str, loss: Loss, difference: DifferenceId, value: Object, trail: Trail | None
) -> Object:
    match loss:
        case Loss.KEEP:
            return value
        case Loss.DROP:
            return _without(value, field)
        case Loss.REFUSE:
            raise _refused(difference, trail, f"{field} has no place on the other side", field)
    assert_never(loss)


def _split(op: Split, value: Object) -> Object:
    text = value.get(op.field)
    if not isinstance(text, str):
        return value
    texts = text.split(op.separator, len(op.parts) - 1)
    if len(texts) < len(op.parts):
        return value
    return _without(value, op.field) | dict(zip(op.parts, texts, strict=True))


def _merge(op: Merge, value: Object, trail: Trail | None) -> Object:
    texts = [text for text in map(value.get, op.parts) if isinstance(text, str)]
    if len(texts) < len(op.parts):
        return value
    merged = op.separator.join(texts)
    if merged.split(op.separator, len(texts) - 1) != texts:
        reason = f"{merged!r} could not be cut at {op.separator!r} into the same parts"
        raise _refused(op.difference, trail, reason)
    return _without(value, *op.parts) | {op.field: merged}


def _stash(op: Stash, value: Object) -> Object:
    stashed = {field: value[field] for field in op.fields if field in value}
    if not stashed:
        return value
    return _without(value, *stashed) | {op.key: {"shape": op.shape, "fields": stashed}}


def _restore(op: Restore, value: Object) -> Object:
    match value.get(op.key):
        case {"shape": op.shape, "fields": dict(stashed)}:
            found = {field: stashed[field] for field in op.fields if field in stashed}
            return found | _without(value, op.key)
        case _:
            return value


def _without(value: Object, *fields: str) -> Object:
    return {name: member for name, member in value.items() if name not in fields}


def _refused(difference: DifferenceId, trail: Trail | None, reason: str, *more: str) -> Refused:
    return Refused(difference=difference, path=path_of(trail, *more), reason=reason)
