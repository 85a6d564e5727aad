"""What is generated from published specs keeps its promises, with gaps and without."""

from itertools import pairwise
from pathlib import Path

import pytest

from compat.emit.package import emit
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import load_interface
from compat.verify.corpus import Effort
from compat.verify.report import Report
from compat.verify.verifying import Options, verify
from tests.published.shims import REVIEWED, TODAY, reviewed_plan, written
from tests.shared import spec

VERSIONS = {
    "hpe-csp": ("1.0.0-2019-10", "1.0.0-2020-07", "1.1.0-2021-04", "1.1.0-2026-07"),
    "firecracker": ("v0.20.0", "v0.23.0", "v0.25.0", "v1.0.0", "v1.4.0", "v1.16.1"),
    "mayastor": ("v1.0.0", "v2.0.0", "v2.3.0", "v2.7.1"),
    "moby": ("v1.43", "v1.44", "v1.51", "v1.52"),
    "airflow": ("3.0.0-v2", "3.2.1-v2"),
}
FAR = [
    ("hpe-csp", "1.0.0-2019-10", "1.1.0-2026-07"),
    ("firecracker", "v0.20.0", "v1.16.1"),
    ("mayastor", "v1.0.0", "v2.7.1"),
]
FARTHEST = [
    ("moby", "v1.40", "v1.52"),
    ("moby", "v1.25", "v1.52"),
    ("airflow", "2.10.0-v1", "3.0.0-v2"),
]
"""Those take half a minute each: in the long mode."""
LARGE = {("mayastor", "v1.0.0", "v2.7.1"), ("mayastor", "v2.3.0", "v2.7.1")}
NEAR = [(name, *pair) for name, versions in VERSIONS.items() for pair in pairwise(versions)]


def _is_large(pair: tuple[str, str, str]) -> bool:
    return pair[0] in ("moby", "airflow") or pair in LARGE


PAIRS = [
    pytest.param(*each, marks=pytest.mark.long if _is_large(each) else ())
    for each in (*NEAR, *FAR, *FARTHEST)
]


def verified(made: BridgePlan, name: str, folder: Path, *, allow_gaps: bool) -> Report:
    package = written(emit(made, "tried", allow_gaps=allow_gaps), name, folder / "tried")
    return verify(package, made, Options(effort=Effort(examples=0)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "old", "new"), PAIRS)
def test_a_pair_nobody_has_looked_at_is_bridged_or_refused(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    ours, theirs = (
        load_interface(str(spec(f"{name}/{version}.yaml")), validate=False).interface
        for version in (old, new)
    )
    made = plan(ours, theirs, today=TODAY)
    assert verified(made, "", tmp_path, allow_gaps=True).is_sound


@pytest.mark.slow
@pytest.mark.parametrize("name", REVIEWED)
def test_a_reviewed_pair_is_bridged(name: str, tmp_path: Path) -> None:
    assert verified(reviewed_plan(name), name, tmp_path, allow_gaps=False).is_sound
