"""The package is whole, and made from the inputs at hand."""

import hashlib
from collections.abc import Callable, Iterator

from compat.emit.hooks import hook_complaints
from compat.emit.manifest import inputs
from compat.emit.package import runtime_parts
from compat.emit.tree import HOOKS
from compat.model.role import Role
from compat.plan.bridge import BridgePlan
from compat.verify.bench import Finding
from compat.verify.oracle import caller_and_callee
from compat.verify.package import Package

_PROTOCOL = "hooks_protocol.py"
_OFFERED = ("GapError", "Request", "Response", "new_client", "old_client")
_AT_ONCE = frozenset({"message"})


def wholeness(package: Package, plan: BridgePlan) -> Iterator[Finding]:
    """The manifest tells of these inputs and this plan, and nothing that it needs is missing."""
    yield from _inputs(package, plan)
    yield from _differences(package, plan)
    yield from _hooks(package, plan)
    yield from _refusals(package, plan)
    yield from _runtime(package)
    yield from _front(package)
    for role in Role:
        yield from _routes(package, plan, role)


def _inputs(package: Package, plan: BridgePlan) -> Iterator[Finding]:
    recorded = package.manifest.get("inputs") or {}
    digests = inputs(plan)
    if recorded.get("steps") != digests.pop("steps", None):
        yield Finding(message="the package was made from other steps: generate it again")
    for name, digest in digests.items():
        if recorded.get(name) != digest:
            yield Finding(
                message=f"the package was made from another {name} input (sha256 "
                f"{_short(recorded.get(name))}, not {_short(digest)}): generate it again"
            )


def _short(digest: object) -> str:
    return str(digest)[:12] if digest else "of none"


def _differences(package: Package, plan: BridgePlan) -> Iterator[Finding]:
    """Each difference is in the manifest with its verdicts, and no other."""
    listed = {each["id"]: each for each in package.manifest.get("differences", [])}
    for difference in plan.differences:
        entry = listed.pop(difference.id, None)
        if entry is None:
            message = f"the manifest lacks {difference.kind} {difference.subject}"
            yield Finding(message=message, differences=(difference.id,))
            continue
        for role, judgement in difference.judgements.items():
            told = entry.get("roles", {}).get(role.value, {}).get("verdict")
            if told != judgement.verdict.label:
                yield Finding(
                    message=f"the manifest calls {difference.kind} {difference.subject} {told} "
                    f"for the {_words(role)}, which is {judgement.verdict.label}",
                    differences=(difference.id,),
                )
    for identifier, entry in listed.items():
        message = f"the manifest has {entry.get('kind')} {entry.get('subject')}, which is no more"
        yield Finding(message=message, differences=(identifier,))


def _hooks(package: Package, plan: BridgePlan) -> Iterator[Finding]:
    path = package.folder / HOOKS
    source = path.read_text("utf-8", errors="replace") if path.exists() else None
    yield from (Finding(message=each) for each in hook_complaints(source, plan.hooks))
    protocol = package.folder / _PROTOCOL
    digest = hashlib.sha256(protocol.read_bytes()).hexdigest() if protocol.exists() else None
    if package.manifest.get("hooks_protocol") != digest:
        yield Finding(message=f"{_PROTOCOL} is not the one that the manifest tells of")


def _refusals(package: Package, plan: BridgePlan) -> Iterator[Finding]:
    """A refusal says what the difference is, as far as there is room for it."""
    by_id = {each.id: each for each in plan.differences}
    refuse = getattr(package.part("gaps"), "refuse", None)
    if refuse is not None and by_id and not _raises(refuse, package):
        yield Finding(message="refusing raises nothing")
    for identifier, text in package.part("gaps")._MESSAGES.items():
        difference = by_id.get(identifier)
        whole = difference.told if difference is not None else text
        if text != whole and not (text.endswith("...") and whole.startswith(text[:-3])):
            yield Finding(
                message=f"it is refused with {text!r}, not {whole!r}", differences=(identifier,)
            )


def _raises(refuse: Callable[[str], None], package: Package) -> bool:
    for identifier in package.part("gaps")._MESSAGES:
        try:
            refuse(identifier)
        except package.module.GapError:
            continue
        return False
    return True


def _runtime(package: Package) -> Iterator[Finding]:
    for name, content in runtime_parts().items():
        path = package.folder / name
        if not path.exists():
            yield Finding(message=f"{name} is missing")
        elif path.read_bytes() != content:
            yield Finding(message=f"{name} is not the one that belongs to this version of the tool")


def _front(package: Package) -> Iterator[Finding]:
    """What the package offers is there, and comes when it is asked for."""
    offered = sorted(package.module.__all__)
    if offered != sorted(_OFFERED):
        yield Finding(message=f"the package offers {offered}, not {sorted(_OFFERED)}")
    if hasattr(package.module, "x_of_no_package"):
        yield Finding(message="the package has whatever name one asks it for")
    if package.eager - _AT_ONCE:
        names = ", ".join(sorted(package.eager - _AT_ONCE))
        yield Finding(message=f"importing the package imports {names}, too")


def _routes(package: Package, plan: BridgePlan, role: Role) -> Iterator[Finding]:
    routes = {(route.method, route.template): route for route in package.face(role).ROUTES}
    caller = caller_and_callee(plan, role)[0]
    keys = (each.key for each in caller.operations)
    operations = {(key.method, caller.below_base(key)) for key in keys}
    for method, template in sorted(operations - routes.keys()):
        yield Finding(message=f"no route of the {_words(role)} serves {method} {template}")
    for method, template in sorted(routes.keys() - operations):
        yield Finding(message=f"the {_words(role)}'s route {method} {template} is in no spec")
    for route in routes.values():
        module, _, name = route.exchange.partition(".")
        if name and not hasattr(package.part(f"exchanges.{module}"), name):
            yield Finding(message=f"there is no exchange {route.exchange}")


def _words(role: Role) -> str:
    return role.value.replace("_", " ")
