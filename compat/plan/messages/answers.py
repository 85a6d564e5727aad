"""Answers: which status of one version is which of the other, and the lens for each.

Statuses of the same text belong together. A success status that each version alone has is the same
answer moved. The body of an error that only one version names is led like that of the error the
other version would answer with: by range, then default, then the first error of its class.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from compat.intent.model import MoveStatuses
from compat.intent.problem import IntentError
from compat.lens.ops import FieldPath, Flow, Lens, invert
from compat.model.interface import Answer, Content, Operation
from compat.model.role import Role
from compat.model.schema import Json
from compat.model.shape import ObjectShape, Shapes
from compat.plan.bridge import AnswerBridge, Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.gate.excess import Excess
from compat.plan.gate.stance import excess
from compat.plan.ledger import NOTHING, Finding
from compat.plan.messages.bodies import bridge_contents, bridge_records
from compat.plan.messages.media import json_content
from compat.plan.messages.parameters import bridge_headers, pair_name, section
from compat.plan.messages.representations import compare_beside_records
from compat.plan.spot import Side, Spot, role
from compat.plan.walk import Walk
from compat.suggest.leftovers import Settled, Statuses

_BODILESS = frozenset(("204", "205", "304"))  # RFC 9110, 15.3.5, 15.3.6 and 15.4.5

Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """Two answers that are one; `moved` when the status differs."""

    old: Answer
    new: Answer

    @property
    def moved(self) -> bool:
        return self.old.status != self.new.status

    def of(self, who: Role) -> tuple[Answer, Answer]:
        """(the callee's, the caller's)."""
        return (self.new, self.old) if who is Role.OLD_CLIENT else (self.old, self.new)


@dataclass(frozen=True, slots=True)
class Led:
    """Two answers and the lens from the old to the new, of the message or of each record."""

    pair: AnswerPair
    lens: Lens
    records: bool = False

    def towards(self, who: Role) -> Lens:
        return invert(self.lens) if who is Role.OLD_CLIENT else self.lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """The two operations whose answers are at hand.

    `claims` are fields of success bodies that are somebody else's business; `parts` is what comes
    behind the address of each success, where the callee's answer is a part of the caller's.
    """

    old: Operation
    new: Operation
    claims: Claims = NO_CLAIMS
    parts: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        return pair_name(self.old, self.new)

    def spot(self, old: str, new: str, subject: str) -> Spot:
        ours, theirs = self.parts if old.startswith("2") else ("", "")
        return Spot(
            Side.RESPONSE,
            f"{self.old.key} response {old}{ours}",
            f"{self.new.key} response {new}{theirs}",
            f"{self.name} response {subject}{ours}{theirs}",
        )


def bridge_answers(walk: Walk, crossed: Crossed) -> Mapping[Role, tuple[AnswerBridge, ...]]:
    """For each role, what becomes of each status the callee may answer with."""
    ours = {answer.status: answer for answer in crossed.old.answers}
    theirs = {answer.status: answer for answer in crossed.new.answers}
    pairs = _paired(walk, crossed, ours, theirs)
    led = [_bridge_pair(walk, crossed, pair) for pair in pairs]
    removed = _unpaired(ours, {pair.old.status for pair in pairs})
    added = _unpaired(theirs, {pair.new.status for pair in pairs})
    left = Statuses(old=crossed.old, new=crossed.new, removed=removed, added=added)
    walk.ledger.leftovers.append(left)
    strays = [
        *(_bridge_stray(walk, crossed, ours[status], theirs, Flow.UP) for status in removed),
        *(_bridge_stray(walk, crossed, theirs[status], ours, Flow.DOWN) for status in added),
    ]
    return {who: (*_named(led, who), *_unnamed(strays, who)) for who in Role}


def _named(led: list[Led], who: Role) -> Iterator[AnswerBridge]:
    for one in led:
        callee, caller = one.pair.of(who)
        becomes = int(caller.status) if one.pair.moved and caller.status.isdigit() else None
        lens = one.towards(who)
        yield AnswerBridge(status=callee.status, becomes=becomes, lens=lens, records=one.records)


# --- pairs ----------------------------------------------------------------------------------------


def _paired(walk: Walk, crossed: Crossed, ours: Answers, theirs: Answers) -> list[AnswerPair]:
    stated = _stated(walk, crossed, ours, theirs)
    taken = {pair.old.status for pair in stated}, {pair.new.status for pair in stated}
    same = [
        AnswerPair(ours[status], theirs[status])
        for status in ours
        if status in theirs and status not in taken[0] and status not in taken[1]
    ]
    pairs = [*stated, *same]
    left = _successes(ours, {pair.old.status for pair in pairs})
    right = _successes(theirs, {pair.new.status for pair in pairs})
    if len(left) == len(right) == 1:
        pairs.append(AnswerPair(left[0], right[0]))
        words: dict[str, Json] = {"status": {left[0].status: int(right[0].status)}}
        reason = "each version alone has one such success"
        at = f"{crossed.old.key} response"
        walk.ledger.settled.append(Settled(at=at, words=words, reason=reason, schemas=None))
    for pair in pairs:
        if pair.moved:
            _enter_move(walk, crossed, pair)
    return pairs


def _stated(walk: Walk, crossed: Crossed, ours: Answers, theirs: Answers) -> list[AnswerPair]:
    pairs: list[AnswerPair] = []
    spot = section(Side.RESPONSE, crossed.old, crossed.new, "response")
    for action, place in walk.ledger.actions(spot, MoveStatuses):
        for one, other in action.statuses.items():
            if str(one) in ours and str(other) in theirs:
                walk.ledger.fits(action, str(one))
                pairs.append(AnswerPair(ours[str(one)], theirs[str(other)]))
                continue
            error = IntentError(
                f"{crossed.old.key} does not answer with {one}, or {crossed.new.key} not with "
                f"{other}",
                where=str(place),
                hint=f"there are {', '.join(sorted(ours))} and {', '.join(sorted(theirs))}",
            )
            walk.ledger.misfit(action, str(one), error)
    return pairs


def _successes(answers: Answers, taken: set[str]) -> list[Answer]:
    return [
        answer
        for status, answer in answers.items()
        if status.startswith("2") and status.isdigit() and status not in taken
    ]


def _unpaired(answers: Answers, paired: set[str]) -> list[str]:
    return [status for status in answers if status not in paired]


def _enter_move(walk: Walk, crossed: Crossed, pair: AnswerPair) -> None:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="the status is turned")
    walk.ledger.enter(
        Finding(
            kind="status-moved",
            subject=f"{crossed.name} response {pair.old.status}",
            message=f"{pair.old.status} became {pair.new.status} ({crossed.new.key})",
            old=pair.old.place,
            new=pair.new.place,
            side=Side.RESPONSE,
            up=done,
            down=done,
        )
    )


def _bridge_pair(walk: Walk, crossed: Crossed, pair: AnswerPair) -> Led:
    spot = crossed.spot(pair.old.status, pair.new.status, pair.old.status)
    headers = bridge_headers(walk, pair.old, pair.new, spot)
    _compare_links(walk, pair, spot)
    records = bridge_records(walk, pair.old.contents, pair.new.contents, spot)
    if records is not None:
        compare_beside_records(walk, pair.old, pair.new, spot)
        if records.became is not None and records.became.gaps:
            return Led(pair, _refused(records.became))
        return Led(pair, records.lens, records=True)
    success = pair.old.status.startswith("2")
    contents = bridge_contents(
        walk,
        pair.old.contents,
        pair.new.contents,
        (pair.old.place, pair.new.place),
        spot,
        crossed.claims if success else NO_CLAIMS,
        bodiless=bool({pair.old.status, pair.new.status} & _BODILESS),
    )
    return Led(pair, (*headers, *contents))


def _compare_links(walk: Walk, pair: AnswerPair, spot: Spot) -> None:
    """Links tell what could be called next; no message changes with them."""
    ours, theirs = pair.old.links, pair.new.links
    unlike = sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )
    if unlike:
        walk.ledger.enter(
            Finding(
                kind="links-changed",
                subject=spot.subject,
                message=f"the versions link differently: {', '.join(unlike)}",
                old=pair.old.place,
                new=pair.new.place,
                side=Side.RESPONSE,
            )
        )


# --- statuses that only one version names ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stray:
    """An error that one version names, and the one that the other answers with instead; or a
    success that one version names, and that is refused."""

    status: str
    led: Led
    roles: frozenset[Role]


def _bridge_stray(
    walk: Walk, crossed: Crossed, answer: Answer, others: Answers, flow: Flow
) -> Stray | None:
    """Errors are expected by every client; an unknown success is not."""
    is_success = answer.status.startswith("2")
    near = _covering(answer, others) if is_success else _nearest(answer, others)
    found = _enter_lone(walk, crossed, answer, near, flow)
    names = role(Side.RESPONSE, flow)  # whose callee names the status
    if near is None and flow in found.gaps:
        status = "2XX" if answer.status == "default" else answer.status  # errors pass
        refused = Led(AnswerPair(answer, answer), _refused(found))
        return Stray(status, refused, frozenset({names}))
    if near is None:
        return None
    covers = near.status == "default" or near.status.endswith("XX")
    roles = frozenset(Role) if covers else frozenset({names})
    pair = AnswerPair(answer, near) if flow is Flow.UP else AnswerPair(near, answer)
    spot = crossed.spot(pair.old.status, pair.new.status, f"{answer.status} as {near.status}")
    before, walk.ledger.roles = walk.ledger.roles, walk.ledger.roles & roles
    lens = bridge_contents(
        walk,
        tuple(one for one in pair.old.contents if one.is_json),
        tuple(one for one in pair.new.contents if one.is_json),
        (pair.old.place, pair.new.place),
        spot,
        NO_CLAIMS,
    )
    walk.ledger.roles = before
    return Stray(answer.status, Led(pair, lens), roles)


def _covering(answer: Answer, others: Answers) -> Answer | None:
    """What stands for this success in the other version: its range, or the default where that is
    all there is for successes."""
    named = any(status.startswith("2") and status != answer.status for status in others)
    wanted = ("2XX", "default") if not named or "2XX" in others else ()
    return next((others[one] for one in wanted if one in others and one != answer.status), None)


def _nearest(answer: Answer, others: Answers) -> Answer | None:
    """The other version's error for what this one calls by the status, if both say what it is."""
    status = answer.status
    kind = status[0] if status[0] in "45" else ""
    wanted = [f"{status[0]}XX", "default"]
    wanted += sorted(other for other in others if kind and other.startswith(kind))
    if status == "default":
        wanted += sorted(other for other in others if other[0] in "45")
    found = next((others[one] for one in wanted if one in others), None)
    described = [one for one in (answer, found) if one and json_content(one.contents) is not None]
    return found if len(described) == 2 else None


def _unnamed(strays: list[Stray | None], who: Role) -> tuple[AnswerBridge, ...]:
    found = [
        AnswerBridge(status=one.status, becomes=None, lens=one.led.towards(who))
        for one in strays
        if one is not None and who in one.roles and one.led.lens
    ]
    return tuple(sorted(found, key=lambda bridge: bridge.status))


def _enter_lone(
    walk: Walk, crossed: Crossed, answer: Answer, near: Answer | None, flow: Flow
) -> Excess:
    kind = "status-removed" if flow is Flow.UP else "status-added"
    subject = f"{crossed.name} response {answer.status}"
    judgement = NOTHING
    operation = crossed.old if flow is Flow.UP else crossed.new
    if _is_new_success(answer, operation, near):
        accepted = walk.ledger.accepted(kind, subject)
        judgement = excess(Side.RESPONSE, flow, accepted, f"the status {answer.status}")
    elif near is not None:
        treatment = f"its body is led like that of {near.status}"
        judgement = Judgement(verdict=Verdict.NONE, treatment=treatment)
    finding = Finding(
        kind=kind,
        subject=subject,
        message=f"{answer.status} is named by the {'old' if flow is Flow.UP else 'new'} "
        "version alone",
        old=answer.place if flow is Flow.UP else crossed.old.place,
        new=crossed.new.place if flow is Flow.UP else answer.place,
        side=Side.RESPONSE,
        up=judgement if flow is Flow.UP else NOTHING,
        down=judgement if flow is Flow.DOWN else NOTHING,
    )
    return Excess(walk.ledger.enter(finding), finding.gaps)


def _is_new_success(answer: Answer, operation: Operation, near: Answer | None) -> bool:
    """Nothing of the other version stands for it; a default is one where no other is named."""
    if near is not None:
        return False
    named = any(one.status.startswith("2") for one in operation.answers)
    return answer.status.startswith("2") or (answer.status == "default" and not named)


def _refused(found: Excess) -> Lens:
    """The whole answer is refused, whether it has a body or not."""
    return found.guard(None, None).around(())


# --- parts of an answer ---------------------------------------------------------------------------


def narrowed(shapes: Shapes, operation: Operation, path: FieldPath) -> Operation | None:
    """The operation with what stands at the path of its success bodies in place of them.

    None where no success has anything there.
    """
    if not path:
        return operation
    answers = [
        replace(answer, contents=tuple(_narrow(shapes, answer.contents, path)))
        if answer.status.startswith("2")
        else answer
        for answer in operation.answers
    ]
    found = any(one.contents for one in answers if one.status.startswith("2"))
    return replace(operation, answers=tuple(answers)) if found else None


def _narrow(shapes: Shapes, contents: tuple[Content, ...], path: FieldPath) -> Iterator[Content]:
    for content in contents:
        schema = content.schema if content.is_json else None
        for name in path:
            shape = shapes.of(schema) if schema is not None else None
            field = shape.fields.get(name) if isinstance(shape, ObjectShape) else None
            schema = field.schema if field is not None else None
        if schema is not None:
            yield replace(content, schema=schema)
