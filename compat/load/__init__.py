"""OpenAPI 3.0, 3.1 and Swagger 2.0 documents into the interface model.

Pure: documents come from `fetch`, which `compat.source` supplies for files, git and HTTP.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from compat.load import openapi3, servers, swagger20
from compat.load.dialect import SWAGGER_20, Dialect, dialect_of
from compat.load.documents import Documents, Fetch
from compat.load.extent import too_deep
from compat.load.node import Node
from compat.load.operations import OperationReader
from compat.load.pointer import split
from compat.load.problem import Problem, Problems, SpecError
from compat.load.schema import SchemaReader
from compat.model.interface import Interface

__all__ = ["Fetch", "Loaded", "Problem", "SpecError", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An interface, and what its spec gets wrong; `digests` has the SHA-256 of each document."""

    interface: Interface
    problems: tuple[Problem, ...]
    digests: Mapping[str, str]


def load(
    name: str,
    fetch: Fetch,
    *,
    strict: bool = False,
    remote: bool = False,
    validate: bool = True,
) -> Loaded:
    """Reads the spec `name` and the siblings it refers to.

    `strict` raises the first problem; `remote` lets references name http(s) URLs; `validate` checks
    the document against the schema of its standard. Raises SpecError for what is no such spec.
    """
    problems = Problems(strict=strict)
    documents = Documents(name, fetch, remote=remote, problems=problems)
    dialect = dialect_of(documents.root)
    try:
        interface = _read(documents, dialect)
    except RecursionError:
        # Within DEPTH_MAX there is room for the reader, unless a caller has used most of it up.
        raise too_deep(name) from None
    if validate:
        # Imported where it is used: it takes longer than reading most specs.
        from compat.load import validation

        validation.validate(documents.root, dialect, problems)
    return Loaded(
        interface=interface, problems=problems.found(), digests=MappingProxyType(documents.digests)
    )


def _read(documents: Documents, dialect: Dialect) -> Interface:
    root = documents.root
    schemas = SchemaReader(documents, dialect)
    named = {name: schemas.want(node) for name, node in _components(root, dialect)}
    if dialect is SWAGGER_20:
        base_path = swagger20.base_path(root)
        read_parts = swagger20.Swagger20(documents, schemas).parts
    else:
        base_path = servers.base_path(root)
        read_parts = openapi3.OpenApi3(documents, schemas, dialect).parts
    reader = OperationReader(documents, read_parts)
    operations, webhooks = tuple(reader.of_paths()), tuple(reader.of_webhooks())
    targets = schemas.finish()
    info = root.get("info")
    return Interface(
        place=root.place,
        title=info.text("title") if info is not None else "",
        version=info.text("version") if info is not None else "",
        dialect=dialect.name,
        digest=root.document.digest,
        base_path=base_path,
        operations=operations,
        served_at=servers.usual_addresses(root),
        servers=servers.server_urls(root),
        bases=servers.server_bases(root),
        webhooks=webhooks,
        schemes=reader.schemes(),
        schemas=targets,
        components=MappingProxyType({name: targets[identity] for name, identity in named.items()}),
        document=MappingProxyType(root.as_object()),
    )


def _components(root: Node, dialect: Dialect) -> Iterator[tuple[str, Node]]:
    """The named schemas of the root document."""
    *parents, keyword = split(dialect.components)
    node: Node | None = root
    for parent in parents:
        node = node.get(parent) if node is not None else None
    if node is not None:
        yield from node.members(keyword)
