"""What a spec says about one message: its parameters by part, and its JSON body.

Messages are looked at as the documents of `compat.lens.ops`: parts that map names to texts, and the
body. Parameters are read from their texts before they are held against their schema.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from compat.lens.encode import text_of
from compat.lens.value import is_json
from compat.match.template import parameter_names
from compat.model.interface import Answer, Content, Location, Operation, Parameter, Style
from compat.model.schema import Json, Schema
from compat.model.shape import ArrayShape
from compat.plan.messages.media import json_content
from compat.plan.messages.parameters import parameters
from compat.plan.spot import Side
from compat.verify.documents import SpecSide
from compat.verify.nodes import Governing, Nodes, Path
from compat.verify.validity import Fault

SEPARATORS: Final[Mapping[Style, str]] = {
    Style.SIMPLE: ",",
    Style.SPACE: " ",
    Style.TAB: "\t",
    Style.PIPE: "|",
}
BODY: Final = "body"
STATUS: Final = "status"
_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,300})", re.ASCII)
_REQUEST_PARTS: Final = (Location.PATH, Location.QUERY, Location.HEADER, Location.COOKIE)

Parts = Mapping[str, Mapping[str, Parameter]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """One message of an operation. `statuses` are an answer's as declared, empty for a request."""

    side: Side
    parts: Parts
    contents: tuple[Content, ...]
    body_required: bool
    statuses: tuple[str, ...] = ()

    @property
    def json(self) -> Content | None:
        return json_content(self.contents)

    @property
    def body(self) -> Schema | None:
        return self.json.schema if self.json is not None else None


def request_section(operation: Operation) -> Section:
    """What the operation says about its request."""
    in_path = parameter_names(operation.key.path)
    parts = {part.value: parameters(operation, part) for part in _REQUEST_PARTS}
    parts["path"] = {name: each for name, each in parts["path"].items() if name in in_path}
    body = operation.body
    return Section(
        side=Side.REQUEST,
        parts=parts,
        contents=body.contents if body is not None else (),
        body_required=body is not None and body.required,
    )


def answer_section(operation: Operation, answer: Answer) -> Section:
    """What the operation says about its answers of one status."""
    return Section(
        side=Side.RESPONSE,
        parts={"header": {each.name.lower(): each for each in answer.headers}},
        contents=answer.contents,
        body_required=False,
        statuses=tuple(each.status for each in operation.answers),
    )


def declared_answer(operation: Operation, status: int) -> Answer | None:
    """The answer that a status is: the exact one, that of its range, or the default."""
    found = {answer.status.upper(): answer for answer in operation.answers}
    wanted = (str(status), f"{status // 100}XX", "DEFAULT")
    return next((found[each] for each in wanted if each in found), None)


# --- texts ----------------------------------------------------------------------------------------


def texts_of(style: Style, value: Json) -> list[str] | None:
    """The texts of a parameter that holds the value; None where it has none."""
    if value is None:
        return []
    if not isinstance(value, list):
        text = text_of(value)
        return None if text is None else [text]
    items = [text_of(item) for item in value]
    texts = [item for item in items if item is not None]
    if len(texts) < len(items) or style is Style.DEEP:
        return None
    separator = SEPARATORS.get(style)
    if separator is None:
        return texts
    if any(separator in text for text in texts):
        return None
    return [separator.join(texts)] if texts else []


def readings(text: str) -> Iterator[Json]:
    """The JSON values that a text may stand for, the text itself last."""
    if text in ("true", "false"):
        yield text == "true"
    if _INTEGER.fullmatch(text):
        yield int(text)
    else:
        with suppress(ValueError):
            yield float(text)
    yield text


# --- holding a message against its section --------------------------------------------------------


def message_faults(
    spec: SpecSide, section: Section, document: Mapping[str, Json]
) -> Iterator[Fault]:
    """All that is wrong with a message, by the path into its document."""
    for part, named in section.parts.items():
        held = document.get(part)
        texts = held if isinstance(held, dict) else {}
        for name, parameter in named.items():
            if name in texts:
                yield from _text_faults(spec, parameter, part, name, texts[name])
            elif parameter.required and parameter.style is not Style.DEEP:
                yield _missing((part, name), texts)
    if BODY not in document:
        if section.body_required:
            yield _missing((BODY,), dict(document))
    elif section.body is not None and is_json(document[BODY]):
        faults = spec.validity.faults(section.body, document[BODY])
        yield from (fault.below((BODY,)) for fault in faults)


def _missing(path: Path, holder: Json) -> Fault:
    return Fault(path=path, keyword="required", message=f"{path[-1]} is missing", value=holder)


def _text_faults(
    spec: SpecSide, parameter: Parameter, part: str, name: str, held: Json
) -> Iterator[Fault]:
    found = [held] if isinstance(held, str) else held if isinstance(held, list) else []
    texts = [text for text in found if isinstance(text, str)]
    if len(texts) > 1 and not isinstance(spec.shapes.of(parameter.schema), ArrayShape):
        message = f"{len(texts)} values where there is room for one"
        yield Fault(path=(part, name), keyword="maxItems", message=message, value=[*texts])
    value = _read(spec, parameter, texts)
    for fault in spec.validity.faults(parameter.schema, value):
        yield fault.below((part, name))


def _read(spec: SpecSide, parameter: Parameter, texts: Sequence[str]) -> Json:
    """The value that the texts stand for, as the schema would have it."""
    shape = spec.shapes.of(parameter.schema)
    if isinstance(shape, ArrayShape):
        separator = SEPARATORS.get(parameter.style)
        cut = [item for text in texts for item in (text.split(separator) if separator else [text])]
        return [_admitted(spec, shape.items, item) for item in cut]
    return _admitted(spec, parameter.schema, texts[-1] if texts else "")


def _admitted(spec: SpecSide, schema: Schema | None, text: str) -> Json:
    if schema is None:
        return text
    found = list(readings(text))
    # What fits in no way is reported as what it comes nearest to, else as the text it is.
    best = min(found[::-1], key=lambda value: _distance(spec.validity.faults(schema, value)))
    admitted = (value for value in found if spec.validity.admits(schema, value))
    return next(admitted, best)


def _distance(faults: Iterable[Fault]) -> tuple[int, int]:
    """How many types are wrong, and how many things are wrong in all."""
    types, count = 0, 0
    for fault in faults:
        inner = [each for one in fault.alternatives for each in one]
        types += sum(each.keyword == "type" for each in (fault, *inner))
        count += 1
    return types, count


def strangers(nodes: Nodes, section: Section, document: Mapping[str, Json]) -> Iterator[Path]:
    """What the message holds that the section does not declare; headers may always be there."""
    for part in ("query", "cookie"):
        held = document.get(part)
        named = section.parts.get(part, {})
        for name in held if isinstance(held, dict) else ():
            if name not in named and name.partition("[")[0] not in named:
                yield (part, name)
    body = document.get(BODY)
    if body is None:
        return
    if not section.contents:
        yield (BODY,)
    elif section.body is not None:
        yield from ((BODY, *path) for path in nodes.strangers(section.body, body))


def governing(nodes: Nodes, section: Section, path: Path) -> tuple[Governing, ...]:
    """The schemas that govern each value on the way into a message's document."""
    if not path:
        return ((),)
    part, *rest = path
    if part == BODY:
        if section.body is None:
            return ((),) * (len(path) + 1)
        return ((), *nodes.along(section.body, tuple(rest)))
    named = section.parts.get(str(part), {})
    if not rest or str(rest[0]) not in named:
        return ((),) * (len(path) + 1)
    whole = nodes.at_root(named[str(rest[0])].schema)
    # A parameter's texts are its own and those of its items: both schemas speak of them.
    texts = (*whole, *nodes.below(whole, 0))
    return ((), (), *(texts for _ in rest))


def is_same(spec: SpecSide, section: Section, other: SpecSide, theirs: Section) -> bool:
    """Do two sections, each of its own interface, say the same?"""
    if section.parts.keys() != theirs.parts.keys() or section.statuses != theirs.statuses:
        return False
    if section.body_required != theirs.body_required:
        return False
    named = [(ours, theirs.parts[part]) for part, ours in section.parts.items()]
    if any(list(one) != list(two) for one, two in named):
        return False
    pairs = [(one[name], two[name]) for one, two in named for name in one]
    if any((a.required, a.style) != (b.required, b.style) for a, b in pairs):
        return False
    schemas: list[tuple[Schema | None, Schema | None]] = [(a.schema, b.schema) for a, b in pairs]
    types = [[each.media_type for each in one.contents] for one in (section, theirs)]
    if types[0] != types[1]:
        return False
    schemas += zip(
        (each.schema for each in section.contents),
        (each.schema for each in theirs.contents),
        strict=True,
    )
    return all(
        spec.validity.is_same(one, other.validity, two)
        if one is not None and two is not None
        else one is two
        for one, two in schemas
    )
