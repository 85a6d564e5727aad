"""Where a node of a spec stands."""

from collections.abc import Callable
from dataclasses import field

from compat.model.record import record


@record(eq=False)
class Source:
    """One document a spec was read from; it turns pointers into lines only when asked.

    `locate` maps an RFC 6901 JSON pointer to (line, column), both counted from 1.
    """

    name: str
    locate: Callable[[str], tuple[int, int]] = field(repr=False)


@record()
class Place:
    """A node of a spec: the document and the RFC 6901 JSON pointer into it."""

    source: Source
    pointer: str

    @property
    def file(self) -> str:
        return self.source.name

    @property
    def id(self) -> str:
        """What no other node of any document has: "v1.yaml#/definitions/Volume"."""
        return f"{self.source.name}#{self.pointer}"

    @property
    def line(self) -> int:
        return self.source.locate(self.pointer)[0]

    @property
    def column(self) -> int:
        return self.source.locate(self.pointer)[1]

    def __str__(self) -> str:
        line, column = self.source.locate(self.pointer)
        return f"{self.file}:{line}:{column}"
