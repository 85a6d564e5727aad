"""Packages generated from published specs and the reviewed intents, and calls through them."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from compat.emit.package import emit
from compat.intent.read import read_intent
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import load_interface
from tests.shared import spec

INTENTS = Path(__file__).resolve().parents[1] / "intents"
TODAY = "2026-11-23"

REVIEWED = {
    "hpe-csp_2019-10_2020-07": ("hpe-csp/1.0.0-2019-10.yaml", "hpe-csp/1.0.0-2020-07.yaml"),
    "firecracker_v0.25_v1.0": ("firecracker/v0.25.0.yaml", "firecracker/v1.0.0.yaml"),
    "mayastor_v1.0_v2.0": ("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"),
    "moby_v1.51_v1.52": ("moby/v1.51.yaml", "moby/v1.52.yaml"),
}


def reviewed_plan(name: str) -> BridgePlan:
    """The plan of a pair that has a reviewed intent."""
    old, new = (load_interface(str(spec(path)), validate=False) for path in REVIEWED[name])
    path = INTENTS / f"{name}.yaml"
    intent = read_intent(path.name, path.read_bytes())
    return plan(old.interface, new.interface, intent, today=TODAY)


def reviewed_shim(name: str, folder: Path) -> ModuleType:
    """The pair's package, generated into the folder and imported."""
    package = "shim_" + "".join(c if c.isalnum() else "_" for c in name).lower()
    written(emit(reviewed_plan(name), package, allow_gaps=False), name, folder / package)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(package)
    finally:
        sys.path.remove(str(folder))


def written(made: Mapping[str, bytes], name: str, folder: Path) -> Path:
    """The folder with the files of a package in it, and with the pair's hooks if it has any."""
    for path, content in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    hooks = INTENTS / f"{name}.hooks.py.txt"
    if hooks.exists():
        (folder / "hooks.py").write_bytes(hooks.read_bytes())
    return folder


class Calls:
    """Calls through a package: what the peer is sent, and what the caller gets back."""

    def __init__(self, shim: ModuleType) -> None:
        self.shim = shim

    def old(self, method: str, path: str, **message: Any) -> Iterator[Any]:
        return self._drive(self.shim.old_client, method, path, message)

    def new(self, method: str, path: str, **message: Any) -> Iterator[Any]:
        return self._drive(self.shim.new_client, method, path, message)

    def _drive(self, face: Any, method: str, path: str, message: dict[str, Any]) -> Iterator[Any]:
        """Yields what the peer is sent, then what the caller gets; `answers` are the peer's."""
        answers = iter(message.pop("answers", ()))
        request = self.shim.Request(
            method=method,
            path=path,
            query=message.pop("query", []),
            headers=message.pop("headers", []),
            body=message.pop("body", None),
        )
        assert not message
        flow = face.exchange(request)
        sent = next(flow)
        while True:
            yield sent
            status, body = next(answers, (200, None))
            try:
                sent = flow.send(self.shim.Response(status=status, body=body))
            except StopIteration as stop:
                yield stop.value
                return
