"""A generated package on disk: its manifest, and its modules while they are imported."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from compat.emit.manifest import MANIFEST, files_of
from compat.emit.names import lens_function
from compat.emit.tree import HOOKS
from compat.errors import CompatError, Exit
from compat.lens.ops import Flow
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan, HookKind
from compat.source import regular
from compat.verify.raised import RAISED, place_in_hooks

_MENDED_BY: Final = "run `isthmus compat generate {folder}` again; --check tells all that differs"


class PackageError(CompatError):
    """A folder that cannot be verified because it is no package."""


class BrokenPackageError(PackageError):
    """A package that cannot be verified because it is not whole, or its hooks file is not."""

    exit_code = Exit.FINDINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An imported package; `eager` are the modules that come with importing it alone."""

    folder: Path
    name: str
    manifest: Mapping[str, Any]
    module: ModuleType
    eager: frozenset[str]

    def face(self, role: Role) -> Any:
        """`old_client` or `new_client`."""
        return getattr(self.module, role.value)

    def part(self, name: str) -> Any:
        """A module of the package. Raises BrokenPackageError where it cannot be imported."""
        try:
            return importlib.import_module(f"{self.name}.{name}")
        except RAISED as error:
            raise _broken(self.folder, error) from error

    def lens(self, name: str, flow: Flow) -> Callable[[Json], Any] | None:
        """The function of a named lens, if the package has one."""
        function = lens_function(name, flow)
        for path in sorted((self.folder / "lenses").glob("*.py")):
            if f"def {function}(" in path.read_text("utf-8"):
                found: Callable[[Json], Any] | None = getattr(
                    self.part(f"lenses.{path.stem}"), function, None
                )
                return found
        return None

    def hooks(self, plan: BridgePlan) -> dict[str, Callable[[Json], Json]]:
        """The functions of the hooks file that convert values."""
        wanted = [need.name for need in plan.hooks if need.kind is HookKind.VALUE]
        return {name: getattr(self.part("hooks"), name) for name in wanted}

    def counted(self) -> Mapping[tuple[str, str], int]:
        """How often each difference was bridged so far, by direction."""
        found: Mapping[tuple[str, str], int] = self.part("counters").totals()
        return found


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of the package in that folder. Raises PackageError."""
    path = folder / MANIFEST
    try:
        found = json.loads(regular(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise PackageError(
            f"this is no generated package: {error}",
            where=str(path),
            hint="name a folder that `isthmus compat generate` wrote",
        ) from None
    if not isinstance(found, dict) or not isinstance(found.get("package"), str):
        raise PackageError("the manifest names no package", where=str(path))
    return found


@contextmanager
def imported(folder: Path) -> Iterator[Package]:
    """The package in that folder, imported under its own name for as long as the context lasts.

    What was imported under that name before comes back afterwards. Raises PackageError.
    """
    given, folder = folder, folder.resolve()
    manifest = read_manifest(folder)
    name = manifest["package"]
    if folder.name != name:
        raise PackageError(
            f"the package {name} is in a folder called {folder.name}",
            where=str(folder),
            hint="a package is imported by the name of its folder: rename one of them",
        )
    _refuse_parts(folder, given)
    before = _taken_out(name)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(folder.parent))
    importlib.invalidate_caches()
    try:
        module, eager = _imported(name, folder)
        yield Package(
            folder=folder, name=name, manifest=manifest, module=module, eager=frozenset(eager)
        )
    finally:
        sys.path.remove(str(folder.parent))
        sys.dont_write_bytecode = writes
        _taken_out(name)
        sys.modules.update(before)


def _imported(name: str, folder: Path) -> tuple[ModuleType, list[str]]:
    try:
        module = importlib.import_module(name)
        eager = [each.partition(".")[2] for each in sys.modules if each.startswith(f"{name}.")]
        for role in Role:
            getattr(module, role.value)
    except RAISED as error:
        raise _broken(folder, error) from error
    return module, eager


def _refuse_parts(folder: Path, given: Path) -> None:
    """Raise BrokenPackageError if a file is missing that the package was written with."""
    files = files_of((folder / MANIFEST).read_bytes()) or ()
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        raise BrokenPackageError(
            f"the package is not whole, it lacks {', '.join(missing)}",
            where=str(given),
            hint=_MENDED_BY.format(folder=given),
        )


def _broken(folder: Path, error: BaseException) -> BrokenPackageError:
    """What is to be done about an import that failed: in the hooks file, or with the package."""
    what = f"{type(error).__name__}: {error}"
    line = place_in_hooks(error)
    if line is not None:
        return BrokenPackageError(
            f"the hooks file cannot be imported: {what}",
            where=f"{folder / HOOKS}:{line}",
            hint="mend it there; what its functions are like is in hooks_protocol.py",
        )
    if isinstance(error, ImportError) and (error.name or "").endswith(".hooks"):
        return BrokenPackageError(str(error), where=str(folder))
    return BrokenPackageError(
        f"the package cannot be imported: {what}",
        where=str(folder),
        hint=_MENDED_BY.format(folder=folder),
    )


def _taken_out(name: str) -> dict[str, ModuleType]:
    """The modules of a package, which are no longer imported then."""
    found = [each for each in sys.modules if each == name or each.startswith(f"{name}.")]
    return {each: sys.modules.pop(each) for each in found}
