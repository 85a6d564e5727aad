"""Which exchange serves a request.

A template's parameters stand for the rest of a segment, or for what is between its literal pieces.
Of several templates that fit, the one that is literal earlier wins. Where none fits, a parameter
may span slashes, if that leaves one template with the most literal characters.
"""

from __future__ import annotations

from importlib import import_module

from .message import GapError, Reads, Request
from .values import own, passed, turned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from .message import Flow

    Captured: TypeAlias = dict[str, str]
    Exchange: TypeAlias = Callable[[Request, Captured], Flow]
    Call: TypeAlias = tuple[str, str]
    Names: TypeAlias = tuple[tuple[int, str], ...]
    Found: TypeAlias = tuple["Route", Names, list[str]]
    Way: TypeAlias = tuple[Found, int]


_WHOLE = ("", "")  # the pieces around a parameter that is a segment of its own


class Route:
    """How one operation of the caller's version crosses.

    `exchange` is "module.function" below `exchanges`; without one only the base path differs.
    `gap` is the difference that refuses it. `calls` are the (method, template) that it makes, None
    where a hook decides; with `whole` they have their base path, which is not that of the others,
    and so may the template. The rest is as in `Reads`.
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
        "whole",
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
        whole: bool = False,
    ) -> None:
        self.method, self.template, self.exchange, self.gap = method, template, exchange, gap
        self.calls: tuple[Call, ...] | None = ((method, template),) if calls == () else calls
        self.request, self.answer, self.records = request, answer, records
        self.whole = whole
        self.function: Exchange | None = None


class _Node:
    """A place in the tree of templates, one level per segment.

    `patterns` are the literal pieces of segments with parameters, most literal first; `routes` maps
    a method to the route that ends here and the names of its parameters, which are numbered.
    """

    __slots__ = ("literals", "patterns", "routes", "whole")

    def __init__(self) -> None:
        self.whole: _Node | None = None
        self.literals: dict[str, _Node] = {}
        self.patterns: list[tuple[tuple[str, ...], _Node]] = []
        self.routes: dict[str, tuple[Route, Names]] = {}

    def below(self, literals: tuple[str, ...]) -> _Node:
        """The place behind a segment with these pieces, made if it is new."""
        if literals == _WHOLE:
            self.whole = self.whole or _Node()
            return self.whole
        for known, node in self.patterns:
            if known == literals:
                return node
        node = _Node()
        self.patterns.append((literals, node))
        self.patterns.sort(key=_literal_first)
        return node


def _literal_first(entry: tuple[tuple[str, ...], _Node]) -> tuple[int, tuple[str, ...]]:
    return -sum(map(len, entry[0])), entry[0]


class Router:
    """The exchanges of one role; `base` is the caller's base path, `to` the callee's."""

    def __init__(
        self, package: str | None, *, base: str, to: str, routes: tuple[Route, ...]
    ) -> None:
        self._package, self._base, self._to, self._routes = package, base, to, routes
        self._prefix, self._base_length = f"{base}/", len(base)
        self._known: dict[Route, Reads] = {}
        self._root = _Node()
        self._top: _Node | None = None  # what is below the slash at the root
        self._plain: dict[tuple[str, str], Route] = {}
        self._last: tuple[str, str, Way | None] = "", "", None

    def exchange(self, request: Request) -> Flow:
        """Carry out one request of the caller's by requests to the callee.

        A generator: it yields requests, is sent the answers, and returns the caller's answer.
        Raises GapError for what cannot be bridged.
        """
        found = self._find(request.method, request.path)
        if found is None:
            return passed((yield _moved(request, self._turned(request.path))))
        (route, names, values), base_length = found
        if request.method != route.method and not request.method.isupper():
            request = Request(
                request.method.upper(), request.path, request.query, request.headers, request.body
            )
        try:
            if route.gap is not None:
                raise self._refusal(route.gap)
            if not route.exchange:
                return passed((yield _moved(request, self._to + request.path[base_length:])))
            function = route.function or self._load(route)
            captured = {}
            for number, name in names:
                captured[name] = values[number]
            return (yield from function(request, captured))
        except GapError as error:
            error.operation = error.operation or f"{route.method} {route.template}"
            raise
        except RecursionError:
            operation = f"{route.method} {route.template}"
            raise GapError("", "a body is nested too deep", operation=operation) from None

    def reads(self, method: str, path: str) -> Reads:
        """What the exchange for such a request looks into, and which calls it may make."""
        found = self._find(method, path)
        if found is None:
            return Reads(request=False, answer=False, calls=((method, self._turned(path)),))
        route = found[0][0]
        if method != route.method:
            return self._reads(route, is_head=method.upper() == "HEAD")
        known = self._known.get(route)
        if known is None:
            known = self._known[route] = self._reads(route, is_head=False)
        return known

    def _reads(self, route: Route, *, is_head: bool) -> Reads:
        calls = route.calls
        if calls is not None:
            head = is_head and route.method == "GET"
            base = "" if route.whole else self._to
            calls = tuple(
                [("HEAD" if head and verb == "GET" else verb, base + to) for verb, to in calls]
            )
        return Reads(request=route.request, answer=route.answer, records=route.records, calls=calls)

    def _turned(self, path: str) -> str:
        """A path that no template fits, with the callee's base path where it has the caller's."""
        below = self._below(path)
        return path if below is None else self._to + below

    def _below(self, path: str) -> str | None:
        """The path behind the caller's base path; None where it starts with another."""
        if path.startswith(self._prefix) or path == self._base:
            return path[len(self._base) :]
        return None

    def _find(self, method: str, path: str) -> Way | None:
        """As `_search`. Adapters ask twice in a row: what a call looks into, and then its way."""
        known_method, known_path, way = self._last
        if known_path != path or known_method != method:
            way = self._search(method, path)
            self._last = method, path, way
        return way

    def _search(self, method: str, path: str) -> Way | None:
        """The route, its parameters' names and values, and the length of the base path."""
        top = self._top or self._planted()
        route = self._plain.get((method, path))
        if route is not None:
            return (route, (), []), self._base_length
        if path.startswith(self._prefix):
            segments = path[self._base_length + 1 :].split("/")
            found = _matched(top, method, segments, [])
            if found is not None:
                return found, self._base_length
        return self._otherwise(method, path)

    def _planted(self) -> _Node:
        """The top of the tree of templates, which is made when it is first needed."""
        plain: dict[tuple[str, str], Route] = {}
        for route in self._routes:
            if "{" not in route.template:
                plain.setdefault((route.method, self._base + route.template), route)
        root = _tree(self._routes)
        top = root.literals.setdefault("", _Node())
        self._plain, self._root, self._top = plain, root, top
        return top

    def _otherwise(self, method: str, path: str) -> Way | None:
        """As `_search` where the method's spelling, the path or its segments are out of the way."""
        verb = method.upper()
        verbs = ("HEAD", "GET") if verb == "HEAD" else (verb,)
        below = self._below(path)
        paths = (path,) if below is None or below == path else (below, path)
        for match in (self._by_segments, self._spanning):
            for verb in verbs:
                for each in paths:
                    found = match(verb, each)
                    if found is not None:
                        return found, len(path) - len(each)
        return None

    def _by_segments(self, method: str, path: str) -> Found | None:
        return _matched(self._root, method, path.split("/"), [])

    def _spanning(self, method: str, path: str) -> Found | None:
        best: Found | None = None
        best_length, is_only = -1, False
        for route in self._routes:
            literals, names = pieces(route.template.partition("?")[0])
            values = _fitted(path, literals) if route.method == method and names else None
            length = sum(map(len, literals))
            if values is not None and length >= best_length:
                is_only = length > best_length
                best, best_length = (route, tuple(enumerate(names)), values), length
        return best if is_only else None

    def _load(self, route: Route) -> Exchange:
        module, _, name = route.exchange.partition(".")
        function: Exchange = getattr(import_module(f".exchanges.{module}", self._package), name)
        route.function = function
        return function

    def _refusal(self, difference: str) -> Exception:
        error: Exception = import_module(".gaps", self._package).refusal(difference)
        return error


def _tree(routes: tuple[Route, ...]) -> _Node:
    root = _Node()
    for route in routes:
        node = root
        names: list[str] = []
        for segment in route.template.partition("?")[0].split("/"):
            literals, found = pieces(segment)
            names.extend(found)
            node = node.below(literals) if found else node.literals.setdefault(segment, _Node())
        node.routes.setdefault(route.method, (route, tuple(enumerate(names))))
    return root


def _moved(request: Request, path: str) -> Request:
    return turned(request, path, body=own(request.body))


def _matched(node: _Node, method: str, segments: list[str], values: list[str]) -> Found | None:
    rest = iter(segments)
    for segment in rest:
        literal, whole = node.literals.get(segment), node.whole
        if literal is None and "%" in segment:
            literal = node.literals.get(_decoded(segment))
        if node.patterns or (literal is not None and whole is not None):
            return _forked(node, literal, method, segment, list(rest), values)
        if literal is not None:
            node = literal
        elif whole is not None and segment:
            node = whole
            values.append(segment)
        else:
            return None
    found = node.routes.get(method)
    return None if found is None else (*found, values)


def _forked(
    node: _Node,
    literal: _Node | None,
    method: str,
    segment: str,
    rest: list[str],
    values: list[str],
) -> Found | None:
    """As `_matched`, where the segment before the rest may fit in several ways."""
    fitted = [(any(texts), below, _fitted(segment, texts)) for texts, below in node.patterns]
    ways: list[tuple[_Node | None, list[str] | None]] = [
        (literal, []),
        *[(below, more) for has_text, below, more in fitted if has_text],
        (node.whole, [segment] if segment else None),
        *[(below, more) for has_text, below, more in fitted if not has_text],
    ]
    for below, more in ways:
        if below is not None and more is not None:
            found = _matched(below, method, rest, values + more)
            if found is not None:
                return found
    return None


def pieces(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The literal texts around the parameters, and the names of those ("{name:pattern}", too)."""
    literals: list[str] = []
    names: list[str] = []
    rest = template
    while True:
        literal, brace, behind = rest.partition("{")
        name, end, after = behind.partition("}")
        if not brace or not end:
            return (*literals, rest), tuple(names)
        literals.append(literal)
        names.append(name.partition(":")[0])
        rest = after


def _fitted(text: str, literals: tuple[str, ...]) -> list[str] | None:
    """What stands between the literal texts, never nothing; None where they do not fit."""
    first, *others, last = literals
    if not text.startswith(first) or not text.endswith(last):
        return None
    values, at = [], len(first)
    for literal in others:
        end = text.find(literal, at + 1)
        if end < 0:
            return None
        values.append(text[at:end])
        at = end + len(literal)
    end = len(text) - len(last)
    return [*values, text[at:end]] if at < end else None


def _decoded(text: str) -> str:
    from urllib.parse import unquote  # costs more than all else here, and is seldom needed

    return unquote(text)
