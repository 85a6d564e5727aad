"""The plan as a person reads it: the figures first, then each operation and schema, worst first.

Renderables know their widths only when a console draws them, so the same report fits a terminal
of any width, a file and a pipe.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import Acceptance, BridgePlan, Difference, Judgement, Verdict
from compat.report.counted import counted
from compat.report.grouping import WHOLE_OPERATIONS, Entry, Section, local_name, sections
from compat.report.printable import printable
from compat.report.summary import Crossing, Summary, summary

ROLES: Final = {
    Role.OLD_CLIENT: "old client → new server",
    Role.NEW_CLIENT: "new client → old server",
}
STYLES: Final = {
    Verdict.NONE: "dim",
    Verdict.LOSSLESS: "green",
    Verdict.DEFAULTED: "cyan",
    Verdict.LOSSY: "yellow",
    Verdict.NEEDS_INTENT: "bold magenta",
    Verdict.UNBRIDGEABLE: "bold red",
}
NOTHING: Final = "nothing to do"
DIALECTS: Final = {"2.0": "Swagger 2.0", "3.0": "OpenAPI 3.0", "3.1": "OpenAPI 3.1"}
OPERATIONS_NAMED_MAX: Final = 2
ENTRIES_SHOWN_MAX: Final = 2_000
"""Some 6,000 lines: nobody reads more, and laying them out takes longer than planning."""


def plan_text(plan: BridgePlan, *, everything: bool = False) -> Group:
    """The whole report; without `everything`, what needs nothing is only counted."""
    counts = summary(plan)
    return Group(
        _heading(plan),
        Text(),
        _figures(counts),
        Text(),
        Text(totals(counts), style="bold"),
        *_details(plan, everything=everything),
    )


def totals(counts: Summary) -> str:
    """How much there is, in a sentence."""
    if counts.differences == 0:
        return "no differences"
    accepted = f", {counts.accepted} accepted" if counts.accepted else ""
    gaps = counted(counts.open_gaps, "open gap") if counts.open_gaps else "no open gap"
    return f"{counted(counts.differences, 'difference')}, {gaps}{accepted}"


def _heading(plan: BridgePlan) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for word, name, interface in (
        ("old", plan.old_version, plan.old),
        ("new", plan.new_version, plan.new),
    ):
        table.add_row(
            Text(word, style="dim"), Text(printable(name), style="bold"), spec_text(interface)
        )
    return table


def spec_text(interface: Interface) -> Text:
    """Which document it is, and how much it offers."""
    return Text(
        printable(
            f"{interface.place.file}: {interface.title} {interface.version}, "
            f"{DIALECTS[interface.dialect]}, {counted(len(interface.operations), 'operation')}"
        )
    )


def _figures(counts: Summary) -> RenderableType:
    """Differences per verdict, then operations per way of crossing, for both roles."""
    table = Table(
        Column(),
        *(Column(title, justify="right") for title in ROLES.values()),
        box=None,
        header_style="dim",
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for verdict in reversed(Verdict):
        name = NOTHING if verdict is Verdict.NONE else verdict.label
        figures = [counts.verdicts[role][verdict] for role in Role]
        if any(figures):
            table.add_row(Text(name, style=STYLES[verdict]), *map(_figure, figures))
    for name, figures in _crossings([counts.crossings[role] for role in Role]):
        if any(figures):
            table.add_row(f"operations {name}", *map(_figure, figures), style="dim")
    return table


def _crossings(found: list[Crossing]) -> Iterator[tuple[str, list[int]]]:
    yield "passed on unchanged", [each.unchanged for each in found]
    yield "translated", [each.translated for each in found]
    yield "left to a hook", [each.hooked for each in found]
    yield "refused", [each.refused for each in found]


def _figure(number: int) -> str:
    return str(number) if number else "–"


def _details(plan: BridgePlan, *, everything: bool) -> Iterator[RenderableType]:
    quiet, more, room = 0, 0, ENTRIES_SHOWN_MAX
    for section in sections(plan.differences):
        loud = [each for each in section.entries if everything or not _is_quiet(each)]
        shown, beyond = loud[:room], loud[room:]
        room -= len(shown)
        more += _number(beyond)
        quiet += _number(section.entries) - _number(loud)
        if shown:
            yield Text()
            yield _title(section)
            yield Padding(_table(shown), (0, 0, 0, 2))
    if more:
        yield Text(f"\nand {counted(more, 'difference')} more; --format json tells all")
    if quiet:
        rest = "needs nothing and is not shown" if quiet == 1 else "need nothing and are not shown"
        yield Text(f"\n{counted(quiet, 'difference')} {rest}", style="dim")


def _number(entries: Iterable[Entry]) -> int:
    return sum(len(each.differences) for each in entries)


def _is_quiet(entry: Entry) -> bool:
    return entry.first.verdict is Verdict.NONE and entry.acceptance is None


def _title(section: Section) -> Text:
    title = Text(printable(section.owner), style="bold")
    others = [name for name in section.operations if name != section.owner]
    if others and section.owner != WHOLE_OPERATIONS:
        few = len(others) <= OPERATIONS_NAMED_MAX
        named = ", ".join(others) if few else counted(len(others), "operation")
        title.append(printable(f"  met by {named}"), style="not bold dim")
    return title


def _table(entries: list[Entry]) -> Table:
    table = Table(
        Column(width=1, style="dim"),
        Column(ratio=5, overflow="fold"),
        *(Column(title, ratio=4, overflow="fold") for title in ROLES.values()),
        box=None,
        header_style="dim",
        expand=True,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for entry in entries:
        table.add_row("•", _what(entry), *(_cell(entry.judgements[role]) for role in Role))
    return table


def _what(entry: Entry) -> Text:
    whole = entry.first.subject == local_name(entry.first.subject)
    names = Text("\n" if whole else ", ").join(_name(each) for each in entry.differences)
    lines = [names] if names.plain else []
    lines.append(Text(printable(f"{entry.kind}: {entry.message}"), style="dim"))
    if entry.acceptance is not None:
        lines.append(_accepted(entry.acceptance))
    return Text("\n").join(lines)


def _name(difference: Difference) -> Text:
    """The name below the owner, and the lines of the specs where it stands."""
    name = printable(local_name(difference.subject))
    if not name:
        return Text()
    return Text.assemble(name, (f" ({_lines(difference)})", "dim"))


def _lines(difference: Difference) -> str:
    places = (("old", difference.old), ("new", difference.new))
    return ", ".join(f"{word} {place.line}" for word, place in places if place is not None)


def _accepted(acceptance: Acceptance) -> Text:
    until = f" until {acceptance.until}" if acceptance.until else ""
    return Text(
        printable(f"accepted by {acceptance.owner}{until}: {acceptance.reason}"), style="green"
    )


def _cell(judgement: Judgement) -> Text:
    style = STYLES[judgement.verdict]
    if judgement.verdict is Verdict.NONE:
        return Text(printable(judgement.treatment), style=style)
    return Text.assemble((judgement.verdict.label, style), "\n", printable(judgement.treatment))
