"""Published pairs of specs give the published rules."""

from typing import Final

import pytest

from tests.compat.differ.published import cases

_SAME_FILE: Final = "the two documents are one: what differs was changed in the test's own code"
_SECURITY: Final = (
    "beside the six, ways to authenticate went, a parameter got a `not`, and the type of a field "
    "that a callback sends changed: all three exclude what was admitted (OpenAPI 3.0, 4.8.30; "
    "JSON Schema, not and type), and no published rule tells them"
)
_ITEMS: Final = (
    "`maxItems` stands at the items, which are texts, and asserts nothing of the list that holds "
    "them (JSON Schema validation, 6.4): it is told of the items"
)

EXCLUDED: Final = {
    "TestBreaking_ReqBodyBecameEnumAndTypeChanged": (
        "`type: int` is none of the types (JSON Schema validation, 6.1.1): it is reported and read "
        "as no type, so that none has changed"
    ),
    "TestBreaking_ReqBodyNewRequiredPropertyNew": (
        "a name in `required` has to be there whether it is declared or not (JSON Schema "
        "validation, 6.5.3): documents without it are refused now"
    ),
    "TestBreaking_AddedEnum": _SECURITY,
    "TestBreaking_ModifiedExtension": _SECURITY,
    "TestBreaking_Comments": _SECURITY,
    "TestRequestParameterMaxItemsIncreased": _ITEMS,
    "TestBreaking_RequestParameterMaxItemsWithFlatten": _ITEMS,
    "TestRequestBodyAndPropertyTypesChangedCheckArrayToObject": (
        "the body of the other operation becomes an object, too, which is request-body-type-changed"
    ),
    "TestRequestBodyAnyOfMultiMediaTypeDetails": (
        "Cat and Rabbit say the same of values, so that the same is admitted by another name"
    ),
    "TestResponseNonSuccessStatusRemoved": _SAME_FILE,
    "TestResponseSuccessStatusRemoved": _SAME_FILE,
    "TestListOfTypesIntegration_EdgeCases": (
        "`oneOf: []` is no schema, and oneOf and anyOf hold together: a text that is an integer, "
        "too, is nothing, so these are no lists of types (JSON Schema core, 10.2.1)"
    ),
    "TestNullableWrapping_NarrowedEnumStillReported": (
        "null is admitted that was not, and a value of the enum is gone: both are told"
    ),
}
"""Case -> why what it expects is not what the two documents say."""


def test_every_published_case_gives_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    every = list(cases())
    complaints = [text for case in every if (text := case.complaint())]
    wrong = [text for text in complaints if text.partition(":")[0] not in EXCLUDED]
    with capsys.disabled():
        said = f"{len(every) - len(complaints)} of {len(every)} published cases as expected"
        print(f"\n{said}, {len(complaints) - len(wrong)} excluded")  # noqa: T201 -- the score
    assert wrong == []


def test_every_change_of_a_case_has_a_fingerprint_of_its_own() -> None:
    for case in cases():
        told: dict[str, str] = {}
        for change in case.found():
            assert told.setdefault(change.fingerprint, change.id) == change.id, case.name


def test_an_exclusion_stands_for_a_case_that_differs() -> None:
    differing = {case.name for case in cases() if case.complaint()}
    assert EXCLUDED.keys() - differing == set()
