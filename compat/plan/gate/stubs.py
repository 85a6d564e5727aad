"""What to write in the intent for a difference, dots where a person's word belongs.

An address is one version's own, as the intent has it: what differences are called may be more.
"""

import json
import re
from typing import Final

from compat.intent.write import is_read_as_text
from compat.model.interface import OperationKey
from compat.model.schema import Json

_PLAIN_LINE: Final = re.compile(r"[A-Za-z_][\w.$/{}\[\]?=& -]*(?<! )")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][\w.$/-]*")


def default_stub(address: str, name: str) -> str:
    """A value for the field where it is missing."""
    return f"{_at(address)}  default: {{{_word(name)}: ...}}"


def rename_stub(address: str, name: str) -> str:
    """What the old version's field is called in the new one."""
    return f"{_at(address)}  rename: {{{_word(name)}: ...}}"


def stash_stub(address: str, name: str) -> str:
    """The field travels past a peer that passes on what it does not know."""
    return f"{_at(address)}  stash: [{_word(name)}]"


def values_stub(address: str, action: str, value: Json) -> str:
    """What the value becomes; `action` is `values` or `back`."""
    if isinstance(value, str):
        return f"{_at(address)}  {action}: {{{_word(value)}: ...}}"
    return f"{_at(address)}  {action}: [[{json.dumps(value)}, ...]]"


def hook_stub(address: str) -> str:
    """A function takes the value over."""
    name = re.sub(r"[^a-z0-9]+", "_", address.lower()).strip("_")
    return f"{_at(address)}  hook: {name}"


def pages_stub(address: str, entries: str) -> str:
    """Which query parameters and which field drive the pages."""
    return f"{_at(address)}  pages: {{entries: {_word(entries)}, token: ..., query: ...}}"


def stand_in_stub(key: OperationKey, *, is_old: bool) -> str:
    """Calls of the other version answer for the operation."""
    return f"- {'old' if is_old else 'new'}: {_scalar(str(key))}\n  calls: ..."


def _at(address: str) -> str:
    return f"- at: {_scalar(address)}\n"


def _scalar(text: str) -> str:
    """As YAML has it at the end of a line; any JSON text is YAML."""
    return _quoted(text, _PLAIN_LINE)


def _word(text: str) -> str:
    """As YAML has it between braces."""
    return _quoted(text, _PLAIN_NAME)


def _quoted(text: str, plain: re.Pattern[str]) -> str:
    return (
        text
        if plain.fullmatch(text) and is_read_as_text(text)
        else json.dumps(text, ensure_ascii=False)
    )
