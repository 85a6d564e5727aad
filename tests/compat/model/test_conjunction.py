"""allOf asserts what all of its parts do."""

from compat.model.conjunction import conjunction, joined
from compat.model.place import Place, Source
from compat.model.schema import ANY_KIND, Bounds, Kind, Schema

HERE = Place(Source("spec.yaml", lambda _: (1, 1)), "")
TEXT, NUMBER = frozenset({Kind.STRING}), frozenset({Kind.NUMBER})


def test_fields_of_all_parts_are_fields_of_the_whole() -> None:
    one = Schema(place=HERE, properties={"a": Schema(place=HERE)}, required=frozenset({"a"}))
    other = Schema(place=HERE, properties={"b": Schema(place=HERE)}, additional=False)
    whole = conjunction((one, other))
    assert set(whole.properties) == {"a", "b"}
    assert whole.required == {"a"}
    assert whole.additional is False


def test_a_field_that_two_parts_describe_is_both_at_once() -> None:
    texts = Schema(place=HERE, kinds=TEXT), Schema(place=HERE, enum=("x",))
    parts = tuple(Schema(place=HERE, properties={"a": text}) for text in texts)
    assert conjunction(parts).properties["a"].all_of == texts


def test_an_integer_is_a_number() -> None:
    integer = Schema(place=HERE, kinds=frozenset({Kind.INTEGER}))
    assert conjunction((Schema(place=HERE, kinds=NUMBER), integer)).kinds == {Kind.INTEGER}
    assert conjunction((Schema(place=HERE), Schema(place=HERE))).kinds == ANY_KIND


def test_the_tightest_bounds_hold() -> None:
    loose = Schema(place=HERE, bounds=Bounds(minimum=1, max_length=9, multiple_of=4))
    tight = Schema(place=HERE, bounds=Bounds(minimum=2, max_length=5, multiple_of=6))
    bounds = conjunction((loose, tight)).bounds
    assert (bounds.minimum, bounds.max_length, bounds.multiple_of) == (2, 5, 12)


def test_values_that_every_part_allows_are_left() -> None:
    parts = Schema(place=HERE, enum=("a", "b")), Schema(place=HERE, enum=("b", "c"))
    assert conjunction(parts).enum == ("b",)


def test_joined_parts_are_not_looked_into() -> None:
    part = Schema(place=HERE, ref="spec.yaml#/definitions/Node")
    assert joined((part, part)).all_of == (part, part)
