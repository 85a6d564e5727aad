"""Where a lens is exact: on which values the way back restores what was there, to the letter.

`is_exact(lens, value, context)` states the domain of each operation, and of a lens the chain of
them: each must be exact for what the ones before it left. It is written from what the operations
mean and never tries the way back. False is no verdict: it says that nothing is promised.
"""

from compat.lens.admits import fault_of
from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    ITEM,
    VALUE,
    AdmitNull,
    Apply,
    Case,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    FieldPath,
    Flow,
    Focus,
    Forget,
    Gap,
    Hook,
    Lens,
    Limit,
    Loss,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Op,
    Rename,
    Restore,
    Split,
    Stash,
    Step,
    Test,
    Unwrap,
    Value,
    Wrap,
    invert,
)
from compat.lens.refusal import Refused
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.codec_domain import is_codec_exact
from tests.compat.lens.exactly import alike

Object = dict[str, Json]


def is_exact(lens: Lens, value: Json, context: Context) -> bool:
    """Whether apply(invert(lens), apply(lens, value)) is promised to be the value."""
    after: Value = value
    for op in lens:
        if after is ABSENT or not is_op_exact(op, after, context):
            return False
        try:
            after = apply((op,), after, context)
        except Refused:
            return False
    return after is not ABSENT


def is_op_exact(op: Op, value: Json, context: Context) -> bool:
    """`is_exact` for one operation."""
    match op:
        case Wrap():
            return not isinstance(value, list)
        case Unwrap():
            return _unwrap(op, value)
        case Enclose():
            return True
        case Disclose(name=name):
            return isinstance(value, dict) and set(value) == {name}
        case MapValues():
            return _map_values(op, value)
        case Convert():
            return is_codec_exact(op.codec, value, forward=op.forward)
        case Gap():
            return not (op.forward or op.back)
        case Limit():
            limits = [limit for limit in (op.admits, op.back) if limit is not None]
            return all(fault_of(value, limit) is None for limit in limits)
        case Hook():
            there, back = (f"{op.name}_{flow}" for flow in (op.flow, op.flow.back))
            return alike(context.hooks[back](context.hooks[there](value)), value)
        case Focus():
            return all(is_exact(op.lens, member, context) for member in _led_to(op.path, value))
        case Apply():
            up = context.lenses[op.name]
            return is_exact(up if op.flow is Flow.UP else invert(up), value, context)
        case Case():
            return _case(op, value, context)
        case _:
            return not isinstance(value, dict) or _in_object(op, value)


def _in_object(op: Op, value: Object) -> bool:
    match op:
        case Rename(old=old, new=new):
            return new not in value or new == old
        case Move():
            return _move(op, value)
        case Default():
            return _default(op, value)
        case Drop():
            return _drop(op, value)
        case Copy(field=field, source=source):
            if field in value:
                return op.loss is Loss.KEEP and not _repeats(value, field, source)
            return True
        case Forget(field=field, source=source):
            if field in value and field != source:
                return _repeats(value, field, source) or op.loss is Loss.KEEP
            return field not in value and source not in value
        case OmitNull(field=field) | AdmitNull(field=field):
            return value.get(field, ABSENT) is not None
        case Split():
            if _cuts(op, value):
                return not (set(op.parts) - {op.field}) & value.keys()
            return not _joins(op, value)
        case Merge():
            if _joins(op, value):
                return _is_cut_again(op, value) and (op.field not in value or op.field in op.parts)
            return not _cuts(op, value)
        case Stash(key=key):
            return key not in value
        case Restore():
            return _restore(op, value)
        case _:
            raise AssertionError(f"{op} is for more than objects")


def _unwrap(op: Unwrap, value: Json) -> bool:
    match value:
        case [item]:
            return item is not None and not isinstance(item, list)
        case [_, _, *_]:
            return op.loss is Loss.KEEP
        case _:
            return value is None


def _map_values(op: MapValues, value: Json) -> bool:
    after = _mapped(op.pairs, op.refused, value)
    return after is not ABSENT and alike(_mapped(op.back, op.back_refused, after), value)


def _mapped(pairs: tuple[tuple[Json, Json], ...], refused: tuple[Json, ...], value: Json) -> Value:
    found = [new for old, new in pairs if alike(old, value)]
    if not found and any(alike(one, value) for one in refused):
        return ABSENT
    return found[0] if found else value


def _move(op: Move, value: Object) -> bool:
    """Nothing may stand at the target, nor an empty object on the way there."""
    if op.source == op.target:
        return True
    if at(value, op.source) is ABSENT:
        return at(value, op.target) is ABSENT
    left = _without(value, op.source)
    ways = (op.target[:length] for length in range(1, len(op.target) + 1))
    return all(at(left, way) != {} for way in ways) and at(left, op.target) is ABSENT


def at(value: Json, path: FieldPath) -> Value:
    """What stands at a path of field names."""
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    return value


def _without(value: Object, path: FieldPath) -> Object:
    """The object without what is at the path and without what is empty then."""
    rest = dict(value)
    member = rest.pop(path[0])
    if path[1:] and isinstance(member, dict) and (inner := _without(member, path[1:])):
        rest[path[0]] = inner
    return rest


def _default(op: Default, value: Object) -> bool:
    if op.field not in value:
        return not op.demand if op.value is ABSENT else not op.shared
    held = value[op.field]
    goes_back = any(alike(held, known) for known in (op.value, op.neutral))
    overwritten = op.overwrite and op.value is not ABSENT
    return not overwritten and (op.shared or (op.loss is Loss.KEEP and not goes_back))


def _drop(op: Drop, value: Object) -> bool:
    if op.field not in value:
        return op.value is ABSENT and not op.demand
    held = value[op.field]
    if alike(held, op.value):
        return True
    stays = op.shared or (op.loss is Loss.KEEP and not alike(held, op.neutral))
    return stays and not (op.overwrite and op.value is not ABSENT)


def _repeats(value: Object, field: str, source: str) -> bool:
    return source in value and alike(value[field], value[source])


def _cuts(op: Split | Merge, value: Object) -> bool:
    text = value.get(op.field)
    return isinstance(text, str) and text.count(op.separator) >= len(op.parts) - 1


def _joins(op: Split | Merge, value: Object) -> bool:
    return all(isinstance(value.get(part), str) for part in op.parts)


def _is_cut_again(op: Merge, value: Object) -> bool:
    """In no part but the last may the separator begin."""
    texts = [str(value[part]) for part in op.parts[:-1]]
    return all((text + op.separator).find(op.separator) == len(text) for text in texts)


def _restore(op: Restore, value: Object) -> bool:
    match value.get(op.key):
        case {"shape": op.shape, "fields": dict(stashed), **more}:
            whole = bool(stashed) and not more and set(stashed) <= set(op.fields)
            return whole and not set(op.fields) & value.keys()
        case _:
            return not set(op.fields) & value.keys()


def _led_to(path: tuple[Step, ...], value: Json) -> list[Json]:
    if not path:
        return [value]
    members: list[Json] = []
    match path[0], value:
        case str(name), dict() if name in value:
            members = [value[name]]
        case step, dict() if step is VALUE:
            members = list(value.values())
        case step, list() if step is ITEM:
            members = value
    return [found for member in members for found in _led_to(path[1:], member)]


def _case(op: Case, value: Json, context: Context) -> bool:
    """The way back must take the same branch."""
    tests, backs = ([b.test for b in op.branches], [b.back for b in op.branches])
    taken = _first(tests, value)
    if taken is None:
        return _first(backs, value) is None
    lens = op.branches[taken].lens
    if not is_exact(lens, value, context):
        return False
    after = apply(lens, value, context)
    return after is not ABSENT and _first(backs, after) == taken


def _first(tests: list[Test], value: Json) -> int | None:
    return next((index for index, test in enumerate(tests) if holds(test, value)), None)


def holds(test: Test, value: Json) -> bool:
    """Whether a value belongs to a variant."""
    fields = value if isinstance(value, dict) else {}
    kinds: dict[Kind | None, type | tuple[type, ...]] = {
        None: object,
        Kind.NULL: type(None),
        Kind.BOOLEAN: bool,
        Kind.INTEGER: int,
        Kind.NUMBER: (int, float),
        Kind.STRING: str,
        Kind.ARRAY: list,
        Kind.OBJECT: dict,
    }
    is_of_kind = isinstance(value, kinds[test.kind])
    if isinstance(value, bool) and test.kind in (Kind.INTEGER, Kind.NUMBER):
        is_of_kind = False
    has_field = test.has_field is None or test.has_field in fields
    return (
        is_of_kind
        and has_field
        and (test.field_is is None or fields.get(test.field_is[0]) == test.field_is[1])
    )
