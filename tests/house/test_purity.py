"""Below sources and drivers nothing knows of time, chance, files or the network."""

import ast
from collections.abc import Iterator

from tests.house.rules import IMPURE, IMPURE_CALLS, IMPURE_FROM, LAYERS
from tests.house.test_layers import row_of
from tests.house.tree import Module, module, modules, unexcused, within


def is_pure(name: str) -> bool:
    """Must this module be pure? One without a layer must, until it is given one."""
    row, product = row_of(name), name.split(".")[0]
    borders = [row_of(border) for border in IMPURE_FROM if within(border, product)]
    return row is None or any(border is not None and row < border for border in borders)


def impurities(found: Module) -> Iterator[str]:
    """Imports and calls that let the world in."""
    if not is_pure(found.name):
        return
    for target in found.imports:
        if any(within(target, impure) for impure in IMPURE):
            yield f"{found.path}: pure code imports {target}"
    for node in ast.walk(found.tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS:
                yield f"{found.path}:{node.lineno}: pure code calls {name}()"


def test_the_tree_is_pure_where_it_must_be() -> None:
    found = (complaint for each in modules(*LAYERS) for complaint in impurities(each))
    assert unexcused("purity", found) == []


def test_an_impure_import_is_found_however_it_is_spelt() -> None:
    for line, target in (
        ("import os.path", "os.path"),
        ("import time as clock", "time"),
        ("from datetime import UTC", "datetime.UTC"),
        ("from urllib import request", "urllib.request"),
        ("def f():\n    from random import Random", "random.Random"),
    ):
        assert list(impurities(module("compat/load/text.py", line))) == [
            f"compat/load/text.py: pure code imports {target}"
        ]


def test_opening_a_file_is_found() -> None:
    assert list(impurities(module("core/wire/nbd.py", "x = 1\nopen('disk')"))) == [
        "core/wire/nbd.py:2: pure code calls open()"
    ]


def test_pure_names_that_look_alike_are_fine() -> None:
    source = "import timeit\nfrom urllib.parse import quote\nfrom compat.model import time\n"
    assert list(impurities(module("compat/load/text.py", source))) == []


def test_the_world_is_let_in_where_it_belongs() -> None:
    for path in ("compat/source/file.py", "compat/cli/main.py", "core/driver/disk.py"):
        assert list(impurities(module(path, "import os, time"))) == []


def test_each_border_names_a_layer() -> None:
    assert [border for border in IMPURE_FROM if row_of(border) is None] == []
