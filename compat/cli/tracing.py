"""From the path of a spec to what each of its revisions changed."""

from dataclasses import dataclass

from compat.cli.console import working
from compat.cli.inputs import Reading
from compat.differ.documents import read_document
from compat.differ.lifecycle import Policy
from compat.errors import CompatError
from compat.folder import is_folder
from compat.git import from_top
from compat.load import SpecError
from compat.load.names import split_git
from compat.load.opened import Opened
from compat.model.revision import Revision
from compat.model.role import Role
from compat.report.history.row import History, Row, compared_row
from compat.revisions import Line, Span, line, newest, span_of, tagged_line
from compat.source import open_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which revisions: those in the span, only tagged ones, only so many of the newest."""

    since: str = ""
    tags: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """The spec of a revision, or why it cannot be read."""

    revision: Revision
    spec: Opened | SpecError


def make_history(path: str, wanted: Wanted, reading: Reading, role: Role) -> History:
    """Every revision that is wanted, newest first; raises CompatError for what git cannot tell."""
    if split_git(path) is not None:
        hint = "give the path alone; --since A..B looks at another line than HEAD's"
        raise CompatError("a history is of a file, not of a revision", where=path, hint=hint)
    if is_folder(path):
        raise CompatError("a history is of a file, and this is a folder", where=path)
    name, span = from_top(path), span_of(wanted.since)
    with working("looking at git"):
        last = newest(name, Span(tip=span.tip))
    if last is None:
        hint = f"commit it first, or name a file that {span.tip} has or had"
        raise CompatError("git knows no revision of this file", where=name, hint=hint)
    with working("comparing") as tell:
        known = _version(last, reading, is_whole=True)
        found = _line(name, wanted, span, known)
        rows: list[Row] = []
        before = (
            None if found.before is None else _version(found.before, reading, known, is_whole=True)
        )
        for revision in reversed(found.revisions):
            tell(f"{len(rows) + 1} of {len(found.revisions)}, {revision.short} {revision.date}")
            version = _version(revision, reading, known, before)
            row = _row(version, before, role)
            rows.append(row)
            before = before if row.reason else version
    return History(file=name, role=role, rows=tuple(reversed(rows)))


def _version(
    revision: Revision, reading: Reading, *known: _Version | None, is_whole: bool = False
) -> _Version:
    """One of the known where the document is the same, else opened now.

    What is compared is read then, as far as it changed; where that may be too little to see that it
    can be read, or what it refers to, all of it is read here.
    """
    for each in known:
        if each is not None and each.revision.state == revision.state:
            return _Version(revision=revision, spec=each.spec)
    try:
        spec = open_spec(revision.name, strict=reading.strict, remote=reading.remote)
        if is_whole or reading.strict:
            spec.read(validate=reading.strict)
    except SpecError as error:
        return _Version(revision=revision, spec=error)
    return _Version(revision=revision, spec=spec)


def _line(name: str, wanted: Wanted, span: Span, last: _Version) -> Line:
    """The siblings of the file are those that it has where it was changed last."""
    digests = () if isinstance(last.spec, SpecError) else last.spec.documents.digests
    paths = (parts[1] for each in digests if (parts := split_git(each)) is not None)
    follow = tagged_line if wanted.tags else line
    return follow(name, [path for path in paths if path != name], span, wanted.limit)


def _row(version: _Version, before: _Version | None, role: Role) -> Row:
    revision, new = version.revision, version.spec
    if isinstance(new, SpecError):
        return _unread(revision, new)
    old = None if before is None or isinstance(before.spec, SpecError) else before.spec
    try:
        read = read_document("", old, new, whole=False)
    except SpecError as error:
        return _unread(revision, error)
    assert read.new is not None
    own = read.new.interface.version
    if before is None or old is None:
        return Row(revision=revision, version=own)
    is_same = before.revision.state == revision.state
    found = () if is_same else read.changes(Policy(today=revision.date))
    return compared_row(revision, own, before.revision, found, role)


def _unread(revision: Revision, error: SpecError) -> Row:
    return Row(revision=revision, reason=f"{error.where}: {error.what}")
