"""The places of block YAML's nodes as they are noted while reading, and the marks made of them.

A place is
  an int, the line of a scalar;
  a list for an object or list: its line, the column of its children, and the place of each;
  a `Flow`, which libyaml reads again when somebody asks for what is in it.
Lines and columns count from 1. The line is that of the key where there is one, and children of one
node all have the same column.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

from compat.load.block_line import plain_text
from compat.load.marks import NO_MARKS, Below, Mark
from compat.model.record import record
from compat.model.schema import Json

Place: TypeAlias = "int | list[Place] | Flow"

CHILDREN_FROM: Final = 2


@record(eq=False)
class Flow:
    """A collection in flow style: the line of its mark, where its text begins, and that text."""

    line: int
    text_line: int
    text_column: int
    text: str


def marked(value: Json, place: Place, column: int, lines: Sequence[str]) -> Mark:
    """The mark of a node that stands in this column."""
    if isinstance(place, Flow):
        return Mark(place.line, column, Below(lambda: _in_flow(place)))
    if isinstance(place, list):
        return Mark(cast("int", place[0]), column, Below(lambda: _in_block(value, place, lines)))
    if isinstance(value, str):
        return Mark(place, column)
    return Mark(place, column, NO_MARKS, plain_text(lines[place - 1], column))


def _in_block(value: Json, place: list[Place], lines: Sequence[str]) -> dict[str, Mark]:
    assert isinstance(value, dict | list)
    column = cast("int", place[1])
    children = value.items() if isinstance(value, dict) else enumerate(value)
    return {
        str(key): marked(child, where, column, lines)
        for (key, child), where in zip(children, place[CHILDREN_FROM:], strict=True)
    }


def _in_flow(place: Flow) -> Mapping[str, Mark]:
    # Imported where it is used: libyaml's binding takes longer than reading most specs.
    from compat.load import yaml_events

    return _moved(yaml_events.parse("", place.text).marks(), place).children


def _moved(mark: Mark, place: Flow) -> Mark:
    column = mark.column + (place.text_column - 1 if mark.line == 1 else 0)
    children = {key: _moved(child, place) for key, child in mark.children.items()}
    return Mark(mark.line + place.text_line - 1, column, children, mark.text)
