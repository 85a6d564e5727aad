"""A timeline for programs."""

from collections.abc import Mapping, Sequence

from compat.model.schema import Json
from core.cli.moments import moment_text
from core.stream.timeline import Timeline
from core.wire.note import Remark

FORMAT = 1


def timeline_document(drawn: Timeline, names: Sequence[str]) -> Mapping[str, Json]:
    """All that a picture shows; without a write it has no window."""
    window: Json = None
    if drawn.spans:
        window = {
            "from": {"sequence": drawn.first + 1, "time": moment_text(drawn.begin_ns)},
            "to": {"sequence": drawn.end, "time": moment_text(drawn.end_ns)},
        }
    return {
        "timeline": FORMAT,
        "volumes": [*names],
        "window": window,
        "spans": [
            {
                "from": moment_text(each.begin_ns),
                "to": moment_text(each.end_ns),
                "writes": each.writes,
                "points": each.points,
                "bytes": each.written_bytes,
            }
            for each in drawn.spans
        ],
        "bookmarks": [
            {
                "name": mark.name,
                "consistency": mark.consistency.value,
                "sequence": each.point,
                "time": moment_text(each.time_ns),
            }
            for each, mark in drawn.bookmarks
        ],
        "gaps": [
            {
                "reason": gap.reason,
                "first": gap.first,
                "last": gap.last,
                "sequence": each.point,
                "time": moment_text(each.time_ns),
            }
            for each, gap in drawn.gaps
        ],
        "notes": [
            {
                "text": each.note.text,
                "sequence": each.point,
                "time": moment_text(each.time_ns),
            }
            for each in drawn.notes
            if isinstance(each.note, Remark)
        ],
    }
