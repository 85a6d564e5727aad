"""Comparing values to the letter, with nothing of the code under test."""

import json

from compat.lens.ops import Value
from compat.model.schema import ABSENT


def written(value: Value) -> str:
    """The value as text: `1`, `1.0` and `true` differ, the order of fields does not; NaN is NaN."""
    return "ABSENT" if value is ABSENT else json.dumps(value, sort_keys=True)


def alike(left: Value, right: Value) -> bool:
    """Whether two values are equal to the letter; ABSENT is like ABSENT alone."""
    return written(left) == written(right)
