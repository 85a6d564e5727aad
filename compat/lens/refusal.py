"""The one way for a lens to fail, and the way to the value that made it."""

from dataclasses import dataclass
from typing import TypeAlias

from compat.errors import CompatError
from compat.lens.ops import DifferenceId

Path: TypeAlias = tuple[str | int, ...]


class Refused(CompatError):  # noqa: N818 - an outcome that lenses define, not a mistake
    """A value that the receiving side cannot hold and that nobody allowed to be lost.

    `path` leads to it from the value the lens was applied to, by field names and list indices (of
    the lists as they were then); `where` is the same as an RFC 6901 JSON pointer.
    """

    def __init__(self, *, difference: DifferenceId, path: Path, reason: str) -> None:
        self.difference, self.path, self.reason = difference, path, reason
        super().__init__(
            f"{reason} (difference {difference})" if difference else reason,
            where="".join(f"/{_escaped(str(step))}" for step in path),
            hint="change the value, or accept the loss in the intent file, or write a hook",
        )


@dataclass(frozen=True, slots=True)
class Trail:
    """The way to a value, last step first, each linked to the one before.

    Copying the whole path at every level would take the square of the depth.
    """

    step: str | int
    before: "Trail | None"


def path_of(trail: Trail | None, *more: str) -> Path:
    steps: list[str | int] = []
    while trail is not None:
        steps.append(trail.step)
        trail = trail.before
    return (*reversed(steps), *more)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
