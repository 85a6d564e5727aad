"""Published pairs of versions: the renames and moves that their change lists tell rank first."""

from collections.abc import Iterable
from functools import cache
from typing import Final

import pytest

from compat.source import load_interface
from compat.suggest.candidate import Candidate, Sort
from tests.compat.suggest.finding import found, words
from tests.shared import spec

Words = list[dict[str, object]]

# What is a matter of judgement (values to supply, stand-ins for values) has no truth to compare to.
JUDGED: Final = frozenset({Sort.DEFAULT, Sort.VALUES, Sort.SCALE})

METRICS: Final[Words] = [
    {
        "old": "PUT /logger",
        "calls": [
            {"operation": "PUT /logger"},
            {"operation": "PUT /metrics", "when": ["body.metrics_fifo"]},
        ],
    },
    {"at": "Metrics", "rename": {"metrics_fifo": "metrics_path"}},
]


def renames(at: str, **names: str) -> list[Words]:
    return [[{"at": at, "rename": {old: new}}] for old, new in names.items()]


def moves(at: str, **paths: str) -> list[Words]:
    return [[{"at": at, "move": {old: new}}] for old, new in paths.items()]


TRUE: Final[dict[tuple[str, str], list[Words]]] = {
    ("hpe-csp/1.0.0-2019-10.yaml", "hpe-csp/1.0.0-2020-07.yaml"): renames(
        "PublishInfo", target_name="target_names", discovery_ip="discovery_ips"
    ),
    ("firecracker/v0.20.0.yaml", "firecracker/v0.23.0.yaml"): [
        *renames("Logger", log_fifo="log_path"),
        METRICS,
        [{"at": "GET /mmds response", "status": {"400": 404}}],
    ],
    ("firecracker/v0.25.0.yaml", "firecracker/v1.0.0.yaml"): renames(
        "MachineConfiguration", ht_enabled="smt"
    ),
    ("firecracker/v1.0.0.yaml", "firecracker/v1.4.0.yaml"): renames(
        "FullVmConfiguration",
        balloon_device="balloon",
        block_devices="drives",
        boot_source="boot-source",
        machine_config="machine-config",
        mmds_config="mmds-config",
        net_devices="network-interfaces",
        vsock_device="vsock",
    ),
    ("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"): [
        [
            {
                "at": "GET /volumes response 200",
                "pages": {
                    "entries": "entries",
                    "token": "next_token",
                    "query": "starting_token",
                    "size": "max_entries",
                },
            }
        ]
    ],
    ("moby/v1.51.yaml", "moby/v1.52.yaml"): [
        *moves(
            "GET /system/df response 200",
            Images="ImageUsage.Items",
            Containers="ContainerUsage.Items",
            Volumes="VolumeUsage.Items",
            BuildCache="BuildCacheUsage.Items",
            LayersSize="ImageUsage.TotalSize",
        ),
        [{"at": "POST /build/prune query", "copy": {"reserved-space": "keep-storage"}}],
    ],
}

# Nothing in the specs tells which of four totals it is.
UNTOLD: Final = moves("GET /system/df response 200", LayersSize="ImageUsage.TotalSize")


@cache
def candidates(pair: tuple[str, str]) -> tuple[Candidate, ...]:
    old, new = (load_interface(str(spec(name)), validate=False).interface for name in pair)
    return found(old, new)


def compared(found: Iterable[Candidate]) -> list[Candidate]:
    return [one for one in found if one.best and one.sort not in JUDGED]


@pytest.mark.parametrize("pair", TRUE, ids=lambda pair: " ".join(pair))
def test_what_was_renamed_or_moved_ranks_first(pair: tuple[str, str]) -> None:
    best = [words(one) for one in candidates(pair) if one.best]
    assert [one for one in TRUE[pair] if one not in best and one not in UNTOLD] == []


@pytest.mark.parametrize("pair", TRUE, ids=lambda pair: " ".join(pair))
def test_what_is_called_likely_is_true(pair: tuple[str, str]) -> None:
    likely = [words(one) for one in candidates(pair) if one.best and one.is_likely]
    assert [one for one in likely if one not in TRUE[pair]] == []


def test_the_best_candidates_are_few_and_mostly_true() -> None:
    """Measured over all pairs above: precision and recall of the best candidates."""
    proposed = {pair: [words(one) for one in compared(candidates(pair))] for pair in TRUE}
    hits = sum(one in TRUE[pair] for pair, found in proposed.items() for one in found)
    precision = hits / sum(map(len, proposed.values()))
    recall = hits / sum(map(len, TRUE.values()))
    assert precision >= 0.9, proposed
    assert recall >= 0.9


def test_a_place_that_is_told_nowhere_is_among_those_shown() -> None:
    shown = [words(one) for one in candidates(("moby/v1.51.yaml", "moby/v1.52.yaml"))]
    assert [one for one in UNTOLD if one not in shown] == []


@pytest.mark.parametrize(
    "pair",
    [
        ("hpe-csp/1.1.0-2021-04.yaml", "hpe-csp/1.1.0-2026-07.yaml"),
        ("ctrlx-storage/v1.1.0.json", "ctrlx-storage/v1.4.2.json"),
    ],
    ids=lambda pair: " ".join(pair),
)
def test_where_nearly_nothing_changed_nothing_is_suggested(pair: tuple[str, str]) -> None:
    assert [words(one) for one in candidates(pair) if one.best] == []
