"""Listings of a small pair with changes of every level, and of one that a stranger wrote."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from compat.differ.documents import Document
from compat.differ.effect import Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.load import load
from compat.model.interface import Interface
from compat.model.role import Role
from compat.model.schema import Json
from compat.report.changes.listing import Listing, listing
from tests.compat.plan.specs import loaded, spec
from tests.compat.report.planned import TODAY

GET: Final = "GET /lamps"
ADD: Final = "POST /lamps"
GONE: Final = "DELETE /rooms/{id}"
COME: Final = "PUT /rooms/{id}"

# What terminals, XML, Markdown, HTML and workflows each take for something else than text.
HOSTILE: Final = (
    "\x1b[2J\x00]]>|`<script>alert(1)</script>\r\n::error::boo\t\u202e\u2028\ufffe"
    "&amp; {{ 7 }} {0} [a](b) **b** _i_ @octo #1 %0A -->"
)


def _interface(name: str, title: str, operations: Mapping[str, str], lamp: str) -> Interface:
    made = spec(operations, f"Lamp: {lamp}")
    made["info"] = {"title": title, "version": name}
    made["components"]["securitySchemes"] = {
        "key": {"type": "apiKey" if name == "1" else "http", "scheme": "basic", "in": "query"}
    }
    return loaded(made, f"v{name}.yaml")


@cache
def pair() -> tuple[Interface, Interface]:
    both = {GET: "{200: Lamp}", ADD: "{body!: Lamp, 200: null}"}
    return (
        _interface(
            "1", "Lamps", {**both, GONE: ""}, "{name!: string, state: on|off, shade: string}"
        ),
        _interface(
            "2", "Lamps", {**both, COME: ""}, "{name!: string, state: on|off|dim, room!: string}"
        ),
    )


def both() -> Document:
    old, new = pair()
    return Document(old=old, new=new)


@cache
def listed(
    role: Role = Role.OLD_CLIENT, least: Level = Level.INFO, *, hostile: bool = False
) -> Listing:
    old, new = strange_pair() if hostile else pair()
    found = changes(old, new, Policy(today=TODAY))
    return listing((Document(old=old, new=new),), found, role=role, least=least)


@cache
def unchanged() -> Listing:
    old, _ = pair()
    return listing((Document(old=old, new=old),), ())


@cache
def strange_pair() -> tuple[Interface, Interface]:
    text: Json = {"type": "string", "enum": ["a", HOSTILE]}
    return (
        _strange("old", {HOSTILE: text, f"b{HOSTILE}": {"type": "string"}}, "get", "delete"),
        _strange("new", {HOSTILE: {"type": "string", "enum": ["b"]}}, "get"),
    )


def _strange(name: str, fields: Mapping[str, Json], *methods: str) -> Interface:
    content: Json = {"application/json": {"schema": {"type": "object", "properties": dict(fields)}}}
    message: Json = {"description": "", "content": content}
    operation: Json = {"requestBody": {"content": content}, "responses": {"200": message}}
    document: Json = {
        "openapi": "3.0.3",
        "info": {"title": HOSTILE, "version": HOSTILE},
        "paths": {f"/{HOSTILE}": dict.fromkeys(methods, operation)},
    }
    data = json.dumps(document).encode()
    return load(f"{name}{HOSTILE}", lambda _: data, validate=False).interface
