"""Versions as Semantic Versioning 2.0.0 has them, and those that come near."""

import re
from enum import IntEnum
from typing import Final

from compat.model.record import record

_NUMBER: Final = r"(0|[1-9][0-9]{0,17})"
_PART: Final = r"(?:0|[1-9][0-9]{0,17}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
)
_NEARLY: Final = re.compile(r"[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+].*)?")


class Step(IntEnum):
    """How far a version is from the one before it."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@record(kw_only=True)
class Version:
    """`before` are the parts of a pre-release, none of a release."""

    major: int
    minor: int
    patch: int
    before: tuple[str, ...] = ()

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return "-".join([core, ".".join(self.before)] if self.before else [core])

    @property
    def promises_nothing(self) -> bool:
        """Anything may change after 0.y.z (item 4) and after a pre-release (item 9)."""
        return self.major == 0 or bool(self.before)

    @property
    def precedence(self) -> tuple[object, ...]:
        """Compares as item 11 says: a number is below a word, and a pre-release below its release.

        What is said of a build (item 10) does not count.
        """
        parts = tuple(
            (not each.isdigit(), int(each) if each.isdigit() else each) for each in self.before
        )
        return self.major, self.minor, self.patch, not self.before, parts

    def step_to(self, other: "Version") -> Step:
        """How far it is to the other one; nowhere to one that is not above this."""
        if other.precedence <= self.precedence:
            return Step.NONE
        if other.major > self.major:
            return Step.MAJOR
        return Step.MINOR if other.minor > self.minor else Step.PATCH

    def after(self, step: Step) -> "Version":
        """The least release that is this far from it."""
        match step:
            case Step.NONE:
                return self
            case Step.PATCH:
                patch = self.patch if self.before else self.patch + 1
                return Version(major=self.major, minor=self.minor, patch=patch)
            case Step.MINOR:
                return Version(major=self.major, minor=self.minor + 1, patch=0)
            case Step.MAJOR:
                return Version(major=self.major + 1, minor=0, patch=0)


def version_of(text: str) -> Version | None:
    """None for what is no version, as `1.4` or `v1.4.0`."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    major, minor, patch, before = found.groups()
    parts = tuple(before.split(".")) if before else ()
    return Version(major=int(major), minor=int(minor), patch=int(patch), before=parts)


def is_below(text: str, other: str) -> bool:
    """By precedence (item 11), or by their numbers where either is no version but comes near one.

    What has no numbers is neither below nor above anything.
    """
    version, its = version_of(text), version_of(other)
    if version is not None and its is not None:
        return version.precedence < its.precedence
    numbers, others = _numbers(text), _numbers(other)
    return numbers is not None and others is not None and numbers < others


def _numbers(text: str) -> tuple[int, int, int] | None:
    """Major, minor and patch, as of `v1.4`; None for what has none."""
    found = _NEARLY.fullmatch(text.strip())
    if found is None:
        return None
    major, minor, patch = (int(each or 0) for each in found.groups())
    return major, minor, patch
