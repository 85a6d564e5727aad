"""All rules by their ids: what may be given a level of one's own.

They are those of changes, and those of what a plan knows to be one change.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from compat.bridging.examples import transition_examples
from compat.differ import rules as changes
from compat.differ.catalogue.example import Example


@cache
def examples() -> Mapping[str, Example]:
    """The example of every rule, by its id in the order of the alphabet."""
    found = {**changes.examples(), **transition_examples()}
    return MappingProxyType(dict(sorted(found.items())))


def rules() -> frozenset[str]:
    """The id of every rule."""
    return frozenset(examples())
