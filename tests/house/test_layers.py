"""Imports go down the layers, never up."""

import sys
from collections.abc import Iterable, Iterator
from itertools import combinations

from tests.house.rules import APART, LAYERS, OUT_OF_REACH, RUNTIME, SOLITARY
from tests.house.tree import Module, module, modules, unexcused, within


def row_of(name: str) -> int | None:
    """The layer of a dotted name, 0 the lowest; None for one that has none."""
    rows = LAYERS.get(name.split(".")[0], ())
    homes = (index for index, row in enumerate(rows) for home in row if within(name, home))
    return next(homes, None)


def homeless(found: Module) -> Iterator[str]:
    """Every module of a product but its root has a layer."""
    if found.name not in LAYERS and row_of(found.name) is None:
        yield f"{found.path}: belongs to no layer"


def upward(found: Module) -> Iterator[str]:
    """A product's root counts as its lowest layer: it imports nothing from above."""
    product, own = found.name.split(".")[0], row_of(found.name)
    for target in found.imports:
        row = row_of(target)
        if within(target, product) and row is not None and row > (-1 if own is None else own):
            yield f"{found.path}: imports upward from {target}"
        if target.split(".")[0] in OUT_OF_REACH.get(product, ()):
            yield f"{found.path}: {product} never imports {target}"


def pairs_apart(found: Module) -> Iterator[str]:
    """Neighbours that never know of each other."""
    for target in found.imports:
        for one, other in (*APART, *(pair[::-1] for pair in APART)):
            if within(found.name, one) and within(target, other):
                yield f"{found.path}: {one} never imports {target}"
        for parent in SOLITARY:
            if within(found.name, parent) and within(target, parent):
                depth = parent.count(".") + 2
                own, its = found.name.split(".")[:depth], target.split(".")[:depth]
                if own != its and len(its) == depth:
                    yield f"{found.path}: parts of {parent} never import one another: {target}"


def mutual(found: Iterable[Module]) -> Iterator[str]:
    """Within a row two packages may be used one by the other, not each by the other."""
    homes = {home for rows in LAYERS.values() for row in rows for home in row}
    edges = {
        (own, its)
        for each in found
        for target in each.imports
        for own in homes
        for its in homes
        if within(each.name, own) and within(target, its)
    }
    for one, other in combinations(sorted(homes), 2):
        if (one, other) in edges and (other, one) in edges:
            yield f"{one} and {other} import each other"


def leaning(found: Module) -> Iterator[str]:
    """Generated packages, and what is copied into them, stand on the standard library alone.

    An adapter is named after the one library that it adapts to, and may import it.
    """
    homes = [home for home in RUNTIME if within(found.name, home)]
    if within(found.name, "generated"):
        homes = [".".join(found.name.split(".")[:2])]
    for home in homes:
        known = {*sys.stdlib_module_names, found.name.rpartition(".")[2]}
        for target in found.imports:
            if target.split(".")[0] not in known and not within(target, home):
                yield f"{found.path}: must stand alone, yet imports {target}"


def complaints(found: Iterable[Module]) -> Iterator[str]:
    """Everything this file says about the modules of the products."""
    everything = tuple(found)
    for rule in (homeless, upward, pairs_apart, leaning):
        for each in everything:
            yield from rule(each)
    yield from mutual(everything)


def test_the_tree_keeps_its_layers() -> None:
    assert unexcused("layers", complaints(modules(*LAYERS))) == []


def test_generated_packages_stand_alone() -> None:
    found = (text for each in modules("generated") for text in leaning(each))
    assert unexcused("generated", found) == []


def test_a_module_without_a_layer_is_found() -> None:
    assert list(homeless(module("compat/stray.py", ""))) == ["compat/stray.py: belongs to no layer"]
    assert list(homeless(module("compat/model/schema.py", ""))) == []
    assert list(homeless(module("compat/__init__.py", ""))) == []


def test_an_import_from_a_higher_layer_is_found() -> None:
    for line in ("import compat.plan.bridge", "from compat.plan import bridge"):
        assert list(upward(module("compat/lens/ops.py", line))) == [
            "compat/lens/ops.py: imports upward from compat.plan.bridge"
        ]
    hidden = "def later():\n    from ..plan.bridge import Bridge"
    assert list(upward(module("compat/lens/ops.py", hidden))) == [
        "compat/lens/ops.py: imports upward from compat.plan.bridge.Bridge"
    ]


def test_the_root_of_a_product_imports_none_of_its_layers() -> None:
    assert list(upward(module("compat/__init__.py", "from .model import place"))) == [
        "compat/__init__.py: imports upward from compat.model.place"
    ]


def test_imports_down_and_along_the_row_are_fine() -> None:
    source = "import json\nfrom compat import __version__\nfrom compat.lens import ops\n"
    assert list(complaints([module("compat/match/pair.py", source)])) == []


def test_the_toolkit_never_imports_the_core_nor_a_product_its_tests() -> None:
    assert list(upward(module("compat/cli.py", "import core.units"))) == [
        "compat/cli.py: compat never imports core.units"
    ]
    assert list(upward(module("core/cli.py", "from tests import shared"))) == [
        "core/cli.py: core never imports tests.shared"
    ]


def test_driver_and_simulation_are_apart_both_ways() -> None:
    for own, other in (("driver", "sim"), ("sim", "driver")):
        assert list(pairs_apart(module(f"core/{own}/disk.py", f"import core.{other}.disk"))) == [
            f"core/{own}/disk.py: core.{own} never imports core.{other}.disk"
        ]


def test_machines_never_import_machines() -> None:
    assert list(pairs_apart(module("core/machine/link.py", "from core.machine import image"))) == [
        "core/machine/link.py: parts of core.machine never import one another: core.machine.image"
    ]
    inside = module("core/machine/link/rules.py", "from core.machine.link.frames import Frame")
    assert list(pairs_apart(inside)) == []


def test_two_packages_of_a_row_that_import_each_other_are_found() -> None:
    one = module("compat/match/a.py", "import compat.lens.b")
    other = module("compat/lens/b.py", "import compat.match.a")
    assert list(mutual([one, other])) == ["compat.lens and compat.match import each other"]
    assert list(mutual([one])) == []


def test_a_generated_or_copied_part_that_leans_on_the_rest_is_found() -> None:
    source = "import json\nfrom {own}.parts import walk\nimport httpx\n"
    for own in ("compat.emit.runtime", "generated.moby_v1_v2"):
        path = f"{own.replace('.', '/')}/exchange.py"
        assert list(leaning(module(path, source.format(own=own)))) == [
            f"{path}: must stand alone, yet imports httpx"
        ]
    neighbour = module("generated/moby_v1_v2/exchange.py", "import generated.moby_v2_v3.exchange")
    assert len(list(leaning(neighbour))) == 1
    assert list(leaning(module("compat/emit/module.py", "import libcst"))) == []
