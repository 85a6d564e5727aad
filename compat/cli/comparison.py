"""From what `diff` is asked to what is told: two specs, or two folders of specs, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.cli.console import working
from compat.cli.folders import are_folders, compare_folders, read_folders
from compat.cli.inputs import Question
from compat.differ.bump import Bump
from compat.differ.change import Change
from compat.differ.documents import Document, documents_bumped, read_document
from compat.differ.witness import NO_WITNESSES, Witness, Witnesses
from compat.errors import CompatError, Exit
from compat.load import Problem
from compat.model.role import Role
from compat.report.changes.listing import Listing, listing
from compat.source import open_spec

if TYPE_CHECKING:
    from compat.bridging.bridging import Bridging
    from compat.intent.model import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The changes, the exit code that they give, and the digests of what they were found in.

    What was found in folders has no digests: another document may come at any time.
    """

    listing: Listing
    code: int
    documents: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What was read, and every change in it; `folders` and `bridging` are None without them."""

    documents: tuple[Document, ...]
    found: tuple[Change, ...]
    problems: tuple[Problem, ...]
    digests: Mapping[str, Mapping[str, str]]
    folders: tuple[str, str] | None = None
    bridging: "Bridging | None" = None


def answer(asked: Question) -> Answer:
    """Reads both specs, or the specs in both folders, and compares them. Raises CompatError."""
    compared = _folders(asked) if are_folders(asked.old, asked.new) else _specs(asked)
    found, role, extras = compared.found, asked.role, asked.extras
    if extras.is_versioned:
        found = (*found, *documents_bumped(found, compared.documents, Bump()))
    listed = listing(
        compared.documents,
        found,
        folders=compared.folders,
        role=role,
        least=asked.min_level,
        problems=compared.problems,
        bridging=compared.bridging,
        witnesses=_witnesses(compared.documents, found, role)
        if extras.is_witnessed
        else NO_WITNESSES,
    )
    fails = asked.fail_on is not None and any(
        each.level_for(role) >= asked.fail_on for each in found
    )
    code = Exit.FINDINGS if fails else Exit.OK
    return Answer(listing=listed, code=code, documents=compared.digests)


def _specs(asked: Question) -> _Compared:
    """A plan is of all that there is, as a strict reader is."""
    extras, reading = asked.extras, asked.reading
    old, new = (
        open_spec(name, strict=reading.strict, remote=reading.remote)
        for name in (asked.old, asked.new)
    )
    read = read_document("", old, new, whole=reading.strict or extras.is_planned)
    with working("comparing"):
        found = tuple(read.changes(asked.policy))
    digests = dict(zip((asked.old, asked.new), read.digests, strict=True))
    bridging = None
    if extras.is_planned:
        from compat.bridging.transitions import gathered
        from compat.cli.planning import intent_of

        intent = intent_of(extras.intent)
        digests |= {extras.intent: {extras.intent: intent.digest}} if extras.intent else {}
        bridging = _bridging(read.document, intent, asked.policy.today)
        found = gathered(found, bridging)
    return _Compared(
        documents=(read.document,),
        found=found,
        problems=read.problems,
        digests=digests,
        bridging=bridging,
    )


def _folders(asked: Question) -> _Compared:
    if asked.extras.is_planned:
        raise CompatError(
            "a shim is of one interface, and these are folders",
            where=asked.old,
            hint="leave out --plan and --intent, or give two specs",
        )
    read = read_folders(asked.old, asked.new, asked.reading, whole=asked.reading.strict)
    return _Compared(
        documents=tuple(each.document for each in read),
        found=tuple(compare_folders(read, asked.policy)),
        problems=tuple(problem for each in read for problem in each.problems),
        digests={},
        folders=(asked.old, asked.new),
    )


def _bridging(document: Document, intent: "Intent", today: str) -> "Bridging":
    from compat.bridging.bridging import Bridging
    from compat.plan.planner import plan

    assert document.both is not None
    with working("planning"):
        return Bridging.of(plan(*document.both, intent, today=today))


def _witnesses(
    documents: Sequence[Document], found: Sequence[Change], role: Role
) -> Witnesses[tuple[str, str]]:
    from compat.verify.breaking import witnesses

    shown: dict[tuple[str, str], Witness] = {}
    exhausted: set[tuple[str, str]] = set()
    with working("looking for messages that show it"):
        for document in documents:
            if (both := document.both) is not None:
                own = [change for change in found if change.document == document.name]
                of_own = witnesses(*both, own, role)
                shown |= {(document.name, mark): each for mark, each in of_own.found.items()}
                exhausted |= {(document.name, mark) for mark in of_own.exhausted}
    return Witnesses(found=shown, exhausted=frozenset(exhausted))
