"""The changes as SARIF 2.1.0, the exchange format of static analysis.

A result stands where the new spec has it, or at the new spec itself for what is gone; where the old
one had it is a related location. The level is that of the listing's role.
"""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Final
from urllib.parse import quote

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.load import Problem
from compat.load.names import is_remote
from compat.model.place import Place
from compat.model.schema import Json
from compat.report.changes.document import bridge_document
from compat.report.changes.listing import Listing, listed_file
from compat.report.changes.words import placed
from compat.report.printable import printable
from compat.report.rules.markdown import rule_markdown
from compat.report.rules.rule import Rule, described
from compat.report.rules.text import rule_summary

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT: Final = "isthmusChange/v1"
LEVELS: Final[Mapping[Level, str]] = {
    Level.ERR: "error",
    Level.WARN: "warning",
    Level.INFO: "note",
}
_TOOL: Final = "isthmus"
_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")  # 3.11.6
_IN_URIS: Final = "/!$&'()*+,;=@"
_IN_URLS: Final = f"{_IN_URIS}:?#[]%"


def changes_sarif(listing: Listing) -> Mapping[str, Json]:
    """A log with one run."""
    rules = _rules(listing)
    numbers = {rule: number for number, rule in enumerate(rules)}
    run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": _TOOL,
                "version": version(_TOOL),
                "rules": [
                    _rule(rule, level)
                    for rule, level in zip(described(rules), rules.values(), strict=True)
                ],
            }
        },
        "automationDetails": {"id": f"isthmus/compat-{listing.command}/{listing.role.value}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": _notifications(listing.problems),
            }
        ],
        "results": [
            _result(change, level, numbers[change.id], listing) for change, level in listing.changes
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(listing: Listing) -> dict[str, Level]:
    """Those that have results, by their ids, each with the worst level of those."""
    found: dict[str, Level] = {}
    for change, level in listing.changes:
        found[change.id] = max(level, found.get(change.id, level))
    return dict(sorted(found.items()))


def _rule(rule: Rule, level: Level) -> Json:
    return {
        "id": rule.id,
        "shortDescription": {"text": message_text(rule.meaning)},
        "help": {
            "text": message_text("\n".join(rule_summary(rule))),
            "markdown": _braced("\n".join(rule_markdown(rule))),
        },
        "defaultConfiguration": {"level": LEVELS[level]},
    }


def _result(change: Change, level: Level, number: int, listing: Listing) -> Json:
    place = listing.place(change)
    result: dict[str, Json] = {
        "ruleId": change.id,
        "ruleIndex": number,
        "level": LEVELS[level],
        "message": {"text": message_text(placed(change))},
        "locations": [_location(place, listed_file(place))],
        "partialFingerprints": {FINGERPRINT: change.fingerprint},
    }
    if listing.bridging is not None:
        result["properties"] = {"bridge": bridge_document(listing.bridging, change)}
    if change.old is not None:
        before = _location(change.old, change.old.file)
        result["relatedLocations"] = [{"id": 1, "message": {"text": "before"}, **before}]
    return result


def _notifications(problems: Iterable[Problem]) -> Json:
    return [
        {
            "level": "warning",
            "message": {"text": message_text(each.message)},
            "locations": [_location(each.place, each.place.file)],
        }
        for each in problems
    ]


def _location(place: Place, file: str) -> dict[str, Json]:
    location: dict[str, Json] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    if place.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(place.pointer)}]
    return location


def uri(name: str) -> str:
    """The reference (RFC 3986) to a document; what has a path from the root is a file's URI."""
    safe = _IN_URLS if is_remote(name) else _IN_URIS
    quoted = quote(name, safe=safe, errors="backslashreplace")
    return f"file://{quoted}" if name.startswith("/") else quoted


def message_text(text: str) -> str:
    """A message that stands for itself: no placeholders (3.11.5) and no links (3.11.6)."""
    return _LINK.sub(r"\\[", _braced(printable(text)))


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
