"""Answers: which status of one version is which of the other, and the lens for each.

Statuses of the same text belong together. A success status that each version alone has is the same
answer moved; an error status that only one version names is led like the error the other version
would have named: by range, then default, then the only error of its class.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compat.intent.model import MoveStatuses, ReadPages
from compat.intent.problem import IntentError
from compat.lens.ops import Flow, Lens, invert
from compat.model.interface import Answer, Operation
from compat.model.schema import Json, Kind
from compat.model.shape import ObjectShape, ScalarShape
from compat.plan.bodies import bridge_contents, bridge_records, json_content
from compat.plan.bridge import AnswerBridge, Judgement, Paging, Role, Slicing, Verdict
from compat.plan.claims import NO_CLAIMS
from compat.plan.ledger import NOTHING, Finding
from compat.plan.parameters import section
from compat.plan.spot import Side, Spot
from compat.plan.stance import excess
from compat.plan.walk import Walk
from compat.suggest.leftovers import Settled, Statuses


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """Two answers that are one; `moved` when the status differs."""

    old: Answer
    new: Answer

    @property
    def moved(self) -> bool:
        return self.old.status != self.new.status


@dataclass(frozen=True, slots=True)
class Led:
    """Two answers and the lens from the old to the new, of the message or of each record."""

    pair: AnswerPair
    lens: Lens
    records: bool = False


def bridge_answers(
    walk: Walk, old: Operation, new: Operation
) -> Mapping[Role, tuple[AnswerBridge, ...]]:
    """For each role, what becomes of each status the callee may answer with."""
    ours = {answer.status: answer for answer in old.answers}
    theirs = {answer.status: answer for answer in new.answers}
    pairs = _paired(walk, old, new, ours, theirs)
    lenses = [_bridge_pair(walk, old, new, pair) for pair in pairs]
    removed = _unpaired(ours, {pair.old.status for pair in pairs})
    added = _unpaired(theirs, {pair.new.status for pair in pairs})
    walk.ledger.leftovers.append(Statuses(old=old, new=new, removed=removed, added=added))
    for status in removed:
        _enter_lone(walk, old, new, ours[status], Flow.UP, lenses)
    for status in added:
        _enter_lone(walk, old, new, theirs[status], Flow.DOWN, lenses)
    return {
        Role.OLD_CLIENT: tuple(
            AnswerBridge(
                status=led.pair.new.status,
                becomes=_becomes(led.pair, led.pair.old),
                lens=invert(led.lens),
                records=led.records,
            )
            for led in lenses
        )
        + _strays(theirs, {pair.new.status for pair in pairs}, lenses, Flow.DOWN),
        Role.NEW_CLIENT: tuple(
            AnswerBridge(
                status=led.pair.old.status,
                becomes=_becomes(led.pair, led.pair.new),
                lens=led.lens,
                records=led.records,
            )
            for led in lenses
        )
        + _strays(ours, {pair.old.status for pair in pairs}, lenses, Flow.UP),
    }


def _becomes(pair: AnswerPair, seen: Answer) -> int | None:
    return int(seen.status) if pair.moved and seen.status.isdigit() else None


def _paired(
    walk: Walk,
    old: Operation,
    new: Operation,
    ours: dict[str, Answer],
    theirs: dict[str, Answer],
) -> list[AnswerPair]:
    stated = _stated(walk, old, new, ours, theirs)
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
        at = f"{old.key} response"
        walk.ledger.settled.append(Settled(at=at, words=words, reason=reason, schemas=None))
    for pair in pairs:
        if pair.moved:
            _enter_move(walk, old, new, pair)
    return pairs


def _stated(
    walk: Walk,
    old: Operation,
    new: Operation,
    ours: dict[str, Answer],
    theirs: dict[str, Answer],
) -> list[AnswerPair]:
    pairs = []
    spot = section(Side.RESPONSE, old, new, "response")
    for action, place in walk.ledger.actions(spot, MoveStatuses):
        for one, other in action.statuses.items():
            if str(one) not in ours or str(other) not in theirs:
                raise IntentError(
                    f"{old.key} does not answer with {one}, or {new.key} not with {other}",
                    where=str(place),
                    hint=f"there are {', '.join(sorted(ours))} and {', '.join(sorted(theirs))}",
                )
            pairs.append(AnswerPair(ours[str(one)], theirs[str(other)]))
    return pairs


def _successes(answers: dict[str, Answer], taken: set[str]) -> list[Answer]:
    return [
        answer
        for status, answer in answers.items()
        if status.startswith("2") and status.isdigit() and status not in taken
    ]


def _enter_move(walk: Walk, old: Operation, new: Operation, pair: AnswerPair) -> None:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="the status is turned")
    walk.ledger.enter(
        Finding(
            kind="status-moved",
            subject=f"{old.key} response {pair.old.status}",
            message=f"{pair.old.status} became {pair.new.status} ({new.key})",
            old=pair.old.place,
            new=pair.new.place,
            side=Side.RESPONSE,
            up=done,
            down=done,
        )
    )


def _bridge_pair(walk: Walk, old: Operation, new: Operation, pair: AnswerPair) -> Led:
    spot = Spot(
        Side.RESPONSE,
        f"{old.key} response {pair.old.status}",
        f"{new.key} response {pair.new.status}",
        f"{old.key} response {pair.old.status}",
    )
    record = bridge_records(walk, pair.old.contents, pair.new.contents, spot)
    if record is not None:
        return Led(pair, record, records=True)
    places = pair.old.place, pair.new.place
    contents = pair.old.contents, pair.new.contents
    return Led(pair, bridge_contents(walk, *contents, places, spot, NO_CLAIMS))


# --- statuses that only one version names ---------------------------------------------------------


def _enter_lone(
    walk: Walk, old: Operation, new: Operation, answer: Answer, flow: Flow, led: list[Led]
) -> None:
    """Errors are expected by every client; an unknown success is not."""
    kind = "status-removed" if flow is Flow.UP else "status-added"
    subject = f"{(old if flow is Flow.UP else new).key} response {answer.status}"
    judgement = NOTHING
    if answer.status.startswith("2"):
        accepted = walk.ledger.accepted(kind, subject)
        judgement = excess(Side.RESPONSE, flow, accepted, f"the status {answer.status}")
    elif _stand_in(answer.status, led, flow) is not None:
        treatment = "its body is led like that of the error the other version names"
        judgement = Judgement(verdict=Verdict.NONE, treatment=treatment)
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"{answer.status} is named by the {'old' if flow is Flow.UP else 'new'} "
            "version alone",
            old=answer.place if flow is Flow.UP else old.place,
            new=new.place if flow is Flow.UP else answer.place,
            side=Side.RESPONSE,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
        )
    )


def _strays(
    answers: dict[str, Answer], paired: set[str], led: list[Led], flow: Flow
) -> tuple[AnswerBridge, ...]:
    """Error statuses the caller's version does not name, with the lens of a near one."""
    found = []
    for status in _unpaired(answers, paired):
        lens = _stand_in(status, led, flow)
        if lens and not status.startswith("2"):
            found.append(AnswerBridge(status=status, becomes=None, lens=lens))
    return tuple(sorted(found, key=lambda bridge: bridge.status))


def _unpaired(answers: dict[str, Answer], paired: set[str]) -> list[str]:
    return [status for status in answers if status not in paired]


def _stand_in(status: str, led: list[Led], flow: Flow) -> Lens | None:
    """The lens of the pair whose status on the caller's side is nearest to this one."""
    wanted = (f"{status[0]}XX", "default", status[0])
    for near in wanted:
        lenses = [
            one.lens if flow is Flow.UP else invert(one.lens)
            for one in led
            if _named(one.pair, flow) == near
            or (len(near) == 1 and _named(one.pair, flow).startswith(near) and near in "45")
        ]
        if lenses:
            return lenses[0]
    return None


def _named(pair: AnswerPair, flow: Flow) -> str:
    return (pair.new if flow is Flow.UP else pair.old).status


# --- pages ----------------------------------------------------------------------------------------


PageWays = tuple[Paging | None, Slicing | None]


def paging(walk: Walk, old: Operation, new: Operation) -> Mapping[Role, PageWays]:
    """How pages are read to the end for one client, and cut for the other, if the intent says."""
    plain: PageWays = None, None
    found = {Role.OLD_CLIENT: plain, Role.NEW_CLIENT: plain}
    for status in ("200", "default"):
        spot = section(Side.RESPONSE, old, new, f"response {status}")
        action = walk.ledger.action(spot, ReadPages)
        if action is None:
            continue
        queries = {p.name for p in new.parameters if p.location == "query"}
        new_pages = action.token_query in queries
        reader = Role.OLD_CLIENT if new_pages else Role.NEW_CLIENT
        cutter = Role.NEW_CLIENT if new_pages else Role.OLD_CLIENT
        found[reader] = (
            Paging(
                entries=action.entries,
                token_field=action.token_field,
                token_query=action.token_query,
            ),
            None,
        )
        if action.size_query is not None:
            found[cutter] = (
                None,
                Slicing(
                    entries=action.entries,
                    token_field=action.token_field,
                    token_query=action.token_query,
                    size_query=action.size_query,
                    numeric=_is_numeric(
                        walk, new if new_pages else old, status, action.token_field
                    ),
                ),
            )
    return found


def _is_numeric(walk: Walk, operation: Operation, status: str, name: str) -> bool:
    """Does the paged answer name its next page by a number?"""
    shapes = walk.new if operation in walk.new.interface.operations else walk.old
    answer = next((one for one in operation.answers if one.status == status), None)
    content = json_content(answer.contents) if answer is not None else None
    shape = shapes.of(content.schema) if content is not None and content.schema else None
    field = shape.fields.get(name) if isinstance(shape, ObjectShape) else None
    token = shapes.of(field.schema) if field is not None else None
    return isinstance(token, ScalarShape) and Kind.STRING not in token.kinds
