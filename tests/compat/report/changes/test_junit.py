"""The changes as JUnit's XML, read by a parser that takes nothing but XML."""

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.junit import changes_junit
from compat.report.changes.listing import Listing
from compat.report.changes.words import WHOLE
from tests.compat.report.changes.listings import ADD, COME, GET, GONE, listed, unchanged

OUTCOMES = {
    Level.ERR: ["failure"],
    Level.WARN: ["skipped", "system-out"],
    Level.INFO: ["system-out"],
}


def suites(made: Listing) -> Element:
    return fromstring(changes_junit(made))


def test_each_operation_is_a_suite_and_each_change_a_case() -> None:
    found = suites(listed())
    assert [each.get("name") for each in found] == [GONE, ADD, GET, COME, WHOLE]
    for suite, section in zip(found, listed().sections, strict=True):
        assert {case.get("classname") for case in suite} == {suite.get("name")}
        outcomes = [[each.tag for each in case] for case in suite]
        assert outcomes == [OUTCOMES[level] for level in section.levels]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("hostile", [False, True])
def test_the_figures_are_those_of_the_cases(role: Role, *, hostile: bool) -> None:
    found = suites(listed(role, hostile=hostile))
    for each in (found, *found):
        assert each.get("tests") == str(len([*each.iter("testcase")]))
        assert each.get("failures") == str(len([*each.iter("failure")]))
        assert each.get("skipped") == str(len([*each.iter("skipped")]))
        assert each.get("errors") == "0"


def test_a_failure_says_which_rule_and_where() -> None:
    failure = suites(listed()).find("testsuite[2]/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "new-required-request-property"
    assert failure.get("message") == (
        "request body application/json room: new required request property"
    )
    assert failure.text == "new-required-request-property 952fc4cf36636448\nnew v2.yaml:49:9"


def test_without_a_change_one_case_has_passed() -> None:
    (suite,) = suites(unchanged())
    (case,) = suite
    assert case.get("name") == "no changes for an old client with a new server"
    assert [*case] == []
    assert suite.get("tests") == "1"


def test_a_hostile_text_is_text() -> None:
    text = changes_junit(listed(hostile=True))
    assert re.findall("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text) == []
    assert {each.tag for each in suites(listed(hostile=True)).iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "system-out",
    }
    names = [suite.get("name", "") for suite in suites(listed(hostile=True))]
    assert names[0].startswith("DELETE /\\u001b[2J\\u0000]]>|`<script>alert(1)</script>\\u000d")
    assert "\\ufffe&amp; {{ 7 }}" in names[0]
