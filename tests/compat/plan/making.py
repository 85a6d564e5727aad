"""Intents in a few words, and messages led across the bridge between two small specs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from compat.intent.model import (
    AcceptIntent,
    Action,
    BridgeIntent,
    CallIntent,
    Intent,
    OperationIntent,
    Then,
)
from compat.lens.interpret import Context
from compat.lens.message import (
    Body,
    Pairs,
    Request,
    Response,
    translate_request,
    translate_response,
)
from compat.model.interface import Interface, OperationKey
from compat.model.place import Place, Source
from compat.model.role import Role
from compat.model.schema import ABSENT, Json
from compat.plan.bridge import BridgePlan, Call, Difference, Exchange, HookKind
from compat.plan.planner import plan
from tests.compat.plan.specs import interface as interface

TODAY: Final = "2026-11-23"
OLD: Final = Role.OLD_CLIENT  # an old client: what it sends goes up, what it gets comes down
NEW: Final = Role.NEW_CLIENT
PUT: Final = "PUT /volumes/{id}"

# --- intents --------------------------------------------------------------------------------------

SOURCE: Final = Source("intent.yaml", lambda pointer: (int(pointer.rpartition("/")[2]) + 1, 1))


def here(index: int) -> Place:
    """The place of the entry of that number."""
    return Place(SOURCE, f"/{index}")


def key(text: str) -> OperationKey:
    method, path = text.split(" ", 1)
    return OperationKey(method, path)


def intent(
    *bridges: tuple[str, Action],
    accept: Mapping[str, Then | None] | None = None,
    until: str | None = None,
    operations: tuple[OperationIntent, ...] = (),
) -> Intent:
    """What people decided: actions at addresses, and differences accepted by kind and subject."""
    return Intent(
        operations=operations,
        bridges=tuple(
            BridgeIntent(place=here(index), at=at, action=action)
            for index, (at, action) in enumerate(bridges)
        ),
        accepts=tuple(
            AcceptIntent(
                place=here(len(bridges) + index),
                pattern=pattern,
                reason="a reason",
                owner="storage team",
                until=until,
                then=then,
            )
            for index, (pattern, then) in enumerate((accept or {}).items())
        ),
    )


def stands_in(
    operation: str, *calls: CallIntent, hook: str | None = None, from_new: bool = False
) -> OperationIntent:
    """The calls or the hook that answer for an operation of the old (or new) version."""
    return OperationIntent(
        place=here(0), operation=key(operation), from_new=from_new, calls=calls, hook=hook
    )


def same_as(old: str, new: str) -> OperationIntent:
    return OperationIntent(place=here(0), operation=key(old), from_new=False, same_as=key(new))


def call(operation: str, *when: str, into: str | None = None) -> CallIntent:
    """`when` and `into` are dotted paths, "" for the whole answer."""
    path = None if into is None else tuple(part for part in into.split(".") if part)
    return CallIntent(
        operation=key(operation), when=tuple(tuple(one.split(".")) for one in when), into=path
    )


# --- bridges --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer as tests write it."""

    status: int = 200
    path: Mapping[str, str] = field(default_factory=dict)
    query: Pairs = ()
    headers: Pairs = ()
    body: Body = ABSENT


@dataclass(frozen=True, slots=True)
class Bridge:
    """A plan, and messages led across it by the interpreter."""

    plan: BridgePlan
    context: Context

    def sends(self, role: Role, operation: str, message: Message, *, nth: int = 0) -> Message:
        """What the callee gets of the caller's request, in the nth call."""
        request = Request(
            path=message.path, query=message.query, headers=message.headers, body=message.body
        )
        found = translate_request(self.call(role, operation, nth).request, request, self.context)
        return Message(path=found.path, query=found.query, headers=found.headers, body=found.body)

    def gets(self, role: Role, operation: str, message: Message, *, nth: int = 0) -> Message:
        """What the caller gets of the callee's answer to the nth call."""
        answers = self.call(role, operation, nth).answers
        wanted = (str(message.status), f"{message.status // 100}XX", "default")
        found = next((one for status in wanted for one in answers if one.status == status), None)
        if found is None:
            return message
        response = Response(status=message.status, headers=message.headers, body=message.body)
        led = translate_response(found.lens, response, self.context)
        status = led.status if found.becomes is None else found.becomes
        return Message(status=status, headers=led.headers, body=led.body)

    def asked(self, role: Role, body: Json) -> Body:
        """What the callee gets of a body that is put."""
        return self.sends(role, PUT, Message(path={"id": "1"}, body=body)).body

    def answered(self, role: Role, body: Json) -> Body:
        """What the caller gets of a body that the callee answers with."""
        return self.gets(role, PUT, Message(body=body)).body

    def exchange(self, role: Role, operation: str) -> Exchange:
        found = [one for one in self.plan.exchanges[role] if one.operation == key(operation)]
        assert len(found) == 1, f"{operation} crosses {len(found)} times"
        return found[0]

    def call(self, role: Role, operation: str, nth: int = 0) -> Call:
        return self.exchange(role, operation).calls[nth]

    @property
    def found(self) -> dict[str, tuple[str, str]]:
        """The differences, each with the verdicts for the old client and for the new one."""
        return {f"{one.kind} {one.subject}": verdicts(one) for one in self.plan.differences}

    @property
    def gaps(self) -> list[str]:
        return [f"{one.kind} {one.subject}" for one in self.plan.open_gaps]

    @property
    def is_silent(self) -> bool:
        """Nothing differs, and messages pass as they are."""
        exchanges = [one for role in Role for one in self.plan.exchanges[role]]
        return not self.found and not self.plan.lenses and all(one.is_identity for one in exchanges)


def verdicts(difference: Difference) -> tuple[str, str]:
    old, new = (difference.judgements[role].verdict.label for role in Role)
    return old, new


Function = Callable[[Json], Json]


def bridge(
    old: Interface, new: Interface, intent: Intent | None = None, **hooks: Function
) -> Bridge:
    """The bridge between two interfaces; `hooks` are the functions of the hooks file."""
    made = plan(old, new, intent or Intent(), today=TODAY)
    assert {need.name for need in made.hooks if need.kind is HookKind.VALUE} == hooks.keys()
    lenses = {name: lens.up for name, lens in made.lenses.items()}
    return Bridge(made, Context(lenses=lenses, hooks=hooks))


def between(old: str, new: str, *bridges: tuple[str, Action], **hooks: Function) -> Bridge:
    """The bridge between two shapes of `Volume`, which is put and given back."""
    return bridge(volumes(old), volumes(new), intent(*bridges), **hooks)


def accepting(old: str, new: str, **accept: Then | None) -> Bridge:
    """As `between`, the differences of these kinds accepted with what is to be done."""
    patterns = {f"{kind.replace('_', '-')} *": then for kind, then in accept.items()}
    return bridge(volumes(old), volumes(new), intent(accept=patterns))


def volumes(volume: str, others: str = "{}", dialect: str = "3.0") -> Interface:
    """An interface with one operation that takes and gives a `Volume`."""
    components = {"Volume": yaml.safe_load(volume), **yaml.safe_load(others)}
    return interface({PUT: "{body!: Volume, 200: Volume}"}, json.dumps(components), dialect=dialect)


SHARED: Final = (
    "T: {type: string}, A: {required: [a]}, Short: {maxLength: 3}, "
    "Tree: {kids: [Tree], name: string}, Wood: {kids: [Wood], name: string}"
)


def of_field(old: str, new: str, *, sent: bool = True, given: bool = True) -> Bridge:
    """The bridge between two 3.1 shapes of `Volume.f`, which is sent, given back, or both.

    They may refer to the components that are SHARED.
    """
    operation = "{body!: Volume, 200: Volume}"
    if not (sent and given):
        operation = "{body!: Volume}" if sent else "{200: Volume}"
    components = f"{{Volume: {{f: {old}}}, {SHARED}}}", f"{{Volume: {{f: {new}}}, {SHARED}}}"
    before, after = (interface({PUT: operation}, one, dialect="3.1") for one in components)
    return bridge(before, after)
