"""The changes as JUnit's XML: a suite for each operation, a case for each change.

What breaks a client is a failure. What may break it is skipped: it neither passed nor failed, and
that is the one outcome that every reader shows with its message while the build goes on. The rest
has passed, with its words as output. Without any change there is one case that passed, because
readers take a file without cases for one that was not written.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.report.changes.listing import Listing, Section
from compat.report.changes.words import WHOLE, crossed, heading, told, totals
from compat.report.printable import on_one_line


def changes_junit(listing: Listing) -> str:
    """The whole file."""
    suites = Element(
        "testsuites",
        _figures(f"isthmus compat {listing.command}", [level for _, level in listing.changes]),
    )
    for section in listing.sections:
        suites.append(_suite(section, listing))
    if not listing.sections:
        suites.append(_nothing(listing))
    indent(suites)
    text = tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _figures(name: str, levels: list[Level], *, passed: int = 0) -> dict[str, str]:
    return {
        "name": name,
        "tests": str(len(levels) + passed),
        "failures": str(levels.count(Level.ERR)),
        "errors": "0",
        "skipped": str(levels.count(Level.WARN)),
        "time": "0",
    }


def _suite(section: Section, listing: Listing) -> Element:
    name = on_one_line(heading(section))
    suite = Element("testsuite", _figures(name, [*section.levels]))
    for change, level in zip(section.changes, section.levels, strict=True):
        suite.append(_case(name, change, level, crossed(listing, change)))
    return suite


def _case(suite: str, change: Change, level: Level, shim: str) -> Element:
    said = on_one_line(told(change))
    case = Element("testcase", {"classname": suite, "name": said, "time": "0"})
    details = "\n".join(on_one_line(line) for line in _details(change, shim))
    match level:
        case Level.ERR:
            failure = SubElement(case, "failure", {"message": said, "type": change.id})
            failure.text = details
        case Level.WARN:
            SubElement(case, "skipped", {"message": said})
            SubElement(case, "system-out").text = details
        case Level.INFO:
            SubElement(case, "system-out").text = details
    return case


def _details(change: Change, shim: str) -> Iterator[str]:
    yield f"{change.id} {change.fingerprint}"
    if shim:
        yield f"with a shim {shim}"
    if change.old is not None:
        yield f"old {change.old}"
    if change.new is not None:
        yield f"new {change.new}"


def _nothing(listing: Listing) -> Element:
    suite = Element("testsuite", _figures(WHOLE, [], passed=1))
    SubElement(suite, "testcase", {"classname": WHOLE, "name": totals(listing), "time": "0"})
    return suite
