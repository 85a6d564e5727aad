"""Small specs in a few words, and messages led across the bridge between two of them.

Schemas are YAML in short: `{name!: string, size: integer, tags: [string], spec: Spec}` is an object
whose `name` is required; `a|b` is text of one of these values, `a|` of this one; `string or null`
admits null; `Spec` refers to a component; a mapping of schema keywords alone stands for itself.
Operations are `{query: {force: boolean}, header: .., cookie: .., path: .., body!: Volume,
200: Volume, 404: null}`; path parameters left out are text. `id` is the operationId, `media` the
media type of bodies and answers.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from compat.intent.model import (
    AcceptIntent,
    Action,
    BridgeIntent,
    CallIntent,
    Intent,
    OperationIntent,
    Then,
)
from compat.lens.interpret import Context
from compat.lens.message import (
    Body,
    Pairs,
    Request,
    Response,
    translate_request,
    translate_response,
)
from compat.load import load
from compat.model.interface import Interface, OperationKey
from compat.model.place import Place, Source
from compat.model.schema import ABSENT, Json
from compat.plan.bridge import BridgePlan, Call, Difference, Exchange, HookKind, Role
from compat.plan.planner import plan

TODAY: Final = "2026-11-23"
_TYPES: Final = frozenset(("string", "integer", "number", "boolean", "object", "array", "null"))
_KEYWORDS: Final = frozenset(
    "type enum const format default items properties required additionalProperties allOf anyOf oneOf not "
    "$ref nullable x-nullable minimum maximum minLength maxLength pattern minItems maxItems "
    "uniqueItems multipleOf minProperties maxProperties readOnly writeOnly description title "
    "discriminator prefixItems exclusiveMinimum exclusiveMaximum example".split()
)
_HOLDERS: Final = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
_PARTS: Final = ("path", "query", "header", "cookie")
_REFS: Final = {"2.0": "#/definitions/", "3.0": "#/components/schemas/"}
_NULLABLE: Final = {"2.0": "x-nullable", "3.0": "nullable"}

Spec = dict[str, Json]


# --- specs ----------------------------------------------------------------------------------------


def interface(
    operations: Mapping[str, str],
    components: str = "{}",
    *,
    dialect: str = "3.0",
    base: str = "",
    name: str = "spec.yaml",
) -> Interface:
    """The interface of operations ("GET /volumes") and components, through the real loader."""
    return loaded(spec(operations, components, dialect=dialect, base=base), name)


def loaded(document: Spec, name: str = "spec.yaml") -> Interface:
    """The interface of a whole document."""
    text = yaml.safe_dump(document, sort_keys=False).encode()
    return load(name, lambda _: text, validate=False).interface


def spec(
    operations: Mapping[str, str], components: str = "{}", *, dialect: str = "3.0", base: str = ""
) -> Spec:
    """The document of an interface."""
    paths: Spec = {}
    for key, text in operations.items():
        method, path = key.split(" ", 1)
        item = paths.setdefault(path, {})
        assert isinstance(item, dict)
        item[method.lower()] = _Writer(dialect).operation(path, yaml.safe_load(text or "{}") or {})
    return _document(paths, schemas(components, dialect), dialect, base)


def schemas(components: str, dialect: str = "3.0") -> Spec:
    """Components by name, written out."""
    short = yaml.safe_load(components) or {}
    return {name: _Writer(dialect).schema(value) for name, value in short.items()}


def _document(paths: Spec, components: Spec, dialect: str, base: str) -> Spec:
    info: Spec = {"title": "t", "version": "1"}
    if dialect == "2.0":
        top: Spec = {"swagger": "2.0", "info": info, "paths": paths, "definitions": components}
        return top | ({"basePath": base} if base else {})
    version = {"3.0": "3.0.3", "3.1": "3.1.0"}[dialect]
    top = {"openapi": version, "info": info, "paths": paths, "components": {"schemas": components}}
    return top | ({"servers": [{"url": base}]} if base else {})


@dataclass(frozen=True, slots=True)
class _Writer:
    """Short forms written out in one dialect."""

    dialect: str

    def schema(self, short: Json) -> Spec:
        match short:
            case None:
                return {}
            case str():
                return self._text(short)
            case [one]:
                return {"type": "array", "items": self.schema(one)}
            case dict() if short and short.keys() <= _KEYWORDS:
                return {key: self._below(key, value) for key, value in short.items()}
            case dict():
                return self._object(short)
        raise AssertionError(f"no schema: {short!r}")

    def _text(self, text: str) -> Spec:
        if text.endswith(" or null"):
            return self._nullable(self._text(text.removesuffix(" or null")))
        if "|" in text:
            values: list[Json] = [*text.removesuffix("|").split("|")]
            return {"type": "string", "enum": values}
        if text in _TYPES:
            return {"type": text}
        return {"$ref": f"{_REFS.get(self.dialect, _REFS['3.0'])}{text}"}

    def _nullable(self, schema: Spec) -> Spec:
        if self.dialect != "3.1":
            return {**schema, _NULLABLE[self.dialect]: True}
        if "$ref" in schema:
            return {"anyOf": [schema, {"type": "null"}]}
        values = {"enum": [*schema["enum"], None]} if isinstance(schema.get("enum"), list) else {}
        return {**schema, "type": [schema["type"], "null"], **values}

    def _below(self, keyword: str, value: Json) -> Json:
        if keyword in _HOLDERS and isinstance(value, list):
            return [self.schema(one) for one in value]
        if keyword == "properties" and isinstance(value, dict):
            return {name: self.schema(one) for name, one in value.items()}
        holds = keyword in ("items", "not", "additionalProperties")
        return self.schema(value) if holds and not isinstance(value, bool) else value

    def _object(self, short: Spec) -> Spec:
        required: list[Json] = [name[:-1] for name in short if name.endswith("!")]
        properties = {name.removesuffix("!"): self.schema(one) for name, one in short.items()}
        return {
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
        }

    def operation(self, path: str, short: dict[str | int, Json]) -> Spec:
        words = {str(key): value for key, value in short.items()}
        media = words.pop("media", "application/json")
        written: Spec = {}
        if "id" in words:
            written["operationId"] = words.pop("id")
        parameters = self._parameters(path, words)
        answers = {key: words.pop(key) for key in tuple(words) if _is_status(key)}
        body = {key: words.pop(key) for key in tuple(words) if key.startswith("body")}
        written |= {key: value for key, value in words.items() if key.startswith("x-")}
        assert isinstance(media, str)
        for key, value in body.items():
            parameters += self._body(written, value, media, required=key.endswith("!"))
        answered = {status: self._answer(value, media) for status, value in answers.items()}
        written |= {"responses": answered or {"200": {"description": ""}}}
        if self.dialect == "2.0":
            written |= {"consumes": [media], "produces": [media]}
        return written | ({"parameters": parameters} if parameters else {})

    def _parameters(self, path: str, words: Spec) -> list[Json]:
        declared: Spec = {name: "string" for name in re.findall(r"\{([^{}:]+)", path)}
        found: list[Json] = []
        for part in _PARTS:
            named = words.pop(part, {})
            assert isinstance(named, dict)
            for name, short in ({**declared, **named} if part == "path" else named).items():
                found.append(self._parameter(part, name, short))
        return found

    def _parameter(self, part: str, name: str, short: Json) -> Spec:
        """`[string]` is in the location's usual style, `{style: pipes, of: [string]}` in another."""
        style = None
        if isinstance(short, dict) and short.keys() == {"style", "of"}:
            style, short = short["style"], short["of"]
        schema = self.schema(short)
        required = name.endswith("!") or part == "path"
        top: Spec = {"name": name.removesuffix("!"), "in": part}
        top |= {"required": True} if required else {}
        if self.dialect == "2.0":
            return {**top, **schema, **({"collectionFormat": style} if style else {})}
        styles: Mapping[str, Spec] = {
            "csv": {"style": "form" if part in ("query", "cookie") else "simple", "explode": False},
            "multi": {"style": "form", "explode": True},
            "pipes": {"style": "pipeDelimited", "explode": False},
            "ssv": {"style": "spaceDelimited", "explode": False},
            "deep": {"style": "deepObject", "explode": True},
        }
        return {**top, "schema": schema, **(styles[str(style)] if style else {})}

    def _body(self, written: Spec, short: Json, media: str, *, required: bool) -> list[Json]:
        if self.dialect == "2.0":
            schema = self.schema(short)
            return [{"name": "body", "in": "body", "required": required, "schema": schema}]
        written["requestBody"] = {"required": required, "content": self._content(short, media)}
        return []

    def _content(self, short: Json, media: str) -> Json:
        if short == "opaque":
            return {media: {}}
        several = isinstance(short, dict) and all("/" in key for key in short)
        assert isinstance(short, dict) or not several
        named: Mapping[str, Json] = short if several else {media: short}  # type: ignore[assignment]
        return {name: {"schema": self.schema(one)} for name, one in named.items()}

    def _answer(self, short: Json, media: str) -> Spec:
        written: Spec = {"description": ""}
        headers: Json = {}
        if isinstance(short, dict) and "headers" in short:
            short = dict(short)
            headers = short.pop("headers")
            short = short.get("body")
        if isinstance(headers, dict) and headers:
            written["headers"] = {
                name.removesuffix("!"): self._header(name, one) for name, one in headers.items()
            }
        if short is None:
            return written
        if self.dialect == "2.0":
            return {**written, "schema": self.schema(short)}
        return {**written, "content": self._content(short, media)}

    def _header(self, name: str, short: Json) -> Spec:
        if self.dialect == "2.0":
            return self.schema(short)
        return {"required": name.endswith("!"), "schema": self.schema(short)}


def _is_status(key: str) -> bool:
    return key == "default" or key[:1].isdigit()


# --- intents --------------------------------------------------------------------------------------

SOURCE: Final = Source("intent.yaml", lambda pointer: (int(pointer.rpartition("/")[2]) + 1, 1))


def here(index: int) -> Place:
    """The place of the entry of that number."""
    return Place(SOURCE, f"/{index}")


def key(text: str) -> OperationKey:
    method, path = text.split(" ", 1)
    return OperationKey(method, path)


def intent(
    *bridges: tuple[str, Action],
    accept: Mapping[str, Then | None] | None = None,
    until: str | None = None,
    operations: tuple[OperationIntent, ...] = (),
) -> Intent:
    """What people decided: actions at addresses, and differences accepted by kind and subject."""
    return Intent(
        operations=operations,
        bridges=tuple(
            BridgeIntent(place=here(index), at=at, action=action)
            for index, (at, action) in enumerate(bridges)
        ),
        accepts=tuple(
            AcceptIntent(
                place=here(len(bridges) + index),
                pattern=pattern,
                reason="a reason",
                owner="storage team",
                until=until,
                then=then,
            )
            for index, (pattern, then) in enumerate((accept or {}).items())
        ),
    )


def stands_in(
    operation: str, *calls: CallIntent, hook: str | None = None, from_new: bool = False
) -> OperationIntent:
    """The calls or the hook that answer for an operation of the old (or new) version."""
    return OperationIntent(
        place=here(0), operation=key(operation), from_new=from_new, calls=calls, hook=hook
    )


def same_as(old: str, new: str) -> OperationIntent:
    return OperationIntent(place=here(0), operation=key(old), from_new=False, same_as=key(new))


def call(operation: str, *when: str, into: str | None = None) -> CallIntent:
    """`when` and `into` are dotted paths, "" for the whole answer."""
    path = None if into is None else tuple(part for part in into.split(".") if part)
    return CallIntent(
        operation=key(operation), when=tuple(tuple(one.split(".")) for one in when), into=path
    )


# --- bridges --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer as tests write it; names of the query and of headers may repeat."""

    status: int = 200
    path: Mapping[str, str] = field(default_factory=dict)
    query: Pairs = ()
    headers: Pairs = ()
    body: Body = ABSENT


@dataclass(frozen=True, slots=True)
class Bridge:
    """A plan, and messages led across it by the interpreter."""

    plan: BridgePlan
    context: Context

    def sends(self, role: Role, operation: str, message: Message, *, nth: int = 0) -> Message:
        """What the callee gets of the caller's request, in the nth call."""
        request = Request(
            path=message.path, query=message.query, headers=message.headers, body=message.body
        )
        found = translate_request(self.call(role, operation, nth).request, request, self.context)
        return Message(
            path=dict(found.path), query=found.query, headers=found.headers, body=found.body
        )

    def gets(self, role: Role, operation: str, message: Message, *, nth: int = 0) -> Message:
        """What the caller gets of the callee's answer to the nth call."""
        call = self.call(role, operation, nth)
        wanted = (str(message.status), f"{message.status // 100}XX", "default")
        bridges = [one for status in wanted for one in call.answers if one.status == status]
        if not bridges:
            return message
        response = Response(status=message.status, headers=message.headers, body=message.body)
        found = translate_response(bridges[0].lens, response, self.context)
        status = found.status if bridges[0].becomes is None else bridges[0].becomes
        return Message(status=status, headers=found.headers, body=found.body)

    def exchange(self, role: Role, operation: str) -> Exchange:
        found = [one for one in self.plan.exchanges[role] if one.operation == key(operation)]
        assert len(found) == 1, f"{operation} crosses {len(found)} times"
        return found[0]

    def call(self, role: Role, operation: str, nth: int = 0) -> Call:
        return self.exchange(role, operation).calls[nth]

    @property
    def found(self) -> dict[str, tuple[str, str]]:
        """The differences, each with the verdicts for the old client and for the new one."""
        return {f"{one.kind} {one.subject}": verdicts(one) for one in self.plan.differences}

    @property
    def gaps(self) -> list[str]:
        return [f"{one.kind} {one.subject}" for one in self.plan.open_gaps]


def verdicts(difference: Difference) -> tuple[str, str]:
    old, new = (difference.judgements[role].verdict.label for role in Role)
    return old, new


def bridge(old: Interface, new: Interface, intent: Intent | None = None, **hooks: object) -> Bridge:
    """The bridge between two interfaces; `hooks` are the functions of the hooks file."""
    made = plan(old, new, intent or Intent(), today=TODAY)
    wanted = {need.name for need in made.hooks if need.kind is HookKind.VALUE}
    assert wanted == hooks.keys()
    lenses = {name: lens.up for name, lens in made.lenses.items()}
    return Bridge(made, Context(lenses=lenses, hooks=hooks))  # type: ignore[arg-type]


def between(old: str, new: str, *bridges: tuple[str, Action], **more: object) -> Bridge:
    """The bridge between two versions of `Volume`, which `PUT /volumes/{id}` takes and gives."""
    return bridge(volumes(old), volumes(new), intent(*bridges), **more)


def volumes(volume: str, others: str = "{}", dialect: str = "3.0") -> Interface:
    """An interface with one operation that takes and gives a `Volume`."""
    components = {"Volume": yaml.safe_load(volume)} | (yaml.safe_load(others) or {})
    return interface(
        {"PUT /volumes/{id}": "{body!: Volume, 200: Volume}"},
        json.dumps(components),
        dialect=dialect,
    )
