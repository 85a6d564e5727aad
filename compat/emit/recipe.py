"""How a package can be made again: what it was made from, and with which options.

It stands in the manifest, so that a package can be checked and verified knowing nothing else.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from compat.errors import CompatError
from compat.model.schema import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The names of the inputs, and the options that decide what is read and emitted.

    `specs` are from the oldest to the newest, `intents` one for each step between two of them,
    empty where it has none. A path is relative to the package's folder, with slashes; other names
    (`git:REV:PATH`, URLs) are as given.
    """

    specs: tuple[str, ...]
    intents: tuple[str, ...]
    allow_gaps: bool = False
    strict: bool = False
    remote: bool = False

    def document(self) -> Json:
        return {**asdict(self), "specs": [*self.specs], "intents": [*self.intents]}


def recipe_of(manifest: Mapping[str, Json], *, where: str) -> Recipe:
    """The recipe in a manifest; raises CompatError where there is none that can be followed."""
    found = manifest.get("recipe")
    if not isinstance(found, dict):
        raise CompatError(
            "the manifest does not say what the package was made from",
            where=where,
            hint="name all specs, and the package with --out and --package",
        )
    specs, intents = (_names(found, name, where) for name in ("specs", "intents"))
    if len(specs) < 2 or len(intents) != len(specs) - 1:
        raise CompatError("the recipe does not name an intent for each step", where=where)
    allow_gaps, strict, remote = (
        _flag(found, name, where) for name in ("allow_gaps", "strict", "remote")
    )
    return Recipe(specs=specs, intents=intents, allow_gaps=allow_gaps, strict=strict, remote=remote)


def _names(recipe: Mapping[str, Json], part: str, where: str) -> tuple[str, ...]:
    found = recipe.get(part)
    if not isinstance(found, list):
        raise _unsaid(part, where)
    names = [each for each in found if isinstance(each, str)]
    if len(names) != len(found):
        raise _unsaid(part, where)
    return tuple(names)


def _flag(recipe: Mapping[str, Json], part: str, where: str) -> bool:
    found = recipe.get(part)
    if not isinstance(found, bool):
        raise _unsaid(part, where)
    return found


def _unsaid(part: str, where: str) -> CompatError:
    return CompatError(f"the recipe does not say {part}", where=where)
