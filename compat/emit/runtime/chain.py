"""Several steps between versions as one face: a v1 client, by way of v2, to a v3 server."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from .message import Flow, Json, Reads, Request, Response
from .reading import Face

_UNKNOWN = Reads(request=True, answer=True)


def chain(first: Face, *others: Face) -> Face:
    """The face of `first` whose requests go through the others in turn, the last nearest the peer.

    Every request that one of them yields is exchanged by the next.
    """
    return reduce(_Pair, others, first)


class _Pair:
    def __init__(self, near: Face, far: Face) -> None:
        self._near, self._far = near, far

    def exchange(self, request: Request) -> Flow:
        flow = self._near.exchange(request)
        pending = _Pending()
        try:
            asked = next(flow)
            while True:
                answer = yield from self._far.exchange(asked)
                asked = flow.send(pending.without_records(answer))
        except StopIteration as stop:
            response: Response = stop.value
            return pending.with_records(response)
        finally:
            flow.close()

    def reads(self, method: str, path: str) -> Reads:
        near = self._near.reads(method, path)
        if near.calls is None:
            return _UNKNOWN
        far = [self._far.reads(*call) for call in near.calls]
        calls: list[tuple[str, str]] | None = []
        for reads in far:
            calls = None if calls is None or reads.calls is None else [*calls, *reads.calls]
        everyone = (near, *far)
        return Reads(
            request=any(reads.request for reads in everyone),
            answer=any(reads.answer for reads in everyone),
            # One that must see the whole answer wins: then the records are translated all at once.
            records=any(reads.records for reads in everyone)
            and all(reads.records or not reads.answer for reads in everyone),
            calls=None if calls is None else tuple(dict.fromkeys(calls)),
        )


class _Pending:
    """The translations of streams that the far side asked for and the near side has not seen."""

    def __init__(self) -> None:
        self._streams: list[tuple[object, Callable[[Json], Json]]] = []

    def without_records(self, answer: Response) -> Response:
        if answer.records is None:
            return answer
        body = answer.body
        if isinstance(body, (dict, list, str, int, float)):
            body = answer.records(body)
        elif body is not None:
            self._streams.append((body, answer.records))
        return Response(status=answer.status, headers=answer.headers, body=body)

    def with_records(self, response: Response) -> Response:
        for body, far in self._streams:
            if response.body is body:
                response.records = _after(far, response.records)
        return response


def _after(
    far: Callable[[Json], Json], near: Callable[[Json], Json] | None
) -> Callable[[Json], Json]:
    if near is None:
        return far
    return lambda record: near(far(record))
