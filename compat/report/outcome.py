"""What became of an order for a package: as text, and as JSON (`generate.schema.json`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from compat.emit.tree import HOOKS
from compat.load import Problem
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan, Verdict
from compat.report.counted import counted
from compat.report.document import difference_document, summary_document
from compat.report.gaps import entries_text, gap_text, settled
from compat.report.places import problem_documents
from compat.report.summary import Summary, summary
from compat.report.text import ROLES, STYLES, totals
from compat.report.unbroken import unbroken
from compat.suggest.candidate import Candidate

OUTCOME_FORMAT: Final = 1


class Ending(StrEnum):
    """What was done, or why nothing was; of several reasons the first."""

    GAPS = "gaps"  # nothing written: differences that nothing bridges and nobody accepted
    STALE = "stale"  # only checked: the folder is not what its inputs give
    HOOKS = "hooks"  # up to date but for the hooks file, which a person has to mend
    WRITTEN = "written"
    FRESH = "fresh"  # the folder was what its inputs give

    @property
    def is_finding(self) -> bool:
        return self in (Ending.GAPS, Ending.STALE, Ending.HOOKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an order for the package `package` in the folder `folder`.

    `steps` are the plans that `plan` was fused from, or that plan alone; `guesses` may explain its
    open gaps.
    `changed`, `missing` and `orphaned` are the files that were not what the inputs give, relative
    to the folder; `hooks` says what is wrong with the hooks file.
    """

    ending: Ending
    package: str
    folder: str
    plan: BridgePlan
    steps: tuple[BridgePlan, ...]
    guesses: tuple[Candidate, ...] = ()
    problems: tuple[Problem, ...] = ()
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()


def outcome_document(outcome: Outcome) -> Mapping[str, Json]:
    """The outcome for programs."""
    return {
        "generate": OUTCOME_FORMAT,
        "ending": outcome.ending.value,
        "package": outcome.package,
        "folder": outcome.folder,
        "changed": list(outcome.changed),
        "missing": list(outcome.missing),
        "orphaned": list(outcome.orphaned),
        "hooks": list(outcome.hooks),
        "gaps": [difference_document(each) for each in outcome.plan.open_gaps],
        "guesses": [_guess_document(each, outcome) for each in outcome.guesses],
        "summary": summary_document(summary(outcome.plan)),
        "problems": problem_documents(outcome.problems),
    }


def _guess_document(guess: Candidate, outcome: Outcome) -> Json:
    gaps = (gap for step in outcome.steps for gap in step.open_gaps)
    return {
        "sort": guess.sort.value,
        "score": guess.score,
        "gaps": settled(guess, gaps),
        "intent": entries_text(guess.entries),
    }


def outcome_text(outcome: Outcome) -> Group:
    """The outcome for people; the last line says what it comes to."""
    return Group(*_parts(outcome))


def _parts(outcome: Outcome) -> Iterator[RenderableType]:
    folder = outcome.folder
    match outcome.ending:
        case Ending.GAPS:
            yield from _gaps(outcome)
        case Ending.STALE:
            yield from _files(outcome)
            yield unbroken(f"{folder} is stale: run `isthmus compat generate {folder}`", "red")
        case Ending.HOOKS:
            for complaint in outcome.hooks:
                yield unbroken(f"{folder}/{complaint}")
            many = counted(len(outcome.hooks), "complaint")
            written = len(outcome.changed) + len(outcome.missing)
            others = f"; the rest is written, {counted(written, 'file')}" if written else ""
            yield unbroken(
                f"{folder} is not complete: {many} about {folder}/{HOOKS}, where your functions "
                f"go{others}",
                "red",
            )
        case Ending.WRITTEN:
            yield from _figures(outcome)
            written = len(outcome.changed) + len(outcome.missing)
            removed = f", {len(outcome.orphaned)} removed" if outcome.orphaned else ""
            yield unbroken(f"{folder}: {counted(written, 'file')} written{removed}", "green")
        case Ending.FRESH:
            yield from _figures(outcome)
            yield unbroken(f"{folder} is up to date", "green")


def _gaps(outcome: Outcome) -> Iterator[RenderableType]:
    guesses = sorted(outcome.guesses, key=lambda guess: -guess.score)
    for step in outcome.steps:
        if len(outcome.steps) > 1 and step.open_gaps:
            yield Text(f"from {step.old_version} to {step.new_version}:", style="bold")
        for gap in step.open_gaps:
            yield from gap_text(gap, guesses)
            yield Text()
    many = counted(sum(len(step.open_gaps) for step in outcome.steps), "open gap")
    yield Text(
        f"{many}, nothing written: bridge or accept each in the intent file "
        "(`isthmus compat suggest` drafts one), or generate with --allow-gaps",
        style="red",
    )


def _files(outcome: Outcome) -> Iterator[RenderableType]:
    for word, paths in (
        ("changed", outcome.changed),
        ("missing", outcome.missing),
        ("orphaned", outcome.orphaned),
    ):
        for path in paths:
            yield unbroken(f"  {word:9}{path}")


def _figures(outcome: Outcome) -> Iterator[RenderableType]:
    counts = summary(outcome.plan)
    yield Text(totals(counts))
    losses = [*_losses(counts)]
    yield from losses
    if losses:
        yield Text("`isthmus compat plan` shows each of them", style="dim")
    if outcome.plan.open_gaps:
        yield Text("calls that meet an open gap will be refused", style="yellow")


def _losses(counts: Summary) -> Iterator[Text]:
    """How much each client loses, and how many of its operations are refused."""
    for role, title in ROLES.items():
        lossy, refused = counts.verdicts[role][Verdict.LOSSY], counts.crossings[role].refused
        told = [f"{lossy} lossy"] if lossy else []
        if refused:
            told.append(f"{counted(refused, 'operation')} refused")
        if told:
            yield Text.assemble((f"{title}: ", "dim"), (", ".join(told), STYLES[Verdict.LOSSY]))
