"""A whole spec around one operation, of any of the standards."""

from typing import Any, Final

from tests.compat.differ.places.atlas import Document, Fragment

INFO: Final = {"title": "t", "version": "1"}
OK: Final = {"200": {"description": "ok"}}


def whole(standard: Document, operation: Fragment | None, more: Document) -> Document:
    """With `more` beside its paths, or instead of them; `standard` says which it is of."""
    paths: Any = {"/a": {"post": {"responses": OK, **(operation or {})}}}
    return {**standard, "info": INFO, "paths": paths, **more}
