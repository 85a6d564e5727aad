"""What a parameter's text may be, and unions that one scalar says as well."""

import pytest

from compat.lens.refusal import Refused
from tests.compat.plan.making import OLD, Bridge, Message, bridge, interface, of_field

GET, PUT = "GET /volumes", "PUT /volumes/{id}"
GAP, LOSSY, NONE = "needs-intent", "lossy", "none"


def asked(old: str, new: str) -> Bridge:
    """The bridge between two texts of one query parameter."""
    before, after = (
        interface({GET: f"{{query: {{q: {each}}}}}"}, dialect="3.1") for each in (old, new)
    )
    return bridge(before, after)


def sent(text: str) -> Message:
    return Message(query=(("q", text),))


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"),
    [
        ("string", "{type: string, not: {enum: [x]}}", "not", "x"),
        ("string", "{type: string, if: {maxLength: 3}, then: {pattern: ^a}}", "if", "b"),
        ("[string]", "{type: array, items: string, contains: {enum: [x]}}", "contains", "y"),
        ("[string]", "{type: array, items: {type: string, not: {enum: [x]}}}", "not", "x"),
        ("[string]", "{type: array, prefixItems: [integer]}", "type", "x"),
        ("string", "{type: array, items: string, minItems: 2}", "type", "x"),
        (
            "string",
            "{anyOf: [{type: string, pattern: ^a}, {type: string, pattern: b$}]}",
            "kinds",
            "c",
        ),
        (
            "integer",
            "{anyOf: [{type: integer, maximum: 3}, {type: integer, minimum: 9}]}",
            "kinds",
            "5",
        ),
        (
            "{anyOf: [integer, boolean]}",
            "{anyOf: [{type: integer, minimum: 1}, boolean]}",
            "minimum",
            "0",
        ),
        ("integer", "{type: string, enum: [a]}", "kinds", "7"),
    ],
)
def test_what_a_text_must_not_be_is_refused(old: str, new: str, kind: str, text: str) -> None:
    made = asked(old, new)
    assert made.found == {f"{kind}-changed {GET} query.q": made.found.popitem()[1]}
    assert made.gaps == [f"{kind}-changed {GET} query.q"]
    with pytest.raises(Refused):
        made.sends(OLD, GET, sent(text))


def test_headers_of_answers_are_texts_as_well() -> None:
    before, after = (
        interface({GET: f"{{200: {{header: {{X-A: {each}}}}}}}"}, dialect="3.1")
        for each in ("{type: string, not: {enum: [x]}}", "string")
    )
    assert [one.partition(" ")[0] for one in bridge(before, after).gaps] == ["not-changed"]


def test_a_text_of_several_types_is_read_as_each() -> None:
    made = asked("{anyOf: [integer, boolean]}", "{anyOf: [{type: integer, minimum: 1}, boolean]}")
    assert made.sends(OLD, GET, sent("2")) == sent("2")
    assert made.sends(OLD, GET, sent("true")) == sent("true")


OVERLAPPING = "[{type: string, pattern: ^a}, {type: string, pattern: b$}]"
DATE, UUID, TIME = (f"{{type: string, format: {name}}}" for name in ("date", "uuid", "time"))


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        (f"{{anyOf: {OVERLAPPING}}}", f"{{oneOf: {OVERLAPPING}}}", (GAP, LOSSY)),
        (f"{{anyOf: {OVERLAPPING}}}", "string", (NONE, LOSSY)),
        (f"{{anyOf: [{DATE}, {UUID}]}}", f"{{anyOf: [{DATE}, {TIME}]}}", (GAP, LOSSY)),
        (f"{{anyOf: [{DATE}, {UUID}]}}", "string", (NONE, NONE)),
    ],
)
def test_other_variants_are_told(old: str, new: str, verdicts: tuple[str, str]) -> None:
    assert asked(old, new).found == {f"kinds-changed {GET} query.q": verdicts}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{anyOf: [integer, boolean]}", "{oneOf: [boolean, integer]}"),
        ("{anyOf: [integer, boolean]}", "{type: [integer, boolean]}"),
        ("string", "{anyOf: [string, {type: string, pattern: ^x}]}"),
        (f"{{anyOf: [{DATE}, {UUID}]}}", f"{{anyOf: [{UUID}, {DATE}]}}"),
        ("{anyOf: [integer, {enum: [a, b]}]}", "{anyOf: [{enum: [b, a]}, integer]}"),
        ("{type: string, not: {enum: [x]}}", "{type: string, not: {const: x}}"),
    ],
)
def test_other_words_for_the_same_texts_are_none(old: str, new: str) -> None:
    assert asked(old, new).is_silent
    assert asked(new, old).is_silent


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("union", ["{anyOf: [integer, string]}", "{oneOf: [string, integer]}"])
def test_a_component_of_several_types_is_a_union_of_them(union: str) -> None:
    def named(shape: str) -> Bridge:
        before, after = (
            interface({PUT: "{body!: V, 200: V}"}, f"{{V: {each}}}", dialect="3.1")
            for each in ("{type: [integer, string]}", shape)
        )
        return bridge(before, after)

    assert named(union).found == {}
    least = union.replace("integer", "{type: integer, minimum: 1}")
    assert named(least).found == {"minimum-changed V": (GAP, GAP)}


def test_a_value_that_became_a_list_of_such_lists_has_another_type() -> None:
    def named(shape: str) -> str:
        return f"{{P: {shape}}}"

    value, lists = named("{type: string}"), named("{type: array, items: P}")
    for old, new in ((value, lists), (lists, value)):
        before, after = (interface({PUT: "{body!: P}"}, one, dialect="3.1") for one in (old, new))
        assert bridge(before, after).found == {"type-changed P": ("unbridgeable", "unbridgeable")}


def test_what_admits_nothing_is_refused_whole() -> None:
    nothing = "{allOf: [{enum: [x]}, {type: boolean, enum: [true]}]}"
    ours, theirs = (
        "{type: object, required: [b]}",
        f"{{type: object, additionalProperties: {nothing}}}",
    )
    made = of_field(ours, theirs)
    with pytest.raises(Refused):
        made.asked(OLD, {"f": {"b": 1}})
    with pytest.raises(Refused):
        of_field(theirs, ours).answered(OLD, {"f": {"b": 1}})


@pytest.mark.parametrize(
    "more", ["prefixItems: [[string]]", "minItems: 2", "contains: {enum: [a]}", "maxItems: 0"]
)
def test_one_value_is_no_list_that_asks_for_more(more: str) -> None:
    made = of_field(f"{{type: array, items: string, {more}}}", "string")
    assert made.found == {"type-changed Volume.f": ("unbridgeable", "unbridgeable")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("string", "{type: string, minLength: 0}"),
        ("[string]", "{type: array, items: string, minItems: 0}"),
        ("{type: object}", "{type: object, minProperties: 0}"),
        (
            "{type: integer, format: uint32}",
            "{type: integer, format: uint32, minimum: 0, maximum: 4294967295}",
        ),
    ],
)
def test_a_limit_that_excludes_nothing_is_none(old: str, new: str) -> None:
    assert of_field(old, new).is_silent
    assert of_field(new, old).is_silent


@pytest.mark.parametrize(
    ("single", "union"),
    [
        ("number", "{oneOf: [number, integer]}"),
        ("string", "{oneOf: [string, {type: string, pattern: ^x}]}"),
        ("{oneOf: [number, boolean]}", "{oneOf: [number, boolean, integer]}"),
    ],
)
def test_a_variant_that_shares_values_with_the_others_excludes_them(
    single: str, union: str
) -> None:
    told = "exclusiveness-changed Volume.f"
    assert of_field(single, union, given=False).found[told] == (GAP, NONE)
    assert of_field(union, single, given=False).found[told] == (NONE, LOSSY)


def test_a_variant_that_asks_for_fields_of_its_own_excludes_no_other() -> None:
    made = of_field("{a!: T}", "{oneOf: [{a!: T}, {b!: T}]}", given=False)
    assert not [one for one in made.found if one.startswith("exclusiveness")]
