"""Which face a request needs: told by the version in its path or in a header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .message import Flow, Reads, Request
from .reading import Face, Problem

_VERSION: Final = re.compile(r"/[vV](\d[\w.-]*)(?:/|$)")


class Negotiation:
    """A table from the caller's version to the face for it; None stands for the callee's own.

    A version is looked for in the path, right after `base` ("" or "/api"), if `by_path` is set, as
    in `/v1.51/volumes`; then in the header `header`. A request that names none is of the version
    `default`. Versions are the same with and without a leading "v". With `speaks` the header says
    that version to the callee in place of the caller's.
    """

    def __init__(
        self,
        faces: Mapping[str, Face | None],
        *,
        default: str,
        by_path: bool = False,
        base: str = "",
        header: str = "",
        speaks: str = "",
    ) -> None:
        if _plain(default) not in map(_plain, faces):
            raise ValueError(f"the default version {default} is not among {', '.join(faces)}")
        self._names = tuple(faces)
        self._default = _plain(default)
        self._by_path, self._base, self._header = by_path, base.rstrip("/"), header.lower()
        tells = bool(header and speaks)
        self._faces = {
            _plain(version): _Speaking(face, self._header, speaks) if face and tells else face
            for version, face in faces.items()
        }

    def face(self, path: str, headers: list[tuple[str, str]]) -> Face | None:
        """The face for a request, None where it needs none; Problem for a version not known."""
        version = _plain(self._version(path, headers))
        if version not in self._faces:
            raise Problem.of(
                400,
                "version-unknown",
                "This version is not supported",
                f"the request is of version {version}; supported are {', '.join(self._names)}",
                supported=list(self._names),
            )
        return self._faces[version]

    def _version(self, path: str, headers: list[tuple[str, str]]) -> str:
        if self._by_path and path.startswith(self._base):
            found = _VERSION.match(path, len(self._base))
            if found:
                return found.group(1)
        named = {value.strip() for name, value in headers if name.lower() == self._header}
        if len(named) > 1:
            raise Problem.of(
                400,
                "version-ambiguous",
                "The request names several versions",
                f"{self._header} says {' and '.join(sorted(named))}",
            )
        return next(iter(named), "") or self._default


def choose(face: Face | Negotiation, path: str, headers: list[tuple[str, str]]) -> Face | None:
    """The face for a request, whether one serves all or the version is negotiated."""
    return face.face(path, headers) if isinstance(face, Negotiation) else face


class _Speaking:
    """A face that tells the callee which version is spoken."""

    def __init__(self, face: Face, header: str, version: str) -> None:
        self._face, self._header, self._version = face, header, version

    def exchange(self, request: Request) -> Flow:
        flow = self._face.exchange(request)
        try:
            asked = next(flow)
            while True:
                asked = flow.send((yield self._said(asked)))
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        finally:
            flow.close()

    def reads(self, method: str, path: str) -> Reads:
        return self._face.reads(method, path)

    def _said(self, request: Request) -> Request:
        request.headers = [
            (name, self._version if name.lower() == self._header else value)
            for name, value in request.headers
        ]
        return request


def _plain(version: str) -> str:
    return version.removeprefix("v").removeprefix("V")
