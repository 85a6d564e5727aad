"""What a pipeline is told: what breaks as it is, what a shim leaves, and what was accepted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from compat.bridging.bridging import Bridging
from compat.differ.bump import VERSION_RULES
from compat.differ.change import Change
from compat.differ.documents import Document
from compat.differ.effect import Effect, Level
from compat.differ.gate import Gated
from compat.load import Problem
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan, Difference, Verdict
from compat.report.changes.document import bridge_document, change_document
from compat.report.changes.listing import Listing, listing
from compat.report.changes.text import changes_text
from compat.report.counted import counted
from compat.report.document import difference_document
from compat.report.gated import accepted_lines, complaint_lines
from compat.report.places import problem_documents
from compat.report.printable import on_one_line
from compat.report.unbroken import unbroken

CHECK_FORMAT: Final = 1


class FailOn(StrEnum):
    """What ends a pipeline: the least of what is there."""

    BREAKING = "breaking"
    UNBRIDGED = "unbridged"
    LOSSY = "lossy"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Both ways of looking at two versions for one role: without a shim, and with the planned one.

    What an intent file accepts is told, and counts neither as a gap nor as a loss. A shim is of one
    interface: where `folders` are compared there is no plan.
    """

    gated: Gated
    documents: tuple[Document, ...]
    plan: BridgePlan | None
    bridging: Bridging | None
    role: Role
    problems: tuple[Problem, ...] = ()
    folders: tuple[str, str] | None = None

    def level(self, change: Change) -> Level:
        return change.level_for(self.role)

    @property
    def listing(self) -> Listing:
        """The open changes, as `diff` lists them."""
        return self.listed(Level.INFO)

    def listed(self, least: Level) -> Listing:
        """The open changes of the least level or above."""
        return listing(
            self.documents,
            self.gated.open,
            folders=self.folders,
            role=self.role,
            least=least,
            problems=self.problems,
            bridging=self.bridging,
            command="check",
        )

    @property
    def counts(self) -> Mapping[Level, int]:
        """How many open changes there are of each level, the worst first."""
        found = Counter(map(self.level, self.gated.open))
        return {level: found[level] for level in reversed(Level)}

    @property
    def unbridged(self) -> tuple[Difference, ...]:
        return tuple(
            each for each in self._crossed(lambda verdict: verdict.is_gap) if not each.acceptance
        )

    @property
    def lossy(self) -> tuple[Difference, ...]:
        """What the shim loses, and nobody has accepted."""
        found = self._crossed(lambda verdict: verdict is Verdict.LOSSY)
        return tuple(each for each in found if not each.acceptance)

    @property
    def accepted(self) -> tuple[Difference, ...]:
        """What the shim refuses or loses, with somebody's word in the intent."""
        found = self._crossed(lambda verdict: verdict.is_gap or verdict is Verdict.LOSSY)
        return tuple(each for each in found if each.acceptance)

    @property
    def left(self) -> tuple[Change, ...]:
        """The open errors of messages for which the shim does nothing."""
        return tuple(each for each in self.gated.open if self._is_left(each))

    def _is_left(self, change: Change) -> bool:
        if self.level(change) is not Level.ERR or change.effect is Effect.SAME:
            return False
        if self.bridging is None:
            return False
        crossing = self.bridging.crossing(change, self.role)
        return crossing is None or crossing.verdict is Verdict.NONE

    @property
    def misnumbered(self) -> tuple[Change, ...]:
        """What is wrong with the version as settings ask for it: no shim makes up for that."""
        return tuple(
            each
            for each in self.gated.open
            if each.id in VERSION_RULES and self.level(each) is Level.ERR
        )

    def failures(self, on: FailOn) -> tuple[str, ...]:
        """Why a pipeline ends, in words; not at all where it goes on.

        What is wrong with the settings always ends it, with the version unless nothing shall.
        """
        of_shim = (
            (len(self.unbridged), "open gap", "open gaps"),
            (len(self.left), "error that the shim leaves", "errors that the shim leaves"),
        )
        found = {
            FailOn.BREAKING: ((self.counts[Level.ERR], "error", "errors"),),
            FailOn.UNBRIDGED: of_shim,
            FailOn.LOSSY: (*of_shim, (len(self.lossy), "loss", "losses")),
            FailOn.NONE: (),
        }[on]
        version = len(self.misnumbered) if on is not FailOn.NONE else 0
        settings = len(self.gated.complaints)
        every = (
            *found,
            (version, "version that is not bumped", "versions that are not bumped"),
            (settings, "mistake in the settings", "mistakes in the settings"),
        )
        return tuple(
            f"{count} {one if count == 1 else many}" for count, one, many in every if count
        )

    def _crossed(self, wanted: Callable[[Verdict], bool]) -> Iterator[Difference]:
        """Those of the role, without the operations that are left out."""
        for each in () if self.plan is None else self.plan.differences:
            is_left_out = each.operations and self.gated.left_out.issuperset(each.operations)
            if not is_left_out and wanted(each.judgements[self.role].verdict):
                yield each


def check_text(checked: Checked) -> Group:
    """The figures, then what is behind them."""
    shown = changes_text(checked.listed(Level.WARN))
    accepted = accepted_lines(checked.gated.accepted, checked.role)
    return Group(*_figures(checked), *accepted, Text(), shown, *_gaps(checked))


def _figures(checked: Checked) -> Iterator[RenderableType]:
    counts = checked.counts
    errors, warnings = counted(counts[Level.ERR], "error"), counted(counts[Level.WARN], "warning")
    without = _with_accepted(f"{errors}, {warnings}", len(checked.gated.accepted))
    yield Text(f"without a shim: {without}", "bold")
    if checked.plan is not None:
        gaps = f"{counted(len(checked.unbridged), 'open gap')}, {len(checked.lossy)} lossy"
        if checked.left:
            gaps = f"{gaps}, {counted(len(checked.left), 'error')} left as without it"
        yield Text(f"with a shim:    {_with_accepted(gaps, len(checked.accepted))}", "bold")
    yield from complaint_lines(checked.gated.complaints)


def _with_accepted(figures: str, accepted: int) -> str:
    return f"{figures}, {accepted} accepted" if accepted else figures


def _gaps(checked: Checked) -> Iterator[RenderableType]:
    for noun, those in (
        ("not bridged", checked.unbridged),
        ("lossy", checked.lossy),
        ("accepted in the intent", checked.accepted),
    ):
        if those:
            yield Text()
            yield Text(f"with a shim, {noun}:", "bold")
        for each in those:
            told = unbroken(f"{each.id}  {on_one_line(each.told)}")
            yield Padding(told, (0, 0, 0, 2), expand=False)


def check_document(checked: Checked) -> Mapping[str, Json]:
    """The same for programs; `check.schema.json` beside this module describes it."""
    gated = checked.gated
    return {
        "check_format": CHECK_FORMAT,
        "role": checked.role,
        "without_shim": {level.name: number for level, number in checked.counts.items()},
        "with_shim": None if checked.plan is None else _with_shim(checked),
        "changes": [
            {**change_document(each, checked.level(each)), **_beside(checked, each)}
            for each in gated.open
        ],
        "accepted": [
            {
                "change": change_document(change, checked.level(change)),
                "owner": word.owner,
                "reason": word.reason,
                "until": word.until,
            }
            for change, word in gated.accepted
        ],
        "complaints": list(gated.complaints),
        "unbridged": [difference_document(each) for each in checked.unbridged],
        "lossy": [difference_document(each) for each in checked.lossy],
        "accepted_in_intent": [difference_document(each) for each in checked.accepted],
        "problems": problem_documents(checked.problems),
    }


def _beside(checked: Checked, change: Change) -> Mapping[str, Json]:
    """What the planned shim does about it."""
    if checked.bridging is None:
        return {}
    return {"bridge": bridge_document(checked.bridging, change)}


def _with_shim(checked: Checked) -> Json:
    return {
        "open_gaps": len(checked.unbridged),
        "lossy": len(checked.lossy),
        "left": len(checked.left),
        "accepted": len(checked.accepted),
    }
