"""Packages to verify: made of small specs, whole or broken on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from compat.emit.hooks import stub
from compat.emit.package import emit
from compat.intent.model import NO_INTENT
from compat.intent.read import read_intent
from compat.model.interface import Interface
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import load_interface
from compat.verify.bench import Bench
from compat.verify.cases import Versions
from compat.verify.excuses import Excuses
from compat.verify.package import imported

TODAY: Final = "2026-11-23"
DATA: Final = Path(__file__).parents[2] / "data"
APPLIANCE: Final = DATA / "appliance"
RACKS: Final = DATA / "verify"


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


def planned(old: Path, new: Path, intent: Path | None = None) -> BridgePlan:
    """The plan of two specs, with what people decided if there is such a file."""
    decided = NO_INTENT if intent is None else read_intent(str(intent), intent.read_bytes())
    return plan(interface_of(old), interface_of(new), decided, today=TODAY)


def made(bridge: BridgePlan, into: Path, *, name: str = "shim", hooks: str = "") -> Made:
    """The package of a plan; its hooks are the ones given, or do nothing."""
    folder = into / name
    for file, content in emit(bridge, name, allow_gaps=True).items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if bridge.hooks:
        (folder / "hooks.py").write_text(hooks or "".join(map(stub, bridge.hooks)), "utf-8")
    return Made(folder=folder, plan=bridge)


def appliance(into: Path) -> Made:
    """The block storage appliance: renames, units, pages, a stand-in, a parameter that moved."""
    bridge = planned(*(APPLIANCE / f"{name}.yaml" for name in ("v1", "v2", "intent")))
    return made(bridge, into)


def racks(into: Path) -> Made:
    """Racks of machines: cycles, unions, hooks, a stash, copies, nulls, records, headers."""
    bridge = planned(*(RACKS / f"{name}.yaml" for name in ("v1", "v2", "intent")))
    return made(bridge, into, hooks=(RACKS / "hooks.py").read_text("utf-8"))
