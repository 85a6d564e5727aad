"""A timeline as a picture for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click

from compat.report.printable import on_one_line
from core.cli.columns import is_coloured
from core.cli.moments import moment_text
from core.cli.timeline.words import density, share, summary, window
from core.stream.timeline import Timeline
from core.units import size_text
from core.wire.note import Remark

_BARS: Final = "▁▂▃▄▅▆▇█"
_HEIGHT: Final = 4


def timeline_text(drawn: Timeline, names: Sequence[str]) -> str:
    """As wide as there are spans; what was written is higher the more it is."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(drawn, names))


def _lines(drawn: Timeline, names: Sequence[str]) -> Iterator[str]:
    yield summary(drawn, names)
    if drawn.spans:
        width = len(drawn.spans)
        begin, end = window(drawn)
        peak = max(drawn.spans, key=lambda each: each.written_bytes)
        yield f"most at {moment_text(peak.begin_ns)}: {size_text(peak.written_bytes)}"
        yield ""
        yield from _bars([each.written_bytes for each in drawn.spans])
        yield "".join(_axis(drawn))
        yield from _marks(drawn, width)
        yield f"from  {begin}"
        yield f"to    {end}"
        yield from _thinned(drawn)
    yield from _notes(drawn)


def _bars(heights: Sequence[int]) -> Iterator[str]:
    """Rows from the top; whatever is more than nothing is at least one eighth high."""
    most = max(heights)
    eighths = [-(-each * _HEIGHT * 8 // most) if most else 0 for each in heights]
    for row in range(_HEIGHT - 1, -1, -1):
        cells = (min(8, max(0, each - row * 8)) for each in eighths)
        yield _styled("".join(_BARS[each - 1] if each else " " for each in cells), "cyan")


def _marks(drawn: Timeline, width: int) -> Iterator[str]:
    for letter, colour, times in (
        ("▲", "green", [each.time_ns for each, _ in drawn.bookmarks]),
        # What was given up lies before all that there is.
        ("✗", "red", [drawn.begin_ns for _ in drawn.gaps]),
    ):
        if times:
            yield _styled(_row(letter, width, (share(drawn, each) for each in times)), colour)


def _axis(drawn: Timeline) -> Iterator[str]:
    """Where nothing was written, as before that."""
    line = "─"
    for each in drawn.spans:
        if each.writes:
            line = "╌" if each.is_thinned else "─"
        yield line


def _thinned(drawn: Timeline) -> Iterator[str]:
    for nth, span in enumerate(drawn.thinned):
        if not nth:
            yield ""
        ends = f"{moment_text(span.begin_ns)} to {moment_text(span.end_ns)}"
        yield f"╌ {ends}  {density(span)}"


def _row(letter: str, width: int, shares: Iterable[float]) -> str:
    cells = [" "] * width
    for each in shares:
        cells[min(width - 1, int(each * width))] = letter
    return "".join(cells)


def _notes(drawn: Timeline) -> Iterator[str]:
    marks, gaps = [*drawn.bookmarks], [*drawn.gaps]
    others = [(each, each.note) for each in drawn.notes if isinstance(each.note, Remark)]
    if marks or gaps or others:
        yield ""
    for each, mark in marks:
        where = f"{moment_text(each.time_ns)}  sequence {each.point}"
        yield f"▲ {where}  {on_one_line(mark.name)} ({mark.consistency.value})"
    for each, gap in gaps:
        where = f"sequences {gap.first} to {gap.last}  {on_one_line(gap.reason)}"
        yield f"✗ {where}  (given up by {moment_text(each.time_ns)})"
    for each, remark in others:
        yield f"· {moment_text(each.time_ns)}  sequence {each.point}  {on_one_line(remark.text)}"


def _styled(text: str, colour: str) -> str:
    return click.style(text, fg=colour) if is_coloured() and text.strip() else text
