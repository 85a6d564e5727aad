"""What an answer says is wrong: problem documents (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.errors import CoreError

URN: Final = "urn:isthmus:problem:"

# What a problem is called -> the status it is told with, and what it is.
KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, "The request cannot be read"),
    "invalid": (400, "The request is none of this interface"),
    "unauthenticated": (401, "A token is needed"),
    "forbidden": (403, "The token's role may not do this"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "This cannot be done here"),
    "too-slow": (408, "The request did not come in time"),
    "conflict": (409, "Not as things stand"),
    "stale": (412, "It has been changed meanwhile"),
    "too-large": (413, "The request is too large"),
    "media-type": (415, "The body is not JSON"),
    "misdirected": (421, "This request is for another host"),
    "refused": (422, "It cannot be done"),
    "idempotency-key-reused": (422, "The key was used for another request"),
    "bug": (500, "The node made a mistake"),
    "store-failed": (500, "The store of the node could not be used"),
    "busy": (503, "Too much is asked at once"),
    "late": (504, "It was not done in time"),
}


class Problem(CoreError):  # noqa: N818 -- RFC 9457 calls it so
    """What went wrong with a request, told in its answer.

    `errors` are places of the request, and what is wrong with each.
    """

    def __init__(
        self,
        kind: str,
        what: str = "",
        *,
        hint: str = "",
        errors: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.kind, self.errors = kind, tuple(errors)
        super().__init__(what or KINDS[kind][1], hint=hint)

    @property
    def status(self) -> int:
        """The status of the answer."""
        return KINDS[self.kind][0]

    def document(self) -> Mapping[str, Any]:
        """As it is sent."""
        status, title = KINDS[self.kind]
        found: dict[str, Any] = {"type": f"{URN}{self.kind}", "title": title, "status": status}
        if self.what != title:
            found["detail"] = self.what
        if self.hint:
            found["hint"] = self.hint
        if self.errors:
            found["errors"] = [{"place": at, "message": text} for at, text in self.errors]
        return found


def as_problem(error: CoreError) -> Problem:
    """An error of the core, for whoever asked for what led to it."""
    if isinstance(error, Problem):
        return error
    place = f"{error.where}: " if error.where else ""
    return Problem("refused", f"{place}{error.what}", hint=error.hint)
