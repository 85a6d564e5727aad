"""What a command said of the same inputs before: said again, without comparing them.

An answer is kept under what was asked and which build was asked, with the digests of all documents
it was made from, and holds while every one of them still has its digest. The folder may be deleted
at any time.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from compat.cli.build import build
from compat.cli.output import write_output
from compat.errors import CompatError
from compat.load.names import STDIN, is_remote
from compat.source import fetcher

FOLDER: Final = "ISTHMUS_CACHE"
_CHARACTERS_MAX: Final = 64 << 20  # of one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: its text, the lines beside it, and the exit code.

    `documents` has for each spec that was named the digests of its documents by name.
    """

    text: str
    notes: tuple[str, ...]
    code: int
    documents: Mapping[str, Mapping[str, str]]


def recalled(question: str, specs: Sequence[str]) -> Said | None:
    """What was said before, None where nothing was, or where a document is another one by now."""
    if not _may_keep(specs):
        return None
    with suppress(OSError, ValueError, TypeError, KeyError, CompatError):
        told = json.loads(_path(question).read_text(encoding="utf-8"))
        said = Said(**told)
        if all(_is_as_it_was(spec, said.documents[spec]) for spec in specs):
            return said
    return None


def remember(question: str, said: Said) -> None:
    """Keep it, if there is a place; one that cannot be written to is none."""
    if not said.documents or not _may_keep(said.documents) or len(said.text) > _CHARACTERS_MAX:
        return
    told = {
        "text": said.text,
        "notes": said.notes,
        "code": said.code,
        "documents": {spec: dict(digests) for spec, digests in said.documents.items()},
    }
    with suppress(OSError, CompatError):
        path = _path(question)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_output(str(path), json.dumps(told))


def _may_keep(specs: Iterable[str]) -> bool:
    """What comes through a pipe or over the network has to be read to be known."""
    return os.environ.get(FOLDER) != "" and not any(
        spec == STDIN or is_remote(spec) for spec in specs
    )


def _is_as_it_was(spec: str, digests: Mapping[str, str]) -> bool:
    fetch = fetcher(spec)
    return all(hashlib.sha256(fetch(name)).hexdigest() == known for name, known in digests.items())


def _path(question: str) -> Path:
    told = json.dumps([build(), str(Path.cwd()), question])
    return _folder() / f"{hashlib.sha256(told.encode()).hexdigest()}.json"


def _folder() -> Path:
    if named := os.environ.get(FOLDER):
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "isthmus"
