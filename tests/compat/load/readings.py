"""The same text read by both ways of reading YAML."""

from typing import Any

from compat.load import block_yaml, yaml_events
from compat.load.marks import Mark
from compat.load.parsed import Parsed
from compat.load.problem import SpecError


def disagreement(text: str) -> str | None:
    """What the line by line reading says otherwise than libyaml; None where it says nothing."""
    quick = block_yaml.read(text)
    if quick is None:
        return None
    try:
        thorough = yaml_events.parse("spec.yaml", text)
    except SpecError as error:
        return f"read, but: {error}"
    for what, one, other in zip(
        ("value", "extent", "marks", "complaints"), _told(quick), _told(thorough), strict=True
    ):
        if one != other:
            return f"{what}: {one} instead of {other}"
    return ""


def _told(parsed: Parsed) -> tuple[Any, ...]:
    """Everything, with types and order."""
    return repr(parsed.value), parsed.extent, _written(parsed.marks()), parsed.complaints.found


def _written(mark: Mark) -> Any:
    children = [(key, _written(child)) for key, child in mark.children.items()]
    return mark.line, mark.column, mark.text, children
