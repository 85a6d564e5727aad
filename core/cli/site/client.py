"""The interface of a node, as commands use it."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from core.driver.asking import Asking, http_client, read_token
from core.errors import CoreError

TOKEN: Final = "ISTHMUS_TOKEN"
PATIENCE_S: Final = 150.0


class Client(Asking):
    """Asks a node; whatever it refuses is a CoreError."""

    def group(self, word: str) -> Any:
        """The group that is called so, or has that id; raises CoreError."""
        for each in self.listed(self.get("/v1/groups", name=word), "groups"):
            return each
        if len(word) == len(secrets.token_hex(12)) and set(word) <= set("0123456789abcdef"):
            return self.get(f"/v1/groups/{word}")
        raise CoreError(
            f"no group is called {word!r}",
            where=self.url,
            hint="`isthmus --site URL group list` shows those there are",
        )


@contextmanager
def connected(url: str | None = None) -> Iterator[Client]:
    """The node at a URL, else of the site that the command line names, asked as that says.

    Raises UsageError where none is named.
    """
    options = click.get_current_context().find_root().params
    url = url or options.get("site")
    if not url:
        raise click.UsageError("name a site: isthmus --site URL ...")
    with http_client(
        url,
        token=_token(options["token_file"]),
        ca=options["site_ca"],
        certificate=options["site_certificate"],
        patience_s=PATIENCE_S,
    ) as http:
        yield Client(http)


def _token(name: str | None) -> str:
    return read_token(Path(name)) if name else os.environ.get(TOKEN, "").strip()


def named(kind: str, word: str, *more: str) -> str:
    """The path of what a person has named, whatever that is."""
    return "/".join(("/v1", kind, *(quote(each, safe="") for each in (word, *more))))


def check_finished(operation: Mapping[str, Any]) -> None:
    """Raises CoreError for an operation that has ended otherwise than it should."""
    if operation["state"] != "succeeded":
        problem = operation["problem"] or {}
        what = problem.get("detail") or problem.get("title") or f"it was {operation['state']}"
        raise CoreError(what, where=f"operation {operation['id']}", hint=problem.get("hint", ""))
