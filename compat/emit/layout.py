"""Statements printed as the formatter prints them, with lines that do not fit broken.

Only what the emitters make is known here. Each statement is a node; its text is made once, and
again with whitespace in its brackets where it turns out to be too long.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import libcst as cst

from compat.emit.syntax import code, width

LINE_WIDTH: Final = 100
_STEP: Final = 4

E = TypeVar("E", cst.Arg, cst.Element, cst.DictElement, cst.Param, cst.ImportAlias)


def printed(statement: cst.BaseStatement, indent: int = 0) -> Iterator[str]:
    """The lines of the statement, of at most `LINE_WIDTH` columns where that can be had."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString(value=docstring))]):
            yield from f"{' ' * indent}{docstring}".split("\n")
        case cst.SimpleStatementLine(body=[small]):
            text = code(small)
            yield from _lines(
                text if _fits(text, indent) else code(_broken_small(small, indent)), indent
            )
        case cst.If():
            yield from _printed_if(statement, indent)
        case cst.For(target=target, iter=source):
            yield from _lines(f"for {code(target)} in {code(source)}:", indent)
            yield from _block(statement.body, indent)
        case cst.Try(body=body, finalbody=cst.Finally(body=last)):
            yield f"{' ' * indent}try:"
            yield from _block(body, indent)
            yield f"{' ' * indent}finally:"
            yield from _block(last, indent)
        case cst.FunctionDef():
            yield from _lines(_head(statement, indent), indent)
            yield from _block(statement.body, indent)
        case cst.ClassDef(name=name, bases=bases):
            yield from _lines(f"class {name.value}({', '.join(map(code, bases))}):", indent)
            yield from _block(statement.body, indent)
        case _:
            raise AssertionError(f"nothing emits {type(statement).__name__}")


def _lines(text: str, indent: int) -> Iterator[str]:
    for line in text.split("\n"):
        yield f"{' ' * indent}{line}" if line else ""


def _block(body: cst.BaseSuite, indent: int) -> Iterator[str]:
    """The statements of a block, with empty lines around definitions and behind imports."""
    before: cst.CSTNode | None = None
    for statement in body.body:
        assert isinstance(statement, cst.BaseStatement)
        is_apart = isinstance(statement, cst.FunctionDef | cst.ClassDef)
        if before is not None and (is_apart or _is_import(before) > _is_import(statement)):
            yield ""
        before = statement
        yield from printed(statement, indent + _STEP)


def _is_import(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.ImportFrom()]):
            return True
        case _:
            return False


def _printed_if(statement: cst.If, indent: int) -> Iterator[str]:
    arm: cst.If | cst.Else | None = statement
    while isinstance(arm, cst.If):
        yield from _printed_arm(arm, indent, "if" if arm is statement else "elif")
        arm = arm.orelse
    if arm is not None:
        yield f"{' ' * indent}else:"
        yield from _block(arm.body, indent)


def _printed_arm(statement: cst.If, indent: int, word: str) -> Iterator[str]:
    text = code(statement.test)
    if not _fits(f"{word} {text}:", indent):
        text = code(_broken_test(statement.test, indent, word))
    yield from _lines(f"{word} {text}:", indent)
    yield from _block(statement.body, indent)


def _head(function: cst.FunctionDef, indent: int) -> str:
    text = _head_code(function)
    params = function.params.params
    if not params or _fits(text, indent):
        return text
    spread = function.params.with_changes(params=_one_per_line(params, 0))
    return _head_code(function.with_changes(params=spread, whitespace_before_params=_newline(1)))


def _head_code(function: cst.FunctionDef) -> str:
    nothing = cst.SimpleStatementSuite(body=[cst.Pass()])
    bare = function.with_changes(body=nothing, leading_lines=[], lines_after_decorators=[])
    return code(bare).removesuffix("\n").removesuffix(" pass")


def _broken_test(test: cst.BaseExpression, indent: int, word: str) -> cst.BaseExpression:
    """A condition broken at the brackets it ends with, or in parentheses at its operators."""
    match test:
        case cst.BooleanOperation(left=cst.BooleanOperation(lpar=[])):
            return _in_parens(test, indent)
        case cst.BooleanOperation():
            return _broken_pair(test, indent, word)
        case _:
            return _broken_end(test, indent)


def _broken_pair(test: cst.BooleanOperation, indent: int, word: str) -> cst.BooleanOperation:
    """Two operands: broken in brackets of the second or the first, if the rest fits beside them."""
    broken = test.with_changes(right=_broken_end(test.right, indent))
    first, _, more = code(broken).partition("\n")
    if more and _fits(f"{word} {first}", indent):
        return broken
    behind = code(test)[len(code(test.left)) :]
    if isinstance(test.left, cst.BooleanOperation) and _fits(f"){behind}:", indent):
        return test.with_changes(left=_in_parens(test.left, indent))
    return _in_parens(test, indent)


def _broken_end(test: cst.BaseExpression, indent: int) -> cst.BaseExpression:
    match test:
        case cst.BooleanOperation(lpar=[_]):
            return _in_parens(test, indent)
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return test.with_changes(expression=_broken_end(inner, indent))
        case cst.Comparison(comparisons=[cst.ComparisonTarget() as target]):
            comparator = target.comparator
            broken = _broken(comparator, indent, 0)
            if broken is comparator or not isinstance(comparator, cst.Tuple):
                return test
            return test.with_changes(comparisons=[target.with_changes(comparator=broken)])
        case _:
            return _broken(test, indent, 0)


def _in_parens(test: cst.BooleanOperation, indent: int, level: int = 0) -> cst.BooleanOperation:
    """On one line between those of the parentheses if it fits there, else a line per operand."""
    bare = test.with_changes(lpar=[], rpar=[])
    if not _fits(code(bare), indent + _STEP * (level + 1)):
        bare = _in_lines(bare, indent, level)
    return bare.with_changes(
        lpar=[cst.LeftParen(whitespace_after=_newline(level + 1))],
        rpar=[cst.RightParen(whitespace_before=_newline(level))],
    )


def _in_lines(test: cst.BooleanOperation, indent: int, level: int) -> cst.BooleanOperation:
    """One operand per line, each but the first behind its operator."""
    left = test.left
    if isinstance(left, cst.BooleanOperation) and not left.lpar:
        left = _in_lines(left, indent, level)
    else:
        left = _operand(left, indent, level)
    return test.with_changes(
        left=left,
        operator=test.operator.with_changes(whitespace_before=_newline(level + 1)),
        right=_operand(test.right, indent, level),
    )


def _operand(operand: cst.BaseExpression, indent: int, level: int) -> cst.BaseExpression:
    """An operand on a line of its own, behind `and `."""
    if _fits(f"and {code(operand)}", indent + _STEP * (level + 1)):
        return operand
    if isinstance(operand, cst.BooleanOperation):
        return _in_parens(operand, indent, level + 1)
    return operand


def _broken_small(small: cst.BaseSmallStatement, indent: int) -> cst.BaseSmallStatement:
    match small:
        case cst.Assign(value=value) | cst.Expr(value=value):
            return small.with_changes(value=_broken(value, indent, 0))
        case cst.AnnAssign(value=cst.BaseExpression() as value):
            return small.with_changes(value=_broken(value, indent, 0))
        case cst.Return(value=cst.BaseExpression() as value):
            return small.with_changes(value=_broken(value, indent, 0))
        case cst.Raise(exc=cst.BaseExpression() as value):
            return small.with_changes(exc=_broken(value, indent, 0))
        case cst.ImportFrom(names=[*names]):
            return small.with_changes(
                lpar=cst.LeftParen(whitespace_after=_newline(1)),
                names=_one_per_line(names, 0),
                rpar=cst.RightParen(),
            )
        case _:
            return small


def _broken(value: cst.BaseExpression, indent: int, level: int) -> cst.BaseExpression:
    """The expression broken at its outermost brackets; `level` counts those around it."""
    inside, outside = _newline(level + 1), _newline(level)
    match value:
        case cst.Call(args=[_, *_]):
            return _broken_call(value, indent, level)
        case cst.Dict(elements=[_, *_] as elements):
            brace = cst.LeftCurlyBrace(whitespace_after=inside)
            return value.with_changes(lbrace=brace, elements=_spread(elements, indent, level))
        case cst.List(elements=[_, *_] as elements):
            bracket = cst.LeftSquareBracket(whitespace_after=inside)
            return value.with_changes(lbracket=bracket, elements=_spread(elements, indent, level))
        case cst.Tuple(elements=[_, *_] as elements, lpar=[_]):
            paren = cst.LeftParen(whitespace_after=inside)
            return value.with_changes(lpar=[paren], elements=_spread(elements, indent, level))
        case cst.ListComp(for_in=loop):
            return value.with_changes(
                lbracket=cst.LeftSquareBracket(whitespace_after=inside),
                for_in=loop.with_changes(whitespace_before=inside),
                rbracket=cst.RightSquareBracket(whitespace_before=outside),
            )
        case cst.Yield(value=cst.From(item=item) as source):
            return value.with_changes(value=source.with_changes(item=_broken(item, indent, level)))
        case cst.Yield(value=cst.BaseExpression() as yielded):
            return value.with_changes(value=_broken(yielded, indent, level))
        case _:
            return value


def _broken_call(value: cst.Call, indent: int, level: int) -> cst.Call:
    """All arguments on one line of their own if they fit there, else a line for each."""
    opened = value.with_changes(whitespace_before_args=_newline(level + 1))
    *others, last = value.args
    if _fits(", ".join(map(code, value.args)), indent + _STEP * (level + 1)):
        closed = last.with_changes(whitespace_after_arg=_newline(level))
        return opened.with_changes(args=[*others, closed])
    return opened.with_changes(args=_spread(value.args, indent, level))


def _spread(elements: Sequence[E], indent: int, level: int) -> list[E]:
    return _one_per_line([_fitted(each, indent, level + 1) for each in elements], level)


def _fitted(element: E, indent: int, level: int) -> E:
    if _fits(f"{code(element)},", indent + _STEP * level):
        return element
    assert isinstance(element, cst.Arg | cst.Element | cst.DictElement)
    return element.with_changes(value=_broken(element.value, indent, level))


def _one_per_line(elements: Sequence[E], level: int) -> list[E]:
    between = cst.Comma(whitespace_after=_newline(level + 1))
    spread: list[E] = [element.with_changes(comma=between) for element in elements]
    spread[-1] = spread[-1].with_changes(comma=cst.Comma(whitespace_after=_newline(level)))
    return spread


def _newline(level: int) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(
        indent=True, last_line=cst.SimpleWhitespace(" " * (_STEP * level))
    )


def _fits(line: str, indent: int) -> bool:
    return "\n" not in line and indent + width(line) <= LINE_WIDTH
