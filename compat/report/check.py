"""What a pipeline is told: what breaks as it is, what a shim leaves, and what was accepted."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from compat.differ.effect import Level
from compat.differ.gate import Gated
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan, Difference, Verdict
from compat.report.changes.document import change_document
from compat.report.changes.listing import listing
from compat.report.changes.text import changes_text
from compat.report.changes.words import placed
from compat.report.document import difference_document
from compat.report.printable import on_one_line
from compat.report.text import counted, unbroken

CHECK_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Both ways of looking at two versions: without a shim, and with the one that is planned."""

    gated: Gated
    plan: BridgePlan

    @property
    def breaking(self) -> int:
        return sum(change.level is Level.ERR for change in self.gated.open)

    @property
    def unbridged(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.plan.differences if each.is_open_gap)

    @property
    def lossy(self) -> tuple[Difference, ...]:
        """What the shim loses, and nobody has accepted."""
        return tuple(
            each
            for each in self.plan.differences
            if each.verdict is Verdict.LOSSY and each.acceptance is None
        )

    def fails(self, on: str) -> bool:
        """`on` is "breaking", "unbridged", "lossy" or "none"; a bad acceptance always fails."""
        found = {
            "breaking": bool(self.breaking),
            "unbridged": bool(self.unbridged),
            "lossy": bool(self.unbridged or self.lossy),
        }
        return bool(self.gated.complaints) or found.get(on, False)


def check_text(checked: Checked) -> Group:
    """The figures, then what is behind them."""
    gated = checked.gated
    shown = listing(checked.plan.old, checked.plan.new, gated.open, least=Level.WARN)
    return Group(*_figures(checked), *_accepted(gated), changes_text(shown), *_gaps(checked))


def _figures(checked: Checked) -> Iterator[RenderableType]:
    counts = Counter(change.level for change in checked.gated.open)
    without = f"{counted(counts[Level.ERR], 'error')}, {counted(counts[Level.WARN], 'warning')}"
    accepted = len(checked.gated.accepted)
    yield Text(f"without a shim: {without}{f', {accepted} accepted' if accepted else ''}", "bold")
    gaps = counted(len(checked.unbridged), "open gap")
    yield Text(f"with a shim:    {gaps}, {len(checked.lossy)} lossy", "bold")
    for complaint in checked.gated.complaints:
        yield Text(f"acceptance {complaint}", "bold red")


def _accepted(gated: Gated) -> Iterator[RenderableType]:
    for change, word in gated.accepted:
        yield Text()
        yield Text(on_one_line(f"accepted: {placed(change)}"))
        by = f"by {word.owner} until {word.until}: {word.reason}"
        yield Padding(Text(by, style="dim"), (0, 0, 0, 2))
    yield Text()


def _gaps(checked: Checked) -> Iterator[RenderableType]:
    for noun, those in (("not bridged", checked.unbridged), ("lossy", checked.lossy)):
        if those:
            yield Text()
            yield Text(f"with a shim, {noun}:", "bold")
        for each in those:
            yield Padding(unbroken(f"{each.id}  {each.told}"), (0, 0, 0, 2), expand=False)


def check_document(checked: Checked) -> Mapping[str, Json]:
    """The same for programs; `check.schema.json` beside this module describes it."""
    gated = checked.gated
    counts = Counter(change.level for change in gated.open)
    return {
        "check_format": CHECK_FORMAT,
        "without_shim": {level.name: counts[level] for level in reversed(Level)},
        "with_shim": {"open_gaps": len(checked.unbridged), "lossy": len(checked.lossy)},
        "changes": [change_document(each, each.level) for each in gated.open],
        "accepted": [
            {
                "change": change_document(change, change.level),
                "owner": word.owner,
                "reason": word.reason,
                "until": word.until,
            }
            for change, word in gated.accepted
        ],
        "complaints": list(gated.complaints),
        "unbridged": [difference_document(each) for each in checked.unbridged],
        "lossy": [difference_document(each) for each in checked.lossy],
    }
