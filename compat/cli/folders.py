"""From the names of two folders to what changed in the specs below them."""

from collections.abc import Sequence

from compat.cli.console import working
from compat.cli.inputs import Reading
from compat.differ.change import Change
from compat.differ.documents import ReadDocument, read_document
from compat.differ.lifecycle import Policy
from compat.errors import CompatError
from compat.folder import documents_below, is_folder, open_if_spec
from compat.load.opened import Opened


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


def read_folders(old: str, new: str, reading: Reading, *, whole: bool) -> tuple[ReadDocument, ...]:
    """Every document that is a spec in either folder, as `read_document` does.

    Raises CompatError for a spec that cannot be read, and where there is none at all.
    """
    ours, theirs = (documents_below(folder) for folder in (old, new))
    found: list[ReadDocument] = []
    with working("reading") as tell:
        for name in sorted({*ours, *theirs}):
            tell(name)
            before, after = (_opened(documents.get(name), reading) for documents in (ours, theirs))
            if before is not None or after is not None:
                found.append(read_document(name, before, after, whole=whole))
    if not found:
        raise CompatError(
            f"neither this folder nor {new} has a spec",
            where=old,
            hint="a spec is YAML or JSON with openapi or swagger at the top",
        )
    return tuple(found)


def compare_folders(read: Sequence[ReadDocument], policy: Policy) -> list[Change]:
    """Document by document."""
    found: list[Change] = []
    with working("comparing") as tell:
        for each in read:
            tell(each.name)
            found += each.changes(policy)
    return found


def _opened(name: str | None, reading: Reading) -> Opened | None:
    if name is None:
        return None
    return open_if_spec(name, strict=reading.strict, remote=reading.remote)
