"""The revisions as JSON, for programs; `history.schema.json` of the folder above describes it."""

from collections.abc import Mapping
from typing import Final

from compat.differ.effect import Level
from compat.model.role import Role
from compat.model.schema import Json
from compat.report.changes.document import change_document
from compat.report.history.row import History, Row

HISTORY_FORMAT: Final = 1


def history_document(history: History) -> Mapping[str, Json]:
    """Every row that is told, in its order."""
    return {
        "history_format": HISTORY_FORMAT,
        "file": history.file,
        "role": history.role.value,
        "summary": {
            "revisions": len(history.rows),
            "broken": len(history.broken),
            "unread": len(history.unread),
        },
        "revisions": [_row(row, history.role) for row in history.rows],
    }


def _row(row: Row, role: Role) -> Json:
    revision = row.revision
    return {
        "commit": revision.commit,
        "date": revision.date,
        "subject": revision.subject,
        "tags": list(revision.tags),
        "file": revision.name,
        "version": row.version,
        "before": None if row.before is None else row.before.name,
        **{each.value: _counts(row, each) for each in Role},
        "broke": row.has(role, Level.ERR),
        "breaks": [change_document(change, Level.ERR) for change in row.breaks],
        "reason": row.reason,
    }


def _counts(row: Row, role: Role) -> Json:
    if row.counts is None:
        return None
    return {level.name: number for level, number in row.counts[role].items()}
