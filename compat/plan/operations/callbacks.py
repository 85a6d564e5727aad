"""Requests that a server makes: callbacks and webhooks. They go past the shim, untranslated.

To a client they are what answers are otherwise, and what it answers is what requests are; so they
are compared as operations turned round, by a bridge that is only rehearsed. Whatever that would
have to do, nobody does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from compat.model.interface import Answer, Body, Operation
from compat.model.place import Place
from compat.model.role import Role
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side
from compat.plan.values.rehearsal import rehearsed, summary, troubled
from compat.plan.values.walker import Walker
from compat.plan.walk import Walk

Bridge = Callable[[Walker, Operation, Operation], object]
Verdicts = Mapping[Role, Judgement]

_FROM_REQUEST = "$request"
_NOT_KNOWN = Judgement(
    verdict=Verdict.NEEDS_INTENT,
    treatment="comes past the shim to a client that does not know it: say that it copes",
)
_ASKED_FOR = Judgement(
    verdict=Verdict.NONE, treatment="comes only where a request gives its address"
)
_NEVER_NEW = Judgement(verdict=Verdict.LOSSY, treatment="never comes: the old server sends none")
_NEVER_OLD = Judgement(
    verdict=Verdict.UNBRIDGEABLE, treatment="never comes: the new server sends none"
)
_UNTRANSLATED = Judgement(
    verdict=Verdict.UNBRIDGEABLE, treatment="comes past the shim, in the server's version"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The requests of the server in one section of both versions; `noun` is what each is called."""

    noun: str
    subject: str
    old: tuple[Operation, ...]
    new: tuple[Operation, ...]
    places: tuple[Place, Place]


def compare_sent(walk: Walk, sent: Sent, bridge: Bridge) -> None:
    """`bridge` leads one operation to the other, for a rehearsal."""
    ours = {operation.key: operation for operation in sent.old}
    theirs = {operation.key: operation for operation in sent.new}
    for key in sorted(ours.keys() | theirs.keys()):
        if key in ours and key in theirs:
            _compare(walk, sent, ours[key], theirs[key], bridge)
        else:
            _enter_lone(walk, sent, ours.get(key), theirs.get(key))


def _compare(walk: Walk, sent: Sent, old: Operation, new: Operation, bridge: Bridge) -> None:
    turned = _turned(old), _turned(new)
    found = rehearsed(walk, lambda walker: bridge(walker, *turned))
    unlike = sorted(_successes(old) ^ _successes(new))
    if not found and not unlike:
        return
    told = [f"it is answered with {', '.join(unlike)} in one version alone"] if unlike else []
    told += [summary(found)] if found else []
    surplus = {
        Role.OLD_CLIENT: _successes(old) - _successes(new),
        Role.NEW_CLIENT: _successes(new) - _successes(old),
    }
    verdicts = {
        who: _UNTRANSLATED if troubled(found, who) or surplus[who] else NOTHING for who in Role
    }
    _enter(walk, sent, "changed", (old, new), "; ".join(told), verdicts)


def _enter_lone(walk: Walk, sent: Sent, old: Operation | None, new: Operation | None) -> None:
    one = old or new
    assert one is not None
    unknown = _ASKED_FOR if _FROM_REQUEST in one.key.path else _NOT_KNOWN
    if old is None:
        verdicts = {Role.OLD_CLIENT: unknown, Role.NEW_CLIENT: _NEVER_NEW}
    else:
        verdicts = {Role.OLD_CLIENT: _NEVER_OLD, Role.NEW_CLIENT: unknown}
    version = "new" if old is None else "old"
    message = f"the server of the {version} version alone sends it"
    _enter(walk, sent, "added" if old is None else "removed", (old, new), message, verdicts)


def _enter(
    walk: Walk,
    sent: Sent,
    what: str,
    pair: tuple[Operation | None, Operation | None],
    message: str,
    verdicts: Verdicts,
) -> None:
    old, new = pair
    one = old or new
    assert one is not None
    kind, subject = f"{sent.noun}-{what}", f"{sent.subject}{one.key}"
    accepted = walk.ledger.accepted(kind, subject)
    if accepted is not None:
        only_passes(accepted, f"a {sent.noun} goes past the shim")
        done = Judgement(verdict=Verdict.LOSSY, treatment="as it is, as accepted")
        verdicts = {
            who: done if each.verdict > Verdict.LOSSY else each for who, each in verdicts.items()
        }
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=message,
            old=old.place if old is not None else sent.places[0],
            new=new.place if new is not None else sent.places[1],
            side=Side.RESPONSE,
            up=verdicts[Role.NEW_CLIENT],
            down=verdicts[Role.OLD_CLIENT],
        )
    )


def _turned(operation: Operation) -> Operation:
    """What the server sends as an answer, what the client answers as a request."""
    contents = operation.body.contents if operation.body is not None else ()
    successes = [each for each in operation.answers if each.status.startswith("2")]
    answered = next((each for each in successes if each.contents), None)
    body = None
    if answered is not None:
        body = Body(place=answered.place, required=False, contents=answered.contents)
    arrives = Answer(
        place=operation.place, status="200", contents=contents, headers=operation.parameters
    )
    return replace(operation, parameters=(), body=body, answers=(arrives,), callbacks=())


def _successes(operation: Operation) -> frozenset[str]:
    return frozenset(_statuses(operation.answers))


def _statuses(answers: Iterable[Answer]) -> Iterator[str]:
    return (answer.status for answer in answers if answer.status.startswith("2"))
