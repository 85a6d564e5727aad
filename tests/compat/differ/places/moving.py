"""What a request body holds, in the other messages of a spec."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.compat.differ.places.atlas import Document, Edit
from tests.compat.differ.places.whole import OK


def _sent(body: Any) -> Any:
    return {"post": {"requestBody": body, "responses": OK}}


def _answered(body: Any) -> Any:
    answer = {"description": "ok", "content": body["content"]}
    return {"post": {"responses": {"200": answer}}}


HOMES: Final[Mapping[str, Callable[[Any], Document]]] = {
    "a request": lambda body: {"paths": {"/a": _sent(body)}},
    "a response": lambda body: {"paths": {"/a": _answered(body)}},
    "a callback's request": lambda body: _called_back(_sent(body)),
    "a callback's response": lambda body: _called_back(_answered(body)),
    "a webhook's request": lambda body: {"webhooks": {"w": _sent(body)}},
    "a webhook's response": lambda body: {"webhooks": {"w": _answered(body)}},
}


def _called_back(item: Any) -> Document:
    operation = {"responses": OK, "callbacks": {"c": {"{$url}": item}}}
    return {"paths": {"/a": {"post": operation}}}


def is_moved(edit: Edit) -> bool:
    """Is it of a request body?"""
    return all("requestBody" in each["paths"]["/a"]["post"] for each in (edit.old, edit.new))


def moved(document: Document, home: str) -> Document:
    """The same spec with the body elsewhere."""
    body = copy.deepcopy(document["paths"]["/a"]["post"]["requestBody"])
    return {**document, "paths": {}, **HOMES[home](body)}
