"""What a timeline says in words, and where things lie on it."""

from collections.abc import Sequence

from core.cli.moments import moment_text
from core.stream.timeline import Span, Timeline
from core.units import count_text, duration_text, size_text


def summary(drawn: Timeline, names: Sequence[str]) -> str:
    """The whole in a sentence."""
    volumes = f"{len(names)} volumes" if len(names) > 1 else names[0]
    if drawn.first > drawn.end:
        return f"{volumes}: no point can be had yet"
    if not drawn.spans:
        return f"{volumes}: {_without_data(drawn)}"
    writes = count_text(sum(each.writes for each in drawn.spans), "write")
    size = size_text(sum(each.written_bytes for each in drawn.spans))
    took = duration_text(drawn.end_ns - drawn.begin_ns)
    return f"{volumes}: {writes}, {size}, in {took}"


def _without_data(drawn: Timeline) -> str:
    if drawn.end > drawn.first:
        points = count_text(drawn.end - drawn.first, "point")
        return f"no data was written; {points} of a new size"
    if drawn.end:
        return f"nothing was written after sequence {drawn.end}"
    return "nothing was written yet"


def density(span: Span) -> str:
    """How many points there are of what was written."""
    if not span.is_thinned:
        return "every write is a point"
    return f"{count_text(span.points, 'point')} of {count_text(span.writes, 'write')}"


def window(drawn: Timeline) -> tuple[str, str]:
    """Both ends; of a history that has writes."""
    return (
        f"{moment_text(drawn.begin_ns)}, sequence {drawn.first + 1}",
        f"{moment_text(drawn.end_ns)}, sequence {drawn.end}",
    )


def share(drawn: Timeline, time_ns: int) -> float:
    """Where a time lies on the way from the first write to the last: 0 to 1."""
    length = drawn.end_ns - drawn.begin_ns
    return min(1.0, max(0.0, (time_ns - drawn.begin_ns) / length)) if length else 0.0
