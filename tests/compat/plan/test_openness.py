"""What an object may hold beside its declared fields."""

from itertools import permutations

import pytest

from tests.compat.plan.making import between

OBJECTS = (
    "{type: object}",
    "{type: object, additionalProperties: false}",
    "{type: object, additionalProperties: {type: string}}",
    "{type: object, properties: {a: {type: string}}}",
    "{type: object, properties: {a: {type: string}}, additionalProperties: false}",
)


@pytest.mark.parametrize(("old", "new"), tuple(permutations(OBJECTS, 2)))
def test_every_change_of_what_else_is_allowed_is_told(old: str, new: str) -> None:
    assert between(old, new).plan.differences
