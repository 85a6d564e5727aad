"""Generated packages on disk: read, and replaced as a whole.

Only a folder that was generated is ever replaced, and only if nothing of a person's would be lost:
besides the files its manifest lists it may hold hooks.py, which is kept, and Python's caches.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from compat.emit.manifest import MANIFEST, files_of
from compat.emit.tree import HOOKS, is_cache
from compat.errors import CompatError

_HINT: Final = "choose a folder that is not there yet, or one that was generated before"


def read_tree(folder: Path) -> Mapping[str, bytes]:
    """The files in a folder by relative path, with slashes; none if there is no such folder."""
    if not folder.exists():
        return {}
    if not folder.is_dir():
        raise CompatError("this is no folder", where=str(folder), hint=_HINT)
    with _errors(folder):
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write_tree(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder hold these files and no others but its hooks.py.

    Others see the old files or the new ones, or for an instant none, but never a mixture. Raises
    CompatError, with nothing changed, if the folder holds what was not generated, or for want of
    rights or room.
    """
    target = folder.resolve()
    there = read_tree(target)
    _refuse_strange(folder, there)
    with _errors(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        try:
            fresh = aside / "new"
            kept = {HOOKS: there[HOOKS]} if HOOKS in there else {}
            _write(fresh, {**files, **kept})
            if kept:
                shutil.copystat(target / HOOKS, fresh / HOOKS)
            _swap(fresh, target, aside / "old")
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _refuse_strange(folder: Path, there: Mapping[str, bytes]) -> None:
    """Raise CompatError if the folder holds what was not generated."""
    if all(path == HOOKS or is_cache(path) for path in there):  # written first, or nothing at all
        return
    generated = files_of(there.get(MANIFEST, b""))
    if generated is None:
        raise CompatError("this folder was not generated", where=str(folder), hint=_HINT)
    known = {*generated, MANIFEST, HOOKS}
    strange = [path for path in there if path not in known and not is_cache(path)]
    if strange:
        raise CompatError(
            f"the folder holds what was not generated: {', '.join(strange)}",
            where=str(folder),
            hint=f"move it elsewhere; own code belongs into {HOOKS}, which is kept",
        )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Put one folder in the place of another, or leave everything as it is."""
    if not target.exists():
        fresh.rename(target)
        return
    try:
        target.rename(old)
        fresh.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CompatError(reason, where=str(error.filename or folder)) from None
