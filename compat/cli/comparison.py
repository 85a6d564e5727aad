"""From what `diff` is asked to what is told: two specs, or two folders of specs, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.cli.console import working
from compat.cli.folders import are_folders, compare_folders, read_folders
from compat.cli.inputs import Question
from compat.differ.bump import Bump
from compat.differ.change import Change
from compat.differ.documents import documents_bumped
from compat.differ.effect import Level
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.reading import Versions, read_changed, read_whole
from compat.differ.witness import NO_WITNESSES, Witness
from compat.errors import CompatError, Exit
from compat.load import Problem
from compat.model.interface import Interface
from compat.model.role import Role
from compat.report.changes.listing import Listing, Pair, listing_of
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

    pairs: tuple[Pair, ...]
    found: tuple[Change, ...]
    problems: tuple[Problem, ...]
    documents: Mapping[str, Mapping[str, str]]
    folders: tuple[str, str] | None = None
    bridging: "Bridging | None" = None


def answer(asked: Question) -> Answer:
    """Reads both specs, or the specs in both folders, and compares them. Raises CompatError."""
    role = Role(asked.direction.replace("-", "_"))
    is_of_folders = are_folders(asked.old, asked.new)
    compared = _folders(asked) if is_of_folders else _specs(asked)
    found, depth = compared.found, asked.depth
    if depth.is_versioned:
        documents = [(pair.name, pair.old, pair.new) for pair in compared.pairs]
        found = (*found, *documents_bumped(found, documents, Bump()))
    listing = listing_of(
        compared.pairs,
        found,
        folders=compared.folders,
        role=role,
        least=Level[asked.min_level.upper()],
        problems=compared.problems,
        bridging=compared.bridging,
        witnesses=_witnesses(compared.pairs, found, role) if depth.is_witnessed else NO_WITNESSES,
    )
    fails = asked.fail_on != "none" and any(
        each.level_for(role) >= Level[asked.fail_on.upper()] for each in found
    )
    code = Exit.FINDINGS if fails else Exit.OK
    return Answer(listing=listing, code=code, documents=compared.documents)


def _policy(asked: Question) -> Policy:
    days = asked.lifetimes
    return Policy(today=asked.today, beta_days=days.beta_days, stable_days=days.stable_days)


def _specs(asked: Question) -> _Compared:
    depth, versions = asked.depth, _read(asked)
    ours, theirs = versions.old, versions.new
    pair = Pair(old=ours.interface, new=theirs.interface)
    with working("comparing"):
        same = versions.unchanged
        found = tuple(changes(ours.interface, theirs.interface, _policy(asked), same))
    documents = {asked.old: ours.digests, asked.new: theirs.digests}
    bridging = None
    if depth.is_planned:
        from compat.bridging.transitions import gathered
        from compat.cli.planning import intent_of

        intent = intent_of(depth.intent)
        documents |= {depth.intent: {depth.intent: intent.digest}} if depth.intent else {}
        bridging = _bridging(ours.interface, theirs.interface, intent, asked.today)
        found = gathered(found, bridging)
    return _Compared(
        pairs=(pair,),
        found=found,
        problems=(*ours.problems, *theirs.problems),
        documents=documents,
        bridging=bridging,
    )


def _read(asked: Question) -> Versions:
    """A plan is of all that there is, as a strict reader is."""
    reading = asked.reading
    old, new = (
        open_spec(name, strict=reading.strict, remote=reading.remote)
        for name in (asked.old, asked.new)
    )
    if reading.strict or asked.depth.is_planned:
        return read_whole(old, new, validate=reading.strict)
    return read_changed(old, new)


def _folders(asked: Question) -> _Compared:
    if asked.depth.is_planned:
        raise CompatError(
            "a shim is of one interface, and these are folders",
            where=asked.old,
            hint="leave out --plan and --intent, or give two specs",
        )
    read = read_folders(asked.old, asked.new, asked.reading, validate=asked.reading.strict)
    return _Compared(
        pairs=read.pairs,
        found=tuple(compare_folders(read, _policy(asked))),
        problems=read.problems,
        documents={},
        folders=(asked.old, asked.new),
    )


def _bridging(old: Interface, new: Interface, intent: "Intent", today: str) -> "Bridging":
    from compat.bridging.bridging import Bridging
    from compat.plan.planner import plan

    with working("planning"):
        return Bridging.of(plan(old, new, intent, today=today))


def _witnesses(pairs: Sequence[Pair], found: Sequence[Change], role: Role) -> Mapping[str, Witness]:
    from compat.verify.breaking import witnesses

    shown: dict[str, Witness] = {}
    with working("looking for messages that show it"):
        for pair in pairs:
            if pair.old is not None and pair.new is not None:
                own = [change for change in found if change.document == pair.name]
                shown |= witnesses(pair.old, pair.new, own, role)
    return shown
