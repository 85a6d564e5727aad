"""Asking git: one question is one process that asks back nothing and fetches nothing.

Whatever somebody has set for themselves changes no answer. Most settings are of the porcelain,
which is not asked; what the plumbing heeds has a value here, as do the variables that give paths
another meaning.
"""

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from compat.load import SpecError

GIT_TIMEOUT_S: Final = 30.0
_ENVIRONMENT: Final = {
    # Nothing may ask for a password, and what a partial clone lacks is not fetched.
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    **{f"GIT_{how}_PATHSPECS": "0" for how in ("LITERAL", "GLOB", "NOGLOB", "ICASE")},
}
_SETTINGS: Final = ("-c", "core.abbrev=auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`refusal` is why git gave none, else empty."""

    out: bytes
    refusal: str = ""

    @property
    def text(self) -> str:
        """Names of files may be any bytes; they keep them, as Python's own names of files do."""
        return os.fsdecode(self.out)


def ask(*words: str, where: str, told: bytes = b"") -> Answer:
    """What git says to these words, with what it is told beside them on its standard input.

    Raises SpecError, told of `where`, if it cannot be asked.
    """
    # Imported where it is used: most specs are files.
    import subprocess

    try:
        done = subprocess.run(
            ["git", *_SETTINGS, *words],
            capture_output=True,
            check=False,
            input=told,
            timeout=GIT_TIMEOUT_S,
            env={**os.environ, **_ENVIRONMENT},
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SpecError(
            f"git cannot be asked: {error}", where=where, hint="check that git runs here"
        ) from None
    if done.returncode == 0:
        return Answer(out=done.stdout)
    said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
    return Answer(out=done.stdout, refusal=said or f"git ended with {done.returncode}")


def is_commit(revision: str) -> bool:
    """Whether git knows a commit by this name."""
    words = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    return not revision.startswith("-") and not ask(*words, where=revision).refusal


def is_shallow(name: str) -> bool:
    """Whether this clone lacks the beginning of its history; `name` is what is asked about."""
    return ask("rev-parse", "--is-shallow-repository", where=name).out.strip() == b"true"


def has(revision: str, path: str) -> bool:
    """Whether the revision, or without one what is staged, has such a file."""
    return not ask("cat-file", "-e", f"{revision}:{path}", where=path).refusal


def from_here(path: str) -> str:
    """What is meant by a path behind a revision: from the top, or with a dot from this directory.

    Empty for the top itself. Raises SpecError for what is outside of the repository.
    """
    if path.split("/", 1)[0] not in (".", ".."):
        return path.rstrip("/")
    prefix = ask("rev-parse", "--show-prefix", where=path).text.removesuffix("\n")
    found = posixpath.normpath(posixpath.join(prefix, path))
    if found.split("/", 1)[0] == "..":
        raise SpecError("it is outside of the repository", where=path)
    return found.removeprefix(".")


def from_top(path: str) -> str:
    """The path as git has it, from the top of the repository around this directory.

    Raises SpecError outside of a repository, and for what is outside of it.
    """
    answer = ask("rev-parse", "--show-toplevel", where=path)
    if answer.refusal:
        raise SpecError(answer.refusal, where=path, hint="run inside the repository of the file")
    top = Path(answer.text.removesuffix("\n"))
    named = Path(path)
    found = named.parent.resolve() / named.name
    if not found.is_relative_to(top):
        raise SpecError(
            f"it is outside of the repository {top}", where=path, hint="run inside its repository"
        )
    return found.relative_to(top).as_posix()
