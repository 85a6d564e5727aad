"""Whole requests and answers, as an operation declares them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

from compat.emit.runtime.message import Request, Response
from compat.model.interface import (
    Answer,
    Interface,
    Operation,
    OperationKey,
    Parameter,
    Style,
)
from compat.model.schema import Json, Schema
from compat.model.shape import ObjectShape
from compat.verify.documents import Maker
from compat.verify.nodes import place_key
from compat.verify.sections import Section, answer_section, request_section, texts_of
from compat.verify.wishes import is_near

_PARAMETER: Final = re.compile(r"\{([^{}:]*)[^{}]*\}")
_UNSENDABLE: Final = re.compile(r"[^\t\x20-\x7e]")  # headers stay in ASCII (RFC 9110, 5.5)
_NOT_IN_COOKIES: Final = re.compile(r"[\s\",;\\=]|[^\x21-\x7e]")  # RFC 6265, 4.1.1
_STREAM: Final = b"not JSON"
RECORDS_PER_STREAM: Final = 2
_TRIES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answered:
    """What a callee answers with; `records` are what its stream brings, if it is one."""

    response: Response
    records: tuple[Json, ...] = ()


@dataclass(eq=False)
class Routes:
    """The operations of an interface by their paths, base path and all."""

    interface: Interface
    _patterns: list[tuple[OperationKey, re.Pattern[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for operation in self.interface.operations:
            template = operation.key.path.partition("?")[0]
            pieces = _PARAMETER.split(template)  # literals, with names between them
            pattern = "([^/]+?)".join(map(re.escape, pieces[::2]))
            base = re.escape(self.interface.base_of(operation.key))
            self._patterns.append((operation.key, re.compile(base + pattern)))

    def find(self, method: str, path: str) -> tuple[OperationKey, dict[str, str]] | None:
        """The operation that serves the path, and the raw values of its parameters.

        Where several do, the one that is literal earlier, and then longer.
        """
        found = [
            (key, match)
            for key, pattern in self._patterns
            if key.method == method and (match := pattern.fullmatch(path))
        ]
        if not found:
            return None
        key, match = min(found, key=lambda each: _literal_first(each[0].path))
        return key, dict(zip(_names(key.path), match.groups(), strict=True))


def _names(template: str) -> list[str]:
    return _PARAMETER.findall(template.partition("?")[0])


def _literal_first(template: str) -> list[tuple[bool, int]]:
    segments = template.partition("?")[0].split("/")
    return [("{" in each, -len(_PARAMETER.sub("", each))) for each in segments]


def path_of(base: str, template: str, values: Mapping[str, str]) -> str:
    """The path of a template, its parameters percent-encoded already."""
    return base + _PARAMETER.sub(lambda found: values[found[1]], template.partition("?")[0])


@dataclass(eq=False)
class MessageMaker:
    """Makes messages of one interface, with a maker for what is in them."""

    maker: Maker
    routes: Routes

    def request(self, operation: Operation, *, with_body: bool = False) -> Request:
        """A request as the operation declares it; `with_body` where a body must be there anyhow."""
        section = request_section(operation)
        section = replace(section, body_required=section.body_required or with_body)
        named = section.parts
        values = {
            name: quote(self._path_text(operation, parameter), safe="")
            for name, parameter in named["path"].items()
        }
        values |= {name: "undeclared" for name in _names(operation.key.path) if name not in values}
        body, media_type = self._body(section)
        headers = [("content-type", media_type)] if media_type else []
        headers += self._pairs(named["header"], _UNSENDABLE)
        cookies = "; ".join(f"{k}={v}" for k, v in self._pairs(named["cookie"], _NOT_IN_COOKIES))
        request = Request(
            method=operation.key.method,
            path=path_of(self._base(operation), operation.key.path, values),
            query=self._pairs(named["query"]),
            headers=[*headers, *([("cookie", cookies)] if cookies else [])],
            body=body,
        )
        found = self.routes.find(request.method, request.path)
        if found is None or found[0] != operation.key:
            self.maker.choose.fail()
        return request

    def answer(self, operation: Operation, answer: Answer, *, records: bool) -> Answered:
        """An answer of that status; with `records` a stream of them."""
        section = answer_section(operation, answer)
        headers = self._pairs(section.parts["header"], _UNSENDABLE)
        status = self._status(operation, answer)
        if records:
            schema = next((each.schema for each in answer.contents if each.schema), None)
            held = (
                []
                if schema is None
                else [self._document(schema) for _ in range(RECORDS_PER_STREAM)]
            )
            stream = Response(status=status, headers=headers, body=_STREAM)
            return Answered(response=stream, records=tuple(held))
        body, media_type = self._body(section)
        if media_type:
            headers = [("content-type", media_type), *headers]
        return Answered(response=Response(status=status, headers=headers, body=body))

    def _base(self, operation: Operation) -> str:
        return self.maker.spec.interface.base_of(operation.key)

    def _status(self, operation: Operation, answer: Answer) -> int:
        """A status that the answer under "200", "4XX" or "default" is for."""
        if answer.status.isdigit():
            return int(answer.status)
        declared = {each.status for each in operation.answers}
        if answer.status.lower() == "default":
            has_success = any(each.startswith("2") for each in declared)
            wanted = (500, 503, 599) if has_success else (200, 202, 299)
        else:
            first = int(answer.status[0]) * 100
            wanted = (first, first + 99, first + 1)
        free = [each for each in wanted if str(each) not in declared]
        return self.maker.choose.one_of(free or wanted)

    def _document(self, schema: Schema) -> Json:
        return self.maker.document(schema)

    def _body(self, section: Section) -> tuple[Json | bytes, str]:
        """(the body, its media type); no media type where there is no body."""
        if not section.contents:
            return None, ""
        is_answer = bool(section.statuses)
        may = section.body_required or is_answer or self._leads(section.body)
        if not may and not self.maker.choose.some_of(("body",)):
            return None, ""
        if section.json is None:
            return _STREAM, section.contents[0].media_type
        media_type = section.json.media_type.replace("*/*", "application/json")
        if section.body is None:
            return {}, media_type
        return self._document(section.body), media_type

    # --- parameters -------------------------------------------------------------------------------

    def _pairs(
        self, named: Mapping[str, Parameter], unfit: re.Pattern[str] | None = None
    ) -> list[tuple[str, str]]:
        required = {name for name, each in named.items() if each.required}
        avoided = self.maker.wish.avoid
        may = [
            name
            for name, each in named.items()
            if name not in required and place_key(each.schema) not in avoided
        ]
        there = required | self.maker.choose.some_of(may)
        there |= {name for name, each in named.items() if self._leads(each.schema)}
        target = self.maker.wish.target
        if target is not None and target.missing:
            there -= {n for n, each in named.items() if place_key(each.schema) == target.place}
        pairs: list[tuple[str, str]] = []
        for name, parameter in named.items():
            if name in there:
                pairs += self._parameter(parameter, unfit, is_needed=name in required)
        return pairs

    def _parameter(
        self, parameter: Parameter, unfit: re.Pattern[str] | None, *, is_needed: bool
    ) -> list[tuple[str, str]]:
        """The parameter's pairs; none where its value has no text that can be sent."""
        if parameter.style is Style.DEEP:
            return self._deep(parameter)
        value = self._value(parameter, is_needed=is_needed)
        texts = texts_of(parameter.style, value)
        if texts is None:
            texts = texts_of(parameter.style, _without_separators(value))
        if texts is None or (unfit and any(map(unfit.search, texts))):
            texts = _plain(texts) if is_needed else []
        if is_needed and not texts:
            self.maker.choose.fail()
        return [(parameter.name, text) for text in texts]

    def _value(self, parameter: Parameter, *, is_needed: bool) -> Json:
        value = self.maker.document(parameter.schema)
        tries = 0
        while is_needed and value in (None, []) and tries < _TRIES:
            self.maker.choose.turn()
            value, tries = self.maker.document(parameter.schema), tries + 1
        return value

    def _deep(self, parameter: Parameter) -> list[tuple[str, str]]:
        shape = self.maker.spec.shapes.of(parameter.schema)
        value = self.maker.document(parameter.schema)
        if not (isinstance(shape, ObjectShape) and isinstance(value, dict)):
            return []
        return [
            (f"{parameter.name}[{name}]", text)
            for name, member in value.items()
            for text in texts_of(Style.MULTI, member) or ()
        ]

    def _path_text(self, operation: Operation, parameter: Parameter) -> str:
        for _ in range(_TRIES):
            value = self.maker.document(parameter.schema)
            text = next(iter(texts_of(Style.SIMPLE, value) or ()), "")
            # Beside other text in its segment a value must not look like that text.
            for literal in _PARAMETER.split(operation.key.path)[::2]:
                if literal.strip("/") and "/" not in literal:
                    text = text.replace(literal, "")
            if text.strip("."):
                return text
            self.maker.choose.turn()
        if not self.maker.spec.validity.admits(parameter.schema, "x"):
            self.maker.choose.fail()
        return "x"

    def _leads(self, schema: Schema | None) -> bool:
        target = self.maker.wish.target
        return schema is not None and target is not None and is_near(target.distance(schema))


def _without_separators(value: Json) -> Json:
    if not isinstance(value, list):
        return value
    return [re.sub(r"[, \t|]", "", item) if isinstance(item, str) else item for item in value]


def _plain(texts: Sequence[str] | None) -> list[str]:
    return [re.sub(r"[^A-Za-z0-9]", "", text) or "x" for text in texts or ["x"]]
