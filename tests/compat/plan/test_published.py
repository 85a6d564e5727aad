"""All published pairs, the far ones too, are planned without a person's word."""

from itertools import pairwise

import pytest

from compat.model.role import Role
from compat.plan.planner import plan
from compat.source import load_interface
from tests.compat.plan.making import TODAY
from tests.shared import spec as published

CHAINS = {
    "hpe-csp": ("1.0.0-2019-10", "1.0.0-2020-07", "1.1.0-2021-04", "1.1.0-2026-07"),
    "firecracker": ("v0.20.0", "v0.23.0", "v0.25.0", "v1.0.0", "v1.4.0", "v1.16.1"),
    "mayastor": ("v1.0.0", "v2.0.0", "v2.3.0", "v2.7.1"),
    "moby": ("v1.25", "v1.40", "v1.41", "v1.43", "v1.44", "v1.51", "v1.52"),
    "airflow": ("2.10.0-v1", "3.0.0-v2", "3.2.1-v2"),
}
PAIRS = [
    (f"{name}/{old}.yaml", f"{name}/{new}.yaml")
    for name, versions in CHAINS.items()
    for old, new in (*pairwise(versions), (versions[0], versions[-1]))
]
PAIRS += [("moby/v1.40.yaml", "moby/v1.52.yaml")]
PAIRS += [("ctrlx-storage/v1.1.0.json", "ctrlx-storage/v1.4.2.json")]
PAIRS += [("ghes/3.9.json", "ghes/3.19.json")]

OF_ALL = {"path-prefix-changed", "servers-changed", "server-paths-changed"}
"""Kinds of difference that are of no operation more than of any other."""


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_a_published_pair_is_planned(old: str, new: str) -> None:
    ours, theirs = (
        load_interface(str(published(name)), validate=False).interface for name in (old, new)
    )
    made = plan(ours, theirs, today=TODAY)
    assert made.differences
    assert len({one.id for one in made.differences}) == len(made.differences)
    for role, interface in ((Role.OLD_CLIENT, ours), (Role.NEW_CLIENT, theirs)):
        crossed = [one.operation for one in made.exchanges[role]]
        assert sorted(crossed) == sorted(one.key for one in interface.operations)
        names = [one.name for one in made.exchanges[role]]
        assert len(set(names)) == len(names)
        known = {one.id for one in made.differences}
        assert all(one.gap in known for one in made.exchanges[role] if not one.calls)
    for found in made.differences:
        assert found.old or found.new
        assert found.operations or found.kind in OF_ALL
        assert found.message
