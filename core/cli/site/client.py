"""The interface of a node, as commands use it."""

import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote

import click
import httpx

from core.errors import CoreError

TOKEN: Final = "ISTHMUS_TOKEN"
PATIENCE_S: Final = 150.0
ATTEMPTS_MAX: Final = 3

_TOKEN_BYTES_MAX: Final = 4096
_PAUSE_S: Final = 0.5


class Client:
    """Asks a node; whatever it refuses is a CoreError."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, **query: object) -> Any:
        """The document at a path."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        return self._sent("GET", path, params=params)

    def post(self, path: str, body: object = None) -> Any:
        """What is made; however often that is sent, it is made once."""
        headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
        return self._sent("POST", path, headers=headers, **({} if body is None else {"json": body}))

    def patch(self, path: str, body: object, *, revision: int) -> Any:
        """What is changed, if it still has that revision."""
        return self._sent("PATCH", path, headers={"If-Match": f'"{revision}"'}, json=body)

    def delete(self, path: str, *, revision: int, **query: str) -> None:
        """Take away what still has that revision."""
        self._sent("DELETE", path, headers={"If-Match": f'"{revision}"'}, params=query)

    def all(self, path: str, what: str, **query: object) -> Iterator[Any]:
        """All documents of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, **query, limit=200, cursor=cursor)
            yield from page[what]
            cursor = page["next"]
            if cursor is None:
                return

    def group(self, word: str) -> Any:
        """The group that is called so, or has that id; raises CoreError."""
        for each in self.get("/v1/groups", name=word)["groups"]:
            return each
        if len(word) == len(secrets.token_hex(12)) and set(word) <= set("0123456789abcdef"):
            return self.get(f"/v1/groups/{word}")
        raise CoreError(
            f"no group is called {word!r}",
            where=str(self._http.base_url),
            hint="`isthmus --site URL group list` shows those there are",
        )

    def _sent(self, method: str, path: str, **options: Any) -> Any:
        """Sent again where no answer came, if that does no harm."""
        is_safe = method == "GET" or method == "POST"
        for attempt in range(ATTEMPTS_MAX):
            try:
                response = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if is_safe and attempt < ATTEMPTS_MAX - 1:
                    time.sleep(_PAUSE_S)
                    continue
                raise CoreError(
                    f"the site was not reached: {error or type(error).__name__}",
                    where=str(self._http.base_url),
                    hint="is a node run there (`isthmus node run`)?",
                ) from error
            is_busy = response.status_code == httpx.codes.SERVICE_UNAVAILABLE
            if is_busy and is_safe and attempt < ATTEMPTS_MAX - 1:
                time.sleep(_PAUSE_S)
                continue
            return self._answer(response)
        raise AssertionError("unreachable")

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json() if response.content else None
        try:
            told = response.json()
            what, hint = str(told.get("detail") or told["title"]), str(told.get("hint", ""))
        except (ValueError, KeyError, AttributeError, TypeError):
            what, hint = f"the site answered {response.status_code}", "is that a node of Isthmus?"
        raise CoreError(what, where=str(self._http.base_url), hint=hint)


@contextmanager
def connected() -> Iterator[Client]:
    """The node of the site that the command line names; raises UsageError where it names none."""
    options = click.get_current_context().find_root().params
    url = options.get("site")
    if not url:
        raise click.UsageError("name a site: isthmus --site URL ...")
    token = _token(options["token_file"])
    if token:
        _refuse_to_tell(url)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx.Client(
            base_url=url,
            headers=headers,
            timeout=PATIENCE_S,
            verify=options["site_ca"] or True,
            cert=options["site_certificate"],
            trust_env=False,
        ) as http:
            yield Client(http)
    except (OSError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise CoreError(f"cannot be asked: {error}", where=url) from error


def _token(name: str | None) -> str:
    if not name:
        return os.environ.get(TOKEN, "").strip()
    number = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        mode = stat.S_IMODE(os.fstat(number).st_mode)
        if mode & 0o077:
            raise CoreError(
                f"others may have read the token: its mode is {mode:04o}",
                where=name,
                hint="make a new one, in a file for its owner alone: `umask 077`",
            )
        return os.read(number, _TOKEN_BYTES_MAX).decode("ascii", "replace").strip()
    finally:
        os.close(number)


def _refuse_to_tell(url: str) -> None:
    """A token is not sent where others hear it."""
    parts = httpx.URL(url)
    try:
        is_here = ip_address(parts.host).is_loopback
    except ValueError:
        is_here = parts.host == "localhost"
    if parts.scheme != "https" and not is_here:
        raise CoreError("a token would be heard by others", where=url, hint="ask by https://")


def named(kind: str, word: str, *more: str) -> str:
    """The path of what a person has named, whatever that is."""
    return "/".join(("/v1", kind, *(quote(each, safe="") for each in (word, *more))))


def check_finished(operation: Mapping[str, Any]) -> None:
    """Raises CoreError for an operation that has ended otherwise than it should."""
    if operation["state"] != "succeeded":
        problem = operation["problem"] or {}
        what = problem.get("detail") or problem.get("title") or f"it was {operation['state']}"
        raise CoreError(what, where=operation["id"], hint=problem.get("hint", ""))
