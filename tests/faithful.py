"""A small server that is faithful to a spec: it answers only what the spec has, as the spec says.

A request that speaks the other version (a path, a query parameter or a field of a body that only
that spec has) is refused with 400 and remembered, so that a test can show that a shim lets none
through. What neither spec knows is ignored, as real servers do.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from compat.model.interface import Content, Interface, Location, Operation
from compat.model.schema import Json, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, ObjectShape, ScalarShape, Shapes, UnionShape

DEPTH_MAX = 8
Handler = Callable[[Request], Response]


@dataclass
class FaithfulServer:
    """An ASGI app for `interface`, deaf to what only `other` knows.

    `handlers` answer in the place of samples, by operation.
    """

    interface: Interface
    other: Interface
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shapes = Shapes(self.interface)
        self._foreign = _query_names(self.other) - _query_names(self.interface)
        self._foreign_fields = _field_names(self.other) - _field_names(self.interface)
        templates = sorted(self.interface.operations, key=lambda one: one.key.path.count("{"))
        self._routes = [(_pattern(self.interface, one), one) for one in templates]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        operation = self._operation(request.method, request.url.path)
        self.seen.append(f"{request.method} {request.url.path}")
        if operation is None:
            return self._refuse(f"no operation for {request.method} {request.url.path}")
        body = await request.body()
        complaint = self._complaint(operation, request, body)
        if complaint:
            return self._refuse(f"{operation.key}: {complaint}")
        handler = self.handlers.get(str(operation.key))
        return handler(request) if handler else self._sampled(operation)

    def _operation(self, method: str, path: str) -> Operation | None:
        wanted = "GET" if method == "HEAD" else method
        for pattern, operation in self._routes:
            if operation.key.method in (method, wanted) and pattern.fullmatch(path):
                return operation
        return None

    def _complaint(self, operation: Operation, request: Request, body: bytes) -> str:
        strange = sorted(
            name for name in request.query_params if (str(operation.key), name) in self._foreign
        )
        if strange:
            return f"no query parameter {', '.join(strange)}"
        schema = _json(operation.body.contents if operation.body else ())
        if not body or schema is None or "json" not in request.headers.get("content-type", ""):
            return ""
        return self._strange_field(schema, json.loads(body), "body")

    def _strange_field(self, schema: Schema, value: Json, where: str) -> str:
        """The first field that the schema does not know."""
        match self.shapes.of(schema), value:
            case ObjectShape(fields=fields, additional=additional), dict() if fields:
                for name, inner in value.items():
                    if name in fields:
                        found = self._strange_field(fields[name].schema, inner, f"{where}.{name}")
                        if found:
                            return found
                    elif not isinstance(additional, Schema) and name in self._foreign_fields:
                        return f"no field {where}.{name}"
            case ArrayShape(items=Schema() as items), list():
                for inner in value:
                    found = self._strange_field(items, inner, f"{where}[]")
                    if found:
                        return found
        return ""

    def _refuse(self, why: str) -> Response:
        self.violations.append(why)
        return JSONResponse({"message": why}, status_code=400)

    def _sampled(self, operation: Operation) -> Response:
        answer = next((one for one in operation.answers if one.status.startswith("2")), None)
        if answer is None:
            return Response(status_code=200)
        schema = _json(answer.contents)
        if schema is None:
            return Response(b"", status_code=int(answer.status))
        return JSONResponse(sample(self.shapes, schema), status_code=int(answer.status))


def _query_names(interface: Interface) -> set[tuple[str, str]]:
    return {
        (str(operation.key), parameter.name)
        for operation in interface.operations
        for parameter in operation.parameters
        if parameter.location is Location.QUERY
    }


def _field_names(interface: Interface) -> set[str]:
    return {name for schema in interface.schemas.values() for name in schema.properties}


def _pattern(interface: Interface, operation: Operation) -> re.Pattern[str]:
    pieces = re.split(r"\{[^}]*\}", interface.base_path + operation.key.path)
    return re.compile("(.+)".join(re.escape(piece) for piece in pieces))


def _json(contents: tuple[Content, ...]) -> Schema | None:
    return next((content.schema for content in contents if content.is_json), None)


def sample(shapes: Shapes, schema: Schema, depth: int = 0) -> Json:
    """A value as the schema's own examples have it, else the plainest there is."""
    target = shapes.core(schema)
    for one in (schema, target):
        if one.examples and not isinstance(one.examples[0], dict):
            return one.examples[0]
    match shapes.of(target):
        case ObjectShape(fields=fields, additional=additional):
            made: dict[str, Json] = {
                name: sample(shapes, inner.schema, depth + 1)
                for name, inner in fields.items()
                if inner.required or depth < DEPTH_MAX
            }
            if not fields and isinstance(additional, Schema) and depth < DEPTH_MAX:
                made["key"] = sample(shapes, additional, depth + 1)
            return made
        case ArrayShape(items=items):
            few = items is not None and depth < DEPTH_MAX
            return [sample(shapes, items, depth + 1)] if few and items is not None else []
        case UnionShape(variants=variants):
            return sample(shapes, variants[0], depth + 1) if variants else None
        case ScalarShape(enum=enum, kinds=kinds):
            return enum[0] if enum else _plain(min(kinds))
        case AnyShape():
            return {}


def _plain(kind: Kind) -> Json:
    plain: dict[Kind, Json] = {Kind.STRING: "text", Kind.BOOLEAN: False}
    return plain.get(kind, 1)
