"""Operations: what takes long, done one after the other by a few threads."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any, Final

from core.driver.node.clock import now_ns, now_text
from core.driver.node.errand import Cancelled
from core.driver.node.process import Bell
from core.errors import CoreError
from core.site import operation
from core.site.operation import Ask, Pace, State
from core.site.problem import Problem, as_problem
from core.site.store import Change, Document, Kept, SiteStore, StaleError, key_of, name_in
from core.units import NANOSECONDS_PER_SECOND

THREADS: Final = 4
TOLD_S: Final = 0.5

_LOG: Final = logging.getLogger("isthmus.node")
_INTERRUPTED: Final = "the node ended while it went on, and does not know what became of it"

Step = Callable[[Document, float, Bell, Callable[[int, int], object]], Mapping[str, Any]]
"""Does an operation within so many seconds, unless a bell rings, and returns its result."""


class Operations:
    """All operations of a node; `steps` has what does each kind."""

    def __init__(self, store: SiteStore, steps: Mapping[str, Step]) -> None:
        self._store, self._steps = store, steps
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="operation")
        self._bells: dict[str, Bell] = {}
        self._lock = Lock()
        self._is_stopping = False

    def begin(self) -> None:
        """Go on with what an earlier life of the node has left."""
        for kept in self._store.page(operation.KIND):
            state = operation.state_of(kept.document)
            if state is State.RUNNING and kept.document["kind"] in operation.UNREPEATABLE:
                problem = Problem("bug", _INTERRUPTED, hint="the timeline of the group shows it")
                self._step(kept.key, Ask.FAIL, problem=problem.document())
            elif state not in operation.ENDED:
                self.enqueue(name_in(kept.key))

    def enqueue(self, number: str) -> None:
        """Have it done; it was committed before."""
        with self._lock:
            self._bells[number] = Bell()
        self._pool.submit(self._run, number)

    def cancel(self, kept: Kept) -> Kept:
        """Let it be, and return what became of it; raises Problem where nobody can."""
        number = name_in(kept.key)
        self._step(kept.key, Ask.CANCEL, operation.refuse_cancel)
        with self._lock:
            bell = self._bells.get(number)
        if bell is not None:
            bell.ring()
        found = self._store.get(kept.key)
        if found is None:
            raise Problem("not-found")
        return found

    def stop(self) -> None:
        """End: what can be done again by the next life of the node is left to it."""
        with self._lock:
            self._is_stopping = True
            for bell in self._bells.values():
                bell.ring()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, number: str) -> None:
        try:
            self._done(key_of(operation.KIND, number), self._bells[number])
        except Exception:  # one mistake of ours must not end what does all of them
            _LOG.exception("operation %s failed", number)
        finally:
            with self._lock:
                self._bells.pop(number, None)

    def _done(self, key: str, bell: Bell) -> None:
        kept = self._store.get(key)
        if kept is None or operation.state_of(kept.document) in operation.ENDED:
            return
        document = kept.document
        if operation.state_of(document) is State.PENDING and not self._step(key, Ask.BEGIN):
            return
        rest_s = (document["deadline_ns"] - now_ns()) / NANOSECONDS_PER_SECOND
        try:
            if rest_s <= 0:
                raise Problem("late", "its deadline was over before it had begun")
            result = self._steps[document["kind"]](document, rest_s, bell, self._telling(key))
        except Cancelled:
            return  # whoever did that has said so, or the node ends and does it again
        except CoreError as error:
            self._step(key, Ask.FAIL, problem=as_problem(error).document())
        except Exception:
            self._step(key, Ask.FAIL, problem=Problem("bug").document())
            raise
        else:
            self._step(key, Ask.SUCCEED, result=result)

    def _telling(self, key: str) -> Callable[[int, int], None]:
        """Tells how far it is, not too often."""
        last, pace = 0.0, Pace()

        def tell(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            left_s = pace.left_s(done, total, now)
            if now - last < TOLD_S or self._is_stopping:
                return
            last = now
            with suppress(CoreError):  # it is told the next time, or when it ends
                kept = self._store.get(key)
                if kept is not None and operation.state_of(kept.document) is State.RUNNING:
                    far = {"done": done, "total": total, "left_s": left_s}
                    document = {**kept.document, "progress": far}
                    change = Change(key=key, document=document, expected=kept.revision)
                    self._store.commit([change])

        return tell

    def _step(
        self,
        key: str,
        ask: Ask,
        check: Callable[[Document], object] = lambda _: None,
        **more: Any,
    ) -> bool:
        """Take it to the state that follows, if that passes; says whether there was one."""
        while (kept := self._store.get(key)) is not None:
            check(kept.document)
            if ask is not Ask.BEGIN:
                more["ended"] = now_text()
            if ask is Ask.SUCCEED:
                done = kept.document["progress"]
                whole = done["total"] or done["done"]
                more["progress"] = {**done, "done": whole, "left_s": None}
            document = operation.stepped(kept.document, ask, **more)
            if document is None:
                return False
            try:
                self._store.commit([Change(key=key, document=document, expected=kept.revision)])
            except StaleError:
                continue
            return True
        return False
