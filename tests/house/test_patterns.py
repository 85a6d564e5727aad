"""Regular expressions mean the same on every Python that is supported.

Before Python 3.11.5, as in Debian 12, a possessive group whose last round fails leaves off in the
midst of that round (the changelog of Python 3.11.5, under `re`). Of single characters all is well.
"""

import ast
import re
from collections.abc import Iterator

from tests.house.tree import Module, module, modules

POSSESSIVE_GROUP = re.compile(r"(?<!\()\)(?:[*+?]|\{[0-9,]+\})\+|\(\?>")


def unsound(found: Module) -> Iterator[str]:
    """Texts of a module with a possessive group, or an atomic one."""
    for node in ast.walk(found.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for each in POSSESSIVE_GROUP.finditer(node.value):
                yield f"{found.path}:{node.lineno}: {each[0]!r}: only a character may be possessive"


def test_no_group_is_possessive() -> None:
    ours = modules("compat", "core", "generated", "tools")
    assert [text for each in ours for text in unsound(each)] == []


def test_a_planted_one_is_found() -> None:
    planted = [r"(?:a++|b)" + mark for mark in ("*+", "++", "?+", "{2,}+")] + ["(?" + ">a)"]
    for each in planted:
        assert [*unsound(module("x.py", f"import re\nA = re.compile({each!r})\n"))] != []
    for sound in (r"[^']*+(?:a+|b)*", "!$&'()*+,;="):
        assert [*unsound(module("x.py", f"A = {sound!r}\n"))] == []
