"""Open gaps as a compiler would tell them: where, what, why, and what to write."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from textwrap import indent
from typing import Final

from rich.padding import Padding
from rich.text import Text

from compat.intent.write import Entry, Section, write_intent
from compat.model.schema import Json
from compat.plan.bridge import Difference, Verdict
from compat.report.printable import printable
from compat.report.text import ROLES, STYLES
from compat.report.unbroken import unbroken
from compat.suggest.candidate import Candidate

ACCEPT: Final = "accept"
_SECTIONS: Final = {"- at:": "bridges", "- old:": "operations", "- new:": "operations"}


def gap_text(difference: Difference, guesses: Iterable[Candidate] = ()) -> Iterator[Padding | Text]:
    """One gap: its place and message on a line of its own, the rest below it.

    Of the guesses the first that would settle it is told.
    """
    yield headline(difference, difference.verdict)
    for role, judgement in difference.judgements.items():
        if judgement.verdict.is_gap:
            below = Text.assemble((ROLES[role], "dim"), f": {printable(judgement.treatment)}")
            yield Padding(below, (0, 0, 0, 2))
    guess = next((each for each in guesses if settles(each, difference)), None)
    if guess is not None:
        words = f"a guess is {guess.sort} (score {guess.score:.2f})"
        yield _remark(f"{words}; if it is right, write in the intent:")
        yield unbroken(indent(printable(entries_text(guess.entries)), "    "))
    section, stub = stub_of(difference)
    otherwise = "else " if guess is not None else ""
    yield _remark(f"{otherwise}write in the intent, under {section}:")
    yield unbroken(indent(stub, "    "))
    if section != ACCEPT:
        yield _remark("or accept it, with a reason and an owner:")
        named = Entry(section=Section.ACCEPT, words={"difference": _called(difference)})
        yield unbroken(indent(printable(entries_text([named])), "    "))


def settles(guess: Candidate, difference: Difference) -> bool:
    """Would the difference be no gap with these entries?"""
    return _name(difference) in guess.answers


def settled(guess: Candidate, gaps: Iterable[Difference]) -> list[Json]:
    """The ids of the gaps that it would settle."""
    return [*sorted({gap.id for gap in gaps if settles(guess, gap)})]


def entries_text(entries: Iterable[Entry]) -> str:
    """Entries of an intent file that are on, with their sections."""
    bare = [replace(entry, on=True, comments=()) for entry in entries]
    return write_intent(bare).partition("\n\n")[2].rstrip("\n")


def _remark(text: str) -> Padding:
    return Padding(Text(text, style="dim"), (0, 0, 0, 2))


def _name(difference: Difference) -> str:
    return f"{difference.kind} {difference.subject}"


def _called(difference: Difference) -> str:
    """How an acceptance calls it, and nothing else."""
    name = _name(difference)
    return difference.id if "*" in name else name


def stub_of(difference: Difference) -> tuple[str, str]:
    """The section of the intent file, and what to write there."""
    for beginning, section in _SECTIONS.items():
        if difference.stub.startswith(beginning):
            return section, difference.stub
    return ACCEPT, f"- difference: {_called(difference)}\n  reason: ...\n  owner: ..."


def headline(difference: Difference, verdict: Verdict) -> Text:
    """As `file:line:column`, so that editors lead to it; of two places the newer one.

    The verdict is that of the one who asks, or the worse of the two.
    """
    place = difference.new or difference.old
    assert place is not None, difference.id
    other = difference.old if difference.new is not None else None
    line = Text.assemble(
        (printable(str(place)), "bold"),
        ": ",
        (verdict.label, STYLES[verdict]),
        f": {printable(difference.told)}",
        no_wrap=True,
        overflow="ignore",
    )
    if other is not None:
        line.append(f" (before: {printable(str(other))})", style="dim")
    return line
