"""Small specs written into tests, and what loading them gives."""

import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from compat.load import Loaded, SpecError, load
from compat.model.interface import Interface
from compat.model.schema import Schema

HEADS = {
    "2.0": "swagger: '2.0'\ninfo: {title: t, version: '1'}\n",
    "3.0": "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n",
    "3.1": "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n",
}


def loaded(
    text: str | bytes,
    *,
    name: str = "spec.yaml",
    siblings: Mapping[str, str] | None = None,
    strict: bool = False,
    remote: bool = False,
    validate: bool = False,
) -> Loaded:
    """The spec `text` under `name`, with `siblings` by the names they are fetched by."""
    documents = {name: text, **(siblings or {})}

    def fetch(wanted: str) -> bytes:
        if wanted not in documents:
            raise SpecError("cannot be read: not there", where=wanted, hint="put it there")
        found = documents[wanted]
        return found if isinstance(found, bytes) else textwrap.dedent(found).encode()

    return load(name, fetch, strict=strict, remote=remote, validate=validate)


def interface(
    text: str, dialect: str = "3.0", siblings: Mapping[str, str] | None = None
) -> Interface:
    """A spec without its head, which must have no problems."""
    found = loaded(head(dialect, text), siblings=siblings)
    assert found.problems == ()
    return found.interface


def head(dialect: str, text: str) -> str:
    return HEADS[dialect] + textwrap.dedent(text)


def schema_spec(keywords: str, dialect: str = "3.0") -> str:
    """A spec with one schema, `A`."""
    body = textwrap.indent(textwrap.dedent(keywords).strip(), "      ")
    if dialect == "2.0":
        return HEADS[dialect] + "paths: {}\ndefinitions:\n    A:\n" + body + "\n"
    return HEADS[dialect] + "paths: {}\ncomponents:\n  schemas:\n    A:\n" + body + "\n"


def schema(keywords: str, dialect: str = "3.0") -> Schema:
    """The schema of these keywords, in which nothing is wrong."""
    found = loaded(schema_spec(keywords, dialect))
    assert found.problems == ()
    return found.interface.components["A"]


def reported(text: str | bytes, name: str = "spec.yaml") -> list[str]:
    """The problems as line:column: message."""
    return [str(problem).removeprefix(f"{name}:") for problem in loaded(text, name=name).problems]


@contextmanager
def frames_left(frames: int) -> Iterator[None]:
    """Only so many more calls may stand inside each other."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def refusal(text: str | bytes, name: str = "spec.yaml", **siblings: str) -> SpecError:
    """The error that loading ends in; each names a place and a remedy."""
    with pytest.raises(SpecError) as caught:
        loaded(text, name=name, siblings=siblings)
    assert caught.value.where
    assert caught.value.hint
    return caught.value
