"""Open gaps as a compiler would tell them: where, what, why, and what to write."""

from collections.abc import Iterator
from textwrap import indent
from typing import Final

from rich.padding import Padding
from rich.text import Text

from compat.plan.bridge import Difference
from compat.report.printable import printable
from compat.report.text import ROLES, STYLES, unbroken

_SECTIONS: Final = {"- at:": "bridges", "- old:": "operations", "- new:": "operations"}


def gap_text(difference: Difference) -> Iterator[Padding | Text]:
    """One gap: its place and message on a line of its own, the rest below it."""
    yield _headline(difference)
    for role, judgement in difference.judgements.items():
        if judgement.verdict.is_gap:
            below = Text.assemble((ROLES[role], "dim"), f": {printable(judgement.treatment)}")
            yield Padding(below, (0, 0, 0, 2))
    section, stub = stub_of(difference)
    yield Padding(Text(f"write in the intent, under {section}:", style="dim"), (0, 0, 0, 2))
    yield unbroken(indent(stub, "    "))


def stub_of(difference: Difference) -> tuple[str, str]:
    """The section of the intent file, and what to write there."""
    for beginning, section in _SECTIONS.items():
        if difference.stub.startswith(beginning):
            return section, difference.stub
    words = f"{difference.kind} {difference.subject}"
    return "accept", f"- difference: {words}\n  reason: ...\n  owner: ..."


def _headline(difference: Difference) -> Text:
    """As `file:line:column`, so that editors lead to it; of two places the newer one."""
    place = difference.new or difference.old
    assert place is not None, difference.id
    other = difference.old if difference.new is not None else None
    verdict = difference.verdict
    line = Text.assemble(
        (printable(str(place)), "bold"),
        ": ",
        (verdict.label, STYLES[verdict]),
        f": {printable(difference.subject)}: {printable(difference.message)}",
        no_wrap=True,
        overflow="ignore",
    )
    if other is not None:
        line.append(f" (before: {printable(str(other))})", style="dim")
    return line
