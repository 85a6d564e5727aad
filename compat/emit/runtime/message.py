"""What crosses a bridge: requests, responses, and the generator that exchanges them.

Plain classes and string aliases on purpose: `dataclasses` and `typing` would cost a cold process
more than its first conversion does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Body: TypeAlias = "object"  # a JSON value, None for no body, bytes or a stream for anything else
Pairs: TypeAlias = "list[tuple[str, str]]"
Flow: TypeAlias = "Generator[Request, Response, Response]"


def _listed(pairs: Iterable[tuple[str, str]]) -> Pairs:
    if isinstance(pairs, (str, bytes, dict)):  # which can be gone through, and would fail later
        raise TypeError("query and headers are lists of pairs: [(name, value)]")
    return list(pairs)


class Request:
    """One HTTP request. `path` is percent-encoded and without the query, whose texts are decoded.

    `body` is a JSON value, None where there is none, and bytes or a stream for anything else.
    """

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]] = (),
        headers: Iterable[tuple[str, str]] = (),
        body: Body = None,
    ) -> None:
        self.method, self.path, self.body = method, path, body
        self.query = query.copy() if type(query) is list else _listed(query)
        self.headers = headers.copy() if type(headers) is list else _listed(headers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Request.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in Request.__slots__)
        return f"Request({', '.join(fields)})"


class Response:
    """One HTTP response; its body is as a request's.

    `records` is set where the body is a stream of JSON records (NDJSON, server-sent events): each
    of them has to pass through it.
    """

    __slots__ = ("body", "headers", "records", "status")

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[str, str]] = (),
        body: Body = None,
        records: Callable[[Json], Json] | None = None,
    ) -> None:
        self.status, self.body, self.records = status, body, records
        self.headers = headers.copy() if type(headers) is list else _listed(headers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Response):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Response.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in Response.__slots__)
        return f"Response({', '.join(fields)})"


class Reads:
    """What an exchange looks into: the body of the request, and of the answer.

    Where it does not, any object may be the body: a stream passes as it is. With `records` a
    successful answer has to be handed over as a stream. `calls` are the (method, path) it may send,
    the braces of a path's template left as they are; None where that is not known.
    """

    __slots__ = ("answer", "calls", "records", "request")

    def __init__(
        self,
        *,
        request: bool,
        answer: bool,
        records: bool = False,
        calls: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        self.request, self.answer, self.records, self.calls = request, answer, records, calls

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reads):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Reads.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in Reads.__slots__)
        return f"Reads({', '.join(fields)})"


class GapError(Exception):
    """What was asked cannot be bridged: `difference` says why, `operation` where, `message` how.

    Raised before anything is sent where the request is the cause.
    """

    def __init__(self, difference: str, message: str, *, operation: str = "") -> None:
        self.difference, self.message, self.operation = difference, message, operation
        super().__init__(difference, message)

    def __str__(self) -> str:
        said = not self.operation or self.message.startswith(f"{self.operation} ")
        place = "" if said else f"{self.operation}: "
        return f"{place}{self.message} (difference {self.difference})"

    def problem(self) -> dict[str, Json]:
        """The problem document to answer with (RFC 9457, 3.1), under status 501."""
        return {
            "type": f"urn:isthmus:difference:{self.difference}",
            "title": "This call cannot be bridged between the two versions",
            "status": 501,
            "detail": self.message,
            "operation": self.operation,
        }
