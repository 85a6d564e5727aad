"""The planner's front door: two interfaces and an intent become a bridge plan."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from compat.intent.model import NO_INTENT, Intent, OperationIntent
from compat.intent.problem import IntentError, nearest
from compat.match.operations import Pairing, pair_operations
from compat.model.interface import Interface, Operation, OperationKey
from compat.model.role import Role
from compat.model.shape import Shapes
from compat.plan.bridge import BridgePlan, Difference, Judgement, Verdict
from compat.plan.ledger import Finding, Ledger, intent_words, with_operations
from compat.plan.operations.callbacks import Sent, compare_sent
from compat.plan.operations.crossings import Crossings, rehearse
from compat.plan.operations.servers import compare_servers
from compat.plan.shorten import shortened
from compat.plan.spot import Side
from compat.plan.values.walker import Visit, Walker
from compat.suggest.leftovers import Lone

_SHOWN_MAX: Final = 20
_VERSION: Final = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)")
_SWAPPED: Final = "are OLD and NEW swapped? OLD calls itself the later version"


def plan(
    old: Interface,
    new: Interface,
    intent: Intent = NO_INTENT,
    *,
    today: str,
    versions: tuple[str, str] = ("", ""),
) -> BridgePlan:
    """Plan the bridge between two versions.

    `today` is an ISO 8601 date, for acceptances that run out; `versions` are the names people use,
    the intent's or the interfaces' own where they are empty.
    Raises IntentError for an entry of the intent that fits nothing, or that has expired.
    """
    return survey(old, new, intent, today=today, versions=versions)[0]


def survey(
    old: Interface,
    new: Interface,
    intent: Intent,
    *,
    today: str,
    versions: tuple[str, str],
) -> tuple[BridgePlan, Ledger]:
    """The plan, and the book it was made with: what it leaves open is written there."""
    ledger = Ledger(intent=intent, today=today)
    walker = Walker(ledger=ledger, old=Shapes(old), new=Shapes(new))
    crossings = Crossings(walk=walker)
    _cross(crossings, old, new, intent)
    walker.finish()
    ledger.roles, ledger.met = frozenset(Role), []
    _compare_base_paths(ledger, old, new)
    compare_servers(ledger, old, new)
    _compare_webhooks(walker, old, new)
    _refuse_unused(ledger, old, new)
    named = walker.named_lenses()
    lenses, exchanges = shortened(named, crossings.exchanges)
    made = BridgePlan(
        old=old,
        new=new,
        old_version=versions[0] or intent.old_version or old.version,
        new_version=versions[1] or intent.new_version or new.version,
        intent_digest=intent.digest,
        differences=tuple(_met(ledger.differences(), crossings.roots)),
        lenses=lenses,
        exchanges=exchanges,
        hooks=ledger.hooks(),
        partners={lens.old_schema: lens.new_schema for lens in named.values()},
    )
    return made, ledger


def _cross(crossings: Crossings, old: Interface, new: Interface, intent: Intent) -> None:
    pairing = pair_operations(old, new, _stated_pairs(crossings.walk.ledger, old, new, intent))
    chosen = {
        (entry.from_new, entry.operation): entry
        for entry in intent.operations
        if entry.same_as is None
    }
    # Whoever meets a shared part first gives it its address: the order of the spec must not matter.
    for pair in sorted(pairing.pairs, key=lambda pair: (pair.old.key, pair.new.key)):
        roles = {
            role
            for role, key in ((Role.OLD_CLIENT, pair.old.key), (Role.NEW_CLIENT, pair.new.key))
            if (role is Role.NEW_CLIENT, key) not in chosen
        }
        if roles:
            crossings.pair(pair, frozenset(roles))
    _cross_lone(crossings, pairing, chosen)
    for entry in chosen.values():
        ours, theirs = (new, old) if entry.from_new else (old, new)
        partners = tuple(_operation(theirs, ours, call.operation, entry) for call in entry.calls)
        crossings.stand_in(entry, _operation(ours, theirs, entry.operation, entry), partners)


def _stated_pairs(
    ledger: Ledger, old: Interface, new: Interface, intent: Intent
) -> list[tuple[OperationKey, OperationKey]]:
    """Operations that are the same by a person's word, each named once."""
    stated: list[tuple[OperationKey, OperationKey]] = []
    for entry in intent.operations:
        if entry.same_as is None:
            continue
        pair = (
            _operation(old, new, entry.operation, entry).key,
            _operation(new, old, entry.same_as, entry).key,
        )
        if any(pair[0] == one or pair[1] == other for one, other in stated):
            raise IntentError(
                f"{pair[0]} or {pair[1]} is the same as another one already",
                where=str(entry.place),
                hint="let the others be stood in for: old or new, and the calls",
            )
        stated.append(pair)
        ledger.operation(entry)
    return stated


def _cross_lone(
    crossings: Crossings,
    pairing: Pairing,
    chosen: Mapping[tuple[bool, OperationKey], OperationIntent],
) -> None:
    removed = [one for one in _in_order(pairing.removed) if (False, one.key) not in chosen]
    added = [one for one in _in_order(pairing.added) if (True, one.key) not in chosen]
    crossings.walk.ledger.leftovers.append(Lone(removed=removed, added=added))
    for operation in removed:
        crossings.lone(operation, Role.OLD_CLIENT)
    for operation in added:
        crossings.lone(operation, Role.NEW_CLIENT)


def _in_order(operations: Iterable[Operation]) -> list[Operation]:
    return sorted(operations, key=lambda operation: operation.key)


def _operation(
    interface: Interface, other: Interface, key: OperationKey, entry: OperationIntent
) -> Operation:
    found = interface.by_key.get(key)
    if found is None:
        elsewhere = f"{other.place.file} has it: are old and new swapped?"
        raise IntentError(
            f"{interface.place.file} has no operation {key}",
            where=str(entry.place),
            hint=elsewhere
            if key in other.by_key
            else nearest(str(key), map(str, interface.by_key))
            or "write the method and the path as the spec does, without the base path",
        )
    return found


def _compare_base_paths(ledger: Ledger, old: Interface, new: Interface) -> None:
    """Paths that begin another way because the base does; where operations moved, they say so."""
    if old.base_path == new.base_path or not (old.base_path and new.base_path):
        return
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="the path's beginning is turned")
    ledger.enter(
        Finding(
            kind="path-prefix-changed",
            subject=old.base_path,
            message=f"{old.base_path} became {new.base_path}",
            old=old.place,
            new=new.place,
            side=Side.REQUEST,
            up=done,
            down=done,
        )
    )


def _compare_webhooks(walker: Walker, old: Interface, new: Interface) -> None:
    webhooks = Sent(
        noun="webhook",
        subject="",
        old=old.webhooks,
        new=new.webhooks,
        places=(old.place, new.place),
    )
    compare_sent(walker, webhooks, rehearse)


def _refuse_unused(ledger: Ledger, old: Interface, new: Interface) -> None:
    """Items of entries that fit nowhere, then entries that match nothing, perhaps for that."""
    swapped = _SWAPPED if _is_later(old, new) else ""
    for misfit in ledger.misfits():
        misfit.hint = swapped or misfit.hint
        raise misfit
    unused = [(entry, intent_words(entry)) for entry in ledger.unused()]
    if not unused:
        return
    entry, words = unused[0]
    more = f" (and {len(unused) - 1} more)" if len(unused) > 1 else ""
    meant = swapped or nearest(words, ledger.known(entry))
    lines = (f"line {entry.place.line}: {words}" for entry, words in unused[:_SHOWN_MAX])
    remedy = f"take the entry out, or correct it: {'; '.join(lines)}"
    raise IntentError(
        f"nothing in either interface matches {words}{more}",
        where=str(entry.place),
        hint=f"{meant}\n  {remedy}" if meant else remedy,
    )


def _is_later(old: Interface, new: Interface) -> bool:
    """Does the old version call itself later than the new one, both in numbers with dots?"""
    ours, theirs = (_VERSION.fullmatch(one.version) for one in (old, new))
    if ours is None or theirs is None:
        return False
    before, after = ([int(part) for part in one[1].split(".")] for one in (ours, theirs))
    return before > after


def _met(
    differences: tuple[Difference, ...], roots: list[tuple[tuple[str, ...], Visit]]
) -> Iterator[Difference]:
    """Each difference with the operations that meet it, directly or through a shared schema."""
    meeting: dict[str, set[str]] = {}
    for operations, root in roots:
        for visit in _reached(root):
            for difference in visit.differences:
                meeting.setdefault(difference, set()).update(operations)
    for one in differences:
        yield with_operations(one, meeting.get(one.id, ()))


def _reached(root: Visit) -> Iterator[Visit]:
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        visit = waiting.pop()
        if id(visit) not in seen:
            seen.add(id(visit))
            yield visit
            waiting += visit.children.values()
