"""One of several: which variant is which, and how a value's is known."""

import pytest

from compat.lens.refusal import Refused
from compat.model.schema import Json
from tests.compat.plan.making import NEW, OLD, Bridge, bridge, volumes


def unions(old: str, new: str, ours: str = "{}", theirs: str | None = None) -> Bridge:
    """`Volume.u` is one of these."""
    return bridge(
        volumes(f"{{u: {old}}}", ours), volumes(f"{{u: {new}}}", ours if theirs is None else theirs)
    )


PETS = "{Cat: {kind!: cat|, claws: integer}, Dog: {kind!: dog|, bark: string}}"


def test_equal_variants_that_nothing_tells_are_no_question() -> None:
    """A union is compared by what its variants do."""
    assert unions(
        "{anyOf: [A, B]}", "{anyOf: [A, B]}", "{A: {x: string}, B: {y: string}}"
    ).is_silent


def test_the_order_of_variants_means_nothing() -> None:
    assert unions("{anyOf: [a|b, c|d, [string]]}", "{anyOf: [[string], c|d, a|b]}").is_silent
    assert unions("{oneOf: [Cat, Dog]}", "{oneOf: [Dog, Cat]}", PETS).is_silent


def test_what_is_any_value_is_the_same_any_value() -> None:
    assert unions("{anyOf: [string, {}]}", "{anyOf: [string, {}]}").is_silent


def test_a_variant_is_known_by_its_constant() -> None:
    theirs = PETS.replace("bark: string", "bark: LOUD|").replace(
        "claws: integer", "claws!: integer"
    )
    ours = PETS.replace("bark: string", "bark: loud|")
    made = unions("{oneOf: [Cat, Dog]}", "{oneOf: [Cat, Dog]}", ours, theirs)
    assert made.asked(OLD, {"u": {"kind": "dog", "bark": "loud"}}) == {
        "u": {"kind": "dog", "bark": "LOUD"}
    }
    assert made.asked(OLD, {"u": {"kind": "dog"}}) == {"u": {"kind": "dog"}}
    with pytest.raises(Refused):
        made.asked(OLD, {"u": {"kind": "cat"}})


def test_a_constant_behind_a_reference_tells_a_variant() -> None:
    pets = "{Cat: {kind!: K, s: %s}, Dog: {kind!: D}, K: cat|, D: dog|}"
    made = unions("{oneOf: [Cat, Dog]}", "{oneOf: [Cat, Dog]}", pets % "UP|", pets % "up|")
    assert made.asked(OLD, {"u": {"kind": "cat", "s": "UP"}}) == {"u": {"kind": "cat", "s": "up"}}


def test_a_variant_is_known_by_its_kind_of_value() -> None:
    made = unions("{anyOf: [{s: UP|DOWN}, string]}", "{anyOf: [string, {s: up|down}]}")
    assert made.asked(OLD, {"u": {"s": "UP"}}) == {"u": {"s": "up"}}
    assert made.asked(OLD, {"u": "UP"}) == {"u": "UP"}


def test_a_variant_is_known_by_a_field_that_only_it_has() -> None:
    made = unions(
        "{anyOf: [{a!: UP|DOWN}, {b!: string}]}", "{anyOf: [{a!: up|down}, {b!: string}]}"
    )
    assert made.asked(OLD, {"u": {"a": "UP"}}) == {"u": {"a": "up"}}
    assert made.asked(OLD, {"u": {"b": "UP"}}) == {"u": {"b": "UP"}}


def test_changed_variants_that_nothing_tells_need_a_person() -> None:
    made = unions("{anyOf: [{a: UP|}, {b: string}]}", "{anyOf: [{a: up|}, {b: string}]}")
    assert made.found["variants-indistinct Volume.u"] == ("needs-intent", "needs-intent")
    with pytest.raises(Refused):
        made.asked(OLD, {"u": {"a": "UP"}})


def test_variants_that_come_and_go() -> None:
    made = unions("{anyOf: [string, integer, [string]]}", "{anyOf: [string, boolean, [string]]}")
    assert made.found == {
        "variant-removed Volume.u|integer": ("needs-intent", "needs-intent"),
        "variant-added Volume.u|boolean": ("needs-intent", "lossy"),
    }


def test_a_value_becomes_one_of_several() -> None:
    made = unions("Cat", "{oneOf: [Cat, Dog]}", PETS)
    assert made.found == {"variant-added Cat to Volume.u|Dog": ("needs-intent", "lossy")}
    theirs = PETS.replace("cat|,", "CAT|,")
    made = unions("Cat", "{oneOf: [Cat, Dog]}", PETS, theirs)
    assert made.asked(OLD, {"u": {"kind": "cat"}}) == {"u": {"kind": "CAT"}}
    assert made.answered(OLD, {"u": {"kind": "CAT"}}) == {"u": {"kind": "cat"}}


def test_several_kinds_in_a_component_are_told_apart() -> None:
    def several(kinds: str) -> str:
        return f"{{X: {{type: [{kinds}]}}}}"

    made = bridge(
        volumes("{x: X}", several("string, object"), "3.1"),
        volumes("{x: X}", several("integer, object"), "3.1"),
    )
    assert made.found == {
        "variant-added X|integer": ("needs-intent", "lossy"),
        "variant-removed X|string": ("needs-intent", "needs-intent"),
    }


def test_the_same_change_in_two_variants_is_two_differences() -> None:
    made = unions(
        "{anyOf: [{a!: string, x: string}, {b!: string, x: string}]}",
        "{anyOf: [{a!: string}, {b!: string}]}",
    )
    assert [name for name in made.found if name.startswith("field-removed")] == [
        "field-removed Volume.u|object(a, x).x",
        "field-removed Volume.u|object(b, x).x",
    ]


# --- discriminators -------------------------------------------------------------------------------


def tagged(cat: str, dog: str, claws: str = "string") -> str:
    table = f"{{{cat}: '#/components/schemas/Cat', {dog}: '#/components/schemas/Dog'}}"
    discriminator = f"{{propertyName: tag, mapping: {table}}}"
    cats, dogs = f"{{tag!: string, claws: {claws}}}", "{tag!: string, bark: string}"
    union = f"{{oneOf: [Cat, Dog], discriminator: {discriminator}}}"
    return f"{{Cat: {cats}, Dog: {dogs}, Pet: {union}}}"


def test_a_discriminator_s_table_tells_the_variants() -> None:
    made = unions("Pet", "Pet", tagged("c", "d", "UP|"), tagged("c", "d", "up|"))
    assert made.asked(OLD, {"u": {"tag": "c", "claws": "UP"}}) == {"u": {"tag": "c", "claws": "up"}}
    assert made.asked(OLD, {"u": {"tag": "d", "claws": "UP"}}) == {"u": {"tag": "d", "claws": "UP"}}


def test_a_discriminator_without_a_table_goes_by_names() -> None:
    pets = (
        "{Cat: {tag!: string, s: %s}, Dog: {tag!: string, s: string}, "
        "Pet: {oneOf: [Cat, Dog], discriminator: {propertyName: tag}}}"
    )
    made = unions("Pet", "Pet", pets % "UP|", pets % "up|")
    assert made.asked(OLD, {"u": {"tag": "Cat", "s": "UP"}}) == {"u": {"tag": "Cat", "s": "up"}}
    assert made.asked(OLD, {"u": {"tag": "Dog", "s": "UP"}}) == {"u": {"tag": "Dog", "s": "UP"}}


def test_a_tag_that_is_called_another_name_is_turned() -> None:
    made = unions("Pet", "Pet", tagged("c", "d"), tagged("cat", "d"))
    assert made.found == {"tag-renamed Pet|c": ("lossless", "lossless")}
    cat: Json = {"u": {"tag": "c"}}
    assert made.asked(OLD, cat) == {"u": {"tag": "cat"}}
    assert made.answered(OLD, {"u": {"tag": "cat"}}) == cat
    assert made.asked(NEW, {"u": {"tag": "d"}}) == {"u": {"tag": "d"}}


def test_a_base_that_lists_those_who_refer_to_it() -> None:
    """The classical inheritance: Pet is one of Cat and Dog, and each is a Pet."""
    pets = (
        "{Pet: {type: object, required: [tag], properties: {tag: string, age: %s}, oneOf: [Cat, "
        "Dog], discriminator: {propertyName: tag}}, Cat: {allOf: [Pet, {claws: integer}]}, "
        "Dog: {allOf: [Pet, {bark: string}]}}"
    )
    assert unions("Pet", "Pet", pets % "integer").is_silent
    made = unions("Pet", "Pet", pets % "UP|", pets % "up|")
    assert made.asked(OLD, {"u": {"tag": "Cat", "age": "UP"}}) == {"u": {"tag": "Cat", "age": "up"}}


def test_what_holds_beside_a_union_holds_in_each_variant() -> None:
    shape = "{type: object, properties: {size: %s}, oneOf: [{a!: string}, {b!: string}]}"
    made = unions(shape % "UP|", shape % "up|")
    assert made.asked(OLD, {"u": {"a": "x", "size": "UP"}}) == {"u": {"a": "x", "size": "up"}}
    assert made.asked(OLD, {"u": {"b": "x", "size": "UP"}}) == {"u": {"b": "x", "size": "up"}}


def test_a_union_of_what_must_be_there_is_no_union() -> None:
    shape = (
        "{type: object, properties: {a: UP|, b: string}, anyOf: [{required: [a]}, {required: [b]}]}"
    )
    made = unions(shape, shape.replace("UP|", "up|"))
    assert made.asked(OLD, {"u": {"a": "UP"}}) == {"u": {"a": "up"}}


def test_maps_without_a_field_are_variants_of_their_own() -> None:
    def maps(kind: str) -> str:
        first = f"{{type: object, additionalProperties: {kind}}}"
        return f"{{anyOf: [{first}, {{type: object, additionalProperties: string}}]}}"

    made = unions(maps("boolean"), maps("integer"))
    assert made.found == {
        "variant-removed Volume.u|object()": ("needs-intent", "needs-intent"),
        "variant-added Volume.u|object()": ("needs-intent", "lossy"),
    }
