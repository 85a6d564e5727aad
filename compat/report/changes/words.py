"""What is said of changes in words, the same in every form."""

import json
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.schema import ABSENT, Absent, Json
from compat.plan.role import Role
from compat.report.changes.listing import Listing
from compat.report.counted import counted

ROLES: Final = {
    Role.OLD_CLIENT: "an old client with a new server",
    Role.NEW_CLIENT: "a new client with an old server",
}
NOUNS: Final = {Level.ERR: "error", Level.WARN: "warning", Level.INFO: "note"}
MEANINGS: Final = {
    Level.ERR: "breaks the client",
    Level.WARN: "may break the client",
    Level.INFO: "does not break the client",
}
WHOLE: Final = "the whole interface"
_CHARACTERS_MAX: Final = 60  # of a value or a title


def rule_words(rule: str) -> str:
    return rule.replace("-", " ").replace("api ", "API ")


def values(change: Change) -> tuple[str, str]:
    """What it was and what it is, cut to a length for reading; empty where it was or is nothing."""
    return _shown(change.before), _shown(change.after)


def sentence(change: Change) -> str:
    """What happened, in words: the rule's, with what it was and what it is."""
    words = rule_words(change.id)
    before, after = values(change)
    if before and after:
        return f"{words}: {before} became {after}"
    return f"{words}: {before or after}" if before or after else words


def subject(change: Change) -> str:
    """What it happened to, from the message's part down to the field."""
    return " ".join(each for each in (change.part, "/".join(change.path)) if each)


def told(change: Change) -> str:
    """Subject and sentence."""
    return ": ".join(each for each in (subject(change), sentence(change)) if each)


def placed(change: Change) -> str:
    """All of it, with its operation in front."""
    return ": ".join(each for each in (change.operation, told(change)) if each)


def cut(text: str) -> str:
    """The text, or as much of it as is read at a glance."""
    return text if len(text) <= _CHARACTERS_MAX else f"{text[:_CHARACTERS_MAX]}…"


def totals(listing: Listing) -> str:
    """How much there is, and for whom."""
    number = len(listing.changes)
    if number == 0:
        return f"no changes for {ROLES[listing.role]}"
    parts = [counted(count, NOUNS[level]) for level, count in listing.counts.items() if count]
    return f"{counted(number, 'change')} for {ROLES[listing.role]}: {', '.join(parts)}"


def _shown(value: Json | Absent) -> str:
    if value is ABSENT:
        return ""
    return cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
