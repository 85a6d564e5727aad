"""Lenses that are applied to the items of lists are written for whole lists, and count exactly."""

from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from compat.emit.package import emit
from compat.lens.codecs import ScaleCodec
from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    ITEM,
    Apply,
    Convert,
    Drop,
    Flow,
    Focus,
    Lens,
    Loss,
    MapValues,
    Move,
    Rename,
    invert,
)
from compat.lens.value import own
from compat.model.schema import ABSENT, Json
from compat.verify.tracing import Tracer
from tests.compat.emit.making import plan_of, running

GROWS = ScaleCodec(numerator=1000, denominator=1, integral=False)
VOLUME: Lens = (
    Rename(old="size", new="bytes", difference="renamed"),
    Focus(path=("bytes",), lens=(Convert(codec=GROWS, difference="scaled"),)),
    Focus(
        path=("state",),
        lens=(MapValues(pairs=(("ON", "on"),), back=(("on", "ON"),), difference="mapped"),),
    ),
    Move(source=("owner",), target=("who", "name"), difference="moved"),
    Drop(field="secret", value=ABSENT, loss=Loss.REFUSE, difference="refused"),
)
PAGE: Lens = (Focus(path=("entries", ITEM), lens=(Apply(name="volume", flow=Flow.UP),)),)
LENSES = {"volume": VOLUME, "page": PAGE}
ITEMS: tuple[Any, ...] = (
    {"size": 5, "state": "ON"},
    {"size": 0, "owner": "me"},
    {"size": "5"},
    *({}, None, 7, [{"size": 5}]),
    {"bytes": 3, "owner": "you", "state": "on"},
    {"bytes": 2.5, "who": {"name": "us"}, "state": None},
)


def interpreted(document: Json, flow: Flow) -> tuple[Json, Counter[tuple[str, str]]]:
    """What the interpreter makes of a page, and what it counts."""
    tracer = Tracer()
    lenses = {name: tracer.prepared(lens, Flow.UP) for name, lens in LENSES.items()}
    lens = lenses["page"] if flow is Flow.UP else invert(lenses["page"])
    found = apply(lens, own(document), Context(lenses=lenses, hooks=tracer.hooks))
    assert found is not ABSENT
    return found, tracer.counts


def counted(module: Callable[[str], ModuleType]) -> Counter[tuple[str, str]]:
    """What the package has counted so far."""
    return +Counter(module("counters").totals())


@pytest.mark.parametrize("flow", Flow)
def test_each_item_of_a_list_is_converted_and_counted(flow: Flow) -> None:
    page: Json = {"entries": [*ITEMS, *ITEMS]}
    expected, counts = interpreted(page, flow)
    with running(plan_of(LENSES)) as module:
        assert getattr(module("lenses.page"), f"page_{flow}")(own(page)) == expected
        assert counted(module) == counts
    assert len(counts) == 4


@pytest.mark.parametrize("flow", Flow)
def test_a_value_by_itself_is_counted_the_same(flow: Flow) -> None:
    with running(plan_of(LENSES)) as module:
        for item in ITEMS:
            before = counted(module)
            expected, counts = interpreted({"entries": [item]}, flow)
            found = getattr(module("lenses.volume"), f"volume_{flow}")(own(item))
            assert {"entries": [found]} == expected
            assert counted(module) - before == counts


def test_what_was_changed_before_a_refusal_is_counted() -> None:
    items: list[Json] = [{"size": 1}, {"size": 2}, {"size": 3, "secret": "x"}, {"size": 4}]
    with running(plan_of(LENSES)) as module:
        with pytest.raises(module("message").GapError):
            module("lenses.page").page_up({"entries": items})
        assert counted(module) == {("renamed", "up"): 3, ("scaled", "up"): 3}


def test_a_lens_that_no_list_needs_has_no_function_for_lists() -> None:
    lone: dict[str, Lens] = {
        "volume": VOLUME,
        "holder": (Focus(path=("volume",), lens=(Apply(name="volume", flow=Flow.UP),)),),
    }
    assert "_each(" not in written(lone, "volume")
    assert "def volume_up_each(" in written(LENSES, "volume")


def test_a_lens_that_leads_to_itself_goes_no_further_down_for_lists() -> None:
    kids: Lens = (Focus(path=("kids", ITEM), lens=(Apply(name="tree", flow=Flow.UP),)),)
    assert "_each(" not in written({"tree": (*VOLUME, *kids)}, "tree")


def test_a_lens_without_differences_counts_nothing_for_a_list() -> None:
    silent: dict[str, Lens] = {**LENSES, "volume": (Rename(old="a", new="b", difference=""),)}
    assert "_each(" not in written(silent, "volume")


def test_what_nobody_is_told_of_is_done_to_each_item_without_counting() -> None:
    silent = Drop(field="a", value=1, loss=Loss.KEEP, difference="told of the other way alone")
    with running(plan_of({**LENSES, "volume": (silent,)})) as module:
        items: Any = [{"a": 1}, {"b": 1}, {"a": 2}]
        module("lenses.volume").volume_up_each(items)
        assert items == [{}, {"b": 1}, {"a": 2}]
        assert not counted(module)


@pytest.mark.parametrize("integral", [True, False])
def test_a_scale_of_one_changes_nothing_and_counts_nothing(integral: bool) -> None:
    same = ScaleCodec(numerator=1, denominator=1, integral=integral)
    lens: Lens = (Focus(path=("size",), lens=(Convert(codec=same, difference="scaled"),)),)
    with running(plan_of({"one": lens})) as module:
        assert module("lenses.one").one_up({"size": 5}) == {"size": 5}
        assert not counted(module)


def written(lenses: dict[str, Lens], name: str) -> str:
    """The emitted file of a lens."""
    return emit(plan_of(lenses), "shim", allow_gaps=False)[f"lenses/{name}.py"].decode()
