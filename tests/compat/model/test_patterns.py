"""Patterns are searched for where that cannot take long."""

import pytest

from compat.model.patterns import EFFORT_MAX, effort, searched


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^[a-z]+$", "lamp" * 100),
        ("^[a-z0-9]+(?:-[a-z0-9]+)*$", "a-lamp-in-the-hall-2"),
        (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "a-1.hall.example"),
        (r"^([A-Za-z]+,)*[A-Za-z]+$", "north,south,east,west"),
        (r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", "somebody.else@example.com"),
        (r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$", "2026-11-28T10:00:00Z"),
        (r"^(on|off|dim)$", "off"),
        (r"^(?=.{1,20}$)(ab|cd)+$", "abcdab"),
        (r"^\[[\]a]*\]{1}$", "[]a]"),
        (
            r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
        ),
    ],
)
def test_patterns_as_specs_have_them(pattern: str, text: str) -> None:
    assert searched(pattern, text) is True
    assert searched(pattern, text + "\n!") is False


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "(a*)*b",
        "(a?)+b",
        "^(a|a)*$",
        "^(a|ab|b)*$",
        "(x+x+)+y",
        "^(-[a-z]*[a-z]*)*$",
        "^(-(a|a))*$",
        "^(a|a){30}$",
        "^((a|a)(a|a)){20}$",
        "(a?){40}a{40}",
        "^(?=(a+)+b)a{40}",
        "a*a*a*a*a*a*a*b",
        "a*-?a*-?a*-?a*-?a*-?a*-?a*b",
        r"(?i)a",
        r"^(a)\1$",
        "^(.*)*$",
        "^(.+,)+$",
        "(" * 30 + "a" + ")" * 30,
        "a" * 1_001,
        "(",
    ],
)
def test_patterns_that_may_take_longer_than_anybody_waits(pattern: str) -> None:
    assert effort(pattern, 60) > EFFORT_MAX
    assert searched(pattern, "a" * 60) is None


def test_a_long_text_takes_more_than_a_short_one() -> None:
    assert searched("[a-z]*[0-9a-z]*!", "a" * 20) is False
    assert searched("[a-z]*[0-9a-z]*!", "a" * 2_000) is None
