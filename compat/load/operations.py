"""The operations of a spec: path items, the parameters they share, path templates."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from compat.load.documents import Documents, looping
from compat.load.extent import measure
from compat.load.limits import REFERENCE_CHAIN_MAX
from compat.load.node import Node, shown
from compat.load.pointer import join
from compat.load.security import SecurityReader
from compat.load.servers import own_base_path, served_at
from compat.model.interface import (
    Answer,
    Body,
    Location,
    Operation,
    OperationKey,
    Parameter,
    Style,
)
from compat.model.schema import Json, Kind, Schema
from compat.model.security import NamedScheme

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_IN_BRACES: Final = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")


class Parts(NamedTuple):
    """What each dialect says in its own way about an operation.

    `callbacks` are the path items of requests that the server makes, each with its expression.
    """

    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: tuple[Answer, ...]
    callbacks: tuple[tuple[str, Node], ...] = ()


ReadParts: TypeAlias = Callable[[Node, tuple[Node, ...]], Parts]
"""(operation, its parameters and those of its path) -> parts."""


def parameter_name(text: str) -> str:
    """`id` for `id` and for `id:.*`: some routers' regexes get into published templates."""
    return text.partition(":")[0].strip()


def parameter_names(template: str) -> tuple[str, ...]:
    """The parameters of a path template in order, those of a query string in it too."""
    return tuple(dict.fromkeys(parameter_name(found) for found in _IN_BRACES.findall(template)))


class OperationReader:
    """Reads operations: those of the paths, and those in which the server calls its clients.

    Those that stand at a pointer of `without` are left out; what refers to them has them all the
    same.
    """

    def __init__(
        self, documents: Documents, read_parts: ReadParts, without: frozenset[str]
    ) -> None:
        self._documents, self._read_parts, self._without = documents, read_parts, without
        self._security = SecurityReader(documents)

    def schemes(self) -> Mapping[str, NamedScheme]:
        return self._security.named()

    def of_paths(self) -> Iterator[Operation]:
        for template, item in self._documents.root.members("paths"):
            if template.startswith("x-"):
                continue
            if not template.startswith("/"):
                item.report(f"the path {shown(template)} does not begin with a slash")
            for found in self._of_item(item, template, self._without):
                called = (self._called(one, path) for path, one in found.parts.callbacks)
                holders = found.node, *found.layers
                yield replace(
                    found.operation(),
                    parameters=_fitted(found.node, found.key, found.parts.parameters),
                    base_path=own_base_path(holders),
                    served_at=served_at(self._documents.root, holders),
                    security=self._security.of(found.node),
                    callbacks=tuple(chain.from_iterable(called)),
                )

    def of_webhooks(self) -> Iterator[Operation]:
        for name, item in self._documents.root.members("webhooks"):
            yield from self._called(item, name, without=self._without)

    def _called(
        self,
        item: Node,
        path: str,
        above: frozenset[str] = frozenset(),
        without: frozenset[str] = frozenset(),
    ) -> Iterator[Operation]:
        """Requests of the server, whose addresses nobody publishes.

        What is called back for them is read, too, but for what calls itself back.
        """
        if item.id in above:
            return
        inside = above | {item.id}
        for found in self._of_item(item, path, without):
            called = (self._called(one, path, inside) for path, one in found.parts.callbacks)
            yield replace(
                found.operation(),
                security=self._security.own(found.node),
                callbacks=tuple(chain.from_iterable(called)),
            )

    def _of_item(self, item: Node, path: str, without: frozenset[str]) -> Iterator["_Found"]:
        layers = _layers(self._documents, item)
        shared = tuple(node for layer in layers for node in layer.elements("parameters"))
        for method in METHODS:
            if without and join(item.pointer, method) in without:
                continue
            node = next((found for layer in layers if (found := layer.get(method))), None)
            if node is not None and isinstance(node.value, dict):
                parts = self._read_parts(node, _merged(self._documents, node, shared))
                key = OperationKey(method.upper(), path)
                yield _Found(node=node, key=key, layers=tuple(layers), parts=parts)
            elif node is not None:
                node.report("an operation is an object: left out")


def _layers(documents: Documents, item: Node) -> list[Node]:
    """The path item and the ones it refers to, the nearest first: it overrides the others."""
    layers: list[Node] = []
    node: Node | None = item
    while node is not None:
        node.as_object()
        layers.append(node)
        if len(layers) > REFERENCE_CHAIN_MAX:
            raise looping(item.place)
        node = documents.resolve(node) if node.has("$ref") else None
        if node is not None:
            documents.spend(measure(node.value).nodes, item)
    return layers


class _Found(NamedTuple):
    """An operation, the path items it is written in, and its parts."""

    node: Node
    key: OperationKey
    layers: tuple[Node, ...]
    parts: Parts

    def operation(self) -> Operation:
        return Operation(
            place=self.node.place,
            key=self.key,
            operation_id=self.node.text("operationId"),
            parameters=self.parts.parameters,
            body=self.parts.body,
            answers=self.parts.answers,
            tags=tuple(tag.own_text() for tag in self.node.elements("tags")),
            deprecated=self.node.flag("deprecated"),
            summary=self.node.text("summary"),
            description=self.node.text("description"),
            extensions=extensions(self.node),
        )


def extensions(node: Node) -> Mapping[str, Json]:
    """What a node says beyond its standard (OpenAPI 3.1, 4.9)."""
    members = node.as_object().items()
    return MappingProxyType({name: value for name, value in members if name.startswith("x-")})


def _merged(documents: Documents, operation: Node, shared: tuple[Node, ...]) -> tuple[Node, ...]:
    """The parameters of the operation over those of its path, by name and place."""
    chosen: dict[tuple[str, str], Node] = {}
    for group in (shared, operation.elements("parameters")):
        seen: set[tuple[str, str]] = set()
        for node in _parameters(documents, group):
            key = (node.text("name"), node.text("in"))
            if key in seen:
                node.report(f"the {key[1]} parameter {shown(key[0])} stands twice: left out")
                continue
            seen.add(key)
            chosen[key] = node
    documents.spend(len(chosen), operation)
    return tuple(chosen.values())


def _parameters(documents: Documents, nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        target = documents.follow(node)
        if target is None:
            continue
        if isinstance(target.value, dict) and target.has("name") and target.has("in"):
            yield target
        else:
            target.report("a parameter is an object with name and in: left out")


def _fitted(
    operation: Node, key: OperationKey, parameters: tuple[Parameter, ...]
) -> tuple[Parameter, ...]:
    """The parameters, and those that only the path's template tells of."""
    names = parameter_names(key.path)
    in_path = [parameter for parameter in parameters if parameter.location is Location.PATH]
    for parameter in in_path:
        if parameter.name not in names:
            operation.report(f"the path {key.path} has no place for {shown(parameter.name)}")
    # A query string in the template is filled from query parameters.
    declared = {each.name for each in (parameters if "?" in key.path else in_path)}
    missing = [name for name in names if name not in declared]
    for name in missing:
        operation.report(f"the path's parameter {shown(name)} is not declared: read as text")
    return (*parameters, *(_undeclared(operation, name) for name in missing))


def _undeclared(operation: Node, name: str) -> Parameter:
    return Parameter(
        place=operation.place,
        name=name,
        location=Location.PATH,
        required=True,
        schema=Schema(place=operation.place, kinds=frozenset((Kind.STRING,))),
        style=Style.SIMPLE,
    )


def statuses(documents: Documents, operation: Node) -> Iterator[tuple[str, Node]]:
    """The answers of an operation by status as the model writes it, references followed."""
    if not operation.has("responses"):
        operation.report("the operation has no responses")
    for name, node in operation.members("responses"):
        if name.startswith("x-"):
            continue
        status = name if name == "default" else name.upper()
        if not _STATUS.fullmatch(status):
            node.report(f"{shown(name)} is no status: left out")
            continue
        if status != name:
            node.report(f"the status {name} is read as {status}")
        documents.spend(1, node)
        target = documents.follow(node)
        yield status, node if target is None else target


def is_scalar(schema: Schema) -> bool:
    """Whether the schema itself says that it admits neither list nor object."""
    return schema.ref is None and schema.kinds.isdisjoint((Kind.ARRAY, Kind.OBJECT))
