"""The interface of a node, as whoever asks it sees it: a command, or the node of another site."""

import json
import os
import secrets
import ssl
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import httpx

from core.errors import CoreError, cause_text

ATTEMPTS_MAX: Final = 3
ANSWER_BYTES_MAX: Final = 64 << 20
EVENTS_S: Final = 30.0

_EVENT: Final = "event: "
_TOKEN_BYTES_MAX: Final = 4096
_PAUSE_S: Final = 0.5
_URLS: Final = "write it as http://127.0.0.1:7480 or https://right.example:7480"


class NotReachedError(CoreError):
    """No answer came; it may have been done all the same."""


class RefusedError(CoreError):
    """The node answered that it will not; `status` is that of HTTP."""

    def __init__(self, what: str, *, status: int, where: str, hint: str = "") -> None:
        self.status = status
        super().__init__(what, where=where, hint=hint)


class Asking:
    """Asks a node; whatever it refuses is a CoreError."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    @property
    def url(self) -> str:
        """Of the node."""
        return str(self._http.base_url)

    def get(self, path: str, **query: object) -> Any:
        """The document at a path."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        return self._sent("GET", path, params=params)

    def post(self, path: str, body: object = None) -> Any:
        """What is made; however often that is sent, it is made once."""
        headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
        return self._sent("POST", path, headers=headers, **({} if body is None else {"json": body}))

    def put(self, path: str, body: object) -> Any:
        """What is there afterwards, whether or not it was before."""
        return self._sent("PUT", path, json=body)

    def patch(self, path: str, body: object, *, revision: int) -> Any:
        """What is changed, if it still has that revision."""
        return self._sent("PATCH", path, headers={"If-Match": f'"{revision}"'}, json=body)

    def delete(self, path: str, *, revision: int, **query: str) -> None:
        """Take away what still has that revision."""
        self._sent("DELETE", path, headers={"If-Match": f'"{revision}"'}, params=query)

    def ask_away(self, path: str, **query: object) -> Any:
        """The operation that takes away what is there, or with `dry_run` tells what that is."""
        return self._sent(
            "DELETE", path, params={name: str(value).lower() for name, value in query.items()}
        )

    def withdraw(self, path: str, **query: str) -> None:
        """Take away what has no revision of its own; it may be gone already."""
        self._sent("DELETE", path, params=query)

    def all(self, path: str, what: str, **query: object) -> Iterator[Any]:
        """All documents of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, **query, limit=200, cursor=cursor)
            yield from self.listed(page, what)
            cursor = page.get("next")
            if cursor is None:
                return

    def listed(self, page: Any, what: str) -> list[Any]:
        """The documents of a page; raises CoreError where it is none of this interface."""
        found = page.get(what) if isinstance(page, dict) and "next" in page else None
        if not isinstance(found, list):
            raise CoreError(
                "what the site answered is none of this interface",
                where=self.url,
                hint="is that a node of Isthmus?",
            )
        return found

    def changes(self) -> Iterator[str]:
        """The kind of each event from now on, and `begun` when they are heard; until it breaks."""
        with self._http.stream("GET", "/v1/events", timeout=EVENTS_S) as response:
            if not response.is_success:
                self._answer(response, self._read(response))
            yield "begun"
            for line in response.iter_lines():
                if line.startswith(_EVENT):
                    yield line.removeprefix(_EVENT)

    def _sent(self, method: str, path: str, **options: Any) -> Any:
        """Sent again where no answer came, if that does no harm."""
        is_safe = method in ("GET", "POST", "PUT")
        for attempt in range(ATTEMPTS_MAX):
            try:
                with self._http.stream(method, path, **options) as response:
                    body = self._read(response)
            except httpx.TransportError as error:
                if is_safe and attempt < ATTEMPTS_MAX - 1:
                    time.sleep(_PAUSE_S)
                    continue
                raise _not_reached(error, self.url) from error
            except httpx.DecodingError as error:
                raise CoreError(
                    f"what the site answered cannot be read: {error}",
                    where=self.url,
                    hint="is that a node of Isthmus?",
                ) from error
            is_busy = response.status_code == httpx.codes.SERVICE_UNAVAILABLE
            if is_busy and is_safe and attempt < ATTEMPTS_MAX - 1:
                time.sleep(_PAUSE_S)
                continue
            return self._answer(response, body)
        raise AssertionError("unreachable")

    def _read(self, response: httpx.Response) -> bytes:
        """All of an answer, if that is no more than one can be, and comes in time."""
        received, within_s = bytearray(), self._http.timeout.read or 0.0
        deadline = time.monotonic() + within_s
        for piece in response.iter_bytes():
            received += piece
            if len(received) > ANSWER_BYTES_MAX:
                raise CoreError(f"an answer of more than {ANSWER_BYTES_MAX} bytes", where=self.url)
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout(f"its answer did not come within {within_s:g} s")
        return bytes(received)

    def _answer(self, response: httpx.Response, body: bytes) -> Any:
        if response.is_success:
            try:
                return json.loads(body) if body else None
            except (ValueError, RecursionError):
                raise CoreError(
                    "what the site answered is no JSON",
                    where=self.url,
                    hint="is that a node of Isthmus?",
                ) from None
        try:
            told = json.loads(body)
            what, hint = str(told.get("detail") or told["title"]), str(told.get("hint", ""))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            what, hint = f"the site answered {response.status_code}", "is that a node of Isthmus?"
        raise RefusedError(what, status=response.status_code, where=self.url, hint=hint)


@contextmanager
def http_client(
    url: str,
    *,
    token: str,
    ca: str | None = None,
    certificate: str | None = None,
    patience_s: float,
) -> Iterator[httpx.Client]:
    """To the node at a URL; raises CoreError where it cannot be asked so."""
    host = _host(url)
    if token:
        _refuse_to_tell(url, host, token)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx.Client(
            base_url=url,
            headers=headers,
            timeout=patience_s,
            verify=ca or True,
            cert=certificate,
            trust_env=False,
        ) as http:
            yield http
    except OSError as error:
        raise CoreError(f"cannot be asked: {cause_text(error)}", where=url) from error


def read_token(path: Path) -> str:
    """What is in a file that nobody but its owner may read; raises CoreError, and OSError."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        mode = stat.S_IMODE(os.fstat(number).st_mode)
        if mode & 0o077:
            raise CoreError(
                f"others may have read the token: its mode is {mode:04o}",
                where=str(path),
                hint="make a new one, in a file for its owner alone: `umask 077`",
            )
        return os.read(number, _TOKEN_BYTES_MAX).decode("ascii", "replace").strip()
    finally:
        os.close(number)


def _not_reached(error: httpx.TransportError, url: str) -> NotReachedError:
    """What the system said, where what came of that is an error of the library."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    what = cause_text(cause or error)
    hint = "is a node run there (`isthmus node run`), and is that its `listen`?"
    if isinstance(cause, ssl.SSLCertVerificationError):
        what = f"its certificate is not taken: {cause.verify_message}"
        hint = "name who has signed it: --site-ca of a command, `ca` of [[sites]]"
    elif isinstance(cause, ssl.SSLError):
        what = f"no TLS came about: {(cause.reason or what).replace('_', ' ').lower()}"
        hint = "a node without [tls] is asked by http://"
    return NotReachedError(f"the site was not reached: {what}", where=url, hint=hint)


def _host(url: str) -> str:
    """Who is meant by a URL; raises CoreError where nobody can be."""
    try:
        parts = httpx.URL(url)
        parts.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise CoreError(f"cannot be asked: {error}", where=url, hint=_URLS) from error
    if parts.scheme not in ("http", "https") or not parts.host:
        raise CoreError("this is no URL of a node", where=url, hint=_URLS)
    return parts.host


def _refuse_to_tell(url: str, host: str, token: str) -> None:
    """A token is not sent where others hear it, nor what is none, which errors would show."""
    if not (token.isascii() and token.isprintable()):
        raise CoreError(
            "the token has characters that no token has",
            where=url,
            hint="`isthmus node token` makes one; it is one line",
        )
    try:
        is_here = ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if httpx.URL(url).scheme != "https" and not is_here:
        raise CoreError("a token would be heard by others", where=url, hint="ask by https://")
