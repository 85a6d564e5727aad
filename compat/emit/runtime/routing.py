"""Which exchange serves a request.

A template's parameters stand for the rest of a segment, or for what is between its literal pieces.
Of several templates that fit, the one that is literal earlier wins. Where none fits, a parameter
may span slashes, if that leaves one template with the most literal characters.
"""

from __future__ import annotations

from importlib import import_module

from .message import GapError, Reads, Request
from .values import own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from .message import Flow

    Captured: TypeAlias = dict[str, str]
    Exchange: TypeAlias = Callable[[Request, Captured], Flow]
    Call: TypeAlias = tuple[str, str]

PAGES_MAX = 10_000


class Route:
    """How one operation of the caller's version crosses.

    `exchange` is "module.function" below `exchanges`; without one only the base path differs.
    `gap` is the difference that refuses it. `calls` are the (method, template) that it makes, None
    where a hook decides. The rest is as in `Reads`.
    """

    __slots__ = (
        "answer",
        "calls",
        "exchange",
        "function",
        "gap",
        "method",
        "records",
        "request",
        "template",
    )

    def __init__(
        self,
        method: str,
        template: str,
        exchange: str = "",
        *,
        calls: tuple[Call, ...] | None = (),
        request: bool = False,
        answer: bool = False,
        records: bool = False,
        gap: str | None = None,
    ) -> None:
        self.method, self.template, self.exchange, self.gap = method, template, exchange, gap
        self.calls: tuple[Call, ...] | None = ((method, template),) if calls == () else calls
        self.request, self.answer, self.records = request, answer, records
        self.function: Exchange | None = None


class _Node:
    """A place in the tree of templates, one level per segment."""

    __slots__ = ("literals", "patterns", "routes")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.patterns: dict[tuple[str, ...], tuple[tuple[str, ...], _Node]] = {}
        self.routes: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Router:
    """The exchanges of one role; `base` is the caller's base path, `to` the callee's."""

    def __init__(self, package: str, *, base: str, to: str, routes: tuple[Route, ...]) -> None:
        self._package, self._base, self._to, self._routes = package, base, to, routes
        self._root: _Node | None = None

    def exchange(self, request: Request) -> Flow:
        """Carry out one request of the caller's by requests to the callee.

        A generator: it yields requests, is sent the answers, and returns the caller's answer.
        Raises GapError for what cannot be bridged.
        """
        found = self._find(request.method, request.path)
        if found is None:
            return (yield from self._passed(request, self._turned(request.path)))
        route, captured, path = found
        try:
            if route.gap is not None:
                raise self._refusal(route.gap)
            if not route.exchange:
                return (yield from self._passed(request, self._to + path))
            function = route.function or self._load(route)
            return (yield from function(request, captured))
        except GapError as error:
            error.operation = error.operation or f"{route.method} {route.template}"
            raise
        except RecursionError:
            raise GapError(
                "", "a body is nested too deep", operation=f"{route.method} {route.template}"
            ) from None

    def reads(self, method: str, path: str) -> Reads:
        """What the exchange for such a request looks into, and which calls it may make."""
        found = self._find(method, path)
        if found is None:
            return Reads(request=False, answer=False, calls=((method, self._turned(path)),))
        route, calls = found[0], found[0].calls
        if calls is not None:
            # A call for HEAD follows the route of GET.
            calls = tuple((self._sent(method, route, verb), self._to + to) for verb, to in calls)
        return Reads(
            request=route.request, answer=route.answer, records=route.records, calls=calls
        )
