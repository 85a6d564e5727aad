"""The revisions of a document in git, newest first, along the first parents.

A branch that was merged counts once, as its merge: that is when those who use the service met it.
A document is followed to the name it had before, as `git log --follow` does, and what it refers to
changes it as well. Only plumbing is asked: what people set for `git log` does not count.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from compat.errors import CompatError
from compat.git import ask, has, is_commit
from compat.model.revision import Revision

_FIELDS: Final = "%H%x00%h%x00%cs%x00%s"
_RENAMES: Final = ("-M", "-l1000")  # how many files that came are looked through for one that went


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The commits that `tip` reaches and `base` does not; without a base, all that `tip` does."""

    tip: str = "HEAD"
    base: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return (self.tip, f"^{self.base}") if self.base else (self.tip,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Revisions, newest first, and the one before the oldest of them, if there is one."""

    revisions: tuple[Revision, ...]
    before: Revision | None


def span_of(since: str) -> Span:
    """What `REV` or `A..B` stands for: all after that revision, up to HEAD or up to B.

    Raises CompatError for what is no revision.
    """
    hint = "write --since REV, or --since A..B for another end than HEAD"
    if "..." in since or since.startswith("-"):
        raise CompatError("this is no range of revisions", where=since, hint=hint)
    base, _, tip = since.partition("..")
    span = Span(tip=tip or "HEAD", base=base)
    for each in (span.tip, *([base] if base else [])):
        if not is_commit(each):
            raise CompatError("git knows no such revision", where=each, hint=hint)
    return span


def newest(path: str, span: Span) -> Revision | None:
    """The last one that changed the file itself."""
    return next(_changed(path, (), span, 1), None)


def line(path: str, siblings: Sequence[str], span: Span, limit: int | None) -> Line:
    """The commits that changed the file, or one of its siblings."""
    found = tuple(_changed(path, siblings, span, limit))
    tags = _tags()
    return Line(
        revisions=tuple(replace(each, tags=tags.get(each.commit, ())) for each in found),
        before=_before(found[-1], siblings) if found else None,
    )


def tagged_line(path: str, siblings: Sequence[str], span: Span, limit: int | None) -> Line:
    """The commits that have a tag, once the file is there."""
    whole = Span(tip=span.tip)
    states = tuple(_changed(path, siblings, whole, None))
    order = {commit: number for number, commit in enumerate(_commits(whole))}
    numbers, tags = [order[each.commit] for each in states], _tags()
    newest_first = sorted(order.keys() & tags.keys(), key=order.__getitem__)
    known = [commit for commit in newest_first if bisect_left(numbers, order[commit]) < len(states)]
    found = [
        replace(each, path=state.path, state=state.commit, tags=tags[each.commit])
        for each in (_listed("--no-walk=unsorted", *known) if known else ())
        for state in (states[bisect_left(numbers, order[each.commit])],)
    ]
    inside = len({*_commits(span)}.intersection(known))
    shown = inside if limit is None else min(limit, inside)
    return Line(revisions=tuple(found[:shown]), before=next(iter(found[shown:]), None))


def _changed(
    path: str, siblings: Sequence[str], span: Span, limit: int | None
) -> Iterator[Revision]:
    """From name to name: what came to be under one may have had another before."""
    left = limit
    while left != 0 and _listed(*span.words, "--max-count=1", "--", _literal(path)):
        birth = _birth(path, span)
        most = () if left is None else (f"--max-count={left}",)
        for each in _listed(*span.words, *most, "--", *map(_literal, (path, *siblings))):
            yield replace(each, path=path, state=each.commit)
            left = None if left is None else left - 1
            if each.commit == birth:
                break
        parent = _parent(birth) if birth else ""
        if not parent:
            return
        path, span = _former(path, parent, birth), replace(span, tip=parent)


def _before(oldest: Revision, siblings: Sequence[str]) -> Revision | None:
    """The version that the oldest revision found."""
    parent = _parent(oldest.commit)
    if not parent:
        return None
    path = _former(oldest.path, parent, oldest.commit)
    return next(_changed(path, siblings, Span(tip=parent), 1), None)


def _birth(path: str, span: Span) -> str:
    """The newest commit that added the path, empty where there is none."""
    commits = _said("rev-list", "--first-parent", *span.words, "--", _literal(path), where=path)
    words = ("--stdin", "--root", "-m", "--first-parent", "--no-renames", "--diff-filter=A")
    form = ("-r", "-z", "--name-only", "--", _literal(path))
    added = _said("diff-tree", *words, *form, where=path, told=commits.encode())
    return added.partition("\0")[0]


def _former(path: str, parent: str, commit: str) -> str:
    """What the path was called in the commit's parent; the same where it was not renamed."""
    if has(parent, path):
        return path
    words = ("-r", "-z", *_RENAMES, "--diff-filter=R", "--name-status")
    names = iter(_said("diff-tree", *words, parent, commit, where=path).split("\0")[:-1])
    return next((old for _, old, new in zip(names, names, names, strict=True) if new == path), path)


def _parent(commit: str) -> str:
    """The first one, empty for a commit that has none."""
    return ask("rev-parse", "--verify", "--quiet", f"{commit}^", where=commit).text.strip()


def _commits(span: Span) -> list[str]:
    return _said("rev-list", "--first-parent", *span.words, where=span.tip).split()


def _tags() -> Mapping[str, tuple[str, ...]]:
    """The names of the tags by commit."""
    form = "--format=%(objectname) %(*objectname) %(refname:lstrip=2)"
    found: dict[str, tuple[str, ...]] = {}
    for told in _said("for-each-ref", form, "refs/tags", where="refs/tags").splitlines():
        own, peeled, name = told.split(" ", 2)
        found[peeled or own] = (*found.get(peeled or own, ()), name)
    return found


def _listed(*words: str) -> list[Revision]:
    """The commits of these words of `git rev-list`, with no word yet of the document."""
    told = ("--first-parent", "--encoding=UTF-8", f"--format={_FIELDS}")
    lines = _said("rev-list", *told, *words, where=words[0]).split("\n")
    return [_revision(each) for each in lines if "\0" in each]


def _revision(fields: str) -> Revision:
    commit, short, date, subject = fields.split("\0", 3)
    return Revision(commit=commit, short=short, date=date, subject=subject, path="", state="")


def _literal(path: str) -> str:
    """Nothing in the path is a pattern, and it is from the top of the repository."""
    return f":(top,literal){path}"


def _said(*words: str, where: str, told: bytes = b"") -> str:
    answer = ask(*words, where=where, told=told)
    if answer.refusal:
        raise CompatError(f"git refuses: {answer.refusal}", where=where)
    return answer.text
