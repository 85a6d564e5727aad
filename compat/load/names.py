"""Names of documents: how a reference names a sibling of the document it stands in.

A name is what the user gave: a path, `-` (standard input), `git:REV:PATH`, `git::PATH` (what is
staged) or a http(s) URL.
"""

import posixpath
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from compat.load.node import shown
from compat.load.problem import SpecError

STDIN: Final = "-"
_GIT: Final = "git:"


def is_remote(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def split_git(name: str) -> tuple[str, str] | None:
    """The revision and the path of `git:REV:PATH`, None for another name.

    Without a revision, as in `git::PATH`, it is what is staged; without a path, the top folder.
    """
    if not name.startswith(_GIT):
        return None
    revision, colon, path = name.removeprefix(_GIT).partition(":")
    return (revision, path) if colon else None


def sibling(root: str, base: str, reference: str, *, remote: bool, where: str) -> str:
    """The name of the document that `reference`, found in the document `base`, means.

    `reference` has no fragment; `root` is the spec's first document. Raises SpecError for a
    reference that leaves the root's directory or, without `remote`, this machine.
    """
    if is_remote(base) or is_remote(reference):
        return _remote(base, reference, remote=remote, where=where)
    path = unquote(reference)
    if _scheme(reference) or path.startswith(("/", "\\")) or "\0" in path:
        raise _refused(reference, "not a path relative to the spec", where)
    if root == STDIN:
        raise _refused(reference, "a spec on standard input has no siblings", where)
    folder = root[: root.rfind("/") + 1] or root[: -len(_path(root))]
    inner = posixpath.normpath(posixpath.join(posixpath.dirname(base.removeprefix(folder)), path))
    if inner == ".." or inner.startswith("../"):
        raise _refused(reference, "outside the directory of the spec", where)
    name = folder + inner
    return f"./{name}" if name == STDIN or (name.startswith(_GIT) and not folder) else name


def _remote(base: str, reference: str, *, remote: bool, where: str) -> str:
    try:
        target = urljoin(base, reference) if is_remote(base) else reference
    except ValueError:
        raise _refused(reference, "not a URL", where) from None
    if not is_remote(target):
        raise _refused(reference, "neither a http(s) URL nor relative to one", where)
    if not remote:
        raise SpecError(
            f"the reference {shown(reference)} is a URL, and fetching is off",
            where=where,
            hint="allow it with --remote, or keep a copy beside the spec and refer to that",
        )
    return target


def _refused(reference: str, why: str, where: str) -> SpecError:
    return SpecError(
        f"the reference {shown(reference)} is refused: {why}",
        where=where,
        hint="keep the document beside the spec or below it, and refer to it by a relative path",
    )


def _scheme(reference: str) -> str:
    try:
        return urlsplit(reference).scheme
    except ValueError:
        return ""


def _path(name: str) -> str:
    git = split_git(name)
    return git[1] if git else name
