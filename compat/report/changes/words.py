"""What is said of changes in words, the same in every form."""

import json
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.role import Role
from compat.model.schema import ABSENT, Absent, Json
from compat.report.changes.listing import Listing, Section
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
_VALUES: Final = json.JSONEncoder(ensure_ascii=False)


def rule_words(rule: str) -> str:
    return rule.replace("-", " ").replace("api ", "API ")


def values(change: Change) -> tuple[str, str]:
    """What it was and what it is, cut to a length for reading; empty where it was or is nothing."""
    return _shown(change.before), _shown(change.after)


def sentence(change: Change) -> str:
    """What happened, in words: the rule's, with what it was and is, and what would do instead."""
    words = rule_words(change.id)
    before, after = values(change)
    if before and after:
        words = f"{words}: {before} became {after}"
    elif before or after:
        words = f"{words}: {before or after}"
    return f"{words}; {change.remedy}" if change.remedy else words


def subject(change: Change) -> str:
    """What it happened to, from the message's part down to the field."""
    return " ".join(each for each in (change.part, "/".join(change.path)) if each)


def told(change: Change) -> str:
    """Subject and sentence."""
    return ": ".join(each for each in (subject(change), sentence(change)) if each)


def placed(change: Change) -> str:
    """All of it, with its document and its operation in front."""
    return ": ".join(each for each in (change.document, change.operation, told(change)) if each)


def heading(section: Section) -> str:
    """What a section is about."""
    return ": ".join(each for each in (section.document, section.operation or WHOLE) if each)


def crossed(listing: Listing, change: Change) -> str:
    """What a shim makes of it for the listing's role; empty where nobody planned one."""
    if listing.bridging is None:
        return ""
    crossing = listing.bridging.crossing(change, listing.role)
    return "as without a shim" if crossing is None else crossing.told


def cut(text: str) -> str:
    """The text, or as much of it as is read at a glance."""
    return text if len(text) <= _CHARACTERS_MAX else f"{text[:_CHARACTERS_MAX]}…"


def totals(listing: Listing) -> str:
    """How much there is, and for whom."""
    number, documents = len(listing.changes), ""
    if listing.folders is not None:
        documents = f" in {counted(len(listing.documents), 'document')}"
    if number == 0:
        return f"no changes{documents} for {ROLES[listing.role]}"
    parts = [counted(count, NOUNS[level]) for level, count in listing.counts.items() if count]
    return f"{counted(number, 'change')}{documents} for {ROLES[listing.role]}: {', '.join(parts)}"


UNSEARCHED: Final = "no message that shows it was found within the steps that there are"
"""Where looking for one ended before everything was tried."""


def _shown(value: Json | Absent) -> str:
    if value is ABSENT:
        return ""
    return cut(value if isinstance(value, str) else _VALUES.encode(value))
