"""Answers that one version gives in pages and the other all at once."""

from __future__ import annotations

from .message import GapError, Json, Request, Response
from .values import own, passed, turned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .message import Flow

PAGES_MAX = 10_000


def pages(request: Request, *, entries: str, token_field: str, token_query: str) -> Flow:
    """Ask for page after page until one names no next; the last, with all entries, is the answer.

    A page that is no success, or no object, is the answer. Raises GapError for a token that came
    before and beyond `PAGES_MAX` pages, because either could go on forever.
    """
    found: list[Json] = []
    seen: set[str] = set()
    query = [(name, text) for name, text in request.query if name != token_query]
    answer = passed((yield request))
    while 200 <= answer.status < 300 and isinstance(answer.body, dict):
        page = answer.body.get(entries)
        found += page if isinstance(page, list) else []
        token = answer.body.get(token_field)
        if token is None or token == "":
            if seen:
                answer.body[entries] = found
            return answer
        text = token if isinstance(token, str) else str(token)
        if text in seen or len(seen) == PAGES_MAX:
            raise GapError("", f"the pages of {entries} do not come to an end")
        seen.add(text)
        answer = passed((yield _again(request, [*query, (token_query, text)])))
    return answer


def _again(request: Request, query: list[tuple[str, str]]) -> Request:
    return turned(request, request.path, body=own(request.body), query=query)


def sliced(
    answer: Response,
    request: Request,
    *,
    entries: str,
    token_field: str,
    token_query: str,
    size_query: str,
    numeric: bool,
) -> Response:
    """The part of a whole answer that the caller's request asks for, and where the next begins.

    The next offset is a number where `numeric`, else its text.
    What is no success, or has no list at `entries`, stays whole.
    """
    body = answer.body
    if not (200 <= answer.status < 300 and isinstance(body, dict)):
        return answer
    whole = body.get(entries)
    if not isinstance(whole, list):
        return answer
    query = dict(request.query)
    start, size = _number(query.get(token_query)), _number(query.get(size_query))
    end = start + size if size else len(whole)
    body[entries] = whole[start:end]
    if end < len(whole):
        body[token_field] = end if numeric else str(end)
    return answer


def _number(text: str | None) -> int:
    """The number that a text is; 0 for any other text, too."""
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0
