"""A timeline as an SVG, and as a page of HTML around it: one file, without scripts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from compat.report.page import INK, PAPER, template
from core.cli.moments import moment_text
from core.cli.timeline.words import density, share, summary, window
from core.stream.timeline import Timeline
from core.units import count_text, size_text
from core.wire.note import Remark

_WIDTH: Final = 960
_HEIGHT: Final = 200
BARS: Final = ("#1864ab", "#74c0fc")  # on light, on dark
MARKS: Final = ("#2b8a3e", "#8ce99a")
GAPS: Final = ("#c92a2a", "#ffa8a8")


def timeline_svg(drawn: Timeline, names: Sequence[str]) -> str:
    """The picture alone."""
    return _rendered(drawn, names, is_page=False)


def timeline_page(drawn: Timeline, names: Sequence[str]) -> str:
    """The picture, and all that it shows in tables."""
    return _rendered(drawn, names, is_page=True)


def _rendered(drawn: Timeline, names: Sequence[str], *, is_page: bool) -> str:
    ends = window(drawn) if drawn.spans else ("", "")
    return template("core.cli.timeline").render(
        is_page=is_page,
        title=f"Timeline of {', '.join(names)}",
        summary=summary(drawn, names),
        ends=ends,
        width=_WIDTH,
        height=_HEIGHT,
        bars=_bars(drawn),
        spans=[each for each in drawn.spans if each.writes],
        thinned=[*drawn.thinned],
        density=density,
        marks=[
            {"note": mark, **_at(drawn, each.time_ns), "point": each.point}
            for each, mark in drawn.bookmarks
        ],
        # What was given up lies before all that there is.
        gaps=[{"note": gap, "x": 0, "time": moment_text(each.time_ns)} for each, gap in drawn.gaps],
        remarks=[
            {"note": each.note, **_at(drawn, each.time_ns), "point": each.point}
            for each in drawn.notes
            if isinstance(each.note, Remark)
        ],
        moment=moment_text,
        size=size_text,
        count=count_text,
        ink=INK,
        paper=PAPER,
        shades={"bar": BARS, "mark": MARKS, "gap": GAPS},
    )


def _at(drawn: Timeline, time_ns: int) -> Mapping[str, Any]:
    return {"x": round(share(drawn, time_ns) * _WIDTH, 1), "time": moment_text(time_ns)}


def _bars(drawn: Timeline) -> list[Mapping[str, Any]]:
    most = max((each.written_bytes for each in drawn.spans), default=0)
    step = _WIDTH / max(1, len(drawn.spans))
    return [
        {
            "x": round(nth * step, 1),
            "width": round(step * 0.9, 1),
            "height": max(2, round(each.written_bytes / max(1, most) * _HEIGHT)),
            "kind": "bar thinned" if each.is_thinned else "bar",
            "told": f"{moment_text(each.begin_ns)}: {count_text(each.writes, 'write')}, "
            f"{size_text(each.written_bytes)}; {density(each)}",
        }
        for nth, each in enumerate(drawn.spans)
        if each.writes
    ]
