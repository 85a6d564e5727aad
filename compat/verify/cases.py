"""The messages that a package is tried with: one exchange each, with the answers it meets."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from compat.emit.runtime.message import Request, Response
from compat.lens import message
from compat.lens.message import open_request, open_response
from compat.model.interface import Answer, Interface, Operation, OperationKey
from compat.model.role import Role
from compat.model.schema import ABSENT, Json, Kind
from compat.model.shape import ObjectShape, ScalarShape
from compat.plan.bridge import BridgePlan, Call, Exchange
from compat.plan.spot import Side
from compat.verify.chance import Chance
from compat.verify.documents import Chooser, Maker, NoDocumentError, SpecSide
from compat.verify.messages import Answered, MessageMaker, Routes
from compat.verify.nodes import Nodes, PlaceKey
from compat.verify.oracle import caller_and_callee
from compat.verify.patience import Patience
from compat.verify.samples import MEMBERS_MAX, Pools, Turns, drawn
from compat.verify.sections import answer_section, is_same, request_section
from compat.verify.wishes import Ways, Wish

SAMPLES_MAX: Final = 8
Strategies = dict[int, tuple[ScalarShape, SearchStrategy[Json]]]


class Origin(Enum):
    """Where a case comes from."""

    DECLARED = "all of it is as the specs say"
    UNKNOWN = "as the specs say, but for fields and values that no spec knows"
    PROBE = "made from the lenses, whatever the specs say"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A request of the caller's, and what the callee answers with, by its operation."""

    role: Role
    exchange: Exchange
    request: Request
    answers: Mapping[OperationKey, tuple[Answered, ...]]
    origin: Origin = Origin.DECLARED


@dataclass(eq=False)
class Version:
    """One interface and all that making, checking and finding its messages needs."""

    interface: Interface
    patience: Patience = field(default_factory=Patience)
    sides: dict[Side, SpecSide] = field(init=False)
    nodes: Nodes = field(init=False)
    routes: Routes = field(init=False)
    ways: Ways = field(init=False)

    def __post_init__(self) -> None:
        self.sides = {side: SpecSide(self.interface, side, self.patience) for side in Side}
        self.nodes = Nodes(self.interface)
        self.routes = Routes(self.interface)
        self.ways = Ways(self.interface)

    def operation(self, key: OperationKey) -> Operation:
        return self.interface.by_key[key]


@dataclass(eq=False)
class Versions:
    """Both versions of a plan."""

    plan: BridgePlan
    pools: Pools = field(default_factory=Pools)
    _by_interface: dict[int, Version] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for interface in (self.plan.old, self.plan.new):
            self._by_interface[id(interface)] = Version(interface)

    def is_same(self, role: Role, exchange: Exchange) -> bool:
        """Does the exchange change nothing, between operations that say the same?"""
        if not exchange.is_identity:
            return False
        ours = self.caller(role).operation(exchange.operation)
        theirs = self.callee(role).operation(exchange.calls[0].operation)
        found = [(Side.REQUEST, request_section(ours), request_section(theirs))]
        if len(ours.answers) != len(theirs.answers):
            return False
        for one, other in zip(ours.answers, theirs.answers, strict=True):
            pair = answer_section(ours, one), answer_section(theirs, other)
            found.append((Side.RESPONSE, *pair))
        return all(
            is_same(self.caller(role).sides[side], one, self.callee(role).sides[side], other)
            for side, one, other in found
        )

    def leaves_unsaid(self, role: Role) -> bool:
        """Swagger 2.0 specs seldom say that a body is required; that 3.x does is no change."""
        dialects = (each.interface.dialect for each in (self.caller(role), self.callee(role)))
        return [dialect == "2.0" for dialect in dialects] == [True, False]

    def caller(self, role: Role) -> Version:
        return self._by_interface[id(caller_and_callee(self.plan, role)[0])]

    def callee(self, role: Role) -> Version:
        return self._by_interface[id(caller_and_callee(self.plan, role)[1])]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wanted:
    """What the messages of an exchange are to be like, beyond what the specs say."""

    avoid: frozenset[PlaceKey] = frozenset()
    request: Wish | None = None
    answer: Wish | None = None


@dataclass(eq=False)
class CaseMaker:
    """Makes the cases of one exchange."""

    versions: Versions
    role: Role
    exchange: Exchange
    wanted: Wanted = field(default_factory=Wanted)
    _strategies: Strategies = field(default_factory=dict)

    def samples(self) -> Iterator[Case]:
        """Cases that go through the choices of the specs, and through the statuses of answers."""
        for number in range(SAMPLES_MAX):
            yield from self._made(Turns(number, self.versions.pools), status=None, number=number)
        for call in self.exchange.calls:
            operation = self.versions.callee(self.role).operation(call.operation)
            for answer in operation.answers:
                for number in (0, 1):
                    turns = Turns(number, self.versions.pools)
                    yield from self._made(turns, status=answer.status, number=number)

    def briefly(self) -> Iterator[Case]:
        """Two samples, for an exchange in which nothing can go wrong but the way."""
        for number in (0, 1):
            yield from self._made(Turns(number, self.versions.pools), status=None, number=number)

    def aimed(self, status: str | None) -> Iterator[Case]:
        """A small sample, and one with other choices; `status` is that of the answers."""
        for number in (0, 2):
            yield from self._made(Turns(number, self.versions.pools), status=status, number=number)

    def with_unknown(self) -> Iterator[Case]:
        """Samples that hold fields and enum values of no version."""
        extras = replace(
            self.wanted,
            request=Wish(side=Side.REQUEST, avoid=self.wanted.avoid, extras=True),
            answer=Wish(side=Side.RESPONSE, extras=True),
        )
        maker = replace(self, wanted=extras)
        for number in (1, 2):
            turns = Turns(number, self.versions.pools)
            for case in maker._made(turns, status=None, number=number):
                yield replace(case, origin=Origin.UNKNOWN)

    def drawn(self, count: int, number: int) -> list[Case]:
        """Cases that Hypothesis makes, the same for the same number."""

        @st.composite
        def case(draw: DrawFn) -> Case:
            chance = Chance(draw, draw(st.integers(0, 2)), self._strategies)
            return self._case(chance, status=None, number=draw(st.integers(0, 7)))

        return drawn(case(), count, number)

    def _made(self, chooser: Turns, *, status: str | None, number: int) -> Iterator[Case]:
        try:
            yield self._case(chooser, status=status, number=number)
        except NoDocumentError:
            return

    def _case(self, chooser: Chooser, *, status: str | None, number: int) -> Case:
        caller = self.versions.caller(self.role)
        request_wish = self.wanted.request or Wish(side=Side.REQUEST, avoid=self.wanted.avoid)
        maker = Maker(caller.sides[Side.REQUEST], request_wish, chooser, MEMBERS_MAX)
        request = MessageMaker(maker, caller.routes).request(
            caller.operation(self.exchange.operation),
            with_body=self.versions.leaves_unsaid(self.role),
        )
        answers = {
            call.operation: self._answers(call, chooser, status, number)
            for call in self.exchange.calls
        }
        return Case(role=self.role, exchange=self.exchange, request=request, answers=answers)

    def _answers(
        self, call: Call, chooser: Chooser, status: str | None, number: int
    ) -> tuple[Answered, ...]:
        callee = self.versions.callee(self.role)
        operation = callee.operation(call.operation)
        found = [answer for answer in operation.answers if answer.status == status]
        successes = [each for each in operation.answers if each.status.startswith("2")]
        choice = found or successes or list(operation.answers)
        if not choice:
            return (Answered(response=Response(status=200)),)
        answer = choice[number % len(choice)]
        streams = any(each.records and each.status == answer.status for each in call.answers)
        wish = self.wanted.answer or Wish(side=Side.RESPONSE)
        maker = Maker(callee.sides[Side.RESPONSE], wish, chooser, MEMBERS_MAX)
        messages = MessageMaker(maker, callee.routes)
        if call.paging is None:
            return (messages.answer(operation, answer, records=streams),)
        pages = [messages.answer(operation, answer, records=False) for _ in range(2)]
        token = call.paging.token_field
        next_page = 2 if self._is_number(answer, token) else "page-2"
        return (_with_token(pages[0], token, next_page), _with_token(pages[1], token, None))

    def _is_number(self, answer: Answer, name: str) -> bool:
        shapes = self.versions.callee(self.role).sides[Side.RESPONSE].shapes
        schemas = [each.schema for each in answer.contents if each.schema is not None]
        shape = shapes.of(schemas[0]) if schemas else None
        if not isinstance(shape, ObjectShape) or name not in shape.fields:
            return False
        field = shapes.of(shape.fields[name].schema)
        return isinstance(field, ScalarShape) and Kind.STRING not in field.kinds


def _with_token(page: Answered, name: str, token: Json) -> Answered:
    body = page.response.body
    if not isinstance(body, dict):
        return page
    rest = {key: member for key, member in body.items() if key != name}
    page.response.body = rest if token is None else rest | {name: token}
    return page


def number_of(seed: int, *words: str) -> int:
    """A number for chance that depends on the seed and the words alone."""
    return int.from_bytes(hashlib.sha256(repr((seed, words)).encode()).digest()[:6], "big")


def request_document(captured: Mapping[str, str], request: Request) -> dict[str, Json]:
    """A request as the document that lenses work on."""
    body = ABSENT if request.body is None else request.body
    return open_request(
        message.Request(
            path=captured,
            query=tuple(request.query),
            headers=tuple(request.headers),
            body=body,  # type: ignore[arg-type]
        )
    )


def answer_document(answer: Response) -> dict[str, Json]:
    """An answer as the document that lenses work on."""
    body = ABSENT if answer.body is None else answer.body
    return open_response(
        message.Response(status=answer.status, headers=tuple(answer.headers), body=body)  # type: ignore[arg-type]
    )
