"""An example of a rule: two whole documents, and what the change between them means."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from compat.differ.bump import Bump
from compat.differ.change import Change
from compat.differ.documents import Document as Versions
from compat.differ.documents import document_changes, documents_bumped
from compat.differ.lifecycle import Policy
from compat.load import load
from compat.model.interface import Interface

Document: TypeAlias = dict[str, Any]  # as JSON
DONE: Final = {"204": {"description": "Done."}}
FAR, PAST = "9999-12-31", "2000-01-01"
TODAY: Final = "2026-11-28"  # any other day gives the same: the examples' dates are far from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`meaning` is a sentence. A document that is empty is not there.

    `beside` are the rules that cannot but be told of the pair, too.
    `stable_days` and `bump` are settings that the rule needs, `intent` what a person says of it.
    With `needs_plan` it is told where a shim is planned.
    """

    meaning: str
    old: Document
    new: Document
    beside: frozenset[str] = frozenset()
    stable_days: int = 0
    bump: Bump | None = None
    intent: Document = field(default_factory=dict)
    needs_plan: bool = False

    def back(self, meaning: str) -> "Example":
        """The opposite change."""
        return replace(self, meaning=meaning, old=self.new, new=self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What the two documents of an example are, None for none, and every change between them."""

    old: Interface | None
    new: Interface | None
    changes: tuple[Change, ...] = field(default=())


def run(example: Example) -> Ran:
    """Reads and compares the two, as any others."""
    old, new = (_read(name, each) for name, each in (("old", example.old), ("new", example.new)))
    return Ran(old=old, new=new, changes=tuple(_changes(example, old, new)))


def _read(name: str, document: Document) -> Interface | None:
    if not document:
        return None
    return load(f"{name}.json", lambda _: json.dumps(document).encode(), validate=False).interface


def _changes(example: Example, old: Interface | None, new: Interface | None) -> Iterator[Change]:
    policy = Policy(today=TODAY, stable_days=example.stable_days)
    versions = Versions(old=old, new=new)
    found = [*document_changes(versions, policy)]
    yield from found
    if example.bump is not None:
        yield from documents_bumped(found, [versions], example.bump)


def document(operation: Document | None = None, **more: Any) -> Document:
    """A whole spec with one operation, or with what is given instead."""
    whole: Document = {"openapi": "3.1.0", "info": {"title": "Things", "version": "1.0.0"}}
    paths = {"/things": {"post": {**(operation or {}), "responses": DONE}}}
    if operation is not None and "responses" in operation:
        paths = {"/things": {"post": operation}}
    return {**whole, "paths": paths, **more}


def body(schema: Any, media: str = "application/json", **more: Any) -> Document:
    """A spec whose requests have such a body."""
    told = {"required": True, "content": {media: {"schema": schema}}}
    return document({"requestBody": told}, **more)


def answer(schema: Any, media: str = "application/json", **more: Any) -> Document:
    """A spec whose answers have such a body."""
    told = {"description": "A thing.", "content": {media: {"schema": schema}}}
    return document({"responses": {"200": told}}, **more)


def parameter(*parameters: Document, **more: Any) -> Document:
    """A spec whose requests have these parameters."""
    return document({"parameters": [*parameters]}, **more) if parameters else document(**more)


def header(told: Document | None, **more: Any) -> Document:
    """A spec whose answers have such a header, or none."""
    headers = {} if told is None else {"headers": {"X-Room": told}}
    return document({"responses": {"200": {"description": "A thing.", **headers}}}, **more)


def record(properties: Document, *required: str) -> Document:
    """The schema of an object."""
    schema: Document = {"type": "object", "properties": properties}
    return {**schema, "required": [*required]} if required else schema
