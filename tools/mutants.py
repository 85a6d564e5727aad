"""Ways to break emitted code, one at a time: what a check must notice.

A statement is deleted, a text or a number changed, a condition turned around, two branches are
swapped. Imports, docstrings, annotations and code that only type checkers read are left alone.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

_FLAGS = {"True": "False", "False": "True"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A file of a package with one thing in it broken.

    `before` and `after` are the broken piece of code, on one line each; `around` is the function or
    the statement of the module that it is in, as it was, with ">" before the line where it begins.
    """

    path: Path
    line: int
    kind: str
    before: str
    after: str
    source: str
    around: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.before} -> {self.after}"


def mutants(path: Path, source: str) -> Iterator[Mutant]:
    """Every mutant of a file, in its order; `path` is what the file is called in them."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    finder = _Finder(wrapper)
    wrapper.module.visit(finder)
    outline = _Outline(source)
    for node, changed, kind in finder.found:
        position = finder.positions[node]
        assert isinstance(position, CodeRange)
        yield Mutant(
            path=path,
            line=position.start.line,
            kind=kind,
            before=_short(wrapper.module, node),
            after=_short(wrapper.module, changed),
            source=_code(wrapper.module, node, changed),
            around=outline.around(position.start.line),
        )


class _Outline:
    """The statements of a module."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()
        self._statements = [(each.lineno, each.end_lineno or 0) for each in ast.parse(source).body]

    def around(self, line: int) -> str:
        """The lines of the statement that has the line, which is marked."""
        found = (each for each in self._statements if each[0] <= line <= each[1])
        first, last = next(found, (line, line))
        return "\n".join(
            f"> {self._lines[number - 1]}" if number == line else self._lines[number - 1]
            for number in range(first, last + 1)
        )


def _code(module: cst.Module, node: cst.CSTNode, changed: cst.CSTNode) -> str:
    found = module.deep_replace(node, changed)
    assert isinstance(found, cst.Module)
    return found.code


def _short(module: cst.Module, node: cst.CSTNode) -> str:
    text = " ".join(module.code_for_node(node).split())
    return text if len(text) <= 100 else f"{text[:97]}..."


class _Finder(cst.CSTVisitor):
    """Collects (node, what it becomes, how that is called)."""

    def __init__(self, wrapper: MetadataWrapper) -> None:
        super().__init__()
        self.positions = wrapper.resolve(PositionProvider)
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, str]] = []

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:  # noqa: N802
        small = node.body[0]
        if isinstance(small, cst.Import | cst.ImportFrom | cst.Pass) or _is_docstring(small):
            return False
        self._add(node, node.with_changes(body=[cst.Pass()]), "statement deleted")
        return True

    def visit_If(self, node: cst.If) -> bool:  # noqa: N802
        if isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING":
            return False
        self._add(node, node.with_changes(test=_negated(node.test)), "condition turned around")
        if isinstance(node.orelse, cst.Else):
            swapped = node.with_changes(
                body=node.orelse.body, orelse=node.orelse.with_changes(body=node.body)
            )
            self._add(node, swapped, "branches swapped")
        return True

    def visit_For(self, node: cst.For) -> bool:  # noqa: N802
        nothing = cst.SimpleStatementLine(body=[cst.Pass()])
        body = node.body.with_changes(body=[nothing])
        self._add(node, node.with_changes(body=body), "loop emptied")
        return True

    def visit_Annotation(self, _node: cst.Annotation) -> bool:  # noqa: N802
        return False

    def visit_SimpleString(self, node: cst.SimpleString) -> bool:  # noqa: N802
        end = len(node.value) - len(node.quote)
        changed = node.with_changes(value=f"{node.value[:end]}x{node.value[end:]}")
        self._add(node, changed, "text changed")
        return False

    def visit_FormattedStringText(self, node: cst.FormattedStringText) -> bool:  # noqa: N802
        self._add(node, node.with_changes(value=f"{node.value}x"), "text changed")
        return False

    def visit_Integer(self, node: cst.Integer) -> bool:  # noqa: N802
        self._add(node, node.with_changes(value=str(int(node.value) + 1)), "number changed")
        return False

    def visit_Float(self, node: cst.Float) -> bool:  # noqa: N802
        self._add(node, node.with_changes(value=repr(float(node.value) + 1)), "number changed")
        return False

    def visit_Name(self, node: cst.Name) -> bool:  # noqa: N802
        if node.value in _FLAGS:
            self._add(node, node.with_changes(value=_FLAGS[node.value]), "flag turned")
        return False

    def _add(self, node: cst.CSTNode, changed: cst.CSTNode, kind: str) -> None:
        self.found.append((node, changed, kind))


def _negated(test: cst.BaseExpression) -> cst.BaseExpression:
    bracketed = test
    if not isinstance(test, cst.Name | cst.Call):
        bracketed = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(operator=cst.Not(), expression=bracketed)


def _is_docstring(small: cst.BaseSmallStatement) -> bool:
    return isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)
