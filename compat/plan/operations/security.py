"""Who may call: what callers of one version show, and whether the other version takes it.

A caller meets one of the alternatives of its own version. Where one of these implies no alternative
of the other version's, credentials are missing that no shim can make: a person must say where they
come from. Such a call passes all the same, for the server answers it with 401 or 403, which tells
more than a refusal here would.
"""

from collections.abc import Iterable

from compat.lens.ops import Flow, Lens, Move
from compat.model.interface import Location, Operation
from compat.model.security import Alternative, Demand, Scheme, Security
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side
from compat.plan.walk import Walk

_KEY = "apiKey"


def bridge_security(walk: Walk, old: Operation, new: Operation) -> Lens:
    """Move an API key to where the other version looks for it; tell what else differs."""
    ours, theirs = old.security, new.security
    if ours.alternatives == theirs.alternatives:
        return ()
    keys = _moved_key(ours, theirs)
    if keys is not None and not _is_parameter(keys[0], old) and not _is_parameter(keys[1], new):
        return _move(walk, ours, theirs, keys)
    before, after = _told_apart(ours, theirs)
    kind, subject = "security-changed", f"security {before} to {after}"
    accepted = walk.ledger.accepted(kind, subject)
    judgement = Judgement(
        verdict=Verdict.NEEDS_INTENT,
        treatment="passes; a server that misses credentials answers 401 or 403: "
        "say where they come from",
    )
    if accepted is not None:
        only_passes(accepted, "credentials pass as they are")
        judgement = Judgement(verdict=Verdict.LOSSY, treatment="passes, as accepted")
    met = {
        Flow.UP: not _satisfies(old, theirs),
        Flow.DOWN: not _satisfies(new, ours),
    }
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"callers show {before} in the old version, {after} in the new",
            old=ours.place or old.place,
            new=theirs.place or new.place,
            side=Side.REQUEST,
            up=judgement if met[Flow.UP] else NOTHING,
            down=judgement if met[Flow.DOWN] else NOTHING,
        )
    )
    return ()


def _told_apart(ours: Security, theirs: Security) -> tuple[str, str]:
    """Both in words; with the addresses of OAuth 2 where nothing else tells them apart."""
    if str(ours) != str(theirs):
        return str(ours), str(theirs)
    before, after = (f"{one} of {', '.join(one.addresses)}" for one in (ours, theirs))
    return before, after


def _satisfies(caller: Operation, asked: Security) -> bool:
    """Does whatever the caller may show do for one of the alternatives?"""
    return all(
        any(_implies(shown, wanted, caller) for wanted in asked.alternatives)
        for shown in caller.security.alternatives
    )


def _implies(shown: Alternative, wanted: Alternative, caller: Operation) -> bool:
    return all(
        any(_grants(one, demand) for one in shown) or _is_parameter(demand.scheme, caller)
        for demand in wanted
    )


def _grants(shown: Demand, wanted: Demand) -> bool:
    """Every flow and address of the caller's must still be one: it uses any of them."""
    ours, theirs = shown.scheme, wanted.scheme
    facts = ((one.kind, one.location, one.name, one.url) for one in (ours, theirs))
    known = ours.flows <= theirs.flows and ours.addresses <= theirs.addresses
    return len(set(facts)) == 1 and known and wanted.scopes <= shown.scopes


def _is_parameter(scheme: Scheme, operation: Operation) -> bool:
    """Specs also declare keys as parameters that every request must have."""
    return scheme.kind == _KEY and any(
        parameter.required
        and parameter.location == scheme.location
        and _name(parameter.location, parameter.name) == scheme.name
        for parameter in operation.parameters
    )


def _name(location: Location, name: str) -> str:
    return name.lower() if location is Location.HEADER else name


def _moved_key(old: Security, new: Security) -> tuple[Scheme, Scheme] | None:
    """The API key of the only alternative, where nothing else differs."""
    if len(old.alternatives) != 1 or len(new.alternatives) != 1:
        return None
    ours, theirs = next(iter(old.alternatives)), next(iter(new.alternatives))
    gone, come = _keys(ours - theirs), _keys(theirs - ours)
    return (gone, come) if gone is not None and come is not None else None


def _keys(demands: Iterable[Demand]) -> Scheme | None:
    """The one API key that all of the demands are."""
    schemes = [demand.scheme for demand in demands]
    return schemes[0] if len(schemes) == 1 and schemes[0].kind == _KEY else None


def _move(walk: Walk, old: Security, new: Security, keys: tuple[Scheme, Scheme]) -> Lens:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="the key is moved, whatever it is")
    found = walk.ledger.enter(
        Finding(
            kind="security-key-moved",
            subject=f"security {keys[0]} to {keys[1]}",
            message=f"{keys[0]} became {keys[1]}",
            old=old.place,
            new=new.place,
            side=Side.REQUEST,
            up=done,
            down=done,
        )
    )
    source, target = ((key.location, key.name) for key in keys)
    return (Move(source=source, target=target, difference=found),)
