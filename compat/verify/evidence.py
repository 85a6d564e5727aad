"""What shows in a message that a difference matters: what one spec forbids or does not know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compat.lens.ops import DifferenceId
from compat.model.schema import Json
from compat.plan.bridge import Difference
from compat.plan.spot import Side
from compat.verify.cases import Case, Version
from compat.verify.changes import pointer
from compat.verify.nodes import Governing, Path, places_of
from compat.verify.sections import Section, governing, message_faults, strangers


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place in a message, and what is wrong there under a spec that it was not written for."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{pointer(self.path)}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One message as an operation of one version sees it."""

    version: Version
    section: Section
    is_new: bool

    def evidence(self, document: Mapping[str, Json]) -> Iterator[Evidence]:
        """All that the version does not allow or does not know."""
        spec = self.version.sides[self.section.side]
        for fault in message_faults(spec, self.section, document):
            yield Evidence(path=fault.path, message=fault.message)
        for path in strangers(self.version.nodes, self.section, document):
            yield Evidence(path=path, message="nothing declares it")

    def ways(self, path: Path) -> tuple[Governing, ...]:
        return governing(self.version.nodes, self.section, path)


def is_about(difference: Difference, evidence: Evidence, views: tuple[View, View]) -> bool:
    """Is it where the difference was found, in the words of either version?"""
    for view in views:
        place = difference.new if view.is_new else difference.old
        if place is None:
            continue
        key = place.id
        for governed in view.ways(evidence.path):
            if any(key in places_of(schema) for schema in governed):
                return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A message that a difference breaks, and what the shim makes of it.

    `becomes` is "valid", "refused", "passes" (as the plan says), "meaning" (both specs allow it as
    it is, and the shim changes what it means) or "refused otherwise", for another difference that
    the message meets first. `shows` says what is wrong without the shim.
    """

    difference: DifferenceId
    role: str
    operation: str
    side: Side
    message: Json
    shows: str
    becomes: str
    case: Case
    after: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwitnessed:
    """A difference that no message shows, in one role, and why."""

    difference: DifferenceId
    role: str
    reason: str
