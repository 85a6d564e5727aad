"""Records that nobody changes.

A frozen dataclass sets each field by a call, and a spec becomes tens of thousands of them. That
nobody writes to one is known before anything runs: to the type checker a record is frozen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, kw_only: bool = False, eq: bool = True) -> Callable[[type[_Class]], type[_Class]]:
    """A dataclass with slots; without `eq` each is equal to itself alone."""
    return dataclass(slots=True, kw_only=kw_only, eq=eq, unsafe_hash=eq)
