"""A spec whose document is parsed, so that what to read of it can be chosen."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from compat.load import openapi3, servers, swagger20
from compat.load.dialect import SWAGGER_20, Dialect, dialect_of
from compat.load.documents import Documents, Fetch
from compat.load.extent import too_deep
from compat.load.node import Node
from compat.load.operations import OperationReader
from compat.load.pointer import split
from compat.load.problem import Problem, Problems
from compat.load.schema import SchemaReader
from compat.model.interface import Interface
from compat.model.record import record

_NOTHING: Final = frozenset[str]()


@record(kw_only=True)
class Loaded:
    """An interface, and what its spec gets wrong; `digests` has the SHA-256 of each document."""

    interface: Interface
    problems: tuple[Problem, ...]
    digests: Mapping[str, str]


@record(kw_only=True)
class Opened:
    """The documents that are parsed by now: the root, whose dialect is known."""

    documents: Documents
    dialect: Dialect
    problems: Problems

    @property
    def root(self) -> Node:
        return self.documents.root

    def named_schemas(self) -> Mapping[str, Node]:
        """Those of the root document."""
        return dict(_components(self.root, self.dialect))

    def read(self, *, validate: bool, without: frozenset[str] = _NOTHING) -> Loaded:
        """The interface, `without` the operations and the named schemas of these pointers.

        A schema that something else refers to is read all the same. Raises SpecError.
        """
        try:
            interface = _read(self, without)
        except RecursionError:
            # Within DEPTH_MAX there is room for the reader, unless a caller has used most of it up.
            raise too_deep(self.root.document.source.name) from None
        if validate:
            # Imported where it is used: it takes longer than reading most specs.
            from compat.load import validation

            validation.validate(self.root, self.dialect, self.problems)
        return Loaded(
            interface=interface,
            problems=self.problems.found(),
            digests=MappingProxyType(self.documents.digests),
        )


def opened(name: str, fetch: Fetch, *, strict: bool = False, remote: bool = False) -> Opened:
    """Parses the spec `name`.

    `strict` raises the first problem; `remote` lets references name http(s) URLs. Raises SpecError
    for what is no spec.
    """
    problems = Problems(strict=strict)
    documents = Documents(name, fetch, remote=remote, problems=problems)
    return Opened(documents=documents, dialect=dialect_of(documents.root), problems=problems)


def _read(opened: Opened, without: frozenset[str]) -> Interface:
    root, documents, dialect = opened.root, opened.documents, opened.dialect
    schemas = SchemaReader(documents, dialect)
    named = {
        name: schemas.want(node)
        for name, node in opened.named_schemas().items()
        if node.pointer not in without
    }
    if dialect is SWAGGER_20:
        base_path = swagger20.base_path(root)
        read_parts = swagger20.Swagger20(documents, schemas).parts
    else:
        base_path = servers.base_path(root)
        read_parts = openapi3.OpenApi3(documents, schemas, dialect).parts
    reader = OperationReader(documents, read_parts, without)
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
