"""The keywords that few schemas have."""

import pytest

from compat.model.schema import Further, FurtherKeyword, Kind, Schema
from tests.compat.load.written import loaded, schema, schema_spec


def further(keywords: str, dialect: str = "3.1") -> tuple[Further, ...]:
    return schema(keywords, dialect).further


def said(keywords: str) -> list[tuple[str, tuple[str | int | None, ...], int]]:
    """Each assertion: its keyword, what it is about, how many schemas it has."""
    return [
        (each.keyword.value, each.about, sum(one is not None for one in each.schemas))
        for each in further(keywords)
    ]


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ("{not: {}}", [("not", (), 1)]),
        ("{propertyNames: {maxLength: 3}}", [("propertyNames", (), 1)]),
        (
            "{patternProperties: {a: {type: string}, b: {}}}",
            [("patternProperties", ("a",), 1), ("patternProperties", ("b",), 1)],
        ),
        (
            "{dependentRequired: {a: [b, c]}}",
            [("dependentRequired", ("a", "b"), 0), ("dependentRequired", ("a", "c"), 0)],
        ),
        ("{dependentSchemas: {a: {required: [b]}}}", [("dependentSchemas", ("a",), 1)]),
        (
            "{dependencies: {a: [b], c: {required: [d]}}}",
            [("dependentRequired", ("a", "b"), 0), ("dependentSchemas", ("c",), 1)],
        ),
        ("{contains: {}}", [("contains", (1, None), 1)]),
        ("{contains: {}, minContains: 2, maxContains: 3}", [("contains", (2, 3), 1)]),
        ("{contains: {}, minContains: 0, maxContains: 3}", [("contains", (0, 3), 1)]),
        ("{if: {required: [a]}, then: {required: [b]}}", [("if", (), 2)]),
        ("{if: {required: [a]}, then: {}, else: {required: [b]}}", [("if", (), 2)]),
        ("{unevaluatedProperties: false}", [("unevaluatedProperties", (), 1)]),
        ("{unevaluatedItems: {type: string}}", [("unevaluatedItems", (), 1)]),
        ("{contentEncoding: BASE64}", [("contentEncoding", ("base64",), 0)]),
        ("{contentMediaType: a/B}", [("contentMediaType", ("a/b",), 0)]),
        ("{contentSchema: {type: string}}", [("contentSchema", (), 1)]),
    ],
)
def test_each_assertion_is_one(
    keywords: str, expected: list[tuple[str, tuple[str | int | None, ...], int]]
) -> None:
    assert said(keywords) == expected
    assert schema(keywords, "3.1").rest == {}


@pytest.mark.parametrize(
    "keywords",
    [
        "{type: string}",
        "{propertyNames: true}",
        "{dependentRequired: {a: []}}",
        "{dependentSchemas: {a: {title: t}}}",
        "{contains: {type: string}, minContains: 0}",
        "{minContains: 2}",
        "{if: {required: [a]}, then: {}}",
        "{if: {required: [a]}}",
        "{then: {required: [a]}, else: {required: [b]}}",
        "{additionalProperties: true, unevaluatedProperties: false}",
        "{patternProperties: {'.*': true}, unevaluatedProperties: false}",
        "{unevaluatedProperties: true, unevaluatedItems: {}, contentSchema: {x-a: 1}}",
    ],
)
def test_what_asserts_nothing_is_left_out(keywords: str) -> None:
    assert further(keywords) == ()


def test_references_within_are_references() -> None:
    target = "{$ref: '#/components/schemas/A'}"
    found = further(
        f"{{not: {target}, contains: {target}, if: {target}, then: {target}, "
        f"dependentSchemas: {{a: {target}}}, patternProperties: {{b: {target}}}}}"
    )
    held = [one for each in found for one in each.schemas if one is not None]
    assert {one.ref for one in held} == {"spec.yaml#/components/schemas/A"}
    assert len(held) == 6


def test_then_is_not_taken_for_else() -> None:
    (found,) = further("{if: {title: i}, else: {required: [a]}}")
    assert found.keyword is FurtherKeyword.IF
    condition, then, otherwise = found.schemas
    assert condition is not None
    assert condition.title == "i"
    assert then is None
    assert otherwise is not None
    assert otherwise.required == {"a"}


def test_one_pattern_that_all_names_fit_is_additional_properties() -> None:
    found = schema("{patternProperties: {'.*': {type: string}}, additionalProperties: false}")
    assert isinstance(found.additional, Schema)
    assert found.additional.kinds == {Kind.STRING}
    assert found.further == ()
    beside = schema("{properties: {a: {}}, patternProperties: {'.*': {type: string}}}")
    assert beside.additional is True
    assert [each.about for each in beside.further] == [(".*",)]


@pytest.mark.parametrize(
    ("keywords", "format_"),
    [
        ("{type: string, contentEncoding: base64}", "byte"),
        ("{type: string, contentMediaType: application/octet-stream}", "binary"),
        ("{type: string, contentEncoding: base64, contentMediaType: image/png}", "byte"),
        ("{type: string, contentEncoding: base64, format: uri}", "uri"),
        ("{type: string, contentEncoding: base32}", ""),
    ],
)
def test_content_is_shown_by_the_format_of_older_dialects(keywords: str, format_: str) -> None:
    assert schema(keywords, "3.1").format == format_


def test_a_number_of_items_that_is_none_is_reported() -> None:
    found = loaded(schema_spec("{contains: {}, minContains: few}", "3.1"))
    assert [problem.message for problem in found.problems] == [
        "a whole number belongs here: left out"
    ]
    assert found.interface.components["A"].further[0].about == (1, None)
