"""What changed in thousands of places costs as many looks, and not one for each two of them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.compat.plan.making import bridge
from tests.compat.plan.specs import Spec, loaded
from tests.compat.plan.test_recursion import AFTER, BEFORE, chain, documented, ref
from tests.compat.plan.whole import crossed, whole

MANY = 300
VALUES = "compat.plan.values"
Counted = Callable[[str], list[object]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """One entry for each call of the function of that name."""

    def counting(name: str) -> list[object]:
        calls: list[object] = []
        module, _, function = name.rpartition(".")
        original = getattr(__import__(module, fromlist=[function]), function)

        def call(*words: Any) -> Any:
            calls.append(words)
            return original(*words)

        monkeypatch.setattr(name, call)
        return calls

    return counting


def choice(key: str, kind: str = "string", *, tag: str = "") -> Spec:
    """One of many objects that have a field of their own each."""
    variants = []
    for n in range(MANY):
        fields: Spec = {f"{key}{n}": {"type": kind}}
        if tag:
            fields["kind"] = {"type": "string", "enum": [f"{tag}{n}"]}
        variants.append({"type": "object", "required": [*fields], "properties": fields})
    return documented({"C0": {"oneOf": variants}})


def test_renamed_values_of_an_enum(counted: Counted) -> None:
    looks = counted(f"{VALUES}.scalars.identity")
    old, new = (
        documented({"C0": {"type": "string", "enum": [f"{word}{n}" for n in range(MANY)]}})
        for word in ("a", "b")
    )
    assert len(bridge(loaded(old), loaded(new)).found) == 2 * MANY
    assert len(looks) < 50 * MANY


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(choice("a"), choice("a", "integer"), id="changed"),
        pytest.param(choice("a"), choice("b"), id="renamed"),
        pytest.param(choice("a", tag="a"), choice("b", tag="b"), id="with a field that all have"),
    ],
)
def test_variants_of_a_union(counted: Counted, old: Spec, new: Spec) -> None:
    names = ("likeness._all_equal", "likeness._alike_themselves", "exclusion._exclude_each_other")
    looks = [counted(f"{VALUES}.{name}") for name in names]
    assert bridge(loaded(old), loaded(new)).found
    assert sum(map(len, looks)) < 10 * MANY


def test_paths_that_moved(counted: Counted) -> None:
    looks = counted("compat.plan.operations.shadows._caught")
    parameter = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]"
    old, new = (
        whole("\n".join(f"/{at}/all{n}/{{id}}: {{get: {{{parameter}}}}}" for n in range(MANY)))
        for at in ("v1", "v2")
    )
    assert crossed(old, new).found
    assert len(looks) <= 4 * MANY


def test_fields_of_a_body_that_were_renamed(counted: Counted) -> None:
    looks = counted("compat.plan.messages.relocation._same_name")
    old, new = (
        documented(
            {
                "C0": {
                    "type": "object",
                    "properties": {f"{word}{n}": {"type": "string"} for n in range(MANY)},
                }
            }
        )
        for word in ("a", "b")
    )
    assert len(bridge(loaded(old), loaded(new)).found) == 2 * MANY
    assert len(looks) < MANY


def circle(key: str, kind: str = "string") -> Spec:
    """One of many objects each of which holds one of them again."""
    variants = {
        f"{key}{n}": {"type": "object", "properties": {"next": ref("C0"), "s": {"type": kind}}}
        for n in range(MANY)
    }
    return documented({"C0": {"oneOf": [*map(ref, variants)]}, **variants})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(circle("V"), circle("V", "integer"), id="changed"),
        pytest.param(circle("V"), circle("W", "integer"), id="changed and renamed"),
    ],
)
def test_variants_that_lead_back_to_their_union(counted: Counted, old: Spec, new: Spec) -> None:
    looks = counted("compat.model.wrappers.is_null")
    assert bridge(loaded(old), loaded(new)).found
    assert len(looks) < 10 * MANY


def test_wrappers_around_one_another(counted: Counted) -> None:
    looks = counted("compat.model.wrappers.asserts_nothing")
    old, new = (chain("allOf of one", last, MANY) for last in (BEFORE, AFTER))
    assert bridge(loaded(old), loaded(new)).found
    assert len(looks) < 10 * MANY


def ring(kind: str) -> Spec:
    """Objects each of which holds all the others by allOf."""
    found: Spec = {}
    for n in range(MANY):
        own = {f"next{n}": ref(f"C{n * 7 % MANY}"), f"s{n}": {"type": kind}}
        found[f"C{n}"] = {"allOf": [ref(f"C{(n + 1) % MANY}"), {"properties": own}]}
    return documented(found)


def test_schemas_that_hold_one_another(counted: Counted) -> None:
    looks = counted("compat.plan.values.fields.bridge_kept")
    assert bridge(loaded(ring("string")), loaded(ring("integer"))).found
    assert len(looks) < 5 * MANY
