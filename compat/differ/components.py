"""Named schemas, of which code may have been made."""

from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Effect
from compat.model.interface import Interface


def components(old: Interface, new: Interface) -> Iterator[Change]:
    """Those that went."""
    for name, schema in old.components.items():
        if name not in new.components:
            told = ("api-schema-removed", "schema", Effect.SAME, schema, None)
            yield Change.between(*told, part=f"schema {name}")
