"""A draft of the intent: what may explain the differences, for people to confirm or correct.

Every candidate is off. What the planner does by itself, being certain, is written down and on, so
that a reader sees the whole; turning it off changes nothing. A difference that needs a person's
word and has no likely candidate gets an acceptance to fill in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from compat.intent.model import NO_INTENT, Intent
from compat.intent.write import Entry, Section, write_intent
from compat.model.interface import Interface
from compat.model.place import Place
from compat.model.schema import Json
from compat.model.shape import Shapes
from compat.plan.bridge import BridgePlan, Difference
from compat.plan.drafting.trial import Proposal, reads, tried
from compat.plan.planner import survey
from compat.suggest.candidate import LIKELY, Candidate, Evidence
from compat.suggest.leftovers import Settled
from compat.suggest.ranking import BEST_MIN
from compat.suggest.suggest import suggest

_UNFIT = Evidence(0.0, "the planner does not take it together with the better ones")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certain:
    """What the planner does by itself, as an entry that says so."""

    entry: Entry
    reason: str
    old: Place | None
    new: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`plan` is the plan without the candidates; `left_with_best` the number of open gaps with
    every best one on; `open` the gaps that no likely one closes.
    """

    plan: BridgePlan
    certain: tuple[Certain, ...]
    candidates: tuple[Candidate, ...]
    open: tuple[Difference, ...]
    left_with_best: int


def draft(
    old: Interface,
    new: Interface,
    intent: Intent = NO_INTENT,
    *,
    today: str,
    versions: tuple[str, str] = ("", ""),
) -> Draft:
    """What may explain the differences that `intent` leaves; parameters as for `plan`.

    All candidates marked best can be turned on together, and the plan is made without an error.
    Raises IntentError as `plan` does.
    """

    def attempt(tried: Intent) -> BridgePlan:
        return survey(old, new, tried, today=today, versions=versions)[0]

    made, ledger = survey(old, new, intent, today=today, versions=versions)
    accepted = {_name(one) for one in made.differences if one.acceptance is not None}
    gaps = frozenset(map(_name, made.open_gaps))
    found = [
        one
        for one in suggest(ledger.leftovers, Shapes(old), Shapes(new), gaps)
        if not one.answers & accepted and reads(one.entries)
    ]
    certain = [one for one in _certain(ledger.settled) if reads((one.entry,))]
    proposals: dict[str, Proposal] = {
        f"certain {index}": (one.entry,) for index, one in enumerate(certain)
    }
    proposals |= {f"candidate {index}": one.entries for index, one in enumerate(found) if one.best}
    trial = tried(intent, proposals, attempt)
    candidates = [
        _demoted(one) if one.best and f"candidate {index}" not in trial.fitting else one
        for index, one in enumerate(found)
    ]
    likely = {name for one in candidates if one.best and one.is_likely for name in one.answers}
    left = likely - set(map(_name, trial.plan.open_gaps))
    return Draft(
        plan=made,
        certain=tuple(
            one for index, one in enumerate(certain) if f"certain {index}" in trial.fitting
        ),
        candidates=tuple(candidates),
        open=tuple(one for one in made.open_gaps if _name(one) not in left),
        left_with_best=len(trial.plan.open_gaps),
    )


def _demoted(candidate: Candidate) -> Candidate:
    return replace(candidate, best=False, evidence=(*candidate.evidence, _UNFIT))


def _name(difference: Difference) -> str:
    return f"{difference.kind} {difference.subject}"


def _certain(settled: Iterable[Settled]) -> list[Certain]:
    """One entry for what is alike at an address; the planner meets much on both sides."""
    found: dict[tuple[str, ...], Certain] = {}
    for one in settled:
        for action, value in one.words.items():
            key = one.at, action, "" if isinstance(value, dict) else repr(value)
            known = found[key].entry.words[action] if key in found else None
            if isinstance(known, dict) and isinstance(value, dict):
                value = {**known, **value}
            words: dict[str, Json] = {"at": one.at, action: value}
            found[key] = Certain(
                entry=Entry(section=Section.BRIDGES, words=words),
                reason=one.reason,
                old=one.schemas[0].place if one.schemas else None,
                new=one.schemas[1].place if one.schemas else None,
            )
    return list(found.values())


# --- text -----------------------------------------------------------------------------------------


def render(found: Draft) -> str:
    """The draft as the text of an intent file."""
    plan = found.plan
    entries = [
        *(_told(one) for one in found.certain),
        *(entry for one in found.candidates for entry in _suggested(one)),
        *(_stub(one) for one in found.open),
    ]
    return write_intent(
        entries, old=plan.old_version, new=plan.new_version, heading=_heading(found)
    )


def _heading(found: Draft) -> Iterator[str]:
    differences, gaps = len(found.plan.differences), len(found.plan.open_gaps)
    yield f"A draft: {differences} differences, of which {gaps} need somebody's word"
    yield f"({found.left_with_best} once all the guesses that fit best are turned on)."
    yield ""
    yield "Entries that are off are guesses, with what speaks for each; a score of 1 would be"
    yield "certainty. Correct what is nearly right, take `on: false` out of what is meant, delete"
    yield "the rest. The same shape is not the same meaning, and nothing but a person can tell."
    if found.open:
        yield ""
        yield f"Of the gaps {len(found.open)} have no likely guess (a score of {LIKELY} or more)."
        yield "Each of them has an acceptance at the end, to be filled in if nothing bridges it."


def _told(one: Certain) -> Entry:
    return replace(one.entry, comments=(f"Certain: {one.reason}.", *_places(one.old, one.new)))


def _suggested(one: Candidate) -> Iterator[Entry]:
    """The entries of a candidate; the first has the evidence, the others refer to it."""
    weak = ", too little to go by" if one.score < BEST_MIN else ", another one fits better"
    rank = "" if one.best else weak
    comments = (
        f"{one.sort.capitalize()}, score {one.score:.2f}{rank}:",
        *(f"  {evidence.weight:+.2f} {evidence.reason}" for evidence in one.evidence),
        *_places(one.old, one.new),
    )
    first, *others = one.entries
    yield replace(first, on=False, comments=comments)
    for other in others:
        with_it = f"Goes with the {one.sort} of {_title(first)} (score {one.score:.2f})."
        yield replace(other, on=False, comments=(with_it,))


def _title(entry: Entry) -> str:
    words = entry.words
    return str(words.get("at") or words.get("old") or words.get("new") or words.get("same"))


def _stub(difference: Difference) -> Entry:
    """An acceptance to be filled in, or to be replaced by what the comment says."""
    name = _name(difference)
    judgements = (
        f"  {role.replace('_', ' ')}: {judgement.treatment}"
        for role, judgement in difference.judgements.items()
        if judgement.verdict.is_gap
    )
    stub = difference.stub.splitlines()
    instead = ("  or instead:", *(f"    {line}" for line in stub)) if stub else ()
    return Entry(
        section=Section.ACCEPT,
        words={
            "difference": difference.id if "*" in name else name,
            "reason": "",
            "owner": "",
        },
        on=False,
        comments=(
            f"{name}: {difference.message}",
            *judgements,
            *_places(difference.old, difference.new),
            *instead,
        ),
    )


def _places(old: Place | None, new: Place | None) -> Iterator[str]:
    if old is not None:
        yield f"  old: {old}"
    if new is not None:
        yield f"  new: {new}"
