"""The check that the user's hooks file offers what the package needs."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    H = TypeVar("H")


def checked(package: str | None, load: Callable[[], H], stubs: Mapping[str, str]) -> H:
    """The hooks that `load` imports. Raises ImportError that says which function is to be written.

    `stubs` has the text to fill in for each name.
    """
    name = f"{package}.hooks"
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise _error(name, "hooks.py beside this file is missing", stubs) from None
    missing = {each: stubs[each] for each in stubs if not callable(getattr(module, each, None))}
    if missing:
        where = getattr(module, "__file__", name)
        raise _error(name, f"{where} lacks {', '.join(missing)}", missing)
    return load()


def _error(name: str, what: str, stubs: Mapping[str, str]) -> ImportError:
    wanted = "\n\n".join(stubs.values())
    return ImportError(f"{what}; write there, and fill in:\n\n{wanted}", name=name)
