"""What a gate says beside the changes that are open."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from compat.differ.change import Change
from compat.differ.gate import Accepted
from compat.model.role import Role
from compat.report.changes.words import placed
from compat.report.printable import on_one_line


def complaint_lines(complaints: Sequence[str]) -> Iterator[RenderableType]:
    """What is wrong with the settings."""
    for each in complaints:
        yield Text(on_one_line(f"settings: {each}"), "bold red")


def accepted_lines(
    accepted: Sequence[tuple[Change, Accepted]], role: Role
) -> Iterator[RenderableType]:
    """Each change with who accepts it, and an empty line before it."""
    for change, word in accepted:
        yield Text()
        level = change.level_for(role).name
        yield Text(on_one_line(f"accepted: {level} {placed(change)} {change.fingerprint}"))
        by = on_one_line(f"by {word.owner} until {word.until}: {word.reason}")
        yield Padding(Text(by, style="dim"), (0, 0, 0, 2))
