"""The plan of new to old is the mirror image of the plan of old to new."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from compat.lens.ops import Lens, invert
from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import BridgePlan
from compat.source import load_interface
from tests.compat.plan.making import bridge
from tests.compat.plan.specs import interface, loaded
from tests.compat.plan.test_ids import NEW as NEW_SPEC
from tests.compat.plan.test_ids import OLD as OLD_SPEC
from tests.compat.plan.worlds import Schema, documented, edited, worlds
from tests.shared import spec as published

MIRRORED = (
    *(("removed", "added"), ("required", "optional"), ("admitted", "excluded")),
    *(("opened", "closed"), ("specified", "freed"), ("enclosed", "disclosed")),
    *(("wrapped", "unwrapped"), ("in", "from"), ("became", "was")),
)
OTHER = {one: other for pair in MIRRORED for one, other in (pair, pair[::-1])}


def turned(kind: str) -> str:
    """The kind of the same difference seen from the other end."""
    if kind.startswith("fields-") or kind.endswith("stream"):
        return kind
    words = kind.split("-")
    keeps = {"became", "was"} if not kind.endswith("only") else set()
    return "-".join(word if word in keeps else OTHER.get(word, word) for word in words)


def kinds(made: BridgePlan) -> list[str]:
    return sorted(one.kind for one in made.differences)


def both(old: Interface, new: Interface) -> tuple[BridgePlan, BridgePlan]:
    return bridge(old, new).plan, bridge(new, old).plan


def assert_mirrored(up: BridgePlan, down: BridgePlan) -> None:
    assert kinds(up) == sorted(turned(kind) for kind in kinds(down))
    for role, other in ((Role.OLD_CLIENT, Role.NEW_CLIENT), (Role.NEW_CLIENT, Role.OLD_CLIENT)):
        ours = {one.operation: one for one in up.exchanges[role]}
        theirs = {one.operation: one for one in down.exchanges[other]}
        assert ours.keys() == theirs.keys()
        for operation, one in ours.items():
            assert [call.operation for call in one.calls] == [
                call.operation for call in theirs[operation].calls
            ]


PAIRS = [
    ("hpe-csp/1.0.0-2019-10.yaml", "hpe-csp/1.0.0-2020-07.yaml"),
    ("firecracker/v0.25.0.yaml", "firecracker/v1.0.0.yaml"),
    ("mayastor/v1.0.0.yaml", "mayastor/v2.0.0.yaml"),
    ("moby/v1.51.yaml", "moby/v1.52.yaml"),
    ("airflow/3.0.0-v2.yaml", "airflow/3.2.1-v2.yaml"),
]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_published_pairs_are_mirrored(old: str, new: str) -> None:
    sides = [load_interface(str(published(name)), validate=False).interface for name in (old, new)]
    assert_mirrored(*both(sides[0], sides[1]))


def test_a_small_pair_is_mirrored() -> None:
    assert_mirrored(*both(interface(*OLD_SPEC), interface(*NEW_SPEC)))


@given(worlds(), st.data())
def test_random_pairs_are_mirrored(old: dict[str, Schema], data: DataObject) -> None:
    new = data.draw(edited(old))
    assert_mirrored(*both(loaded(documented(old)), loaded(documented(new))))


# --- verdicts: what the law says of one way it says of the other, but for who is new --------------


@pytest.mark.parametrize(
    ("old", "new", "up", "down"),
    [
        # lossless both ways, whoever is asked
        ("{200: {s: UP|}}", "{200: {s: up|}}", ("lossless", "lossless"), ("lossless", "lossless")),
        # a capability that came is refused by name, one that went needs a word
        ("{body: {a: string}}", "{body: {a: string, b: string}}",
         ("none", "lossy"), ("needs-intent", "none")),
        # what a client gets beyond what it knows passes; what is gone is told
        ("{200: {a: string}}", "{200: {a: string, b: string}}",
         ("none", "none"), ("lossy", "none")),
        # more values for a server that may say no; for a client they need a word
        ("{body: {s: a|}}", "{body: {s: a|b}}", ("none", "lossy"), ("needs-intent", "none")),
        ("{200: {s: a|}}", "{200: {s: a|b}}", ("needs-intent", "none"), ("none", "needs-intent")),
    ],
)  # fmt: skip
def test_verdicts_differ_only_as_the_law_explains(
    old: str, new: str, up: tuple[str, str], down: tuple[str, str]
) -> None:
    sides = interface({"PUT /v": old}), interface({"PUT /v": new})
    assert list(bridge(sides[0], sides[1]).found.values()) == [up]
    assert list(bridge(sides[1], sides[0]).found.values()) == [down]


def test_a_lens_and_the_one_of_the_mirror_are_inverses() -> None:
    """Where no verdict depends on who is new, the operations are the same ones turned."""
    old = interface({"PUT /v": "{body: {s: UP|, ip: {a: string, b: string}}}"})
    new = interface({"PUT /v": "{body: {s: up|, ip: {a: string, b: string}}}"})
    up, down = both(old, new)
    ours = up.exchanges[Role.OLD_CLIENT][0].calls[0].request
    theirs = down.exchanges[Role.NEW_CLIENT][0].calls[0].request
    assert _without_ids(ours, up) == _without_ids(theirs, down)
    back = up.exchanges[Role.NEW_CLIENT][0].calls[0].request
    assert invert(ours) == back


def _without_ids(lens: Lens, made: BridgePlan) -> str:
    known: Mapping[str, str] = {one.id: "id" for one in made.differences}
    text = repr(lens)
    for identifier in known:
        text = text.replace(identifier, "id")
    return text


def test_every_difference_is_a_matter_of_each_role() -> None:
    up, _ = both(interface(*OLD_SPEC), interface(*NEW_SPEC))
    assert up.differences
    assert all(one.judgements.keys() == set(Role) for one in up.differences)
