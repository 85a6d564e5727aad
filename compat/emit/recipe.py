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

    A path is relative to the package's folder, with slashes; other names (`git:REV:PATH`, URLs) are
    as given. `intent` is empty where there is none.
    """

    old: str
    new: str
    intent: str = ""
    allow_gaps: bool = False
    strict: bool = False
    remote: bool = False

    def document(self) -> Json:
        return asdict(self)


def recipe_of(manifest: Mapping[str, Json], *, where: str) -> Recipe:
    """The recipe in a manifest; raises CompatError where there is none that can be followed."""
    found = manifest.get("recipe")
    if not isinstance(found, dict):
        raise CompatError(
            "the manifest does not say what the package was made from",
            where=where,
            hint="name both specs, and the package with --out and --package",
        )
    texts = {name: found.get(name) for name in ("old", "new", "intent")}
    flags = {name: found.get(name) for name in ("allow_gaps", "strict", "remote")}
    for name, value in (*texts.items(), *flags.items()):
        if not isinstance(value, str if name in texts else bool):
            raise CompatError(f"the recipe does not say {name}", where=where)
    return Recipe(**texts, **flags)  # type: ignore[arg-type]
