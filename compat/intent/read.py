"""Intent files: YAML or JSON text to an `Intent`, every entry with its place.

Entries that are off are checked like the others and left out.
"""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword, issoftkeyword
from math import gcd
from typing import Any, Final

from compat.intent.conflicts import conflicts
from compat.intent.model import (
    AcceptIntent,
    Action,
    BridgeIntent,
    CallIntent,
    CopyFields,
    CutField,
    Encode,
    Encoding,
    Fix,
    Intent,
    MapEnum,
    MoveFields,
    MoveStatuses,
    OperationIntent,
    ReadPages,
    RenameFields,
    ScaleUnit,
    StashFields,
    Supply,
    Then,
    UseHook,
)
from compat.intent.problem import Complaint, IntentError, refuse
from compat.intent.validation import complaints
from compat.lens.ops import FieldPath
from compat.load import document
from compat.load.document import Document
from compat.load.problem import Problems, SpecError
from compat.model.interface import OperationKey
from compat.model.place import Place

INTENT_BYTES_MAX: Final = 8 << 20
INTENT_NODES_MAX: Final = 100_000
"""Objects, lists and scalars, aliases of YAML written out."""
_SITE: Final = ("copyright", "credits", "exit", "license", "quit")  # builtins only with site
BUILTINS: Final = frozenset((*dir(builtins), *_SITE))


def read_intent(name: str, data: bytes) -> Intent:
    """The intent in the file `name` with the content `data`.

    Raises IntentError with everything that is wrong with it.
    """
    parsed = _parse(name, data)
    if found := complaints(parsed):
        refuse(name, found)
    root = _Entry(parsed.value, parsed, "")
    hooks = [
        entry.below("hook")
        for section in ("operations", "bridges")
        for entry in root.elements(section)
        if "hook" in entry.value
    ]
    if found := [_no_function(hook) for hook in hooks if _is_pythons(hook.value)]:
        refuse(name, found)
    intent = Intent(
        digest=parsed.digest,
        old_version=root.value.get("old", ""),
        new_version=root.value.get("new", ""),
        operations=tuple(_operation(entry) for entry in root.entries("operations")),
        bridges=tuple(found for entry in root.entries("bridges") for found in _bridges(entry)),
        accepts=tuple(_accept(entry) for entry in root.entries("accept")),
    )
    if found := list(conflicts(intent)):
        refuse(name, found)
    return intent


def _parse(name: str, data: bytes) -> Document:
    if len(data) > INTENT_BYTES_MAX:
        raise _too_large(name, f"more than {INTENT_BYTES_MAX >> 20} MiB")
    try:
        parsed = document.parse(name, data, Problems(strict=False))
    except SpecError as error:
        hint = "an intent is YAML or JSON text in UTF-8; the shortest one is: intent: 1"
        raise IntentError(error.what, where=error.where, hint=hint) from None
    if parsed.nodes > INTENT_NODES_MAX:
        raise _too_large(name, f"more than {INTENT_NODES_MAX:,} values")
    return parsed


def _too_large(name: str, what: str) -> IntentError:
    return IntentError(
        f"an intent of {what} is not read", where=name, hint="give the intent file itself"
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A node of the file, of which the schema has shown what it may be."""

    value: Any
    document: Document
    pointer: str

    @property
    def place(self) -> Place:
        return self.document.place(self.pointer)

    def below(self, key: str) -> "_Entry":
        return _Entry(self.value[key], self.document, f"{self.pointer}/{key}")

    def elements(self, key: str) -> Iterator["_Entry"]:
        for index, value in enumerate(self.value.get(key, ())):
            yield _Entry(value, self.document, f"{self.pointer}/{key}/{index}")

    def entries(self, section: str) -> Iterator["_Entry"]:
        """The entries of a section that are on."""
        return (entry for entry in self.elements(section) if entry.value.get("on", True))


def _is_pythons(name: str) -> bool:
    return name.startswith("__") or iskeyword(name) or issoftkeyword(name) or name in BUILTINS


def _no_function(hook: _Entry) -> Complaint:
    message = f"no function can be called {hook.value}: it is a name of Python's own"
    return Complaint(hook.place, message, "choose another name")


# --- operations and acceptances -------------------------------------------------------------------


def _operation(entry: _Entry) -> OperationIntent:
    value = entry.value
    if "same" in value:
        return OperationIntent(
            place=entry.place,
            operation=_key(value["same"]["old"]),
            from_new=False,
            same_as=_key(value["same"]["new"]),
        )
    return OperationIntent(
        place=entry.place,
        operation=_key(value["new"] if "new" in value else value["old"]),
        from_new="new" in value,
        calls=tuple(_calls(value.get("calls", ()))),
        hook=value.get("hook"),
    )


def _calls(value: Any) -> Iterator[CallIntent]:
    if isinstance(value, str):
        yield CallIntent(operation=_key(value))
        return
    for call in value:
        yield CallIntent(
            operation=_key(call["operation"]),
            when=tuple(_path(path) for path in call.get("when", ())),
            into=_path(call["into"]) if "into" in call else None,
        )


def _key(text: str) -> OperationKey:
    method, _, path = text.partition(" ")
    return OperationKey(method, path)


def _accept(entry: _Entry) -> AcceptIntent:
    value = entry.value
    return AcceptIntent(
        place=entry.place,
        pattern=value["difference"],
        reason=value["reason"],
        owner=value["owner"],
        until=value.get("until"),
        then=Then(value["then"]) if "then" in value else None,
    )


# --- bridges --------------------------------------------------------------------------------------


def _bridges(entry: _Entry) -> Iterator[BridgeIntent]:
    """One for each action of the entry, in the order they stand there."""
    for key in entry.value:
        action = _action(key, entry.value)
        if action is not None:
            yield BridgeIntent(place=entry.below(key).place, at=entry.value["at"], action=action)


def _action(key: str, entry: dict[str, Any]) -> Action | None:
    """What the entry says under the key; None where that is no action of its own."""
    value = entry[key]
    match key:
        case "rename":
            return RenameFields(names=value)
        case "move":
            return MoveFields(paths=tuple((_path(old), _path(new)) for old, new in _pairs(value)))
        case "back" if "values" in entry:
            return None
        case "values" | "back":
            back = _pairs(entry.get("back", ()))
            return MapEnum(values=_pairs(entry.get("values", ())), back=back)
        case "scale":
            return _scale(value)
        case "encode":
            return Encode(encoding=Encoding(value))
        case "default":
            return Supply(values=value)
        case "constant":
            return Fix(values=value)
        case "copy":
            return CopyFields(sources=value)
        case "split" | "merge":
            return CutField(
                field=value["field"],
                parts=tuple(value["parts"]),
                separator=value["separator"],
                into_new=key == "split",
            )
        case "stash":
            return StashFields(fields=tuple(value))
        case "hook":
            return UseHook(name=value, takes=tuple(entry.get("takes", ())))
        case "status":
            return MoveStatuses(statuses={int(old): int(new) for old, new in value.items()})
        case "pages":
            return ReadPages(
                entries=value["entries"],
                token_field=value["token"],
                token_query=value["query"],
                size_query=value.get("size"),
            )
        case _:
            return None


def _pairs(value: Any) -> tuple[tuple[Any, Any], ...]:
    """The pairs of a mapping, or of a list of pairs."""
    pairs = value.items() if isinstance(value, dict) else value
    return tuple((one, other) for one, other in pairs)


def _path(value: str | list[str]) -> FieldPath:
    """Names joined by dots, or a list of them; no names lead nowhere."""
    if isinstance(value, list):
        return tuple(value)
    return tuple(value.split(".")) if value else ()


def _scale(value: str | int) -> ScaleUnit:
    parts = value.split("/") if isinstance(value, str) else [value]
    above, below = (int(part) for part in (*parts, 1)[:2])
    common = gcd(above, below)
    return ScaleUnit(numerator=above // common, denominator=below // common)
