"""The rules of changes by their ids, each with an example of it.

A rule is listed because its example is told by it: what nothing can be told by is no rule.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from compat.differ.catalogue.example import Example
from compat.differ.catalogue.fields import field_examples
from compat.differ.catalogue.messages import message_examples
from compat.differ.catalogue.operations import operation_examples
from compat.differ.catalogue.security import security_examples
from compat.differ.catalogue.spots import schema_examples


@cache
def examples() -> Mapping[str, Example]:
    """By the ids in the order of the alphabet."""
    found: dict[str, Example] = {}
    for each in (
        schema_examples(),
        field_examples(),
        message_examples(),
        operation_examples(),
        security_examples(),
    ):
        told = dict(each)
        assert not found.keys() & told.keys()
        found |= told
    return MappingProxyType(dict(sorted(found.items())))
