"""Whole documents in YAML, for what the short language of specs has no words for."""

from typing import Any, Final

import yaml

from compat.intent.model import Then
from compat.model.interface import Interface
from tests.compat.plan.making import Bridge, bridge, intent
from tests.compat.plan.specs import loaded

VERSIONS: Final = {
    "2.0": {"swagger": "2.0"},
    "3.0": {"openapi": "3.0.3"},
    "3.1": {"openapi": "3.1.0"},
}
OK: Final = {"200": {"description": ""}}


def whole(paths: str, rest: str = "{}", dialect: str = "3.1") -> Interface:
    """The interface of these paths; operations without responses answer 200."""
    items: dict[str, Any] = yaml.safe_load(paths)
    rest_of_it: dict[str, Any] = yaml.safe_load(rest)
    for item in (*items.values(), *rest_of_it.get("webhooks", {}).values()):
        for word, operation in item.items():
            if word in ("get", "put", "post", "delete", "patch"):
                operation.setdefault("responses", OK)
    info = {"info": {"title": "t", "version": "1"}}
    return loaded({**VERSIONS[dialect], **info, "paths": items, **rest_of_it})


def put(operation: str, rest: str = "{}", dialect: str = "3.1") -> Interface:
    """An interface with one operation, `PUT /volumes`."""
    return whole(f"/volumes: {{put: {operation}}}", rest, dialect)


def crossed(old: Interface, new: Interface, **accept: Then | None) -> Bridge:
    """The bridge, with the differences of these kinds accepted."""
    patterns = {f"{kind.replace('_', '-')} *": then for kind, then in accept.items()}
    return bridge(old, new, intent(accept=patterns))
