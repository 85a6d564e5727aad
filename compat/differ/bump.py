"""What the changes ask of `info.version`, by Semantic Versioning 2.0.0.

What may break an old client asks for the first number, and what is new or deprecated for the second
one. After 0.y.z, and after a pre-release, anything may change: then any higher version will do.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.differ.semver import Step, Version, version_of
from compat.differ.version import DECREASED, version_change
from compat.model.interface import Interface
from compat.model.record import record

NOT_SEMVER: Final = "api-version-not-semver"
_UNBUMPED: Final = {
    Step.MAJOR: "api-major-version-not-bumped",
    Step.MINOR: "api-minor-version-not-bumped",
    Step.PATCH: "api-version-not-bumped",
}
VERSION_RULES: Final = frozenset({NOT_SEMVER, *_UNBUMPED.values()})
ADDED: Final = frozenset(
    (
        *("endpoint-added", "callback-added", "webhook-added", "request-body-added-optional"),
        *("new-optional-request-property", "new-optional-request-parameter"),
        "new-optional-request-default-parameter-to-existing-path",
        *("response-optional-property-added", "response-required-property-added"),
        *("response-header-added", "response-link-added"),
        *("endpoint-deprecated", "endpoint-deprecated-with-sunset"),
        *("request-property-deprecated", "request-property-deprecated-with-sunset"),
        *("response-property-deprecated", "response-property-deprecated-with-sunset"),
        *("request-parameter-deprecated", "response-header-deprecated"),
    )
)
"""What is new or deprecated (item 7), beside what a new client may break an old server with."""
_THREE: Final = "a version has three numbers, as 1.4.2 (Semantic Versioning 2.0.0)"


@record(kw_only=True)
class Bump:
    """The step that each change asks for: by its level, or as it adds something."""

    err: Step = Step.MAJOR
    warn: Step = Step.MINOR
    added: Step = Step.MINOR
    info: Step = Step.PATCH

    def step(self, change: Change) -> Step:
        """What one change asks for; that the version changes asks for nothing."""
        if change.id in (DECREASED, *VERSION_RULES):
            return Step.NONE
        level = {Level.ERR: self.err, Level.WARN: self.warn, Level.INFO: self.info}[change.level]
        return max(level, self.added) if _adds(change) else level


def _adds(change: Change) -> bool:
    """Is there something that a new client may miss in an old server, or shall not begin with?"""
    return change.id in ADDED or change.level_for_new_client > Level.INFO


def bumped(found: Sequence[Change], old: Interface, new: Interface, bump: Bump) -> Iterator[Change]:
    """What is wrong with the new version, if anything, as a change of its own."""
    before, after = version_of(old.version), version_of(new.version)
    if before is None or after is None:
        level = Level.ERR if after is None else Level.WARN
        yield version_change(NOT_SEMVER, "semver", old, new, ruled=level, remedy=_THREE)
        return
    asked = max((bump.step(each) for each in found), default=Step.NONE)
    needed = min(asked, Step.PATCH) if before.promises_nothing else asked
    if before.step_to(after) < needed:
        asking = [each for each in found if bump.step(each) is asked]
        remedy = _remedy(before.after(needed), asking)
        aspect = f"{needed.name.lower()}-bump"
        told = (_UNBUMPED[needed], aspect, old, new)
        yield version_change(*told, ruled=Level.ERR, remedy=remedy)


def _remedy(least: Version, asking: Sequence[Change]) -> str:
    first = " of ".join(each for each in (asking[0].id, asking[0].operation) if each)
    more = f" and {len(asking) - 1} more" if len(asking) > 1 else ""
    return f"{least} would do, for {first}{more}"
