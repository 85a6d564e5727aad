"""The one place that holds the truth of a site: documents by keys, changed all together or not.

A key is a kind and a name, `group/019a2f5e3c7d4b8a9e0f1c2d`. Every commit has the next revision of
the whole store, which is that of each document it changed. So a document that still has the
revision with which it was read is the one that was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from core.errors import CoreError

Document = Mapping[str, Any]
ABSENT: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document as it is, with the revision that it has."""

    key: str
    document: Document
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A document to be put, or with None taken away, where the key has the `expected` revision.

    Expected may be `ABSENT`, or None where it does not matter.
    """

    key: str
    document: Document | None
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a commit did to one key; of a document that went it is None."""

    key: str
    document: Document | None
    revision: int


class StaleError(CoreError):
    """A key has another revision than was expected; nothing of the commit was done."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__("it was changed meanwhile", where=key, hint="look at it again")


class StoreFailedError(CoreError):
    """The store could not be read or written; nothing of the commit was done."""


class ForgottenError(CoreError):
    """Changes since then are not kept any more."""


class SiteStore(Protocol):
    """What holds the documents of a site."""

    def get(self, key: str) -> Kept | None:
        """The document of a key."""

    def page(self, kind: str, *, after: str = "", limit: int | None = None) -> Sequence[Kept]:
        """Documents of a kind in the order of their names, from behind the name `after`."""

    def commit(self, changes: Sequence[Change]) -> int:
        """Do all of them, durably, and return the revision; StaleError, and none of them, else."""

    def revision(self) -> int:
        """That of the last commit."""

    def since(self, revision: int, *, limit: int) -> Sequence[Changed]:
        """What later commits did, in order; raises ForgottenError where it is not kept."""


def key_of(kind: str, name: str) -> str:
    """The key of a document."""
    return f"{kind}/{name}"


def name_in(key: str) -> str:
    """The name in a key."""
    return key.partition("/")[2]


def kind_of(key: str) -> str:
    """The kind in a key."""
    return key.partition("/")[0]
