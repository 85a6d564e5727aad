"""What is given stays as it is and with its owner; the same input gives the same output."""

import json
from collections.abc import Iterator
from typing import Any

from compat.verify.bench import Bench, Finding, Run
from compat.verify.driving import Held, Outcome, parts_of, same_body, unlike


def ownership(bench: Bench, run: Run) -> Iterator[Finding]:
    """Inputs are not changed, nothing is shared, and a second time everything is the same."""
    yield from _changed(run.held)
    if run.case.exchange.hook is None:  # a hook may hand on what it got: adapters make each anew
        yield from _shared(run.held)
    again = Held()
    outcome = bench.outcome(run.case, again)
    for each in unlike(outcome, run.outcome):
        yield Finding(message=f"a second time it is otherwise: {each}")
    if not outcome.failure and _bytes(outcome) != _bytes(run.outcome):
        yield Finding(message="a second time fields come in another order")
    yield from _kept(run.held, again)


def _changed(held: Held) -> Iterator[Finding]:
    for whose, message, copy in held.copies:
        for part, before in parts_of(copy).items():
            after = parts_of(message)[part]
            is_same = same_body(before, after) if part == "body" else before == after
            if not is_same:
                yield Finding(message=f"{whose} is changed: its {part} {before!r} became {after!r}")


def _shared(held: Held) -> Iterator[Finding]:
    owners: dict[int, str] = {}
    for whose, message in held.messages:
        mine: set[int] = set()
        for container in _containers(message):
            owner = owners.get(id(container))
            if owner is not None and id(container) not in mine:
                yield Finding(message=f"{whose} shares {_noun(container)} with {owner}")
                return
            mine.add(id(container))
            owners[id(container)] = whose


def _kept(first: Held, second: Held) -> Iterator[Finding]:
    """Nothing that the package keeps for itself, such as a table, may be handed out."""
    given = {whose for whose, _, _ in first.copies}
    made = [message for whose, message in first.messages if whose not in given]
    before = {id(container) for message in made for container in _containers(message)}
    for whose, message in second.messages:
        if any(id(container) in before for container in _containers(message)):
            yield Finding(message=f"{whose} shares a list or an object with that of another call")
            return


def _containers(message: Any) -> Iterator[list[Any] | dict[str, Any]]:
    pending: list[Any] = [message]
    if hasattr(message, "headers"):
        pending = [
            message.headers,
            message.body,
            *([message.query] if hasattr(message, "query") else []),
        ]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending += value.values()
        elif isinstance(value, list):
            yield value
            pending += (each for each in value if isinstance(each, (dict, list)))


def _noun(container: object) -> str:
    return "an object" if isinstance(container, dict) else "a list"


def _bytes(outcome: Outcome) -> str:
    messages = [*outcome.sent, *([outcome.answer] if outcome.answer is not None else [])]
    return json.dumps([parts_of(message) for message in messages], default=repr)
