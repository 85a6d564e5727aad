"""A node of a document with its place: what the readers walk over.

A published spec may hold anything anywhere. So every accessor takes what it finds, reports what is
no good, and answers with something of the promised type.
"""

import json
from collections.abc import Iterator

from compat.load.document import Document
from compat.load.pointer import join
from compat.model.place import Place
from compat.model.record import record
from compat.model.schema import Json

_SHOWN_MAX = 60


@record(eq=False)
class Node:
    document: Document
    pointer: str
    value: Json

    @property
    def place(self) -> Place:
        return Place(self.document.source, self.pointer)

    @property
    def id(self) -> str:
        """The `SchemaId` of the node."""
        return f"{self.document.source.name}#{self.pointer}"

    def report(self, message: str) -> None:
        """Raises SpecError when strict."""
        self.document.problems.report(self.place, message)

    def plain_text(self) -> str | None:
        return self.document.plain_text(self.pointer)

    def as_object(self) -> dict[str, Json]:
        """The node as an object, an empty one where it is something else."""
        if isinstance(self.value, dict):
            return self.value
        self.report(f"an object belongs here, not {kind(self.value)}: read as an empty one")
        return {}

    def as_list(self) -> list[Json]:
        """The node as a list, an empty one where it is something else."""
        if isinstance(self.value, list):
            return self.value
        self.report(f"a list belongs here, not {kind(self.value)}: read as an empty one")
        return []

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def get(self, key: str) -> "Node | None":
        if isinstance(self.value, dict) and key in self.value:
            return self._at(key, self.value[key])
        return None

    def members(self, key: str) -> Iterator[tuple[str, "Node"]]:
        """The members of the object under `key`, none where there is no such object."""
        below = self.get(key)
        if below is not None:
            yield from below.own_members()

    def own_members(self) -> Iterator[tuple[str, "Node"]]:
        for name, value in self.as_object().items():
            yield name, self._at(name, value)

    def elements(self, key: str) -> Iterator["Node"]:
        """The elements of the list under `key`, none where there is no such list."""
        below = self.get(key)
        if below is not None:
            for index, value in enumerate(below.as_list()):
                yield Node(self.document, f"{below.pointer}/{index}", value)

    def text(self, key: str) -> str:
        """The text under `key`, "" where there is none."""
        if not isinstance(self.value, dict) or key not in self.value:
            return ""
        value = self.value[key]
        return value if isinstance(value, str) else self._at(key, value).own_text()

    def own_text(self) -> str:
        if isinstance(self.value, str):
            return self.value
        self.report(f"text belongs here, not {kind(self.value)}")
        if self.value is None or isinstance(self.value, dict | list):
            return ""
        plain = self.plain_text()
        return plain if plain is not None else json.dumps(self.value)

    def flag(self, key: str) -> bool:
        """True only where true stands under `key`."""
        if not isinstance(self.value, dict) or key not in self.value:
            return False
        value = self.value[key]
        if isinstance(value, bool):
            return value
        below = self._at(key, value)
        below.report(f"true or false belongs here, not {kind(value)}: read as false")
        return False

    def _at(self, key: str, value: Json) -> "Node":
        return Node(self.document, join(self.pointer, key), value)


def kind(value: Json) -> str:
    """What a value is, as a noun for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"


def shown(value: Json) -> str:
    """A value for messages: what a scalar is, cut where it is long; what kind another value is."""
    if isinstance(value, dict | list):
        return kind(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
