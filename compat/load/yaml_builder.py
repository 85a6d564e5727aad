"""Values and marks from YAML events.

Aliased values are shared, not copied: what reads them must not write to them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from yaml import events

from compat.load.extent import too_deep, too_many
from compat.load.limits import DEPTH_MAX, NODES_MAX
from compat.load.marks import Mark
from compat.load.parsed import Complaints
from compat.load.pointer import join
from compat.load.problem import SpecError
from compat.load.yaml_scalars import resolve
from compat.model.record import record
from compat.model.schema import Json

_CORE_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float")
)
_TEXT_TAGS: Final = frozenset(("!", "tag:yaml.org,2002:str"))
_SHAPE_TAGS: Final = frozenset((None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))


@record(eq=False)
class Done:
    """A finished node: its value and mark, its size with aliases written out."""

    value: Json
    mark: Mark
    nodes: int = 1


@dataclass(slots=True, eq=False)
class _Open:
    """An object or list whose end has not come yet."""

    value: "dict[str, Json] | list[Json]"
    mark: Mark
    children: dict[str, Mark]
    anchor: str | None
    nodes: int = 1
    key: str | None = None
    key_mark: Mark | None = None
    merging: bool = False
    merged: list[Done] = field(default_factory=list)

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None


class Builder:
    """Takes events in and holds `root` in the end."""

    def __init__(self, name: str) -> None:
        self.root: Done | None = None
        self.complaints = Complaints()
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, Done] = {}
        self._nodes = 0

    def feed(self, event: events.Event) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def document(self, event: events.Event) -> None:
        if self.root is not None:
            raise SpecError(
                "a second YAML document begins here",
                where=self._where(event),
                hint="keep one document in one file",
            )

    def scalar(self, event: events.ScalarEvent) -> None:
        top = self._open[-1] if self._open else None
        mark = _mark(event)
        plain = event.implicit[0] and event.tag != "!"
        if top is not None and top.awaits_key:
            top.merging = plain and event.value == "<<"
            self._key(top, event.value, mark)
            if event.anchor:
                self._anchors[event.anchor] = Done(event.value, mark)
            return
        value: Json = event.value
        if plain or event.tag in _CORE_TAGS:
            value = resolve(event.value)
            if not isinstance(value, str):
                mark.text = event.value
        elif event.tag is not None and event.tag not in _TEXT_TAGS:
            self._complain_of(event.tag)
        self._count(1, event)
        self._finish(Done(value, mark), event.anchor)

    def start(self, event: events.SequenceStartEvent | events.MappingStartEvent) -> None:
        if self._open and self._open[-1].awaits_key:
            raise SpecError(
                "an object or list stands where a key belongs",
                where=self._where(event),
                hint="quote the key; templates such as {{ name }} must be filled in first",
            )
        if len(self._open) >= DEPTH_MAX:
            raise too_deep(self._where(event))
        if event.tag not in _SHAPE_TAGS:
            self._complain_of(event.tag)
        children: dict[str, Mark] = {}
        mark = _mark(event)
        mark.children = children
        value: dict[str, Json] | list[Json] = (
            [] if isinstance(event, events.SequenceStartEvent) else {}
        )
        self._count(1, event)
        self._open.append(_Open(value, mark, children, event.anchor))

    def end(self, _event: events.Event) -> None:
        done = self._open.pop()
        for source in done.merged:
            _merge(done, source)
        self._finish(Done(done.value, done.mark, done.nodes), done.anchor)

    def alias(self, event: events.AliasEvent) -> None:
        target = self._anchors.get(event.anchor or "")
        if target is None:
            raise SpecError(
                f"the alias *{event.anchor} names no finished anchor before it",
                where=self._where(event),
                hint="define the anchor first, outside of what uses it",
            )
        top = self._open[-1] if self._open else None
        if top is not None and top.awaits_key:
            if isinstance(target.value, dict | list):
                raise SpecError(
                    "an alias of an object or list stands where a key belongs",
                    where=self._where(event),
                    hint="write the key out",
                )
            self._key(top, _text_of(target), _mark(event))
            return
        self._count(target.nodes, event)
        self._finish(target, None, at=_mark(event))

    def _finish(self, done: Done, anchor: str | None, at: Mark | None = None) -> None:
        if anchor:
            self._anchors[anchor] = done
        if not self._open:
            self.root = done
            return
        top = self._open[-1]
        top.nodes += done.nodes
        if isinstance(top.value, list):
            top.children[str(len(top.value))] = _moved(done.mark, at) if at else done.mark
            top.value.append(done.value)
            return
        assert top.key is not None
        assert top.key_mark is not None
        if top.merging:
            self._remember_merge(top, done)
        else:
            top.value[top.key] = done.value
            top.children[top.key] = _moved(done.mark, top.key_mark)
        top.key, top.merging = None, False

    def _key(self, top: _Open, key: str, mark: Mark) -> None:
        top.key, top.key_mark = key, mark
        if not top.merging and key in top.children:
            self.complaints.repeated_key(self._pointer(), key)

    def _remember_merge(self, top: _Open, done: Done) -> None:
        sources = [done]
        if isinstance(done.value, list):
            sources = [
                Done(value, done.mark.children[str(index)])
                for index, value in enumerate(done.value)
            ]
        if not all(isinstance(source.value, dict) for source in sources):
            assert top.key_mark is not None
            raise SpecError(
                "a merge key << takes an object or a list of objects",
                where=f"{self._name}:{top.key_mark.line}:{top.key_mark.column}",
                hint='quote it ("<<") where it is an ordinary key',
            )
        top.merged.extend(sources)

    def _count(self, nodes: int, event: events.Event) -> None:
        self._nodes += nodes
        if self._nodes > NODES_MAX:
            raise too_many(self._where(event))

    def _complain_of(self, tag: str | None) -> None:
        self.complaints.add(self._pointer(), f"the tag {tag} has no meaning here: left out")

    def _pointer(self) -> str:
        """The node at which the events stand."""
        pointer = ""
        for node in self._open:
            token = str(len(node.value)) if isinstance(node.value, list) else node.key
            pointer = join(pointer, token) if token is not None else pointer
        return pointer

    def _where(self, event: events.Event) -> str:
        mark = _mark(event)
        return f"{self._name}:{mark.line}:{mark.column}"


_HANDLERS: Final = cast(
    "dict[type[events.Event], Callable[[Builder, events.Event], None]]",
    {
        events.DocumentStartEvent: Builder.document,
        events.ScalarEvent: Builder.scalar,
        events.SequenceStartEvent: Builder.start,
        events.MappingStartEvent: Builder.start,
        events.SequenceEndEvent: Builder.end,
        events.MappingEndEvent: Builder.end,
        events.AliasEvent: Builder.alias,
    },
)


def _mark(event: events.Event) -> Mark:
    start = event.start_mark
    assert start is not None
    return Mark(start.line + 1, start.column + 1)


def _text_of(scalar: Done) -> str:
    return scalar.mark.text if scalar.mark.text is not None else str(scalar.value)


def _moved(mark: Mark, to: Mark) -> Mark:
    return Mark(to.line, to.column, mark.children, mark.text)


def _merge(target: _Open, source: Done) -> None:
    """The target's own keys stand before merged ones, an earlier source before a later."""
    assert isinstance(target.value, dict)
    assert isinstance(source.value, dict)
    for key, value in source.value.items():
        if key not in target.value:
            target.value[key] = value
            target.children[key] = source.mark.children[key]
