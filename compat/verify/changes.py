"""In what two JSON values differ, place by place."""

from collections.abc import Iterator
from dataclasses import dataclass

from compat.lens.ops import Value
from compat.lens.value import same
from compat.model.schema import ABSENT, Json
from compat.verify.nodes import Path


@dataclass(frozen=True, slots=True)
class Change:
    """A smallest place where values differ; ABSENT where there is none."""

    path: Path
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{pointer(self.path)}: {_shown(self.before)} became {_shown(self.after)}"


def changes(before: Json, after: Json, path: Path = ()) -> Iterator[Change]:
    """Every change, the items of lists one by one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in (*before, *(each for each in after if each not in before)):
            yield from _member(before.get(name, ABSENT), after.get(name, ABSENT), (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            one = before[index] if index < len(before) else ABSENT
            other = after[index] if index < len(after) else ABSENT
            yield from _member(one, other, (*path, index))
    elif not _same(before, after):
        yield Change(path, before, after)


def _member(before: Value, after: Value, path: Path) -> Iterator[Change]:
    if before is ABSENT or after is ABSENT:
        yield Change(path, before, after)
    else:
        yield from changes(before, after, path)


def _same(before: Json, after: Json) -> bool:
    """Equal; what is no JSON is equal to itself."""
    return before is after or same(before, after)


def pointer(path: Path) -> str:
    """As an RFC 6901 JSON pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path) or "/"


def _shown(value: Value) -> str:
    if value is ABSENT:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
