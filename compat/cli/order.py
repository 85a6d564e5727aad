"""An order for a package: what to make it from, where to put it, and under which name.

A command line says it in full; the manifest of a package that is there says it again.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compat.cli.inputs import Inputs, Reading
from compat.emit.manifest import MANIFEST
from compat.emit.recipe import Recipe, recipe_of
from compat.errors import CompatError
from compat.load.names import STDIN, is_remote, split_git
from compat.model.schema import Json
from compat.source import regular


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`folder` is the package's own, with its name at the end."""

    inputs: Inputs
    folder: Path
    package: str
    allow_gaps: bool = False

    @property
    def recipe(self) -> Recipe:
        """What the manifest says of it."""
        inputs = self.inputs
        intents = inputs.intents or ("",) * (len(inputs.specs) - 1)
        return Recipe(
            specs=tuple(_from_folder(each, self.folder) for each in inputs.specs),
            intents=tuple(_from_folder(each, self.folder) for each in intents),
            allow_gaps=self.allow_gaps,
            strict=inputs.reading.strict,
            remote=inputs.reading.remote,
        )


def order_of(folder: Path) -> Order:
    """What the package in this folder was made from; raises CompatError where it does not say."""
    where = str(folder / MANIFEST)
    manifest = _manifest(folder)
    recipe = recipe_of(manifest, where=where)
    if STDIN in (*recipe.specs, *recipe.intents):
        raise CompatError(
            "the package was made from standard input",
            where=where,
            hint="name all specs, and the package with --out and --package",
        )
    versions, package = manifest.get("versions"), manifest.get("package")
    if not isinstance(versions, dict) or not isinstance(package, str):
        raise CompatError("the manifest names no package, or no versions", where=where)
    reading = Reading(
        old_name=str(versions.get("old", "")),
        new_name=str(versions.get("new", "")),
        strict=recipe.strict,
        remote=recipe.remote,
    )
    inputs = Inputs(
        specs=tuple(_from_here(each, folder) for each in recipe.specs),
        intents=tuple(_from_here(each, folder) for each in recipe.intents),
        reading=reading,
    )
    return Order(inputs=inputs, folder=folder, package=package, allow_gaps=recipe.allow_gaps)


def _manifest(folder: Path) -> Mapping[str, Json]:
    where = str(folder / MANIFEST)
    hint = "name a package that `isthmus compat generate` wrote"
    try:
        found = json.loads(regular(folder / MANIFEST).read_bytes())
    except OSError as error:
        raise CompatError(
            f"this is no generated package: {error.strerror}", where=where, hint=hint
        ) from None
    except (ValueError, RecursionError) as error:
        raise CompatError(f"the manifest cannot be read: {error}", where=where) from None
    if not isinstance(found, dict):
        raise CompatError("the manifest is no object", where=where, hint=hint)
    return found


def _is_path(name: str) -> bool:
    return bool(name) and name != STDIN and split_git(name) is None and not is_remote(name)


def _from_folder(name: str, folder: Path) -> str:
    if not _is_path(name):
        return name
    return Path(os.path.relpath(Path(name).resolve(), folder.resolve())).as_posix()


def _from_here(name: str, folder: Path) -> str:
    """The path as a message should give it: short, from where the command runs."""
    if not _is_path(name):
        return name
    return os.path.relpath((folder / name).resolve())
