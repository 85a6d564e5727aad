"""The operations of a spec: path items, the parameters they share, path templates."""

import re
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from compat.load.documents import Documents, looping
from compat.load.extent import measure
from compat.load.limits import REFERENCE_CHAIN_MAX
from compat.load.node import Node, shown
from compat.model.interface import (
    Answer,
    Body,
    Location,
    Operation,
    OperationKey,
    Parameter,
    Style,
)
from compat.model.schema import Kind, Schema

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_IN_BRACES: Final = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")


class Parts(NamedTuple):
    """What each dialect says in its own way about an operation."""

    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: tuple[Answer, ...]


ReadParts: TypeAlias = Callable[[Node, tuple[Node, ...]], Parts]
"""(operation, its parameters and those of its path) -> parts."""


def parameter_name(text: str) -> str:
    """`id` for `id` and for `id:.*`: some routers' regexes get into published templates."""
    return text.partition(":")[0].strip()


def parameter_names(template: str) -> tuple[str, ...]:
    """The parameters of a path template in order, those of a query string in it too."""
    return tuple(dict.fromkeys(parameter_name(found) for found in _IN_BRACES.findall(template)))


def read_operations(documents: Documents, read_parts: ReadParts) -> Iterator[Operation]:
    paths = documents.root.get("paths")
    if paths is None:
        return
    for template, item in paths.own_members():
        if template.startswith("x-"):
            continue
        if not template.startswith("/"):
            item.report(f"the path {shown(template)} does not begin with a slash")
        layers = _layers(documents, item)
        shared = tuple(node for layer in layers for node in layer.elements("parameters"))
        for method in METHODS:
            node = next((found for layer in layers if (found := layer.get(method))), None)
            if node is not None and isinstance(node.value, dict):
                key = OperationKey(method.upper(), template)
                yield _operation(documents, node, key, shared, read_parts)
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


def _operation(
    documents: Documents,
    node: Node,
    key: OperationKey,
    shared: tuple[Node, ...],
    read_parts: ReadParts,
) -> Operation:
    parts = read_parts(node, _merged(documents, node, shared))
    extensions = {name: value for name, value in node.as_object().items() if name.startswith("x-")}
    return Operation(
        place=node.place,
        key=key,
        operation_id=node.text("operationId"),
        parameters=_fitted(node, key, parts.parameters),
        body=parts.body,
        answers=parts.answers,
        tags=tuple(tag.own_text() for tag in node.elements("tags")),
        deprecated=node.flag("deprecated"),
        summary=node.text("summary"),
        description=node.text("description"),
        extensions=MappingProxyType(extensions),
    )


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
