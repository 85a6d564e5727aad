"""What is said of revisions in words, the same in every form."""

import shlex
from typing import Final

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.words import NOUNS, ROLES
from compat.report.counted import counted
from compat.report.history.row import History, Row

CLIENTS: Final = {Role.OLD_CLIENT: "old client", Role.NEW_CLIENT: "new client"}
NOTHING: Final = "–"
FIRST: Final = "first version"
UNREAD: Final = "cannot be read"


def totals(history: History) -> str:
    """How many revisions there are, and how many of them broke the client."""
    told = f"{counted(len(history.rows), 'revision')} of {history.file}"
    broken, unread = len(history.broken), len(history.unread)
    verb = "breaks" if broken == 1 else "break"
    parts = [f"{broken or 'none'} {verb if broken else 'breaks'} {ROLES[history.role]}"]
    if unread:
        parts.append(f"{unread} cannot be read")
    return f"{told}: {', '.join(parts)}"


def figures(row: Row, role: Role) -> str:
    """What the revision changed for the client: "1 error, 2 notes"."""
    if row.reason:
        return UNREAD
    if row.counts is None:
        return FIRST
    found = [(row.counts[role][level], NOUNS[level]) for level in reversed(Level)]
    return ", ".join(counted(number, noun) for number, noun in found if number) or NOTHING


def worst(row: Row, role: Role) -> Level | None:
    """None where nothing changed for the client, or nothing is known."""
    return next((level for level in reversed(Level) if row.count(role, level)), None)


def subject(row: Row) -> str:
    """The commit's, with its tags behind it."""
    tags = f" ({', '.join(row.revision.tags)})" if row.revision.tags else ""
    return f"{row.revision.subject}{tags}"


def unsaid(row: Row, history: History) -> str:
    """How to see the rest of what broke, empty where all of it is shown."""
    more = row.count(history.role, Level.ERR) - len(row.breaks)
    if more <= 0 or row.before is None:
        return ""
    names = shlex.join((row.before.name, row.revision.name))
    direction = "" if history.role is Role.OLD_CLIENT else " --direction new-client"
    return f"and {more} more: isthmus compat diff {names}{direction}"
