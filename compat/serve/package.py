"""Generated packages, loaded by import name or from their folder."""

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from compat.emit.runtime.chain import chain
from compat.emit.runtime.negotiate import Negotiation
from compat.emit.runtime.reading import Face
from compat.errors import CompatError
from compat.model.role import Role
from compat.source import regular

_HINT = "name a package that `isthmus compat generate` wrote, or its folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A generated package that is loaded.

    `totals` tells how often each difference was bridged in each direction, and `differences` the
    kind and the subject of each.
    """

    name: str
    old_version: str
    new_version: str
    faces: Mapping[Role, Face]
    totals: Callable[[], Mapping[tuple[str, str], int]]
    differences: Mapping[str, tuple[str, str]]

    def caller(self, role: Role) -> str:
        """The version of those who call in this role."""
        return self.old_version if role is Role.OLD_CLIENT else self.new_version

    def callee(self, role: Role) -> str:
        return self.new_version if role is Role.OLD_CLIENT else self.old_version


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSource:
    """How to tell the version of a request where there are several; see `Negotiation`.

    `default` is for requests that name none; empty: they are of the callee's own version.
    """

    by_path: bool = False
    base: str = ""
    header: str = ""
    default: str = ""


def load_package(text: str) -> Package:
    """The package of this import name or in this folder; its code is run."""
    folder = Path(text)
    name = _import_folder(folder) if folder.is_dir() else text
    try:
        module = importlib.import_module(name)
        manifest = _manifest(_folder_of(module, text), text)
        old, new = manifest["versions"]["old"], manifest["versions"]["new"]
        if not (isinstance(old, str) and isinstance(new, str)):
            raise TypeError(f"the versions are {old!r} and {new!r}")
        return Package(
            name=name,
            old_version=old,
            new_version=new,
            faces={role: _face(name, role) for role in Role},
            totals=importlib.import_module(f"{name}.counters").totals,
            differences={
                each["id"]: (each["kind"], each["subject"]) for each in manifest["differences"]
            },
        )
    except CompatError:
        raise
    except (ImportError, ValueError) as error:
        raise CompatError(
            f"the package cannot be loaded: {error}", where=text, hint=_HINT
        ) from None
    except (KeyError, TypeError, AttributeError) as error:
        what = f"this is no generated package: {type(error).__name__}: {error}"
        raise CompatError(what, where=text, hint=_HINT) from None


def _import_folder(folder: Path) -> str:
    """Import the package in `folder` under the name its manifest gives, wherever it lies."""
    name = str(_manifest(folder, str(folder)).get("package", ""))
    if not name.isidentifier():
        raise CompatError(
            "the manifest names no package", where=str(folder / "manifest.json"), hint=_HINT
        )
    start = folder.resolve() / "__init__.py"
    loaded = sys.modules.get(name)
    if loaded is not None:
        if loaded.__file__ is None or Path(loaded.__file__).resolve() != start:
            raise CompatError(f"another module named {name} is loaded", where=str(folder))
        return name
    spec = importlib.util.spec_from_file_location(
        name, start, submodule_search_locations=[str(start.parent)]
    )
    if spec is None or spec.loader is None or not start.exists():
        raise CompatError("there is no __init__.py", where=str(folder), hint=_HINT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise CompatError(f"the package cannot be loaded: {error}", where=str(start)) from error
    return name


def _folder_of(module: ModuleType, text: str) -> Path:
    if module.__file__ is None:
        raise CompatError("this is no generated package", where=text, hint=_HINT)
    return Path(module.__file__).parent


def _manifest(folder: Path, text: str) -> dict[str, Any]:
    try:
        data = json.loads(regular(folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "this is no generated package: it has no manifest.json"
        raise CompatError(what, where=text, hint=_HINT) from None
    except (OSError, ValueError, RecursionError) as error:
        where = str(folder / "manifest.json")
        raise CompatError(f"the manifest cannot be read: {error}", where=where) from None
    if not isinstance(data, dict):
        raise CompatError("the manifest is no object", where=str(folder / "manifest.json"))
    return data


def _face(name: str, role: Role) -> Face:
    return cast("Face", importlib.import_module(f"{name}.{role.value}"))


def faces_for(packages: Sequence[Package], role: Role, source: VersionSource) -> Face | Negotiation:
    """What serves callers of all the versions that `packages` lead from, in this role.

    Packages that follow one another are chained. With one of them and no way to tell versions
    apart, every call goes through it.
    """
    if len(packages) == 1 and not (source.by_path or source.header):
        return packages[0].faces[role]
    if not (source.by_path or source.header):
        hint = "say whether the path or a header names the version"
        raise CompatError("several packages, and nothing tells versions apart", hint=hint)
    steps: dict[str, Package] = {}
    for package in packages:
        if (twin := steps.setdefault(package.caller(role), package)) is not package:
            what = f"{twin.name} and {package.name} both serve {package.caller(role)}"
            raise CompatError(what, hint="leave one of them out")
    ends = {package.callee(role) for package in packages} - steps.keys()
    if len(ends) != 1:
        told = ", ".join(sorted(ends)) or "none"
        what = f"the packages lead to several versions of the upstream, or to none: {told}"
        raise CompatError(what, hint="serve them by one proxy each")
    [end] = ends
    table: dict[str, Face | None] = {version: _way(steps, version, role) for version in steps}
    try:
        return Negotiation(
            {**table, end: None},
            default=source.default or end,
            by_path=source.by_path,
            base=source.base,
            header=source.header,
            speaks=end,
        )
    except ValueError as error:
        raise CompatError(str(error), hint="choose one of those as the default") from None


def _way(steps: Mapping[str, Package], version: str, role: Role) -> Face:
    faces: list[Face] = []
    while version in steps and len(faces) <= len(steps):
        faces.append(steps[version].faces[role])
        version = steps[version].callee(role)
    return chain(*faces)
