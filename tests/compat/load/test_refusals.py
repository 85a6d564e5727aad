"""What is no spec ends in an error with a place and a remedy."""

import pytest

from compat.load import SpecError
from tests.compat.load.written import head, loaded, refusal


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("just some words\n", "text instead of an object", "1:1"),
        ("- a\n- b\n", "a list instead of an object", "1:1"),
        ("null\n", "null instead of an object", "1:1"),
        ("[]", "a list instead of an object", "1:1"),
        ("5", "a number instead of an object", "1:1"),
        ("a: 1\nb: 2\n", "neither `openapi` nor `swagger`", "1:1"),
        ("{}", "neither `openapi` nor `swagger`", "1:1"),
        ("asyncapi: 3.0.0\n", "neither `openapi` nor `swagger`", "1:1"),
        ("info: {}\nswagger: '1.2'\n", "swagger '1.2' is not a version", "2:1"),
        ("swaggerVersion: '1.2'\n", "swaggerVersion '1.2' is not a version", "1:1"),
        ("info: {}\nopenapi: 4.0.0\n", "openapi '4.0.0' is not a version", "2:1"),
        ("openapi: 3.2.0\n", "openapi '3.2.0' is not a version", "1:1"),
        ("openapi: 2.0\n", "openapi '2.0' is not a version", "1:1"),
        ("openapi: 3.10.0\n", "openapi '3.10.0' is not a version", "1:1"),
        ("openapi:\n", "openapi '' is not a version", "1:1"),
        ("openapi: {a: b}\n", "openapi '' is not a version", "1:1"),
        ("openapi: " + "9" * 5000 + "\n", "is not a version", "1:1"),
        ("<html><body>Not found</body></html>\n", "text instead of an object", "1:1"),
        ("Error: x: y\n", "not YAML", "1:9"),
    ],
)
def test_what_is_no_spec_is_refused(text: str, what: str, where: str) -> None:
    error = refusal(text)
    assert what in error.what
    assert error.where == f"spec.yaml:{where}"


@pytest.mark.parametrize(
    ("version", "dialect"),
    [
        ("swagger: '2.0'", "2.0"),
        ("swagger: 2.0", "2.0"),
        ("openapi: 3.0", "3.0"),
        ("openapi: 3.0.0-rc2", "3.0"),
        ("openapi: 3.0.99", "3.0"),
        ("openapi: '3.1'", "3.1"),
        ("openapi: 3.1.1", "3.1"),
        ('{"swagger": 2.0}', "2.0"),
    ],
)
def test_a_version_may_be_written_as_a_number(version: str, dialect: str) -> None:
    assert loaded(f"{version}\n").interface.dialect == dialect


def test_strict_raises_the_first_problem_with_its_place() -> None:
    text = head("3.0", "paths: {a: {}}\n")
    with pytest.raises(SpecError) as caught:
        loaded(text, strict=True)
    assert caught.value.where == "spec.yaml:3:9"
    assert "without strict" in caught.value.hint


def test_strict_takes_a_spec_with_nothing_wrong() -> None:
    assert loaded(head("3.0", "paths: {}\n"), strict=True, validate=True).problems == ()


def test_an_error_reads_as_place_what_remedy() -> None:
    text = str(refusal("a: 1\n"))
    assert text.startswith("spec.yaml:1:1: not an interface spec")
    assert text.endswith("\n  give a Swagger 2.0, OpenAPI 3.0 or OpenAPI 3.1 document")
