"""A request that was found to be one of the interface, and what is counted of all."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from core.driver.node.clock import new_id, now_ns, time_text
from core.driver.node.site import Site
from core.site import operation, view
from core.site.problem import Problem
from core.site.retry import UNKNOWN, Answer, Request
from core.site.store import ABSENT, Change, Kept, StaleError, key_of, name_in
from core.units import NANOSECONDS_PER_SECOND

_BATCH: Final = 128


@dataclass(slots=True)
class Counts:
    """What the interface counts."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # by operation and status
    violations: Counter[str] = field(default_factory=Counter)  # by operation
    _lock: Lock = field(default_factory=Lock)

    def violated(self, operation: str) -> None:
        """An answer of it was not as the spec has it; from any thread."""
        with self._lock:
            self.violations[operation] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was found to be one of the interface."""

    site: Site
    counts: Counts
    values: Mapping[str, Any]
    body: Any = None
    retry: Request | None = None

    def keep(self, answer: Answer) -> list[Change]:
        """What is to be committed with what is answered, so that it is answered again."""
        return [] if self.retry is None else [self.retry.remember(answer, now_ns=now_ns())]

    def remember(self, answer: Answer) -> None:
        """Commit that alone: all else is done."""
        if changes := self.keep(answer):
            self.site.store.commit(changes)

    def group(self) -> Kept:
        """That of the path."""
        return self.site.groups.get(self.values["group"])

    def wanted(self, kind: str, name: str) -> Kept:
        """The image or operation of the path; raises Problem."""
        found = self.site.store.get(key_of(kind, self.values[name]))
        if found is None:
            raise Problem("not-found", f"there is no such {name}")
        return found

    def refuse_stale(self, kept: Kept) -> None:
        """Raises StaleError where another revision is meant."""
        if view.revision_in(self.values.get("If-Match")) not in (None, kept.revision):
            raise StaleError(kept.key)

    def page(
        self, kind: str, what: str, show: Callable[[Kept], Mapping[str, Any]], **wanted: Any
    ) -> Answer:
        """A page of documents that have those values, where these are not None."""
        limit, after, found = self.values["limit"], self.values.get("cursor", ""), list[Kept]()
        for kept in self._behind(kind, after):
            if all(value in (None, kept.document[name]) for name, value in wanted.items()):
                found.append(kept)
            if len(found) > limit:
                break
        shown = [show(each) for each in found[:limit]]
        return Answer(status=200, document=view.page_view(what, shown, found, limit))

    def _behind(self, kind: str, name: str) -> Iterator[Kept]:
        """Documents behind a name: no more of them are read than is asked for."""
        while found := self.site.store.page(kind, after=name, limit=_BATCH):
            yield from found
            name = name_in(found[-1].key)


def begin(call: Call, kind: str, request: Mapping[str, Any]) -> Answer:
    """Commit an operation, and have it done."""
    now = now_ns() // 10**6 * 10**6
    deadline_s = (call.body or {}).get("deadline_s", operation.DEADLINE_S)
    until_ns = now + deadline_s * NANOSECONDS_PER_SECOND
    document = operation.new_operation(
        kind,
        call.values["group"],
        request,
        number=new_id(),
        created=time_text(now),
        created_ns=now,
        deadline=time_text(until_ns),
        deadline_ns=until_ns,
    )

    def answer(revision: int) -> Answer:
        shown = view.seen(Kept(key="", document=document, revision=revision))
        return Answer(status=202, document=shown, location=f"/v1/operations/{document['id']}")

    change = Change(key=key_of(operation.KIND, document["id"]), document=document, expected=ABSENT)
    revision = call.site.store.commit([change, *call.keep(answer(UNKNOWN))])
    call.site.operations.enqueue(document["id"])
    return answer(revision)
