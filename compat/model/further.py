"""Assertions of less usual keywords, and those that only several schemas together make.

Each is one `Further`, so that schemas which hold together have those of all of them, and two
versions are compared without knowing what each of the keywords means.
"""

import json
from collections.abc import Iterator

from compat.model.assertions import asserts_nothing, only_asserts_presence, variants_of
from compat.model.patterns import searched
from compat.model.schema import ANY_KIND, Further, FurtherKeyword, Kind, Schema

_BRANCHING = frozenset({FurtherKeyword.IF, FurtherKeyword.DEPENDENT_SCHEMAS})


def has_further(part: Schema) -> bool:
    """Does the schema alone say anything of that sort?"""
    return bool(part.further) or _is_choice(part)


def further(parts: tuple[Schema, ...]) -> tuple[Further, ...]:
    """All that is asserted of that sort where the parts hold together.

    A pattern of names that may hold anything matters only beside what closes the object.
    """
    stated = [each for part in parts for each in part.further]
    if not any(map(_closes, parts)):
        stated = [each for each in stated if not _is_open_pattern(each)]
    choices = [_choice(part) for part in parts if _is_choice(part)]
    return (*stated, *choices, *_excluded_fields(parts), *_excluded_kinds(parts))


def unevaluated(parts: tuple[Schema, ...], keyword: FurtherKeyword) -> tuple[Further, ...]:
    """Those of the keyword that speak of just what no part declares.

    None where what is declared depends on the value: there it is more than one shape. None, too,
    where another part says what any field may be: which of the parts see it is not known here.
    """
    found = tuple(each for part in parts for each in part.further if each.keyword is keyword)
    is_stated = keyword is FurtherKeyword.UNEVALUATED_PROPERTIES and any(
        part.states_additional for part in parts
    )
    if not found or is_stated:
        return ()
    contains = FurtherKeyword.CONTAINS if keyword is FurtherKeyword.UNEVALUATED_ITEMS else None
    depends = any(variants_of(part) and not _is_choice(part) for part in parts) or any(
        each.keyword in _BRANCHING or each.keyword is contains
        for part in parts
        for each in part.further
    )
    return () if depends else found


def _closes(part: Schema) -> bool:
    """Does it say anything of fields that are not declared?"""
    return part.additional is not True or any(
        each.keyword is FurtherKeyword.UNEVALUATED_PROPERTIES for each in part.further
    )


def _is_open_pattern(each: Further) -> bool:
    return each.keyword is FurtherKeyword.PATTERN_PROPERTIES and all(
        schema is not None
        and schema.ref is None
        and asserts_nothing(schema)
        and not (schema.all_of or variants_of(schema))
        for schema in each.schemas
    )


def _is_choice(part: Schema) -> bool:
    variants = variants_of(part)
    return len(variants) > 1 and only_asserts_presence(variants)


def _choice(part: Schema) -> Further:
    """A union of `required` lists: at least one of them holds, or exactly one."""
    lists = sorted(sorted(variant.required) for variant in variants_of(part))
    return Further(
        keyword=FurtherKeyword.ONE_REQUIRED if part.one_of else FurtherKeyword.ANY_REQUIRED,
        about=(json.dumps(lists),),
    )


def _excluded_fields(parts: tuple[Schema, ...]) -> Iterator[Further]:
    """What one part declares and another, which is closed, does not admit."""
    closed = [part for part in parts if part.additional is False]
    if not closed or len(parts) < 2:
        return
    names = dict.fromkeys(name for part in parts for name in part.properties)
    for name in names:
        if any(name not in part.properties and not _matches(part, name) for part in closed):
            yield Further(keyword=FurtherKeyword.ALL_OF, about=("properties", name))


def _matches(part: Schema, name: str) -> bool:
    """Does one of its patterns declare the name?"""
    patterns = (
        each.about[0] for each in part.further if each.keyword is FurtherKeyword.PATTERN_PROPERTIES
    )
    return any(searched(str(pattern), name) is not False for pattern in patterns)


def _excluded_kinds(parts: tuple[Schema, ...]) -> Iterator[Further]:
    """Of parts that exclude each other nothing is left."""
    stated = [part.kinds for part in parts if part.kinds != ANY_KIND]
    wide = (one | {Kind.INTEGER} if Kind.NUMBER in one else one for one in stated)
    if len(stated) > 1 and not frozenset.intersection(*wide):
        yield Further(keyword=FurtherKeyword.ALL_OF, about=("type",))
