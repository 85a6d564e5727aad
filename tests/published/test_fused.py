"""Three versions in a row: one fused package does what two packages do in a chain."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from compat.emit.package import emit
from compat.model.interface import Interface, Operation
from compat.model.role import Role
from compat.model.shape import Shapes
from compat.plan.bridge import BridgePlan
from compat.plan.fusing.fuse import FuseError, fuse
from compat.plan.planner import plan
from compat.source import load_interface
from tests.faithful import sample
from tests.published.shims import TODAY
from tests.shared import spec

ROWS = {
    "hpe_csp": ("1.0.0-2019-10", "1.0.0-2020-07", "1.1.0-2021-04"),
    "firecracker": ("v0.20.0", "v0.23.0", "v0.25.0"),
    "mayastor": ("v1.0.0", "v2.0.0", "v2.3.0"),
    "moby": ("v1.40", "v1.41", "v1.43"),
}


def row(name: str) -> tuple[Interface, Interface, Interface]:
    one, two, three = (
        load_interface(str(spec(f"{name.replace('_', '-')}/{version}.yaml")), validate=False)
        for version in ROWS[name]
    )
    return one.interface, two.interface, three.interface


def package(folder: Path, name: str, made: BridgePlan) -> ModuleType:
    for path, content in emit(made, name, allow_gaps=True).items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def bodies(shapes: Shapes, operation: Operation) -> Iterator[tuple[int, Any]]:
    """An answer of each status, as the spec has it."""
    for answer in operation.answers:
        status = int(answer.status.replace("X", "0")) if answer.status != "default" else 500
        content = next((one for one in answer.contents if one.is_json and one.schema), None)
        body = sample(shapes, content.schema) if content and content.schema else None
        yield status, body


def outcome(face: Any, shim: ModuleType, request: dict[str, Any], answer: tuple[int, Any]) -> Any:
    """What the peer was sent and what the caller got, or the refusal."""
    sent = []
    try:
        flow = face.exchange(shim.Request(**request))
        upstream = next(flow)
        for _ in range(3):
            sent.append((upstream.method, upstream.path, upstream.query, upstream.body))
            upstream = flow.send(shim.Response(status=answer[0], body=answer[1]))
    except StopIteration as stop:
        return sent, stop.value.status, stop.value.body
    except Exception as refusal:  # each package has an error of its own, known by its name
        if type(refusal).__name__ != "GapError":
            raise
        return sent, "refused"
    return sent, "asked on"


def requests(interface: Interface) -> Iterator[tuple[Operation, dict[str, Any]]]:
    shapes = Shapes(interface)
    for operation in interface.operations:
        content = next(
            (one for one in (operation.body.contents if operation.body else ()) if one.is_json),
            None,
        )
        path = operation.key.path
        for parameter in operation.parameters:
            path = path.replace(f"{{{parameter.name}}}", "1")
        yield (
            operation,
            {
                "method": operation.key.method,
                "path": interface.base_path + path,
                "query": [(p.name, "1") for p in operation.parameters if p.location == "query"][:1],
                "headers": [("content-type", "application/json")],
                "body": sample(shapes, content.schema) if content and content.schema else None,
            },
        )


@pytest.mark.parametrize("name", ROWS)
def test_a_fused_package_does_what_the_chain_does(name: str, tmp_path: Path) -> None:
    one, two, three = row(name)
    steps = plan(one, two, today=TODAY), plan(two, three, today=TODAY)
    first = package(tmp_path, f"{name}_first", steps[0])
    second = package(tmp_path, f"{name}_second", steps[1])
    fused = package(tmp_path, f"{name}_fused", fuse(*steps))
    chain = importlib.import_module(f"{name}_first.chain").chain
    compared = 0
    for role, near, far, shim in (
        (Role.OLD_CLIENT, one, three, first),
        (Role.NEW_CLIENT, three, one, second),
    ):
        ordered = (first, second) if role is Role.OLD_CLIENT else (second, first)
        chained = chain(*(getattr(module, role.value) for module in ordered))
        answers = {operation.key: operation for operation in far.operations}
        for operation, request in requests(near):
            partner = answers.get(operation.key, operation)
            for answer in bodies(Shapes(far if partner.key in answers else near), partner):
                both = outcome(chained, shim, request, answer)
                assert outcome(getattr(fused, role.value), fused, request, answer) == both
                compared += 1
    assert compared > len(one.operations)


def test_steps_that_do_not_meet_are_told() -> None:
    one, two, three = row("hpe_csp")
    with pytest.raises(FuseError, match="is not"):
        fuse(plan(one, two, today=TODAY), plan(one, three, today=TODAY))
