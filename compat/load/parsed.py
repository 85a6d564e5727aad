"""What the YAML and the JSON side hand on."""

from collections.abc import Callable
from dataclasses import field

from compat.load.extent import Extent
from compat.load.limits import COMPLAINTS_MAX
from compat.load.marks import Mark
from compat.model.record import record
from compat.model.schema import Json


@record(kw_only=True, eq=False)
class Parsed:
    """One document as values.

    `marks` may scan the text when first called. `has_plain_text` tells whether its marks hold the
    source text of plain scalars.
    """

    value: Json
    extent: Extent
    marks: Callable[[], Mark]
    complaints: "Complaints"
    has_plain_text: bool


@record()
class Complaints:
    """What is odd about a text, as (pointer, message) pairs; the first ones stand for all."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, pointer: str, message: str) -> None:
        if len(self.found) < COMPLAINTS_MAX:
            self.found.append((pointer, message))

    def repeated_key(self, pointer: str, key: str) -> None:
        self.add(pointer, f"the key {key[:80]!r} stands twice: the later one counts")
