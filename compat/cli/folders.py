"""From the names of two folders to what changed in the specs below them."""

from collections.abc import Mapping
from dataclasses import dataclass

from compat.cli.console import working
from compat.cli.inputs import Reading
from compat.differ.change import Change
from compat.differ.documents import document_changes
from compat.differ.lifecycle import Policy
from compat.errors import CompatError
from compat.folder import below, is_folder, load_spec, names_below
from compat.load import Loaded, Problem
from compat.report.changes.listing import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFolders:
    """Every document that is a spec in either folder, and what the specs get wrong."""

    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]


def are_folders(old: str, new: str) -> bool:
    """Whether both are; raises CompatError where one alone is, which compares with nothing."""
    found = [is_folder(name) for name in (old, new)]
    if any(found) and not all(found):
        name, other = (old, new) if found[0] else (new, old)
        raise CompatError(
            f"this is a folder, and {other} is none",
            where=name,
            hint="give two specs, or two folders of specs",
        )
    return all(found)


def read_folders(old: str, new: str, reading: Reading, *, validate: bool) -> ReadFolders:
    """Raises CompatError for a spec that cannot be read, and where there is none at all."""
    ours, theirs = (_read(folder, reading, validate=validate) for folder in (old, new))
    names = sorted({*ours, *theirs})
    if not names:
        raise CompatError(
            f"neither this folder nor {new} has a spec",
            where=old,
            hint="a spec is YAML or JSON with openapi or swagger at the top",
        )
    found = [each for read in (ours, theirs) for each in read.values()]
    return ReadFolders(
        pairs=tuple(
            Pair(
                name=name,
                old=ours[name].interface if name in ours else None,
                new=theirs[name].interface if name in theirs else None,
            )
            for name in names
        ),
        problems=tuple(problem for each in found for problem in each.problems),
    )


def compare_folders(read: ReadFolders, policy: Policy) -> list[Change]:
    """Document by document."""
    found: list[Change] = []
    with working("comparing") as tell:
        for pair in read.pairs:
            tell(pair.name)
            found += document_changes(pair.name, pair.old, pair.new, policy)
    return found


def _read(folder: str, reading: Reading, *, validate: bool) -> Mapping[str, Loaded]:
    strict, remote = reading.strict, reading.remote
    found: dict[str, Loaded] = {}
    with working(f"reading {folder}") as tell:
        for name in names_below(folder):
            tell(name)
            spec = load_spec(below(folder, name), strict=strict, remote=remote, validate=validate)
            if spec is not None:
                found[name] = spec
    return found
