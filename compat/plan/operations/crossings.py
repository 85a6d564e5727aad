"""Operations: how each of one version crosses to the other, in both roles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from compat.intent.model import OperationIntent
from compat.intent.problem import IntentError
from compat.lens.ops import DifferenceId, Flow, Lens, Op, invert
from compat.match.operations import Evidence, OperationPair
from compat.match.template import beginnings, shape, versionless
from compat.model.interface import Content, Operation
from compat.model.role import Role
from compat.plan.bridge import Call, Exchange, HookKind, HookNeed, Judgement, Verdict
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.gate.stubs import stand_in_stub
from compat.plan.ledger import NOTHING, Finding
from compat.plan.messages.answers import Crossed, bridge_answers, narrowed
from compat.plan.messages.bodies import BODY, bridge_body_presence, bridge_contents, made_bodies
from compat.plan.messages.parameters import (
    TABLES,
    bridge_parameters,
    bridge_path,
    pair_name,
    section,
)
from compat.plan.messages.relocation import bridge_relocations
from compat.plan.operations.callbacks import Sent, compare_sent
from compat.plan.operations.pages import PageWays, paging
from compat.plan.operations.security import bridge_security
from compat.plan.operations.shadows import Templates, bridge_shadows
from compat.plan.operations.shares import Share, oriented, shares
from compat.plan.spot import Side
from compat.plan.values.walker import Visit, Walker
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

    @cached_property
    def _templates(self) -> tuple[Templates, Templates]:
        return Templates(self.walk.old.interface), Templates(self.walk.new.interface)

    def pair(self, pair: OperationPair, roles: frozenset[Role]) -> None:
        """One operation that both versions have."""
        old, new = pair.old, pair.new
        with_pages = self._begin(old, new, roles)
        if _is_moved(old, new):
            self._enter_move(pair)
        elif old.base_path is not None or new.base_path is not None:
            self._compare_own_bases(old, new)
        paged = any(way != (None, None) for way in with_pages.values())
        self.walk.ledger.leftovers.append(Crossing(old=old, new=new, paged=paged))
        before, after = bridge_shadows(self.walk, old, new, self._templates)
        request = (*before, *self._request(old, new, NO_CLAIMS), *after)
        answers = bridge_answers(self.walk, Crossed(old=old, new=new))
        compare_sent(self.walk, _called_back(old, new), rehearse)
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
                stub=stand_in_stub(operation.key, is_old=is_old),
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
        calls = [
            self._call(entry, share, operation, found)
            for share in shares(self.walk, operation, entry.calls, partners, role)
        ]
        self._add(role, operation, tuple(calls))

    # --- one pair of operations -------------------------------------------------------------------

    def _begin(
        self, old: Operation, new: Operation, roles: frozenset[Role]
    ) -> Mapping[Role, PageWays]:
        visit = self.walk.root(f"{old.key} / {new.key}")
        self.roots.append(((str(old.key), str(new.key)), visit))
        self.walk.ledger.roles = roles
        return paging(self.walk, old, new)

    def _request(self, old: Operation, new: Operation, claims: Claims) -> Lens:
        moved = bridge_relocations(self.walk, old, new, claims)
        claims = claims.plus(moved.claims)
        before, after = made_bodies(self.walk, old.body, new.body)
        return (
            *bridge_security(self.walk, old, new),
            *before,
            *moved.lens,
            *bridge_path(self.walk, old, new, claims.below("path", "path")),
            *self._tables(old, new, claims),
            *self._body(old, new, claims.below(BODY, BODY)),
            *after,
        )

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
        spot = section(Side.REQUEST, old, new, BODY)
        presence: Lens = ()
        if old.body is not None and new.body is not None:
            presence = bridge_body_presence(self.walk, old.body, new.body, spot)
        contents = bridge_contents(
            self.walk,
            _contents(old),
            _contents(new),
            places,
            spot,
            claims,
            required=only is not None and only.required,
        )
        return (*presence, *contents)

    def _enter_move(self, pair: OperationPair) -> None:
        """A path of its own, or one more that begins another way."""
        ours, theirs = beginnings(self._full(pair.old, Flow.UP), self._full(pair.new, Flow.DOWN))
        same_method = pair.old.key.method == pair.new.key.method
        prefix = same_method and ours != theirs and versionless(ours) == versionless(theirs)
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

    def _compare_own_bases(self, old: Operation, new: Operation) -> None:
        """Servers of their own may put the two under base paths that differ."""
        ours, theirs = self._full(old, Flow.UP), self._full(new, Flow.DOWN)
        if ours == theirs:
            return
        done = Judgement(verdict=Verdict.LOSSLESS, treatment="the path's beginning is turned")
        self.walk.ledger.enter(
            Finding(
                kind="operation-base-changed",
                subject=pair_name(old, new),
                message=f"{ours} became {theirs}",
                old=old.place,
                new=new.place,
                side=Side.REQUEST,
                up=done,
                down=done,
            )
        )

    def _full(self, operation: Operation, flow: Flow) -> str:
        interface = (self.walk.old if flow is Flow.UP else self.walk.new).interface
        return shape(interface.base_of(operation.key) + operation.key.path)

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

    def _call(
        self, entry: OperationIntent, share: Share, operation: Operation, found: DifferenceId
    ) -> Call:
        """One of the calls; what other calls send or give is left out of this one."""
        role = Role.NEW_CLIENT if entry.from_new else Role.OLD_CLIENT
        is_old = role is Role.OLD_CLIENT
        requested, answered = share.claims(role)
        into = share.intent.into or ()
        caller = narrowed(self.walk.old if is_old else self.walk.new, operation, into)
        if caller is None:
            raise IntentError(
                f"the answer of {operation.key} has no {'.'.join(into)}",
                where=str(entry.place),
                hint="`into` is a path of the body of its success",
            )
        old, new = oriented(caller, share.partner, role)
        with_pages = self._begin(old, new, frozenset({role}))
        parts = _parts("".join(f".{name}" for name in into), role)
        crossed = Crossed(old=old, new=new, claims=answered, parts=parts)
        request = self._request(old, new, requested)
        reading, slicing = with_pages[role]
        return Call(
            operation=share.partner.key,
            request=(*share.left_out(found), *(request if is_old else invert(request))),
            answers=bridge_answers(self.walk, crossed)[role],
            when=share.intent.when,
            into=share.intent.into,
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


def rehearse(walk: Walker, old: Operation, new: Operation) -> None:
    """Lead an operation only to see what that takes."""
    pair = OperationPair(old=old, new=new, evidence=Evidence.PATH)
    Crossings(walk=walk).pair(pair, frozenset(Role))


def _is_moved(old: Operation, new: Operation) -> bool:
    ours, theirs = (one.key.path.partition("?")[0] for one in (old, new))
    same = shape(ours) == shape(theirs) and ours.endswith("/") == theirs.endswith("/")
    return not same or old.key.method != new.key.method


def _called_back(old: Operation, new: Operation) -> Sent:
    return Sent(
        noun="callback",
        subject=f"{pair_name(old, new)} callback ",
        old=old.callbacks,
        new=new.callbacks,
        places=(old.place, new.place),
    )


def _parts(part: str, role: Role) -> tuple[str, str]:
    return (part, "") if role is Role.OLD_CLIENT else ("", part)


def _contents(operation: Operation) -> tuple[Content, ...]:
    return operation.body.contents if operation.body is not None else ()


def _missing(is_old: bool) -> Judgement:
    if is_old:
        return Judgement(verdict=Verdict.UNBRIDGEABLE, treatment="refused: the new server lacks it")
    return Judgement(
        verdict=Verdict.LOSSY, treatment="refused when it is used: the old server lacks it"
    )
