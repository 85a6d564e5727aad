"""How the variant of a value is chosen."""

import pytest

from tests.compat.plan.making import PUT, Bridge, bridge, interface, of_field

GAP, NONE, LOSSY = "needs-intent", "none", "lossy"

OVERLAPPING = "[{a!: string}, {b!: string}]"
DISJOINT = "[string, integer]"


def test_a_value_of_two_variants_is_one_of_none_where_they_exclude_each_other() -> None:
    made = of_field(f"{{anyOf: {OVERLAPPING}}}", f"{{oneOf: {OVERLAPPING}}}")
    assert made.found == {"exclusiveness-changed Volume.f": (GAP, GAP)}
    made = of_field(f"{{oneOf: {OVERLAPPING}}}", f"{{anyOf: {OVERLAPPING}}}")
    assert made.found == {"exclusiveness-changed Volume.f": (GAP, LOSSY)}


@pytest.mark.parametrize(
    "variants",
    [DISJOINT, "[a|b, c|]", "[{k!: a|}, {k!: b|, a: T}]", "[[string], {a: string}, boolean]"],
)
def test_of_variants_that_share_no_value_it_does_not_matter(variants: str) -> None:
    assert of_field(f"{{anyOf: {variants}}}", f"{{oneOf: {variants}}}").is_silent


def test_null_is_a_value_of_each_variant_that_admits_it() -> None:
    variants = "[{type: [string, 'null']}, {type: [integer, 'null']}]"
    made = of_field(f"{{anyOf: {variants}}}", f"{{oneOf: {variants}}}")
    assert made.gaps == ["exclusiveness-changed Volume.f"]


def tagged(name: str, mapping: str = "", variants: str = "string") -> str:
    """A union of P and Q, told by a field."""
    components = f"P: {{k!: {variants}, t!: string, p: T}}, Q: {{k!: {variants}, t!: string, q: T}}"
    table = f", mapping: {mapping}" if mapping else ""
    discriminator = f", discriminator: {{propertyName: {name}{table}}}" if name else ""
    return f"{{U: {{oneOf: [P, Q]{discriminator}}}, {components}, T: {{type: string}}}}"


def unions(old: str, new: str, holder: str = "U") -> Bridge:
    before, after = (
        interface({PUT: f"{{body!: {holder}}}"}, each, dialect="3.1") for each in (old, new)
    )
    return bridge(before, after)


P, Q = "'#/components/schemas/P'", "'#/components/schemas/Q'"


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        (tagged("k"), tagged("t"), (GAP, LOSSY)),
        (tagged(""), tagged("t"), (GAP, NONE)),
        (tagged("k"), tagged(""), (NONE, LOSSY)),
        (tagged("k", f"{{p: {P}, x: {P}}}"), tagged("k", f"{{p: {P}}}"), (GAP, NONE)),
        (tagged("k", f"{{p: {P}}}"), tagged("k", f"{{p: {P}, x: {P}}}"), (NONE, LOSSY)),
    ],
)
def test_another_discriminator_is_told(old: str, new: str, verdicts: tuple[str, str]) -> None:
    assert unions(old, new).found == {"discriminator-changed U": verdicts}


def test_a_discriminator_that_only_repeats_what_the_variants_say_is_none() -> None:
    def fixed(name: str) -> str:
        return (
            tagged(name)
            .replace("P: {k!: string", "P: {k!: P|")
            .replace("Q: {k!: string", "Q: {k!: Q|")
        )

    assert unions(fixed(""), fixed("k")).is_silent
    assert unions(tagged("k"), tagged("k", f"{{P: {P}, Q: {Q}}}")).is_silent


BASE = "{{Base: {{type: object, properties: {{k: string, t: string}}, discriminator: {{{0}}}}}}}"


def test_a_variant_that_is_no_object_has_no_field_to_tell_it_by() -> None:
    def told(discriminator: str) -> str:
        variants = "oneOf: [P, {type: array, items: T}]"
        return f"{{U: {{{variants}{discriminator}}}, P: {{k!: P|}}, T: {{type: string}}}}"

    assert unions(told(""), told(", discriminator: {propertyName: k}")).is_silent


def test_the_discriminator_of_what_others_extend_is_compared() -> None:
    old, new = BASE.format("propertyName: k"), BASE.format("propertyName: t")
    assert unions(old, old, "Base").is_silent
    assert unions(old, new, "Base").found == {"discriminator-changed Base": (GAP, LOSSY)}
