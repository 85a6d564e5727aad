"""One answer made of the answers to several calls."""

from __future__ import annotations

from .message import GapError, Response
from .values import is_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Path: TypeAlias = tuple[str, ...]


class Joined:
    """The answers so far: one that is the caller's, and bodies that have a place in it."""

    def __init__(self) -> None:
        self._whole: Response | None = None
        self._parts: list[tuple[Path, Response]] = []

    def add(self, answer: Response, into: Path | None = None) -> None:
        """The answer to the next call; with `into` its body goes there, () merges objects."""
        if into is None:
            self._whole = answer
        else:
            self._parts.append((into, answer))

    def answer(self) -> Response:
        """The caller's answer. Raises GapError if the request led to no call at all."""
        if self._whole is None:
            if not self._parts:
                raise GapError("", "the request asks for none of the calls that stand for it")
            first = self._parts[0][1]
            self._whole = Response(status=first.status, headers=first.headers)
        for into, part in self._parts:
            self._whole.body = _joined(self._whole.body, into, part.body)
        return self._whole


def _joined(body: object, into: Path, part: object) -> object:
    """The body with a part at its place, as far as there is one and it is JSON."""
    if not is_json(part):
        return body
    if body is None:
        body = {}
    holder = body
    for name in into[:-1]:
        if not isinstance(holder, dict):
            return body
        holder = holder.setdefault(name, {})
    if isinstance(holder, dict):
        if into:
            holder[into[-1]] = part
        elif isinstance(part, dict):
            holder.update(part)
    return body
