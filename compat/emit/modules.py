"""Whole files: a header, sorted imports, and what is defined, with the blank lines in between."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import libcst as cst

from compat.emit import syntax as s
from compat.emit.layout import LINE_WIDTH, printed
from compat.emit.syntax import Expr, Stmt, width
from compat.emit.writer import ModuleWriter

_NOT_LOWER: Final = re.compile(r"^def \w*[A-Z]\w*\(", re.MULTILINE)


def written(writer: ModuleWriter, header: Sequence[str]) -> str:
    """The file that a writer has gathered: counters, constants, then functions."""
    counters = [
        s.assign(name, s.call("counter", s.text(difference), s.text(flow)))
        for (difference, flow), name in writer.counters.items()
    ]
    counters += [
        s.assign(name, s.call("adder", *map(s.text, differences), flow=s.text(flow)))
        for name, (differences, flow) in writer.adders.items()
    ]
    constants = [_constant(name, value, writer) for name, value in writer.constants.items()]
    groups: list[Sequence[Stmt]] = [group for group in (counters, constants) if group]
    groups.extend([each] for each in writer.functions)
    return source(header, writer.imports, groups)


def _constant(name: str, value: Expr, writer: ModuleWriter) -> Stmt:
    if not isinstance(value, cst.Dict):
        return s.assign(name, value)
    kind = s.index("dict", s.names_tuple([s.name("str"), s.name(writer.use("message", "Json"))]))
    return s.annotated(name, kind, value)


def source(
    header: Sequence[str],
    imports: Mapping[str, Iterable[str]],
    groups: Sequence[Sequence[Stmt]],
    *,
    future: bool = True,
) -> str:
    """A file: its docstring, the imports, and groups of statements (a function is one alone).

    `header` is made of `names.prose`, `imports` maps relative modules to names.
    """
    body = list(printed(s.docstring(header)))
    if future:
        body += ["", *printed(s.from_("__future__", ["annotations"]))]
    for is_ours in (False, True):
        modules = [module for module in imports if module.startswith(".") == is_ours]
        body += [""] if modules else []
        for module in sorted(modules, key=_module_order):
            body += printed(s.from_(module, sorted(imports[module], key=_member_order)))
    behind_definition = False
    for group in groups:
        apart = behind_definition or isinstance(group[0], cst.FunctionDef)
        body += ["", ""] if apart else [""]
        for statement in group:
            body += printed(statement)
        behind_definition = _ends_with_definition(group[-1])
    return _with_exceptions("\n".join([*body, ""]))


def _ends_with_definition(statement: Stmt) -> bool:
    if isinstance(statement, cst.If):
        return isinstance(statement.body.body[-1], cst.ClassDef)
    return isinstance(statement, cst.FunctionDef)


def _with_exceptions(code: str) -> str:
    """With a line for the linter, if names of a spec are too long or not in lower case."""
    rules = ["E501"] if any(map(_is_flagged, code.split("\n"))) else []
    rules += ["N802"] if _NOT_LOWER.search(code) else []
    return f"# ruff: noqa: {', '.join(rules)}\n{code}" if rules else code


def too_wide(code: str) -> int:
    """How many lines are wider than they should be."""
    return sum(width(line) > LINE_WIDTH for line in code.split("\n"))


def _is_flagged(line: str) -> bool:
    """Whether the linter minds the line's width: not that of a single word, or of a URL behind."""
    words = line.split()
    if width(line) <= LINE_WIDTH or len(words) < 2:
        return False
    return "://" not in words[-1] or width(line) - width(words[-1]) > LINE_WIDTH


def _module_order(module: str) -> tuple[int, list[tuple[int, int]]]:
    """Packages further up come first, as the import sorter has it."""
    bare = module.lstrip(".")
    return len(bare) - len(module), _natural(bare)


def _member_order(name: str) -> tuple[int, list[tuple[int, int]], str]:
    """Constants, classes, functions; each as people sort, in which 2 comes before 10."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, _natural(name.lower()), name


def _natural(text: str) -> list[tuple[int, int]]:
    return [
        (ord("0"), int(piece)) if piece.isdigit() else (ord(piece), 0)
        for piece in re.findall(r"[0-9]+|[^0-9]", text)
    ]
