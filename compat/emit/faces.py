"""The emitted `__init__`: the messages at once, the faces when they are asked for."""

from collections.abc import Sequence
from typing import Final

import libcst as cst

from compat.emit import syntax as s
from compat.emit.modules import source

_NAMES: Final = ("GapError", "Request", "Response", "new_client", "old_client")
_LAZY: Final = cst.parse_module(
    '''
TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import new_client as new_client
    from . import old_client as old_client


def __getattr__(name: str) -> object:
    """The two faces, imported on first use."""
    if name in ("new_client", "old_client"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
'''
).body


def init_source(header: Sequence[str]) -> str:
    """The file that makes the folder a package."""
    named = s.assign("__all__", s.list_([s.text(name) for name in _NAMES]))
    flag, typed, lazy = _LAZY
    imports = {"importlib": ["import_module"], ".message": ["GapError", "Request", "Response"]}
    return source(header, imports, [[flag, typed], [named], [lazy]])
