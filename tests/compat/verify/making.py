"""Packages to verify: made of small specs, whole or broken on purpose; and cases to try them with.

What a test breaks is a piece of emitted code, which it names: see `Made.broken`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from compat.emit.hooks import stub
from compat.emit.package import emit
from compat.emit.runtime.message import Request, Response
from compat.intent.model import NO_INTENT, Intent
from compat.intent.read import read_intent
from compat.model.interface import Interface, OperationKey
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import load_interface
from compat.verify.bench import Bench, Finding, Run
from compat.verify.cases import Case, Origin, Versions
from compat.verify.excuses import Excuses
from compat.verify.messages import Answered
from compat.verify.package import imported

TODAY: Final = "2026-11-23"
OLD: Final = Role.OLD_CLIENT
NEW: Final = Role.NEW_CLIENT
DATA: Final = Path(__file__).parents[2] / "data"
APPLIANCE: Final = DATA / "appliance"
RACKS: Final = DATA / "verify"
_APPLIANCE: Final = tuple(APPLIANCE / f"{name}.yaml" for name in ("v1", "v2", "intent"))
_RACKS: Final = tuple(RACKS / f"{name}.yaml" for name in ("v1", "v2", "intent"))
NAME: Final = "shim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A package on disk and the plan it was made from."""

    folder: Path
    plan: BridgePlan

    def broken(self, file: str, before: str, after: str) -> "Made":
        """The same package with one piece of code replaced, which must be there."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert before in text, f"{file} has no {before!r}:\n{text}"
        path.write_text(text.replace(before, after), "utf-8")
        return self

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        """The package imported, ready to be tried."""
        with imported(self.folder) as package:
            yield Bench(
                package=package,
                plan=self.plan,
                versions=Versions(self.plan),
                excuses=Excuses(self.plan),
            )


def interface_of(path: Path) -> Interface:
    return load_interface(str(path)).interface


@cache
def planned(old: Path, new: Path, intent: Path | None = None) -> BridgePlan:
    """The plan of two specs, with what people decided if there is such a file."""
    decided = NO_INTENT if intent is None else read_intent(str(intent), intent.read_bytes())
    return plan(interface_of(old), interface_of(new), decided, today=TODAY)


@cache
def emitted(old: Path, new: Path, intent: Path | None = None) -> Mapping[str, bytes]:
    """The files of the package between two specs."""
    return emit(planned(old, new, intent), NAME, allow_gaps=True)


def written(files: Mapping[str, bytes], bridge: BridgePlan, into: Path, hooks: str = "") -> Made:
    """The package on disk; its hooks are the ones given, or do nothing."""
    folder = into / NAME
    for file, content in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if bridge.hooks:
        (folder / "hooks.py").write_text(hooks or "".join(map(stub, bridge.hooks)), "utf-8")
    return Made(folder=folder, plan=bridge)


def appliance_plan() -> BridgePlan:
    return planned(*_APPLIANCE)


def appliance(into: Path) -> Made:
    """The block storage appliance: renames, units, pages, a stand-in, a parameter that moved."""
    return written(emitted(*_APPLIANCE), appliance_plan(), into)


def racks_plan() -> BridgePlan:
    return planned(*_RACKS)


def racks(into: Path) -> Made:
    """Racks of machines: cycles, unions, hooks, a stash, copies, nulls, records, headers."""
    return written(
        emitted(*_RACKS), racks_plan(), into, hooks=(RACKS / "hooks.py").read_text("utf-8")
    )


def small(
    into: Path, old: Interface, new: Interface, decided: Intent = NO_INTENT, hooks: str = ""
) -> Made:
    """The package between two specs of a few words."""
    bridge = plan(old, new, decided, today=TODAY)
    return written(emit(bridge, NAME, allow_gaps=True), bridge, into, hooks)


# --- cases ----------------------------------------------------------------------------------------


def key(operation: str) -> OperationKey:
    method, path = operation.split(" ", 1)
    return OperationKey(method, path)


def case(
    bench: Bench,
    role: Role,
    operation: str,
    *answers: Response,
    path: str = "",
    query: Sequence[tuple[str, str]] = (),
    headers: Sequence[tuple[str, str]] = (),
    body: Json | bytes = None,
    records: tuple[Json, ...] = (),
    origin: Origin = Origin.DECLARED,
) -> Case:
    """A caller's request for the operation, whose callee gives the answers to whatever it is asked.

    `path` is below the base path, where the template is not what is asked for.
    """
    exchange = bench.exchange(role, key(operation))
    assert exchange is not None, f"no exchange for {operation}"
    request = Request(
        method=exchange.operation.method,
        path=bench.versions.caller(role).interface.base_path + (path or exchange.operation.path),
        query=query,
        headers=headers,
        body=body,
    )
    given = [Answered(response=each, records=records) for each in answers]
    given = given or [Answered(response=Response(status=200))]
    called = {call.operation: tuple(given) for call in exchange.calls}
    return Case(role=role, exchange=exchange, request=request, answers=called, origin=origin)


def complaints(
    check: Callable[[Bench, Run], Iterator[Finding]], bench: Bench, tried: Case
) -> list[str]:
    """What the check has against the package in this case."""
    return [found.message for found in check(bench, bench.run(tried))]
