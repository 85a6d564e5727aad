"""Entries of an intent that say the same thing twice, or two things about one.

An address may have many entries, and an action may come in several of them: what counts is what
each is about, a field of a rename or the one unit that a number has.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

from compat.intent.model import (
    Action,
    CopyFields,
    CutField,
    Encode,
    Fix,
    Intent,
    MapEnum,
    MoveFields,
    MoveStatuses,
    ReadPages,
    RenameFields,
    ScaleUnit,
    StashFields,
    Supply,
    UseHook,
)
from compat.intent.problem import Complaint
from compat.model.place import Place

Matter = tuple[str, ...]


def conflicts(intent: Intent) -> Iterator[Complaint]:
    """A complaint about every entry that speaks of what an earlier one has spoken of."""
    first: dict[Matter, Place] = {}
    for place, matter in _matters(intent):
        if matter in first:
            yield Complaint(
                place,
                f"said twice: {' '.join(map(_shown, matter))}",
                f"it is said at line {first[matter].line} too: keep one of the two",
            )
        first.setdefault(matter, place)


def _matters(intent: Intent) -> Iterator[tuple[Place, Matter]]:
    for operation in intent.operations:
        version = "new" if operation.from_new else "old"
        if operation.same_as is not None:
            yield operation.place, ("the old operation that is the same as", str(operation.same_as))
            version = "the new operation that is the same as"
        yield operation.place, (version, str(operation.operation))
    for bridge in intent.bridges:
        for matter in _about(bridge.action):
            yield bridge.place, (f"{bridge.at}:", *matter)
    for accept in intent.accepts:
        yield accept.place, ("accept", accept.pattern)


def _about(action: Action) -> Iterable[Matter]:
    """What the action decides, in words."""
    match action:
        case RenameFields(names=names):
            for old, new in names.items():
                yield "rename", old
                yield "rename to", new
        case MoveFields(paths=paths):
            for source, target in paths:
                yield "move", ".".join(source)
                yield "move to", ".".join(target)
        case MapEnum(values=values, back=back):
            yield from (("values", repr(value)) for value, _ in values)
            yield from (("back", repr(value)) for value, _ in back)
        case Supply(values=values):
            yield from (("default", name) for name in values)
        case Fix(values=values):
            yield from (("constant", name) for name in values)
        case CopyFields(sources=sources):
            yield from (("copy", name) for name in sources)
        case CutField(field=field, into_new=into_new):
            yield "split" if into_new else "merge", field
        case StashFields(fields=fields):
            yield from (("stash", name) for name in fields)
        case MoveStatuses(statuses=statuses):
            yield from (("status", str(status)) for status in statuses)
        case ScaleUnit():
            yield ("scale",)
        case Encode():
            yield ("encode",)
        case UseHook():
            yield ("hook",)
        case ReadPages():
            yield ("pages",)
        case _:
            assert_never(action)


def _shown(text: str) -> str:
    """Names come from specs, and may break a line or move the cursor."""
    return text if text.isprintable() else repr(text)
