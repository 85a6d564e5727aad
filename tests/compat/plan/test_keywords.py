"""What schemas assert beyond their shapes: told when it changes, silent when only respelled."""

from dataclasses import dataclass

import pytest

from compat.intent.model import Then
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import Json
from tests.compat.plan.making import (
    NEW,
    OLD,
    Bridge,
    accepting,
    bridge,
    interface,
    of_field,
    volumes,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A schema without an assertion, with it, with another one, and with the first in other words.

    `kind` is the difference that tells of it.
    """

    kind: str
    without: str
    one: str
    other: str
    respelled: str


OBJECT, LIST, TEXT = "type: object", "type: array", "type: string"
EDITS = {
    "patternProperties": Edit(
        "pattern-properties-changed",
        f"{{{OBJECT}}}",
        f"{{{OBJECT}, patternProperties: {{'^a': string}}}}",
        f"{{{OBJECT}, patternProperties: {{'^a': integer}}}}",
        f"{{{OBJECT}, patternProperties: {{'^a': T, '^b': {{title: t}}}}}}",
    ),
    "patternProperties of another pattern": Edit(
        "pattern-properties-changed",
        "{patternProperties: {'^b': string}}",
        "{patternProperties: {'^a': string, '^b': string}}",
        "{patternProperties: {'^c': string, '^b': string}}",
        "{patternProperties: {'^b': T, '^a': string}}",
    ),
    "propertyNames": Edit(
        "property-names-changed",
        f"{{{OBJECT}, propertyNames: {{title: t}}}}",
        f"{{{OBJECT}, propertyNames: {{maxLength: 3}}}}",
        f"{{{OBJECT}, propertyNames: {{maxLength: 4}}}}",
        f"{{{OBJECT}, propertyNames: Short}}",
    ),
    "dependentRequired": Edit(
        "dependent-required-changed",
        f"{{{OBJECT}}}",
        f"{{{OBJECT}, dependentRequired: {{a: [b, c]}}}}",
        f"{{{OBJECT}, dependentRequired: {{a: [b, d]}}}}",
        f"{{{OBJECT}, dependencies: {{a: [c, b]}}}}",
    ),
    "dependentSchemas": Edit(
        "dependent-schemas-changed",
        f"{{{OBJECT}}}",
        f"{{{OBJECT}, dependentSchemas: {{b: {{required: [a]}}}}}}",
        f"{{{OBJECT}, dependentSchemas: {{b: {{required: [c]}}}}}}",
        f"{{{OBJECT}, dependencies: {{b: {{required: [a]}}}}}}",
    ),
    "unevaluatedProperties beside a condition": Edit(
        "unevaluated-properties-changed",
        f"{{{OBJECT}, if: A, then: {{b: string}}}}",
        f"{{{OBJECT}, if: A, then: {{b: string}}, unevaluatedProperties: false}}",
        f"{{{OBJECT}, if: A, then: {{b: string}}, unevaluatedProperties: string}}",
        f"{{allOf: [{{{OBJECT}, if: A, then: {{b: string}}, unevaluatedProperties: false}}]}}",
    ),
    "contains": Edit(
        "contains-changed",
        f"{{{LIST}, contains: string, minContains: 0}}",
        f"{{{LIST}, contains: string}}",
        f"{{{LIST}, contains: string, minContains: 2}}",
        f"{{{LIST}, contains: T, minContains: 1}}",
    ),
    "maxContains": Edit(
        "contains-changed",
        f"{{{LIST}}}",
        f"{{{LIST}, contains: string, maxContains: 3}}",
        f"{{{LIST}, contains: string, maxContains: 2}}",
        "{contains: T, maxContains: 3.0}",
    ),
    "unevaluatedItems beside contains": Edit(
        "unevaluated-items-changed",
        f"{{{LIST}, contains: string}}",
        f"{{{LIST}, contains: string, unevaluatedItems: integer}}",
        f"{{{LIST}, contains: string, unevaluatedItems: boolean}}",
        f"{{{LIST}, contains: T, unevaluatedItems: {{type: integer, title: t}}}}",
    ),
    "contentEncoding": Edit(
        "content-encoding-changed",
        f"{{{TEXT}}}",
        f"{{{TEXT}, contentEncoding: base32}}",
        f"{{{TEXT}, contentEncoding: base16}}",
        f"{{{TEXT}, contentEncoding: BASE32}}",
    ),
    "contentMediaType": Edit(
        "content-media-type-changed",
        f"{{{TEXT}}}",
        f"{{{TEXT}, contentMediaType: image/png}}",
        f"{{{TEXT}, contentMediaType: image/gif}}",
        f"{{{TEXT}, contentMediaType: Image/PNG}}",
    ),
    "contentSchema": Edit(
        "content-schema-changed",
        f"{{{TEXT}}}",
        f"{{{TEXT}, contentSchema: {{a: string}}}}",
        f"{{{TEXT}, contentSchema: {{a: integer}}}}",
        f"{{{TEXT}, contentSchema: {{a: T}}}}",
    ),
    "not": Edit(
        "not-changed",
        f"{{{TEXT}}}",
        f"{{{TEXT}, not: a|b}}",
        f"{{{TEXT}, not: a|}}",
        f"{{allOf: [{{{TEXT}}}, {{not: b|a}}]}}",
    ),
    "not, of any value": Edit(
        "not-changed", "{title: t}", "{not: string}", "{not: integer}", "{not: T, description: d}"
    ),
    "if": Edit(
        "if-changed",
        f"{{{OBJECT}, if: A}}",
        f"{{{OBJECT}, if: A, then: {{required: [b]}}}}",
        f"{{{OBJECT}, if: A, then: {{required: [c]}}}}",
        f"{{{OBJECT}, if: {{required: [a]}}, then: {{required: [b]}}, else: {{title: t}}}}",
    ),
    "else": Edit(
        "if-changed",
        f"{{{OBJECT}, else: A}}",
        f"{{{OBJECT}, if: {{required: [b]}}, else: A}}",
        f"{{{OBJECT}, if: {{required: [b]}}, then: A}}",
        f"{{{OBJECT}, if: {{required: [b]}}, else: {{required: [a]}}}}",
    ),
    "not, of a cycle": Edit(
        "not-changed",
        f"{{{OBJECT}}}",
        f"{{{OBJECT}, not: Tree}}",
        f"{{{OBJECT}, not: T}}",
        f"{{{OBJECT}, not: Wood}}",
    ),
    "anyOf of required": Edit(
        "required-choice-changed",
        "{a: string, b: string}",
        "{type: object, properties: {a: string, b: string}, "
        "anyOf: [{required: [a]}, {required: [b]}]}",
        "{type: object, properties: {a: string, b: string}, "
        "oneOf: [{required: [a]}, {required: [b]}]}",
        "{allOf: [{a: string, b: string}, {anyOf: [{required: [b]}, {required: [a]}]}]}",
    ),
    "an enum of objects": Edit(
        "enum-changed",
        f"{{{OBJECT}}}",
        "{enum: [{a: 1, b: 2}, {a: 2}]}",
        "{enum: [{a: 1.5}, {a: 2}]}",
        f"{{{OBJECT}, enum: [{{a: 2}}, {{b: 2, a: 1}}]}}",
    ),
    "an enum of lists": Edit(
        "enum-changed",
        f"{{{LIST}}}",
        "{enum: [[1], [2]]}",
        "{enum: [[1], [true]]}",
        f"{{{LIST}, enum: [[2], [1]]}}",
    ),
    "a closed part of several": Edit(
        "all-of-changed",
        "{allOf: [{properties: {a: T, b: T}, additionalProperties: false}, {properties: {b: T}}]}",
        "{allOf: [{properties: {a: T}, additionalProperties: false}, {properties: {b: T}}]}",
        "{allOf: [{properties: {b: T}, additionalProperties: false}, {properties: {a: T}}]}",
        "{allOf: [{properties: {b: string}}, {properties: {a: T}, additionalProperties: false}]}",
    ),
}

GAP, NONE, LOSSY = "needs-intent", "none", "lossy"


def told(made: Bridge, kind: str) -> tuple[str, str]:
    return made.found.get(f"{kind} Volume.f", (NONE, NONE))


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize(
    ("before", "after", "sent", "given"),
    [
        pytest.param("without", "one", (GAP, NONE), (NONE, GAP), id="added"),
        pytest.param("one", "without", (NONE, LOSSY), (GAP, NONE), id="removed"),
        pytest.param("one", "other", (GAP, LOSSY), (GAP, GAP), id="changed"),
    ],
)
def test_an_assertion_narrows_what_goes_to_the_version_that_makes_it(
    name: str, before: str, after: str, sent: tuple[str, str], given: tuple[str, str]
) -> None:
    edit = EDITS[name]
    old, new = getattr(edit, before), getattr(edit, after)
    assert told(of_field(old, new, given=False), edit.kind) == sent
    assert told(of_field(old, new, sent=False), edit.kind) == given


@pytest.mark.parametrize("name", EDITS)
def test_an_assertion_in_other_words_is_none_of_anyones_business(name: str) -> None:
    edit = EDITS[name]
    assert of_field(edit.one, edit.respelled).is_silent
    assert of_field(edit.respelled, edit.one).is_silent


# --- what may be beside the fields of a closed object ---------------------------------------------

CLOSED = "{type: object, properties: {a: T}, additionalProperties: false}"


def patterns(*stated: str) -> str:
    """The closed object, and what names of these patterns may hold."""
    return CLOSED.replace("additional", f"patternProperties: {{{', '.join(stated)}}}, additional")


@pytest.mark.parametrize("holding", ["{title: t}", "string"])
def test_a_pattern_beside_a_closed_object_is_what_it_admits(holding: str) -> None:
    pattern = patterns(f"'^x-': {holding}")
    kind = "pattern-properties-changed"
    for old, new, sent, given in (
        (pattern, CLOSED, (GAP, NONE), (NONE, GAP)),
        (CLOSED, pattern, (NONE, LOSSY), (GAP, NONE)),
        (pattern, patterns(f"'^y-': {holding}"), (GAP, LOSSY), (GAP, GAP)),
    ):
        assert told(of_field(old, new, given=False), kind) == sent
        assert told(of_field(old, new, sent=False), kind) == given
    assert of_field(pattern, patterns(f"'^x-': {{allOf: [{holding}]}}")).is_silent


def test_where_one_of_the_objects_is_open_a_pattern_only_excludes() -> None:
    pattern, kind = "patternProperties: {'^x-': string}", "pattern-properties-changed"
    opened = f"{{type: object, properties: {{a: T}}, {pattern}}}"
    assert told(of_field(opened, CLOSED, given=False), kind) == (NONE, NONE)
    free = "{type: object, properties: {a: T}}"
    assert told(of_field(patterns("'^x-': string"), free, given=False), kind) == (NONE, LOSSY)


def test_a_field_of_a_pattern_that_is_gone_does_not_pass_in_silence() -> None:
    made = of_field(patterns("'^x-': string"), CLOSED)
    with pytest.raises(Refused):
        made.asked(OLD, {"f": {"x-a": "s"}})


def test_a_pattern_also_excludes_what_the_other_version_declares() -> None:
    made = of_field(CLOSED, patterns("'^a': {maxLength: 3}"), given=False)
    assert told(made, "pattern-properties-changed") == (GAP, LOSSY)
    for untold in ("(?a", "^(b+)+$"):  # cannot be read, or may take for ever to search for
        made = of_field(CLOSED, patterns(f"'{untold}': {{maxLength: 3}}"), given=False)
        assert told(made, "pattern-properties-changed") == (GAP, LOSSY)


def test_a_pattern_that_excludes_nothing_beside_an_open_object_is_none() -> None:
    pattern = "{type: object, properties: {a: T}, patternProperties: {'^x-': {title: t}}}"
    assert of_field(pattern, "{type: object, properties: {a: T}}").is_silent


NOTHING_ELSE = "unevaluatedProperties: false"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("patternProperties: {'^x': {title: t}}", "properties: {}"),
        ("allOf: [{patternProperties: {'^x': {title: t}}}]", "allOf: [{type: object}]"),
        ("additionalProperties: T", "additionalProperties: {type: integer}"),
        ("properties: {a: T}, additionalProperties: T", "properties: {a: T}"),
        ("properties: {}", "additionalProperties: true"),
        ("properties: {a: T}", "properties: {a: T}, additionalProperties: true"),
        ("allOf: [{type: object}]", "allOf: [{additionalProperties: true}]"),
    ],
)
def test_what_is_evaluated_decides_what_is_not(old: str, new: str) -> None:
    one, other = (f"{{type: object, {each}, {NOTHING_ELSE}}}" for each in (old, new))
    assert not of_field(one, other).is_silent
    assert not of_field(other, one).is_silent
    assert of_field(one, one).is_silent


def test_nothing_is_unevaluated_beside_additional_properties() -> None:
    for additional in ("true", "false", "T"):
        stated = f"type: object, additionalProperties: {additional}"
        beside = f"{{{stated}, {NOTHING_ELSE}}}"
        assert of_field(f"{{{stated}}}", beside).is_silent


# --- what becomes of values -----------------------------------------------------------------------

REFUSED: dict[str, tuple[Json, Json]] = {
    "patternProperties": ({"a": 1}, None),
    "contains": ([1], {"a": 1}),
    "contentEncoding": ("?", 5),
    "not": ("a", None),
    "an enum of objects": ({"a": 3}, {"a": 2}),
}
"""A value that is refused while the gap is open, and one that is not."""


@pytest.mark.parametrize("name", REFUSED)
def test_while_a_gap_is_open_values_do_not_pass_in_silence(name: str) -> None:
    edit, (refused, passes) = EDITS[name], REFUSED[name]
    made = of_field(edit.without, edit.one)
    for led in (made.asked(OLD, {"f": passes}), made.answered(NEW, {"f": passes})):
        assert led == {"f": passes}
    with pytest.raises(Refused):
        made.asked(OLD, {"f": refused})
    with pytest.raises(Refused):
        made.answered(NEW, {"f": refused})
    assert made.asked(NEW, {"f": refused}) == made.answered(OLD, {"f": refused}) == {"f": refused}


def test_by_a_persons_word_they_pass() -> None:
    new = "{f: {type: object, not: {required: [a]}}}"
    made = accepting("{f: {type: object}}", new, not_changed=Then.PASS)
    assert made.gaps == []
    assert made.asked(OLD, {"f": {"a": 1}}) == {"f": {"a": 1}}


def test_they_can_only_pass() -> None:
    with pytest.raises(IntentError, match="then: drop"):
        accepting("{f: string}", "{f: {type: string, not: a|}}", not_changed=Then.DROP)


# --- where assertions stand -----------------------------------------------------------------------


def test_what_holds_beside_a_union_holds_for_each_variant() -> None:
    union = "oneOf: [{a!: string}, {b!: string}]"
    made = of_field(f"{{{union}}}", f"{{{union}, not: {{required: [c]}}}}")
    assert made.found == {
        "not-changed Volume.f|object(a)": (GAP, GAP),
        "not-changed Volume.f|object(b)": (GAP, GAP),
    }


def test_a_union_beside_a_union_is_not_overlooked() -> None:
    def both(second: str) -> str:
        return f"{{oneOf: [{{a!: string}}, {{b!: string}}], anyOf: [{{c: {second}}}, {{d: T}}]}}"

    assert of_field(both("string"), both("string")).is_silent
    assert of_field(both("string"), both("integer")).gaps


def test_what_the_other_version_requires_anyhow_is_no_news() -> None:
    fields = "type: object, properties: {a: T, b: T}, required: [a]"
    assert of_field(f"{{{fields}}}", f"{{{fields}, dependentRequired: {{b: [a]}}}}").is_silent
    choice = "anyOf: [{required: [a]}, {required: [b]}]"
    assert of_field(f"{{{fields}}}", f"{{{fields}, {choice}}}").is_silent
    exactly_one = choice.replace("anyOf", "oneOf")
    assert of_field(f"{{{fields}}}", f"{{{fields}, {exactly_one}}}").gaps


def test_what_only_one_of_several_kinds_can_offend_is_told_there() -> None:
    kinds = "type: [string, object], properties: {a: T}"
    made = of_field(f"{{{kinds}}}", f"{{{kinds}, propertyNames: {{maxLength: 3}}}}")
    assert list(made.found) == ["property-names-changed Volume.f|object(a)"]


def test_an_assertion_about_another_kind_says_nothing() -> None:
    assert of_field("{type: string}", "{type: string, propertyNames: {maxLength: 3}}").is_silent
    assert of_field("{type: string}", "{type: string, minItems: 3, maximum: 2}").is_silent


def test_assertions_within_assertions_are_compared_by_meaning() -> None:
    def nested(inner: str) -> str:
        return f"{{type: object, not: {{patternProperties: {{'^a': {{not: {inner}}}}}}}}}"

    assert of_field(nested("string"), nested("T")).is_silent
    assert of_field(nested("string"), nested("integer")).gaps == ["not-changed Volume.f"]


def test_parts_that_exclude_each_other_leave_nothing() -> None:
    made = of_field("{allOf: [string]}", "{allOf: [string, integer]}")
    assert made.found == {"all-of-changed Volume.f": (GAP, GAP)}
    assert of_field("{allOf: [string, integer]}", "{allOf: [T, integer]}").is_silent


def test_a_constant_outside_the_enum_beside_it_admits_nothing() -> None:
    made = of_field("{const: a, enum: [a, b]}", "{const: a, enum: [b]}")
    assert made.found == {"variant-removed Volume.f|string(a)": (GAP, GAP)}


def test_targets_of_anchors_are_compared() -> None:
    def anchored(kind: str) -> Bridge:
        others = "T: {$anchor: here, type: string}"
        old, new = (
            interface({"PUT /v": "{body!: Volume}"}, f"{{Volume: {{f: {{$dynamicRef: '#here'}}}}, "
                      f"{others.replace('string', each)}}}", dialect="3.1")
            for each in ("string", kind)
        )  # fmt: skip
        return bridge(old, new)

    assert anchored("string").is_silent
    assert anchored("boolean").gaps == ["type-changed T"]


@pytest.mark.parametrize("schema", ["{not: a|}", "{patternProperties: {'^a': string}}"])
def test_notes_and_extensions_beside_it_mean_nothing(schema: str) -> None:
    notes = "title: t, description: d, example: e, deprecated: true, x-order: 1"
    assert of_field(schema, schema.replace("{", f"{{{notes}, ", 1)).is_silent


def test_the_same_volumes_are_silent() -> None:
    one, other = (volumes("{f: {not: string}}", dialect=dialect) for dialect in ("3.0", "3.1"))
    assert bridge(one, other).is_silent
