"""The checkout as the house rules see it: modules, texts and folders."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.house.rules import EXCEPTIONS

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = frozenset({".git", ".venv", "build", "dist", "__pycache__", ".hypothesis"})
DATA = ("tests/data", "tests/releases")


@dataclass(frozen=True, kw_only=True)
class Module:
    """One Python file; `path` is relative to the root, `name` is what an import says."""

    name: str
    path: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def package(self) -> str:
        """What a relative import starts from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Every dotted name that an import names, `from a import b` as "a.b"."""
        found = [name for node in ast.walk(self.tree) for name in self._imported(node)]
        return tuple(dict.fromkeys(found))

    def _imported(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = self.package.split(".")[: 1 - level or None] if level else []
                start = ".".join([*base, *([module] if module else [])])
                yield from (f"{start}.{alias.name}" for alias in names)


def module(path: str, source: str) -> Module:
    """The module that a file of this path and text is."""
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return Module(name=name, path=path, source=source)


def within(name: str, parent: str) -> bool:
    """Is the dotted `name` the module `parent` or something inside it?"""
    return name == parent or name.startswith(f"{parent}.")


def files(top: Path = ROOT) -> Iterator[Path]:
    """Every file of the tree, in order, but what tools leave behind."""
    for path in sorted(top.iterdir()):
        if path.name in LEFT_OUT or path.name.endswith(("_cache", ".egg-info")):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> tuple[Module, ...]:
    """Every Python module below the folders; those not there yet have none."""
    found = [path for name in folders if (ROOT / name).is_dir() for path in files(ROOT / name)]
    return tuple(
        _read(path)
        for path in found
        if path.suffix == ".py" and not relative(path).startswith(DATA)
    )


@cache
def _read(path: Path) -> Module:
    """One of the checkout: it is parsed once, whoever looks at it."""
    return module(relative(path), path.read_text(encoding="utf-8"))


def unexcused(rule: str, complaints: Iterable[str]) -> list[str]:
    """The complaints that no exception covers, and the exceptions that cover none."""
    found = list(complaints)
    excused = EXCEPTIONS.get(rule, {})
    stale = [f"exception without a complaint: {text}" for text in excused if text not in found]
    return [text for text in found if text not in excused] + stale
