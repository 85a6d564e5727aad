"""One document of maybe many in two versions: how it is read, and what changed in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from compat.differ.bump import Bump, bumped
from compat.differ.change import WHOLE_DOCUMENT, Change
from compat.differ.effect import Direction, Effect
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.reading import read_changed, read_whole
from compat.load.names import split_git
from compat.load.opened import Loaded, Opened
from compat.load.problem import Problem
from compat.model.interface import Interface
from compat.model.record import record


@record(kw_only=True)
class Document:
    """Both versions, None for one that is not there.

    `name` is what it is called below the folders that are compared, or in a repository; it is empty
    for two specs that are compared by themselves.
    """

    name: str = ""
    old: Interface | None
    new: Interface | None

    @property
    def both(self) -> tuple[Interface, Interface] | None:
        return None if self.old is None or self.new is None else (self.old, self.new)

    @property
    def path(self) -> str:
        """Where it is, or was, in a checkout of its revision."""
        there = self.old if self.new is None else self.new
        if there is None:
            return self.name
        of_git = split_git(there.place.file)
        return there.place.file if of_git is None else of_git[1]

    @property
    def called(self) -> str:
        return self.name or self.path

    def ends_with(self, words: str) -> bool:
        """Is this its path, or the end of it?"""
        end, whole = _parts(words), _parts(self.path)
        return bool(end) and whole[-len(end) :] == end


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


@record(kw_only=True)
class ReadDocument:
    """A document as it was read; `unchanged` are pointers of what need not be compared."""

    name: str = ""
    old: Loaded | None
    new: Loaded | None
    unchanged: frozenset[str] = frozenset()

    @property
    def document(self) -> Document:
        old, new = (None if each is None else each.interface for each in (self.old, self.new))
        return Document(name=self.name, old=old, new=new)

    @property
    def problems(self) -> tuple[Problem, ...]:
        sides = (each for each in (self.old, self.new) if each is not None)
        return tuple(problem for each in sides for problem in each.problems)

    @property
    def digests(self) -> tuple[Mapping[str, str], ...]:
        """Those of each version that there is."""
        return tuple(each.digests for each in (self.old, self.new) if each is not None)

    def changes(self, policy: Policy) -> Iterator[Change]:
        return document_changes(self.document, policy, self.unchanged)


def read_document(
    name: str, old: Opened | None, new: Opened | None, *, whole: bool
) -> ReadDocument:
    """What may give changes, or else the `whole` of it, checked against its standard's schema.

    Raises SpecError.
    """
    if old is not None and new is not None:
        read = read_whole(old, new, validate=True) if whole else read_changed(old, new)
        return ReadDocument(name=name, old=read.old, new=read.new, unchanged=read.unchanged)
    sides = (None if each is None else each.read(validate=whole) for each in (old, new))
    ours, theirs = sides
    return ReadDocument(name=name, old=ours, new=theirs)


def documents_bumped(
    found: Sequence[Change], documents: Sequence[Document], bump: Bump
) -> Iterator[Change]:
    """What is wrong with the versions of documents that there are before and after."""
    for document in documents:
        if (both := document.both) is not None:
            own = [change for change in found if change.document == document.name]
            for change in bumped(own, *both, bump):
                yield replace(change, document=document.name)


def document_changes(
    document: Document, policy: Policy, unchanged: frozenset[str] = frozenset()
) -> Iterator[Change]:
    """Those of its two versions, or that it came or went; each bears the document's name."""
    if (both := document.both) is not None:
        found = changes(*both, policy, unchanged)
        if document.name:
            found = (replace(change, document=document.name) for change in found)
        yield from found
        return
    old, new = document.old, document.new
    yield Change(
        id="api-document-added" if old is None else "api-document-removed",
        effect=Effect.WIDER if old is None else Effect.NARROWER,
        direction=Direction.REQUEST,
        document=document.name,
        aspect=WHOLE_DOCUMENT,
        old=None if old is None else old.place,
        new=None if new is None else new.place,
    )
