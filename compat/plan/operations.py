"""Operations: how each of one version crosses to the other, in both roles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compat.intent.model import CallIntent, OperationIntent, RenameFields
from compat.lens.ops import DifferenceId, Drop, Flow, Focus, Lens, Loss, Op, invert
from compat.match.operations import OperationPair
from compat.match.template import beginnings, shape, versionless
from compat.model.interface import Content, Operation
from compat.model.schema import ABSENT
from compat.plan.answers import PageWays, bridge_answers, paging
from compat.plan.bodies import BODY, bridge_contents
from compat.plan.bridge import (
    AnswerBridge,
    Call,
    Exchange,
    HookKind,
    HookNeed,
    Judgement,
    Role,
    Verdict,
)
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.ledger import NOTHING, Finding
from compat.plan.parameters import (
    TABLES,
    bridge_parameters,
    bridge_path,
    section,
)
from compat.plan.relocation import body_fields, bridge_relocations, json_schema
from compat.plan.spot import Side, Spot
from compat.plan.values import Visit, Walker
from compat.suggest.leftovers import Crossing


@dataclass(eq=False)
class Crossings:
    """The exchanges found per role, and the visit of each pair: who meets which difference."""

    walk: Walker
    exchanges: dict[Role, list[Exchange]] = field(
        default_factory=lambda: {role: [] for role in Role}
    )
    roots: list[tuple[tuple[str, ...], Visit]] = field(default_factory=list)
    _names: dict[Role, set[str]] = field(default_factory=lambda: {role: set() for role in Role})

    def pair(self, pair: OperationPair, roles: frozenset[Role]) -> None:
        """One operation that both versions have."""
        old, new = pair.old, pair.new
        with_pages = self._begin(old, new, roles)
        if shape(old.key.path) != shape(new.key.path):
            self._enter_move(pair)
        paged = any(way != (None, None) for way in with_pages.values())
        self.walk.ledger.leftovers.append(Crossing(old=old, new=new, paged=paged))
        request, answers = self._bridge(old, new, NO_CLAIMS)
        for role in Role:
            if role not in roles:
                continue
            is_old = role is Role.OLD_CLIENT
            reading, slicing = with_pages[role]
            call = Call(
                operation=(new if is_old else old).key,
                request=request if is_old else invert(request),
                answers=answers[role],
                paging=reading,
                slicing=slicing,
            )
            self._add(role, old if is_old else new, (call,))

    def lone(self, operation: Operation, role: Role) -> None:
        """An operation that the other version lacks, and nothing stands in for."""
        is_old = role is Role.OLD_CLIENT
        self.walk.ledger.roles = frozenset({role})
        visit = self.walk.root(str(operation.key))
        self.roots.append(((str(operation.key),), visit))
        kind = "operation-removed" if is_old else "operation-added"
        judgement = _missing(is_old)
        found = self.walk.ledger.enter(
            Finding(
                kind=kind,
                subject=str(operation.key),
                message=f"{operation.key} is only in the {'old' if is_old else 'new'} version",
                old=operation.place if is_old else None,
                new=None if is_old else operation.place,
                side=Side.REQUEST,
                up=judgement if is_old else NOTHING,
                down=NOTHING if is_old else judgement,
                stub=_stand_in_stub(operation, is_old),
            )
        )
        self._add(role, operation, (), gap=found)

    def stand_in(
        self, entry: OperationIntent, operation: Operation, partners: tuple[Operation, ...]
    ) -> None:
        """What a person chose to answer for an operation: calls of the other version, or a hook."""
        role = Role.NEW_CLIENT if entry.from_new else Role.OLD_CLIENT
        self.walk.ledger.roles = frozenset({role})
        self.walk.ledger.operation(entry)
        visit = self.walk.root(str(operation.key))
        self.roots.append(((str(operation.key),), visit))
        found = self._enter_stand_in(entry, operation, role)
        if entry.hook is not None:
            purpose = f"{operation.key} by calls of the other version"
            self.walk.ledger.hook(
                HookNeed(name=entry.hook, kind=HookKind.EXCHANGE, difference=found, purpose=purpose)
            )
            self._add(role, operation, (), hook=entry.hook)
            return
        carried = [self._carried(operation, partner, role) for partner in partners]
        calls = []
        for index, (intent, partner) in enumerate(zip(entry.calls, partners, strict=True)):
            elsewhere = frozenset().union(*carried[:index], *carried[index + 1 :]) - carried[index]
            calls.append(self._call(intent, operation, partner, role, (elsewhere, found)))
        self._add(role, operation, tuple(calls))

    # --- one pair of operations -------------------------------------------------------------------

    def _begin(
        self, old: Operation, new: Operation, roles: frozenset[Role]
    ) -> Mapping[Role, PageWays]:
        visit = self.walk.root(f"{old.key} / {new.key}")
        self.roots.append(((str(old.key), str(new.key)), visit))
        self.walk.ledger.roles = roles
        return paging(self.walk, old, new)

    def _bridge(
        self, old: Operation, new: Operation, claims: Claims
    ) -> tuple[Lens, Mapping[Role, tuple[AnswerBridge, ...]]]:
        moved = bridge_relocations(self.walk, old, new)
        claims = claims.plus(moved.claims)
        request: Lens = (
            *moved.lens,
            *bridge_path(old, new, claims.below("path", "path")),
            *self._tables(old, new, claims),
            *self._body(old, new, claims.below(BODY, BODY)),
        )
        return request, bridge_answers(self.walk, old, new)

    def _tables(self, old: Operation, new: Operation, claims: Claims) -> Iterator[Op]:
        for location in TABLES:
            below = claims.below(location.value, location.value)
            yield from bridge_parameters(self.walk, old, new, location, below)

    def _body(self, old: Operation, new: Operation, claims: Claims) -> Lens:
        places = (
            old.body.place if old.body else old.place,
            new.body.place if new.body else new.place,
        )
        only = old.body if new.body is None else new.body if old.body is None else None
        return bridge_contents(
            self.walk,
            _contents(old),
            _contents(new),
            places,
            section(Side.REQUEST, old, new, BODY),
            claims,
            required=only is not None and only.required,
        )

    def _enter_move(self, pair: OperationPair) -> None:
        """A path of its own, or one more that begins another way."""
        ours, theirs = beginnings(self._full(pair.old, Flow.UP), self._full(pair.new, Flow.DOWN))
        prefix = versionless(ours) == versionless(theirs)
        done = Judgement(verdict=Verdict.LOSSLESS, treatment="the path is turned")
        self.walk.ledger.enter(
            Finding(
                kind="path-prefix-changed" if prefix else "operation-moved",
                subject=ours if prefix else str(pair.old.key),
                message=f"{ours} became {theirs}"
                if prefix
                else f"{pair.old.key} became {pair.new.key}: {pair.evidence}",
                old=pair.old.place,
                new=pair.new.place,
                side=Side.REQUEST,
                up=done,
                down=done,
            )
        )

    def _full(self, operation: Operation, flow: Flow) -> str:
        interface = (self.walk.old if flow is Flow.UP else self.walk.new).interface
        return shape(interface.base_path + operation.key.path)

    # --- stand-ins --------------------------------------------------------------------------------

    def _enter_stand_in(
        self, entry: OperationIntent, operation: Operation, role: Role
    ) -> DifferenceId:
        is_old = role is Role.OLD_CLIENT
        by = entry.hook or ", ".join(str(call.operation) for call in entry.calls)
        done = Judgement(verdict=Verdict.LOSSLESS, treatment=f"carried out by {by}")
        return self.walk.ledger.enter(
            Finding(
                kind="operation-replaced",
                subject=str(operation.key),
                message=f"{by} stands in for {operation.key}",
                old=operation.place if is_old else None,
                new=None if is_old else operation.place,
                side=Side.REQUEST,
                up=done if is_old else NOTHING,
                down=NOTHING if is_old else done,
            )
        )

    def _carried(self, operation: Operation, partner: Operation, role: Role) -> frozenset[str]:
        """The caller's body fields that this partner takes, under whatever name."""
        is_old = role is Role.OLD_CLIENT
        ours = body_fields(self.walk.old if is_old else self.walk.new, operation)
        theirs = body_fields(self.walk.new if is_old else self.walk.old, partner)
        renamed: dict[str, str] = {}
        for action, _ in self.walk.ledger.actions(
            self._body_spot(operation, partner, role), RenameFields
        ):
            pairs = action.names.items()
            renamed |= dict(pairs if is_old else ((new, old) for old, new in pairs))
        return frozenset(name for name in ours if renamed.get(name, name) in theirs)

    def _body_spot(self, operation: Operation, partner: Operation, role: Role) -> Spot:
        old, new = _oriented(operation, partner, role)
        spot = section(Side.REQUEST, old, new, BODY)
        names = _component(self.walk, old, new)
        return spot.entering(*names)

    def _call(
        self,
        intent: CallIntent,
        operation: Operation,
        partner: Operation,
        role: Role,
        rest: tuple[frozenset[str], DifferenceId],
    ) -> Call:
        """One of the calls; the fields that other calls carry are left out of this one."""
        old, new = _oriented(operation, partner, role)
        is_old = role is Role.OLD_CLIENT
        elsewhere, found = rest
        paths = frozenset((BODY, name) for name in elsewhere)
        claims = Claims(old=paths) if is_old else Claims(new=paths)
        with_pages = self._begin(old, new, frozenset({role}))
        request, answers = self._bridge(old, new, claims)
        drops = tuple(
            Drop(field=name, value=ABSENT, loss=Loss.DROP, difference=found)
            for name in sorted(elsewhere)
        )
        left_out: Lens = (Focus(path=(BODY,), lens=drops),) if drops else ()
        reading, slicing = with_pages[role]
        return Call(
            operation=partner.key,
            request=(*left_out, *(request if is_old else invert(request))),
            answers=answers[role],
            when=intent.when,
            into=intent.into,
            paging=reading,
            slicing=slicing,
        )

    def _add(
        self,
        role: Role,
        operation: Operation,
        calls: tuple[Call, ...],
        *,
        gap: DifferenceId | None = None,
        hook: str | None = None,
    ) -> None:
        name = self._name(role, operation)
        self.exchanges[role].append(
            Exchange(operation=operation.key, name=name, calls=calls, gap=gap, hook=hook)
        )

    def _name(self, role: Role, operation: Operation) -> str:
        words = operation.operation_id or f"{operation.key.method} {operation.key.path}"
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
        base = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower() or "operation"
        base = f"{'call_' if base[0].isdigit() else ''}{base}"[:60].rstrip("_")
        name, number = base, 2
        while name in self._names[role]:
            name, number = f"{base}_{number}", number + 1
        self._names[role].add(name)
        return name


def _oriented(operation: Operation, partner: Operation, role: Role) -> tuple[Operation, Operation]:
    return (operation, partner) if role is Role.OLD_CLIENT else (partner, operation)


def _component(walk: Walker, old: Operation, new: Operation) -> tuple[str, str]:
    ours, theirs = json_schema(old), json_schema(new)
    return (
        walk.old.canonical(ours).name if ours is not None else "",
        walk.new.canonical(theirs).name if theirs is not None else "",
    )


def _contents(operation: Operation) -> tuple[Content, ...]:
    return operation.body.contents if operation.body is not None else ()


def _missing(is_old: bool) -> Judgement:
    if is_old:
        return Judgement(verdict=Verdict.UNBRIDGEABLE, treatment="refused: the new server lacks it")
    return Judgement(
        verdict=Verdict.LOSSY, treatment="refused when it is used: the old server lacks it"
    )


def _stand_in_stub(operation: Operation, is_old: bool) -> str:
    return f"- {'old' if is_old else 'new'}: {operation.key}\n  calls: ..."
