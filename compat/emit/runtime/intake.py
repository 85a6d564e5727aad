"""An answer that is pushed at an adapter piece by piece (ASGI, WSGI)."""

from __future__ import annotations

from .crossing import Answer, Crossing, Held, Step
from .fields import Headers
from .reading import Collector, Fault, Problem, body_problem
from .records import Translator


class Intake:
    """Takes in one answer of the callee as it comes; `step` says what follows, once it is known.

    While `forwards` holds, pieces go on to the caller. Otherwise an `Answer` in `step` is whole,
    and what else comes is left aside.
    """

    def __init__(self, crossing: Crossing, body_limit: int) -> None:
        self.step: Step | None = None
        self.forwards = False
        self._crossing, self._body_limit = crossing, body_limit
        self._head: tuple[int, Headers] = 200, []
        self._collector: Collector | None = None
        self._held: Held | None = None
        self._translator: Translator | None = None

    def head(self, status: int, headers: Headers) -> None:
        """The answer begins."""
        self._head = status, headers
        try:
            self._collector = self._crossing.collector(status, headers)
        except Problem as problem:
            self._refuse(problem)
            return
        if self._collector is None:
            self._held = Held()
            self._decide(self._held, read=False)

    def piece(self, data: bytes, *, last: bool) -> bytes:
        """What goes to the caller now. May raise RecordError, GapError and more."""
        if self.forwards:
            return data if self._translator is None else self._translated(data, last=last)
        try:
            if self._collector is not None:
                self._collector.feed(data)
                if last:
                    self._decide(self._collector.finish(), read=True)
            elif self._held is not None:
                self._hold(self._held, data)
                self._held.complete = self._held.complete or last
        except Problem as problem:
            self._refuse(problem)
        return b""

    def _decide(self, body: object, *, read: bool) -> None:
        self._collector = None
        status, headers = self._head
        self.step = step = self._crossing.answered(status, headers, body, read=read)
        if isinstance(step, Answer):
            self.forwards = body is not None and step.body is body
            self._translator, self._held = step.translator, None

    def _refuse(self, problem: Problem) -> None:
        self._collector = self._held = None
        self.step = self._crossing.refuse(problem)

    def _translated(self, data: bytes, *, last: bool) -> bytes:
        assert self._translator is not None
        out = self._translator.feed(data)
        return out + self._translator.finish() if last else out

    def _hold(self, held: Held, data: bytes) -> None:
        held.size += len(data)
        if held.size > self._body_limit:
            detail = f"more than {self._body_limit} bytes before the next request"
            raise body_problem(Fault.TOO_LARGE, detail, self._head[0])
        held.pieces.append(data)
