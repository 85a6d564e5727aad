"""A request that comes twice: the key it has, what it was, and what it was answered with."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from core.site.problem import Problem
from core.site.store import Change, Document, Kept, key_of
from core.units import NANOSECONDS_PER_SECOND

KIND: Final = "retry"
UNKNOWN: Final = 0
"""The revision of what is not committed yet."""
KEPT_NS: Final = 86_400 * NANOSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered; `document` is None where there is no body, `location` where it is."""

    status: int
    document: Any = None
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with a key. Keys of one caller are not those of another."""

    key: str
    mark: str

    @classmethod
    def of(cls, caller: str, key: str, operation: str, target: str, body: bytes) -> "Request":
        """The mark tells whether two requests are the same."""
        name = hashlib.sha256(f"{caller}\0{key}".encode()).hexdigest()
        mark = hashlib.sha256(b"\0".join((operation.encode(), target.encode(), body)))
        return cls(key=key_of(KIND, name), mark=mark.hexdigest())

    def answered(self, known: Kept | None) -> Answer | None:
        """The answer that it had, where it is known; raises Problem for another request's key."""
        if known is None:
            return None
        told = known.document
        if told["mark"] != self.mark:
            raise Problem(
                "idempotency-key-reused",
                hint="a key is for one request: choose another, at random",
            )
        if told["status"] is None:
            return None
        document = told["document"]
        if document.get("revision") == UNKNOWN:  # it was committed with what it tells of
            document = {**document, "revision": known.revision}
        return Answer(status=told["status"], document=document, location=told["location"])

    def begun(self, *, now_ns: int) -> Change:
        """To be committed before something is done that is not in the store."""
        return self._change(None, None, None, now_ns)

    def remember(self, answer: Answer, *, now_ns: int) -> Change:
        """To be committed with what the answer tells of."""
        return self._change(answer.status, answer.document, answer.location, now_ns)

    def _change(
        self, status: int | None, document: Any, location: str | None, now_ns: int
    ) -> Change:
        kept = {
            "mark": self.mark,
            "status": status,
            "document": document,
            "location": location,
            "at_ns": now_ns,
        }
        return Change(key=self.key, document=kept)


def is_over(document: Document, *, now_ns: int) -> bool:
    """May it be forgotten?"""
    return bool(now_ns - document["at_ns"] > KEPT_NS)
