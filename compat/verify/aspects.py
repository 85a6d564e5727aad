"""Whether what is wrong with a value is what a change tells of, where that is a keyword's doing."""

from collections.abc import Mapping
from typing import Final

from compat.differ.change import Change
from compat.lens.value import same
from compat.model.schema import Absent
from compat.verify.documents import UNKNOWN_FIELD
from compat.verify.validity import Fault

_REQUIRED: Final = frozenset({"required"})
_ENUM: Final = frozenset({"enum"})
_TYPE: Final = frozenset({"type", "format"})
_NULL: Final = frozenset({"type", "enum"})
_LEAST: Final = frozenset({"minimum", "exclusiveMinimum"})
_MOST: Final = frozenset({"maximum", "exclusiveMaximum"})
_CONTAINS: Final = frozenset({"contains", "minContains", "maxContains"})
_LIMITS: Final[Mapping[str, frozenset[str]]] = {
    "min": _LEAST,
    "exclusive-min": _LEAST,
    "max": _MOST,
    "exclusive-max": _MOST,
    "multiple-of": frozenset({"multipleOf"}),
    "min-length": frozenset({"minLength"}),
    "max-length": frozenset({"maxLength"}),
    "min-items": frozenset({"minItems"}),
    "max-items": frozenset({"maxItems"}),
    "unique-items": frozenset({"uniqueItems"}),
    "min-properties": frozenset({"minProperties"}),
    "max-properties": frozenset({"maxProperties"}),
    "pattern": frozenset({"pattern"}),
    "min-contains": _CONTAINS,
    "max-contains": _CONTAINS,
}
"""The aspects of changes that bound values, with the keywords that can be at fault for each.

One keyword of a side may have come in place of the other.
"""

_UNDECLARED: Final = frozenset({"additional-properties", "unevaluated-properties"})
_ITEMS: Final = frozenset({"items", "prefix-items"})

_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    **_LIMITS,
    "type": _TYPE,
    "list-of-types": _TYPE,
    "became-nullable": _NULL,
    "became-not-nullable": _NULL,
    "enum": _ENUM,
    "became-enum": _ENUM,
    "const": _ENUM,
    "enum-value": _ENUM,
    "contains": _CONTAINS,
    "not": frozenset({"not"}),
    "dependent-required": frozenset({"dependentRequired"}),
    "property-became-required": _REQUIRED,
    "property-became-optional": _REQUIRED,
}


def is_limit(change: Change) -> bool:
    """Is it one of a keyword that bounds values?"""
    return change.aspect in _LIMITS


def is_of_items(change: Change) -> bool:
    """Is it told of a list, and what is wrong with one are its items?"""
    return change.aspect in _ITEMS


def is_of_aspect(fault: Fault, change: Change) -> bool:
    """Is the fault one of the keyword that changed? True where that cannot be told."""
    if change.aspect in _UNDECLARED:
        return fault.keyword == "additionalProperties" or fault.path[-1:] == (UNKNOWN_FIELD,)
    if is_of_items(change):
        return any(isinstance(step, int) for step in fault.path)
    keywords = _KEYWORDS.get(change.aspect)
    if keywords is None:
        return True
    if fault.keyword not in keywords:
        return False
    if keywords is _REQUIRED:
        return fault.path[-1:] == change.path[-1:]
    if keywords is _NULL:
        return fault.value is None
    if change.aspect == "enum-value":
        told = (change.before, change.after)
        return any(same(fault.value, each) for each in told if not isinstance(each, Absent))
    return True
