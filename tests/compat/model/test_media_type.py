"""Media types that mean the same are called the same."""

import pytest

from compat.model.media_type import canonical, charset, covers, is_json, is_range, without_charset


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("application/json", "application/json"),
        ("Application/JSON ; charset=UTF-8", "application/json"),
        ('application/json; charset="utf-8"; v=1', "application/json;v=1"),
        ("application/json;charset=latin1", "application/json;charset=latin1"),
        ("a/b; z=1; A=Two", "a/b;a=Two;z=1"),
        ("text/plain;charset=UTF-8", "text/plain;charset=utf-8"),
        ("", ""),
    ],
)
def test_a_name_is_written_in_one_way(name: str, expected: str) -> None:
    assert canonical(name) == expected
    assert canonical(canonical(name)) == expected


def test_the_charset_is_a_matter_of_its_own() -> None:
    assert without_charset("text/plain; v=1; charset=utf-8") == "text/plain;v=1"
    assert charset("text/plain; Charset=UTF-8") == "utf-8"
    assert charset("text/plain") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("application/json", True),
        ("text/json", True),
        ("application/vnd.a+json; v=1", True),
        ("*/*", True),
        ("application/*", True),
        ("text/*", False),
        ("application/xml", False),
    ],
)
def test_what_is_json_or_may_be(name: str, expected: bool) -> None:
    assert is_json(name) is expected


@pytest.mark.parametrize(
    ("wide", "name", "expected"),
    [
        ("*/*", "text/plain", True),
        ("text/*", "text/plain", True),
        ("text/*", "application/json", False),
        ("text/*", "*/*", False),
        ("text/plain", "text/plain; charset=utf-8", True),
        ("text/plain", "text/xml", False),
        ("a/b; v=1", "a/b; v=2", False),
    ],
)
def test_a_range_covers_what_begins_like_it(wide: str, name: str, expected: bool) -> None:
    assert covers(wide, name) is expected


def test_ranges_end_in_a_star() -> None:
    assert is_range("*/*")
    assert is_range("image/*; q=1")
    assert not is_range("image/png")
