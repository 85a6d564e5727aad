"""Where documents come from: files, standard input, revisions in git, and HTTP when allowed.

A spec names its siblings, and may come from strangers: they are read only below the directory of
the first document and only if they are regular files, HTTP only when asked for, and nothing is read
that is over the loader's limit. The first document may be a pipe, as shells make for `<(command)`.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path
from typing import Final

from compat.git import ask
from compat.load import Fetch, Loaded, SpecError
from compat.load.limits import DOCUMENT_BYTES_MAX
from compat.load.names import STDIN, is_remote, split_git
from compat.load.opened import Opened, opened
from compat.load.text import check_size

HTTP_TIMEOUT_S: Final = 30.0
_REDIRECTS_MAX: Final = 5
_HINT: Final = (
    "give the path of a document, `-`, `git:REV:PATH`, `git::PATH` or, with --remote, a URL"
)


def load_interface(
    name: str, *, strict: bool = False, remote: bool = False, validate: bool = True
) -> Loaded:
    """`load` of the document `name`: a path, `-`, `git:REV:PATH`, `git::PATH` or, with
    `remote`, a http(s) URL.

    Raises SpecError for what cannot be read or is no spec.
    """
    return open_spec(name, strict=strict, remote=remote).read(validate=validate)


def open_spec(name: str, *, strict: bool = False, remote: bool = False) -> Opened:
    """The document `name`, parsed; raises SpecError as `load_interface` does."""
    return opened(name, fetcher(name, remote=remote), strict=strict, remote=remote)


def fetcher(root: str, *, remote: bool = False) -> Fetch:
    """Reads the document `root` and its siblings, none longer than the loader's limit."""

    def fetch(name: str) -> bytes:
        if is_remote(name):
            return _from_http(name, remote=remote)
        if name == STDIN:
            return _bounded(name, sys.stdin.buffer.read(DOCUMENT_BYTES_MAX + 1))
        if name.startswith("git:"):
            return _from_git(name)
        return _from_file(name, root)

    return fetch


def _bounded(name: str, data: bytes) -> bytes:
    check_size(name, len(data))
    return data


def _from_file(name: str, root: str) -> bytes:
    path = Path(name)
    try:
        if name != root and not path.resolve().is_relative_to(Path(root).parent.resolve()):
            raise SpecError(
                "a link leads out of the directory of the spec",
                where=name,
                hint="keep the document itself beside the spec",
            )
        with (path if name == root else regular(path)).open("rb") as file:
            return _bounded(name, file.read(DOCUMENT_BYTES_MAX + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpecError(
            f"cannot be read: {reason}",
            where=name,
            hint=_HINT,
        ) from None


def regular(path: Path) -> Path:
    """The path itself; raises OSError for a pipe, a device or a folder: those may never end."""
    if path.exists() and not path.is_file():
        what = "it is a folder" if path.is_dir() else "it is no regular file"
        raise OSError(EINVAL, what, str(path))
    return path


def _from_git(name: str) -> bytes:
    """The blob as it is stored: no filters, no text conversion (git show would run one)."""
    parts = split_git(name)
    if parts is None or not parts[1] or parts[0].startswith("-"):
        raise SpecError(
            "not the name of a file in git",
            where=name,
            hint="write git:REV:PATH, as git:HEAD:specs/v1.yaml, or git::PATH for what is staged",
        )
    address = ":".join(parts)
    check_size(name, int(_git(name, "-s", address)))
    return _git(name, "blob", address)


def _git(name: str, what: str, address: str) -> bytes:
    answer = ask("cat-file", what, address, where=name)
    if answer.refusal:
        raise SpecError(
            f"git has no such file: {answer.refusal}",
            where=name,
            hint="run inside the repository; REV is a commit, tag or branch, PATH is from its top",
        )
    return answer.out


def _from_http(name: str, *, remote: bool) -> bytes:
    if not remote:
        raise SpecError(
            "fetching over HTTP is off", where=name, hint="allow it with --remote, or give a file"
        )
    # Imported where it is used: it takes longer than reading most specs.
    import httpx

    client = httpx.Client(
        timeout=HTTP_TIMEOUT_S, follow_redirects=True, max_redirects=_REDIRECTS_MAX
    )
    deadline = time.monotonic() + HTTP_TIMEOUT_S
    data = bytearray()
    with _http_errors(name), client, client.stream("GET", name) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            data += chunk
            check_size(name, len(data))
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout(f"not complete after {HTTP_TIMEOUT_S:.0f} s")
    return bytes(data)


@contextmanager
def _http_errors(name: str) -> Iterator[None]:
    import httpx

    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SpecError(
            f"cannot be fetched: {str(error).partition(chr(10))[0] or type(error).__name__}",
            where=name,
            hint="check the URL, or save the document and give the file",
        ) from None
