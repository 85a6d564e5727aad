"""Versions as Semantic Versioning 2.0.0 has them."""

from itertools import pairwise

import pytest

from compat.differ.semver import Step, Version, is_below, version_of
from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.telling import told


def version(text: str) -> Version:
    found = version_of(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.0.0-alpha"),
        *("1.0.0-alpha.beta.1", "1.0.0-alpha0.valid", "1.0.0-rc.1+build.1", "1.0.0-0A.is.legal"),
        *("1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "2.0.0+build.1848", "1.0.0+0.build.1-rc.10000"),
    ],
)
def test_what_is_a_version(text: str) -> None:
    assert str(version(text)) == text.partition("+")[0]


@pytest.mark.parametrize(
    "text",
    [
        *("1", "1.2", "1.2.3-0123", "1.2.3-0123.0123", "1.1.2+.123", "+invalid", "-invalid"),
        *("alpha", "alpha.beta.1", "1.0.0-alpha_beta", "1.0.0-alpha..", "01.1.1", "1.01.1"),
        *("1.2.3.DEV", "1.2-SNAPSHOT", "v1.2.3", "1.2.3 ", "1.2.3\n", "", "1.2.3-", "1.2.3+"),
        *("٣.1.2", "9" * 5_000 + ".0.0"),
    ],
)
def test_what_is_none(text: str) -> None:
    assert version_of(text) is None


def test_precedence_is_that_of_item_11() -> None:
    order = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11"
    texts = [*order.split(), "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0-a", "1.1.0", "2.0.0", "10.0.0"]
    for lower, higher in pairwise(map(version, texts)):
        assert lower.precedence < higher.precedence
    assert version("1.0.0+a").precedence == version("1.0.0+b").precedence


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("1.0.0-rc.1", "1.0.0"),
        ("1.0.0-rc.1", "1.0.0-rc.2"),
        ("1.0.0-rc.2", "1.0.0-rc.11"),
        ("1.9", "1.10"),
        ("v1", "v2.0.0"),
        ("1.4.0-rc.1", "v1.5"),
        (" 1.0.0 ", "2"),
        (f"1.0.{10**12}", f"1.0.{10**12 + 1}"),
    ],
)
def test_which_of_two_is_below_the_other(lower: str, higher: str) -> None:
    assert is_below(lower, higher)
    assert not is_below(higher, lower)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0.0+a", "1.0.0+b"),
        ("1.0", "1.0.0-rc.1"),
        ("latest", "1.0.0"),
        ("1st", "2nd"),
        ("", "1"),
    ],
)
def test_which_are_not_below_each_other(one: str, other: str) -> None:
    assert not is_below(one, other)
    assert not is_below(other, one)


@pytest.mark.parametrize(("old", "new"), [("1.0.0", "1.0.0-rc.1"), ("1.0.0-rc.2", "1.0.0-rc.1")])
def test_a_version_that_went_back_before_its_release_is_told(old: str, new: str) -> None:
    one, other = (document(info={"title": "t", "version": each}) for each in (old, new))
    assert told(one, other) == ["INFO api-version-decreased"]
    assert told(other, one) == []


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("1.4.2", "2.0.0", Step.MAJOR),
        ("1.4.2", "2.0.0-rc.1", Step.MAJOR),
        ("1.4.2", "1.5.0", Step.MINOR),
        ("1.4.2", "1.4.3", Step.PATCH),
        ("1.4.2-rc.1", "1.4.2", Step.PATCH),
        ("1.4.2", "1.4.2", Step.NONE),
        ("1.4.2", "1.4.2+later", Step.NONE),
        ("1.4.2", "1.4.2-rc.1", Step.NONE),
        ("2.0.0", "1.9.9", Step.NONE),
    ],
)
def test_the_step_between_two(old: str, new: str, step: Step) -> None:
    assert version(old).step_to(version(new)) is step


@pytest.mark.parametrize(
    ("old", "least"),
    [
        ("1.4.2", ("1.4.2", "1.4.3", "1.5.0", "2.0.0")),
        ("1.4.2-rc.1", ("1.4.2-rc.1", "1.4.2", "1.5.0", "2.0.0")),
    ],
)
def test_the_least_release_that_is_so_far(old: str, least: tuple[str, ...]) -> None:
    assert tuple(str(version(old).after(step)) for step in Step) == least
