"""The document against the schema of its standard."""

import pytest
from referencing import Registry

from compat.load import SpecError
from compat.load.limits import DEPTH_MAX, VALIDATION_EFFORT_MAX
from tests.compat.load.written import frames_left, head, loaded


def findings(text: str) -> list[str]:
    found = loaded(text, validate=True).problems
    return [str(problem).removeprefix("spec.yaml:") for problem in found]


@pytest.mark.parametrize(
    ("dialect", "text", "finding"),
    [
        ("2.0", "paths: {}\nhost: 5\n", "4:1: 5 is not of type 'string'"),
        ("2.0", "", "1:1: 'paths' is a required property"),
        ("3.0", "paths: {}\nsecurity: 5\n", "4:1: 5 is not of type 'array'"),
        ("3.0", "paths: {/a: {got: {}}}\n", "3:9: 'got' does not match any of the regexes: "),
        ("3.1", "paths: {}\nsecurity: 5\n", "4:1: 5 is not of type 'array'"),
    ],
)
def test_each_finding_has_its_place(dialect: str, text: str, finding: str) -> None:
    found = findings(head(dialect, text))
    assert [line[: len(finding)] for line in found] == [finding]


def test_the_innermost_reason_is_told_and_not_that_all_could_be_a_reference() -> None:
    text = head("3.0", "paths: {/a: {get: {responses: {'200': {content: {}}}}}}\n")
    assert findings(text) == ["3:32: 'description' is a required property"]


def test_a_long_value_is_cut_out_of_the_message() -> None:
    text = head("3.0", f"paths: {{}}\nservers: [{{url: [{'a' * 5000}]}}]\n")
    assert all(len(line) < 250 for line in findings(text))


def test_what_is_reported_already_is_not_reported_again() -> None:
    text = head("3.0", "paths: {}\ncomponents: {schemas: {A: {type: float}}}\n")
    assert findings(text) == ['4:28: "float" is no type: read as any type']


def test_it_is_left_out_where_nobody_asks() -> None:
    assert loaded(head("2.0", "paths: {}\nhost: 5\n"), validate=False).problems == ()


def test_strict_raises_the_finding() -> None:
    with pytest.raises(SpecError) as caught:
        loaded(head("2.0", "paths: {}\nhost: 5\n"), strict=True, validate=True)
    assert caught.value.where == "spec.yaml:4:1"


LARGE = head("3.0", f"paths: {{}}\nx-large: [{'1, ' * VALIDATION_EFFORT_MAX}]\n")
LONG = head("3.0", f"paths: {{}}\nx-long: {'a' * VALIDATION_EFFORT_MAX * 101}\n")


@pytest.mark.parametrize("text", [LARGE, LONG])
def test_a_large_document_is_checked_only_when_strict(text: str) -> None:
    assert findings(text) == ["1:1: too large to be checked against the schema of OpenAPI 3.0"]
    assert loaded(text, strict=True, validate=True).problems == ()


def test_nesting_that_the_validator_cannot_follow_is_reported() -> None:
    levels = DEPTH_MAX - 5
    text = head(
        "3.0",
        "paths: {}\ncomponents: {schemas: {A: "
        + "{items: " * levels
        + "{}"
        + "}" * levels
        + "}}\n",
    )
    with frames_left(450):
        found = findings(text)
    assert found == ["1:1: nested too deep to be checked against the schema of OpenAPI"]


def test_references_are_not_followed() -> None:
    found = loaded(
        head("3.0", "paths: {/a: {$ref: 'other.yaml'}}\n"),
        siblings={"other.yaml": "get: {responses: {'200': {description: d}}}\n"},
        validate=True,
        strict=True,
    )
    assert str(found.interface.operations[0].key) == "GET /a"


def test_the_standards_schema_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    looking = Registry.crawl

    def counting(self: Registry[object]) -> Registry[object]:
        looks.append(self)
        return looking(self)

    monkeypatch.setattr(Registry, "crawl", counting)
    schemas = "".join(f"    C{n}: {{type: string}}\n" for n in range(50))
    assert findings(head("3.1", f"paths: {{}}\ncomponents:\n  schemas:\n{schemas}")) == []
    assert len(looks) < 5
