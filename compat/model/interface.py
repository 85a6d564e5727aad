"""A whole interface: operations with their parameters, bodies and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from compat.model import media_type
from compat.model.place import Place
from compat.model.record import record
from compat.model.schema import Json, Schema, SchemaId
from compat.model.security import UNSECURED, NamedScheme, Security


class Location(StrEnum):
    """Where a parameter travels; BODY is for differences that relocate one."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    BODY = "body"


class Style(StrEnum):
    """How a parameter's array becomes text (OpenAPI 3.1, 4.8.12.3; 2.0's collectionFormat)."""

    SIMPLE = "simple"  # a,b          (2.0 csv)
    SPACE = "space"  # a b            (2.0 ssv)
    TAB = "tab"  # a<TAB>b            (2.0 tsv)
    PIPE = "pipe"  # a|b              (2.0 pipes)
    MULTI = "multi"  # k=a&k=b        (form with explode, 2.0 multi)
    DEEP = "deep"  # k[f]=a           (deepObject)


class OperationKey(NamedTuple):
    """Method (upper case) and path template as in the spec, without the base path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


_RECORDS = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/json-seq",
        "text/event-stream",
    }
)


@record(kw_only=True, eq=False)
class Content:
    """A body under one media type; `schema` is None where the spec gives none.

    `encoding` tells in a few words how a part of a form is written, by its name; parts that are
    written as usual are not in it. `part_headers` are the headers of parts that have some.
    """

    place: Place
    media_type: str
    schema: Schema | None
    encoding: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    part_headers: Mapping[str, tuple["Parameter", ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def is_json(self) -> bool:
        """True for application/json, every `+json` type and ranges, parameters ignored."""
        return media_type.is_json(self.media_type)

    @property
    def name(self) -> str:
        """The media type, the same however it is spelled."""
        return media_type.canonical(self.media_type)

    @property
    def is_records(self) -> bool:
        """True for streams of JSON values: one a line, RFC 7464 sequences, server-sent events."""
        return media_type.essence(self.media_type) in _RECORDS


@record(kw_only=True, eq=False)
class Parameter:
    """One path, query, header or cookie parameter; header names are as written.

    `written` is the published style where `style` does not tell it, with a star where it is
    exploded: of label and matrix, and of what may be an object ("label", "form*"). With `content`
    the text holds a value of that media type, and `schema` is the text's own.
    """

    place: Place
    name: str
    location: Location
    required: bool
    schema: Schema
    style: Style = Style.MULTI
    written: str = ""
    content: Content | None = None
    allow_empty: bool = False
    allow_reserved: bool = False
    deprecated: bool = False
    description: str = ""
    extensions: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))


@record(kw_only=True, eq=False)
class Body:
    """A request body; 2.0's formData parameters are one object schema under their media type."""

    place: Place
    required: bool
    contents: tuple[Content, ...]
    description: str = ""


@record(kw_only=True, eq=False)
class Answer:
    """A response; `status` is "200", "4XX" or "default"."""

    place: Place
    status: str
    contents: tuple[Content, ...] = ()
    headers: tuple[Parameter, ...] = ()
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What each link says, as JSON text, by its name."""
    description: str = ""


@record(kw_only=True, eq=False)
class Operation:
    """One method on one path template; of a callback the path is its expression, of a webhook its
    name, and the server is the one who calls.

    `base_path` is that of its own server, or of its path's, None where it has the interface's;
    `served_at` has every address of those servers, or of its own schemes in 2.0.
    """

    place: Place
    key: OperationKey
    operation_id: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    base_path: str | None = None
    served_at: tuple[str, ...] | None = None
    security: Security = UNSECURED
    callbacks: tuple["Operation", ...] = ()
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    summary: str = ""
    description: str = ""
    extensions: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, eq=False)
class Interface:
    """What one version of a service offers.

    `base_path` is the 2.0 basePath or the path of the first server's URL, "" or "/v1" (no slash at
    the end), and `served_at` every address of the root's servers. `servers` are the URLs of all
    servers that name a host, those of single operations too, sorted, without a slash at the end;
    `bases` the base paths of all of them, with every value that a 3.x spec lists for their
    variables. `schemas` holds every target of a reference, by id; `components` the named schemas.
    """

    place: Place
    title: str
    version: str
    dialect: str  # "2.0", "3.0" or "3.1"
    digest: str  # sha256 of the root document's bytes, hex
    base_path: str
    operations: tuple[Operation, ...]
    served_at: tuple[str, ...] = ("",)
    servers: tuple[str, ...] = ()
    bases: frozenset[str] = frozenset()
    webhooks: tuple[Operation, ...] = ()
    schemes: Mapping[str, NamedScheme] = field(default_factory=lambda: MappingProxyType({}))
    """What security schemes there are, by their names."""
    schemas: Mapping[SchemaId, Schema]
    components: Mapping[str, Schema]
    document: Mapping[str, Json] = field(repr=False)
    """The root document as parsed, for tools that need the original."""

    def base_of(self, key: OperationKey) -> str:
        """The base path of one operation: that of its own server, if it has one."""
        operation = self.by_key.get(key)
        own = operation.base_path if operation is not None else None
        return self.base_path if own is None else own

    def has_own_base(self, key: OperationKey) -> bool:
        return self.base_of(key) != self.base_path

    @cached_property
    def by_key(self) -> Mapping[OperationKey, Operation]:
        return {operation.key: operation for operation in self.operations}

    def below_base(self, key: OperationKey) -> str:
        """The path template behind the interface's base path, or with a base path of its own."""
        return f"{self.base_of(key) if self.has_own_base(key) else ''}{key.path}"

    def resolve(self, schema: Schema) -> Schema:
        """Follow references to the schema that says something (loading proved that one exists)."""
        while schema.ref is not None:
            schema = self.schemas[schema.ref]
        return schema
