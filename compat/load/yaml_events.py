"""All of YAML, as the events that libyaml gives.

`compat.load.yaml_builder` builds the values of them, without recursion, for four reasons: a loader
of YAML 1.1 reads `Off` as false and `1:30` as 90; keys must stay text (`200:`); nodes need their
places; and an alias must be counted as the whole it stands for, before that becomes a bomb.
"""

import re
from collections.abc import Iterator
from typing import Final, cast

import yaml
from yaml import events

from compat.load.extent import check, measure
from compat.load.parsed import Parsed
from compat.load.problem import SpecError
from compat.load.yaml_builder import Builder

_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)
_DIRECTIVES_MAX: Final = 100  # libyaml compares each %TAG with all before it


def parse(name: str, text: str) -> Parsed:
    """Raises SpecError for what is not one YAML document, or beyond the limits.

    Takes four times as long as `compat.load.block_yaml`, and more.
    """
    builder = Builder(name)
    for event in _events(name, text):
        builder.feed(event)
    root = builder.root
    if root is None:
        raise SpecError("the document is empty", where=name, hint="give an OpenAPI document")
    extent = measure(root.value)
    check(extent, f"{name}:1:1")
    return Parsed(
        value=root.value,
        extent=extent,
        marks=lambda: root.mark,
        complaints=builder.complaints,
        has_plain_text=True,
    )


def _events(name: str, text: str) -> Iterator[events.Event]:
    if sum(1 for _ in _DIRECTIVE.finditer(text)) > _DIRECTIVES_MAX:
        raise SpecError(
            f"more than {_DIRECTIVES_MAX} lines begin with %", where=name, hint="remove directives"
        )
    hint = "correct the YAML at that place"
    try:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise SpecError(f"not YAML: {what}", where=where, hint=hint) from None
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise SpecError(
            f"not YAML: {error.reason} (U+{cast('int', error.character):04X})",
            where=f"{name}:{line}:1",
            hint=hint,
        ) from None
