"""A state of a document that a repository keeps."""

from compat.model.record import record


@record(kw_only=True)
class Revision:
    """A commit in which the document is another one than before, or that has a tag.

    `date` is the committer's, as `2026-11-28`; `path` is what the document is called in it, from
    the top of the repository. `state` is the newest commit up to here that changed the document:
    where two revisions have the same, they have the same document.
    """

    commit: str
    short: str
    date: str
    subject: str
    tags: tuple[str, ...] = ()
    path: str
    state: str

    @property
    def name(self) -> str:
        """The document as every command takes it."""
        return f"git:{self.short}:{self.path}"
