"""Entries of an intent back as text: YAML that reads like a person's, with comments.

Every name comes out of a spec, so each scalar is put by a YAML emitter, which quotes what another
loader of YAML (1.1 included) would read as something else than text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import yaml
from yaml import events
from yaml.nodes import ScalarNode

from compat.load.yaml_scalars import resolve
from compat.model.schema import Json

_WIDTH: Final = 1 << 24  # nothing is ever folded
_BREAKS: Final = re.compile(r"[\r\n\x85\u2028\u2029]")
_HIDDEN: Final = re.compile(
    r"[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_YAML_11: Final = yaml.resolver.Resolver()
_TEXT: Final = "tag:yaml.org,2002:str"


class Section(StrEnum):
    """The lists of an intent file, in the order they stand there."""

    OPERATIONS = "operations"
    BRIDGES = "bridges"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry in the words of the file, without `on`; `comments` are lines above it."""

    section: Section
    words: Mapping[str, Json]
    on: bool = True
    comments: tuple[str, ...] = ()


def write_intent(
    entries: Sequence[Entry], *, old: str = "", new: str = "", heading: Iterable[str] = ()
) -> str:
    """The text of an intent file; entries keep their order within their section."""
    lines = [*_commented(heading), *_lines({"intent": 1})]
    for key, version in (("old", old), ("new", new)):
        lines += _lines({key: version}) if version else []
    for section in Section:
        found = [entry for entry in entries if entry.section is section]
        if found:
            lines += ["", f"{section}:"]
            for index, entry in enumerate(found):
                lines += [""] if index and entry.comments else []
                lines += [f"  {line}" for line in _entry(entry)]
    return "\n".join(lines) + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    """`on` is put by hand: an emitter quotes it, because YAML 1.1 takes it for true."""
    yield from _commented(entry.comments)
    first, *rest = _lines([dict(entry.words)])
    yield from (first, *rest) if entry.on else ("- on: false", f"  {first[2:]}", *rest)


def _commented(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for line in _BREAKS.split(text):
            shown = _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), line)
            yield f"# {shown}".rstrip()


def _lines(value: Json) -> list[str]:
    stream = (
        events.StreamStartEvent(),
        events.DocumentStartEvent(explicit=False),
        *_events(value, is_top=True),
        events.DocumentEndEvent(explicit=False),
        events.StreamEndEvent(),
    )
    text: str = yaml.emit(stream, Dumper=yaml.CSafeDumper, allow_unicode=True, width=_WIDTH)
    return text.removesuffix("\n").split("\n")


def _events(value: Json, *, is_top: bool = False) -> Iterator[events.Event]:
    """Mappings go down the page, lists in a line but for the list of entries itself."""
    match value:
        case dict():
            yield events.MappingStartEvent(None, None, True, flow_style=not value)
            for key, member in value.items():
                yield _text(key)
                yield from _events(member)
            yield events.MappingEndEvent()
        case list():
            is_block = is_top or any(isinstance(item, dict) and item for item in value)
            yield events.SequenceStartEvent(None, None, True, flow_style=not is_block)
            for item in value:
                yield from _events(item)
            yield events.SequenceEndEvent()
        case str():
            yield _text(value)
        case _:
            yield _scalar(_plain(value))


def _plain(value: float | bool | None) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return repr(value)


def _scalar(text: str) -> events.ScalarEvent:
    return events.ScalarEvent(None, None, (True, False), text)


def _text(text: str) -> events.ScalarEvent:
    return events.ScalarEvent(None, None, (is_read_as_text(text), True), text)


def is_read_as_text(text: str) -> bool:
    """Is it itself to every loader of YAML when it stands there without quotes?"""
    return resolve(text) == text and _tag(text) == _TEXT


def _tag(text: str) -> str:
    """What a loader of YAML 1.1 would take the plain text for."""
    tag: str = _YAML_11.resolve(ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag
