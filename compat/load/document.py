"""One document, parsed, that can say where its nodes stand."""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from typing import Final

from compat.load import json_text, yaml_text
from compat.load.marks import exact, nearest
from compat.load.parsed import Parsed
from compat.load.problem import Problems
from compat.load.text import decode
from compat.model.place import Place, Source
from compat.model.record import record
from compat.model.schema import Json

_LIKE_JSON: Final = re.compile(r"\s*[\[{]")


@record(kw_only=True, eq=False)
class Document:
    """`plain_text` maps the pointer of a plain YAML scalar that is no text to its source text."""

    source: Source
    value: Json
    nodes: int
    size_bytes: int
    digest: str
    problems: Problems
    has_plain_text: bool
    plain_text: Callable[[str], str | None]

    def place(self, pointer: str) -> Place:
        return Place(self.source, pointer)


def parse(name: str, data: bytes, problems: Problems) -> Document:
    """Raises SpecError for what is neither YAML nor JSON, or beyond the limits."""
    parsed = _parsed(name, decode(name, data))

    @cache
    def locate(pointer: str) -> tuple[int, int]:
        mark = nearest(parsed.marks(), pointer)
        return mark.line, mark.column

    def plain_text(pointer: str) -> str | None:
        mark = exact(parsed.marks(), pointer) if parsed.has_plain_text else None
        return mark.text if mark else None

    source = Source(name, locate)
    for pointer, message in parsed.complaints.found:
        problems.report(Place(source, pointer), message)
    return Document(
        source=source,
        value=parsed.value,
        nodes=parsed.extent.nodes,
        size_bytes=len(data),
        digest=hashlib.sha256(data).hexdigest(),
        problems=problems,
        has_plain_text=parsed.has_plain_text,
        plain_text=plain_text,
    )


def _parsed(name: str, text: str) -> Parsed:
    """What looks like JSON may still be YAML's flow style, unless its name says otherwise."""
    if _LIKE_JSON.match(text):
        try:
            return json_text.parse(name, text)
        except json_text.JsonSyntaxError:
            if name.lower().endswith(".json"):
                raise
    return yaml_text.parse(name, text)
