"""Folders of specs, on disk, in a revision in git, or staged.

What is a spec says so itself: a file of YAML or JSON with `openapi` or `swagger` at the top. What
specs refer to is none, and links are not followed, nor is anything hidden looked at.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from compat.git import ask, from_here
from compat.load import NoSpecError, SpecError
from compat.load.names import STDIN, is_remote, split_git
from compat.load.opened import Opened, opened
from compat.load.text import BYTE_ORDER_MARKS
from compat.source import fetcher

SUFFIXES: Final = (".yaml", ".yml", ".json")
_WORDS: Final = (b"openapi", b"swagger")
_ESCAPES: Final = (b"\0", b"\\u")  # a word may stand in other bytes than its own
# A line, or a member of an object, that means to be the mark of a spec in what cannot be read.
_CLAIM: Final = re.compile(
    r"""(?m)(?:^\s*(?:\?\s*)?["']?|[{,]\s*")(?:openapi|swagger)["']?\s*(?::|$)"""
)
_REGULAR: Final = ("100644", "100755")


def is_folder(name: str) -> bool:
    """Is this a folder of specs? In git, what ends like a spec is taken for one unasked."""
    parts = split_git(name)
    if parts is None:
        return name != STDIN and not is_remote(name) and Path(name).is_dir()
    revision, path = parts
    if path.lower().endswith(SUFFIXES) or revision.startswith("-"):
        return False
    path = from_here(path)
    if not revision:
        return any(_staged(name, path))
    return ask("cat-file", "-t", f"{revision}:{path}", where=name).out.strip() == b"tree"


def documents_below(folder: str) -> Mapping[str, str]:
    """Every file that may be a spec, as commands take it, by its path below the folder.

    The paths are in order and have slashes.
    """
    parts = split_git(folder)
    if parts is None:
        start, found = f"{folder.rstrip('/')}/", _on_disk(folder)
    else:
        revision, path = parts[0], from_here(parts[1])
        start = f"git:{revision}:{path}/" if path else f"git:{revision}:"
        found = _in_git(folder, revision, path)
    return {name: f"{start}{name}" for name in sorted(found) if _is_wanted(name)}


def open_if_spec(name: str, *, strict: bool, remote: bool) -> Opened | None:
    """The spec, None for a document that is none; raises SpecError for a spec that is broken."""
    fetch = fetcher(name, remote=remote)
    data = fetch(name)
    if not any(piece in data for piece in (*_WORDS, *_ESCAPES)):
        return None
    try:
        return opened(
            name,
            lambda other: data if other == name else fetch(other),
            strict=strict,
            remote=remote,
        )
    except NoSpecError:
        return None
    except SpecError:
        if _CLAIM.search(_sniffed(data)):
            raise
        return None


def _sniffed(data: bytes) -> str:
    """As a text, as far as it is one."""
    encoding = next((codec for mark, codec in BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding, "replace")


def _is_wanted(name: str) -> bool:
    is_hidden = any(part.startswith(".") for part in name.split("/"))
    return name.lower().endswith(SUFFIXES) and not is_hidden


def _on_disk(folder: str) -> Iterator[str]:
    for at, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for path in (Path(at, name) for name in files):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _refuse(error: OSError) -> None:
    raise SpecError(f"cannot be read: {error.strerror}", where=str(error.filename)) from None


def _in_git(folder: str, revision: str, path: str) -> Iterator[str]:
    if not revision:
        yield from _staged(folder, path)
        return
    answer = ask("ls-tree", "--full-tree", "-r", "-z", f"{revision}:{path}", where=folder)
    if answer.refusal:
        raise SpecError(f"git has no such folder: {answer.refusal}", where=folder)
    yield from _regular(answer.text)


def _staged(folder: str, path: str) -> Iterator[str]:
    """The index has no folders, only the files in them, by their paths from the top."""
    words = ("ls-files", "--stage", "-z", "--full-name", "--", f":(top,literal){path}")
    start = f"{path}/" if path else ""
    for name in _regular(ask(*words, where=folder).text):
        if name.startswith(start):
            yield name.removeprefix(start)


def _regular(listed: str) -> Iterator[str]:
    """The names of the regular files in what git lists, each after its mode."""
    for entry in listed.split("\0")[:-1]:
        about, _, name = entry.partition("\t")
        if about.split(" ")[0] in _REGULAR:
            yield name
