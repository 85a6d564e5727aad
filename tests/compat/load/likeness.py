"""Two interfaces compared by what they say, not by where they say it."""

import dataclasses
from collections.abc import Mapping
from enum import Enum

from compat.model.interface import Interface
from compat.model.place import Place
from compat.model.schema import Schema

_OF_ONE_DIALECT = (
    *("dialect", "digest", "document", "place", "schemas"),
    *("served_at", "servers", "bases"),
)


def plain(interface: Interface) -> object:
    """The interface as plain data, references as the names of what they lead to."""
    fields = (each for each in dataclasses.fields(interface) if each.name not in _OF_ONE_DIALECT)
    return {each.name: _plain(getattr(interface, each.name), interface) for each in fields}


def _plain(value: object, interface: Interface) -> object:
    if isinstance(value, Schema) and value.ref is not None:
        return f"-> {interface.schemas[value.ref].name}"
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: _plain(getattr(value, each.name), interface)
            for each in dataclasses.fields(value)
            if not isinstance(getattr(value, each.name), Place)
        }
    if isinstance(value, Mapping):
        return {key: _plain(below, interface) for key, below in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, tuple | list):
        return [_plain(each, interface) for each in value]
    return value
