"""A whole interface: operations with their parameters, bodies and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from compat.model.place import Place
from compat.model.schema import Json, Schema, SchemaId


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """One path, query, header or cookie parameter; header names are as written."""

    place: Place
    name: str
    location: Location
    required: bool
    schema: Schema
    style: Style = Style.MULTI
    allow_empty: bool = False
    deprecated: bool = False
    description: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """A body under one media type; `schema` is None where the spec gives none."""

    place: Place
    media_type: str
    schema: Schema | None

    @property
    def is_json(self) -> bool:
        """True for application/json and every `+json` type, parameters ignored (RFC 6839, 3.1)."""
        essence = self._essence
        return essence in ("application/json", "text/json", "*/*") or essence.endswith("+json")

    @property
    def is_records(self) -> bool:
        """True for streams of JSON values: one a line, RFC 7464 sequences, server-sent events."""
        return self._essence in _RECORDS

    @property
    def _essence(self) -> str:
        return self.media_type.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A request body; 2.0's formData parameters are one object schema under their media type."""

    place: Place
    required: bool
    contents: tuple[Content, ...]
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A response; `status` is "200", "4XX" or "default"."""

    place: Place
    status: str
    contents: tuple[Content, ...] = ()
    headers: tuple[Parameter, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One method on one path template."""

    place: Place
    key: OperationKey
    operation_id: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    summary: str = ""
    description: str = ""
    extensions: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, eq=False)
class Interface:
    """What one version of a service offers.

    `base_path` is the 2.0 basePath or the path of the first server's URL, "" or "/v1" (no slash at
    the end). `schemas` holds every target of a reference, by id; `components` the named schemas.
    """

    place: Place
    title: str
    version: str
    dialect: str  # "2.0", "3.0" or "3.1"
    digest: str  # sha256 of the root document's bytes, hex
    base_path: str
    operations: tuple[Operation, ...]
    schemas: Mapping[SchemaId, Schema]
    components: Mapping[str, Schema]
    document: Mapping[str, Json] = field(repr=False)
    """The root document as parsed, for tools that need the original."""

    @cached_property
    def by_key(self) -> Mapping[OperationKey, Operation]:
        return {operation.key: operation for operation in self.operations}

    def resolve(self, schema: Schema) -> Schema:
        """Follow references to the schema that says something (loading proved that one exists)."""
        while schema.ref is not None:
            schema = self.schemas[schema.ref]
        return schema
