"""A tree of files compared with the one that should be there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOOKS: Final = "hooks.py"  # the user's own: neither expected nor out of place


@dataclass(frozen=True, slots=True, kw_only=True)
class Staleness:
    """Relative paths whose content differs, that are not there, and that nothing makes any more."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    orphaned: tuple[str, ...]

    @property
    def is_fresh(self) -> bool:
        return not (self.changed or self.missing or self.orphaned)


def compare(emitted: Mapping[str, bytes], on_disk: Mapping[str, bytes]) -> Staleness:
    """What regenerating would change; what Python keeps in `__pycache__` does not count."""
    there = {path for path in on_disk if path != HOOKS and not is_cache(path)}
    return Staleness(
        changed=tuple(
            sorted(path for path in emitted.keys() & there if emitted[path] != on_disk[path])
        ),
        missing=tuple(sorted(emitted.keys() - there)),
        orphaned=tuple(sorted(there - emitted.keys())),
    )


def is_cache(path: str) -> bool:
    """Whether Python keeps the file for itself."""
    return "__pycache__" in path.split("/")
