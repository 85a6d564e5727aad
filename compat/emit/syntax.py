"""Short constructors of libcst nodes; text of a spec enters only as a literal made here."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import libcst as cst

from compat.model.schema import Json

Expr: TypeAlias = cst.BaseExpression
Stmt: TypeAlias = cst.SimpleStatementLine | cst.BaseCompoundStatement
Block: TypeAlias = list[Stmt]

_PRINTER: Final = cst.Module(body=[])
_PLAIN = re.compile(r"[\w /.,:;=~!@$&*+()-]*", re.ASCII)
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@lru_cache(maxsize=4096)
def name(text: str) -> cst.Name:
    return cst.Name(text)


def quoted(text: str) -> str:
    """The source of a string literal, as the formatter writes it: double quotes where they do."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    if text.isascii() and text.isprintable() and "\\" not in text and quote not in text:
        return f"{quote}{text}{quote}"
    return f"{quote}{''.join(_escaped(c, quote) for c in text)}{quote}"


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{character}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    return repr(character)[1:-1]


def text(value: str) -> cst.SimpleString:
    return cst.SimpleString(quoted(value))


def formatted(parts: Sequence[Expr]) -> cst.FormattedString | None:
    """`f"text{expression}text"` of literals and expressions; None where that cannot be plain."""
    found: list[cst.BaseFormattedStringContent] = []
    for part in parts:
        source = code(part)
        if isinstance(part, cst.SimpleString) and _PLAIN.fullmatch(source[1:-1]):
            found.append(cst.FormattedStringText(value=source[1:-1]))
        elif isinstance(part, cst.SimpleString) or "\\" in source or "'" in source:
            return None
        else:
            found.append(cst.FormattedStringExpression(expression=_single_quoted(part)))
    return cst.FormattedString(parts=found, start='f"', end='"')


def _single_quoted(expression: Expr) -> Expr:
    """The expression with single quotes, as it has to be between double ones."""
    return cst.parse_expression(code(expression).replace('"', "'"))


def literal(value: Json) -> Expr:
    """A JSON value as source; numbers that no literal can hold are spelled by `float`."""
    match value:
        case None | bool():
            return name(str(value))
        case str():
            return text(value)
        case int():
            return _signed(cst.Integer(str(abs(value))), negative=value < 0)
        case float():
            return _float(value)
        case list():
            return list_([literal(item) for item in value])
        case dict():
            return dict_((text(key), literal(item)) for key, item in value.items())


def _float(value: float) -> Expr:
    digits = repr(value).replace("+", "")
    if digits in ("inf", "-inf", "nan"):
        return call("float", text(digits))
    return _signed(cst.Float(digits.lstrip("-")), negative=digits.startswith("-"))


def _signed(number: Expr, *, negative: bool) -> Expr:
    return cst.UnaryOperation(operator=cst.Minus(), expression=number) if negative else number


def expr(value: Expr | str) -> Expr:
    """A string is the dotted name of something the emitter itself knows."""
    if not isinstance(value, str):
        return value
    first, *others = value.split(".")
    node: Expr = name(first)
    for each in others:
        node = cst.Attribute(value=node, attr=name(each))
    return node


def call(function: Expr | str, *args: Expr | str, **named: Expr | str) -> cst.Call:
    plain = [cst.Arg(value=expr(arg)) for arg in args]
    keywords = [
        cst.Arg(
            keyword=name(key),
            value=expr(arg),
            equal=cst.AssignEqual(
                whitespace_before=cst.SimpleWhitespace(""),
                whitespace_after=cst.SimpleWhitespace(""),
            ),
        )
        for key, arg in named.items()
    ]
    return cst.Call(func=expr(function), args=[*plain, *keywords])


def attribute(owner: Expr | str, verb: str) -> cst.Attribute:
    return cst.Attribute(value=expr(owner), attr=name(verb))


def method(owner: Expr | str, verb: str, *args: Expr | str) -> cst.Call:
    return call(attribute(owner, verb), *args)


def index(owner: Expr | str, key: Expr | str) -> cst.Subscript:
    element = cst.SubscriptElement(slice=cst.Index(value=expr(key)))
    return cst.Subscript(value=expr(owner), slice=[element])


def whole(owner: Expr | str) -> cst.Subscript:
    """`owner[:]`, to assign to a list in place."""
    element = cst.SubscriptElement(slice=cst.Slice(lower=None, upper=None))
    return cst.Subscript(value=expr(owner), slice=[element])


def list_(items: Sequence[Expr]) -> cst.List:
    return cst.List(elements=[cst.Element(value=item) for item in items])


def tuple_(items: Sequence[Expr]) -> cst.Tuple:
    elements = [cst.Element(value=item) for item in items]
    if len(elements) == 1:
        elements = [elements[0].with_changes(comma=cst.Comma())]
    return cst.Tuple(elements=elements)


def names_tuple(items: Sequence[Expr]) -> cst.Tuple:
    """A tuple without parentheses, as on the left of an assignment or of `in`."""
    return tuple_(items).with_changes(lpar=[], rpar=[])


def dict_(pairs: Iterable[tuple[Expr, Expr]]) -> cst.Dict:
    return cst.Dict(elements=[cst.DictElement(key=key, value=value) for key, value in pairs])


def listed(element: Expr, target: Expr | str, source: Expr | str) -> cst.ListComp:
    """`[element for target in source]`"""
    loop = cst.CompFor(target=_target(target), iter=expr(source))
    return cst.ListComp(elt=element, for_in=loop)


def generated(element: Expr, target: Expr | str, source: Expr | str) -> cst.GeneratorExp:
    """The same as the only argument of a call: `f(element for target in source)`"""
    loop = cst.CompFor(target=_target(target), iter=expr(source))
    return cst.GeneratorExp(elt=element, for_in=loop, lpar=[], rpar=[])


def _target(value: Expr | str) -> cst.BaseAssignTargetExpression:
    node = expr(value)
    assert isinstance(node, cst.BaseAssignTargetExpression)
    return node


_COMPARISONS: Mapping[str, type[cst.BaseCompOp]] = {
    "in": cst.In,
    "not in": cst.NotIn,
    "is": cst.Is,
    "is not": cst.IsNot,
    "==": cst.Equal,
    "!=": cst.NotEqual,
    ">": cst.GreaterThan,
    "<": cst.LessThan,
    "<=": cst.LessThanEqual,
    ">=": cst.GreaterThanEqual,
}


def compare(left: Expr | str, *rest: str | Expr) -> cst.Comparison:
    """`compare(a, "in", b)`, or `compare(a, "<=", b, "<", c)`; names go as nodes or strings."""
    targets = [
        cst.ComparisonTarget(operator=_COMPARISONS[str(operator)](), comparator=expr(right))
        for operator, right in zip(rest[::2], rest[1::2], strict=True)
    ]
    return cst.Comparison(left=expr(left), comparisons=targets)


_CALCULATIONS: Mapping[str, type[cst.BaseBinaryOp]] = {
    "*": cst.Multiply,
    "//": cst.FloorDivide,
    "%": cst.Modulo,
}


def binary(left: Expr, operator: str, right: Expr) -> Expr:
    return cst.BinaryOperation(left=left, operator=_CALCULATIONS[operator](), right=right)


def is_a(value: Expr | str, kind: str) -> cst.Call:
    return call("isinstance", value, kind)


def not_(value: Expr) -> Expr:
    return cst.UnaryOperation(operator=cst.Not(), expression=value)


def both(*conditions: Expr) -> Expr:
    """All of them."""
    if len(conditions) == 1:
        return conditions[0]
    node, *others = [in_parens(each) if _is_or(each) else each for each in conditions]
    for condition in others:
        node = cst.BooleanOperation(left=node, operator=cst.And(), right=condition)
    return node


def _is_or(test: Expr) -> bool:
    if not isinstance(test, cst.BooleanOperation) or test.lpar:
        return False
    return isinstance(test.operator, cst.Or)


def sent(value: Expr) -> Expr:
    """`yield value`"""
    return cst.Yield(value=value)


def delegated(value: Expr) -> Expr:
    """`yield from value`"""
    return cst.Yield(value=cst.From(item=value))


def in_parens(value: Expr) -> Expr:
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def line(small: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine(body=[small])


def run(value: Expr) -> Stmt:
    return line(cst.Expr(value=value))


def assign(target: Expr | str, value: Expr | str) -> Stmt:
    return line(cst.Assign(targets=[cst.AssignTarget(_target(target))], value=expr(value)))


def increased(target: Expr | str, number: int) -> Stmt:
    """`target += number`"""
    more = cst.AugAssign(_target(target), cst.AddAssign(), literal(number))
    return line(more)


def annotated(target: Expr | str, kind: Expr, value: Expr) -> Stmt:
    annotation = cst.Annotation(annotation=kind)
    return line(cst.AnnAssign(target=_target(target), annotation=annotation, value=value))


def from_(module: str, names: Sequence[str]) -> Stmt:
    """`from module import names`, or "name as name"; dots in front of the module are levels."""
    bare = module.lstrip(".")
    path = expr(bare) if bare else None
    assert path is None or isinstance(path, cst.Name | cst.Attribute)
    return line(
        cst.ImportFrom(
            module=path,
            names=[_imported(each) for each in names],
            relative=[cst.Dot() for _ in range(len(module) - len(bare))],
        )
    )


def _imported(text: str) -> cst.ImportAlias:
    original, _, alias = text.partition(" as ")
    asname = cst.AsName(name=name(alias)) if alias else None
    return cst.ImportAlias(name=name(original), asname=asname)


def class_(title: str, base: str, body: Block) -> cst.ClassDef:
    return cst.ClassDef(
        name=name(title), bases=[cst.Arg(value=name(base))], body=cst.IndentedBlock(body=body)
    )


def delete(target: Expr) -> Stmt:
    assert isinstance(target, cst.BaseDelTargetExpression)
    return line(cst.Del(target=target))


def return_(value: Expr | str) -> Stmt:
    return line(cst.Return(value=expr(value)))


def raise_(value: Expr) -> Stmt:
    return line(cst.Raise(exc=value))


def if_(test: Expr, body: Block, orelse: cst.If | cst.Else | None = None) -> cst.If:
    """An `if`; one that holds nothing but another becomes one with both conditions."""
    inner = body[0] if len(body) == 1 else None
    if orelse is None and isinstance(inner, cst.If) and inner.orelse is None:
        return inner.with_changes(test=both(test, *_operands(inner.test)))
    return cst.If(test=test, body=cst.IndentedBlock(body=body), orelse=orelse)


def _operands(test: Expr) -> list[Expr]:
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return [*_operands(test.left), test.right]
    return [test]


def chain(arms: Sequence[tuple[Expr | None, Block]]) -> Block:
    """`if`, `elif`, ... and `else` for a last arm without a test.

    Neighbours that do the same become one arm; behind an arm that leaves there is no `elif`.
    """
    rest = _joined(arms)
    first: Block = []
    while len(rest) > 1 and _leaves(rest[0][1]):
        (test, body), *rest = rest
        assert test is not None
        first.append(if_(test, body))
    *others, (test, body) = rest
    if test is None and not others:
        return [*first, *body]
    node: cst.If | cst.Else = else_(body) if test is None else if_(test, body)
    for test, body in reversed(others):
        assert test is not None
        node = if_(test, body, node)
    assert isinstance(node, cst.If)
    return [*first, node]


def row(arms: Sequence[tuple[Expr | None, Block]]) -> Block:
    """One `if` behind the other, for tests that exclude one another whatever the arms do."""
    return [if_(test, body) for test, body in _joined(arms) if test is not None]


def _leaves(body: Block) -> bool:
    match body[-1]:
        case cst.SimpleStatementLine(body=[cst.Raise() | cst.Return()]):
            return True
        case _:
            return False


def _joined(arms: Sequence[tuple[Expr | None, Block]]) -> list[tuple[Expr | None, Block]]:
    groups: list[tuple[list[Expr | None], Block, list[str]]] = []
    for test, body in arms:
        source = [code(each) for each in body]
        if groups and test is not None and groups[-1][2] == source:
            groups[-1][0].append(test)
        else:
            groups.append(([test], body, source))
    return [(any_of([each for each in tests if each]), body) for tests, body, _ in groups]


def any_of(tests: Sequence[Expr]) -> Expr | None:
    """The tests with `or` between them, several `==` or `isinstance` as one; None for none."""
    if not tests:
        return None
    merged: dict[str, list[Expr]] = {}
    for test in tests:
        merged.setdefault(_sort_of(test), []).append(test)
    found = [_as_one(each) for each in merged.values()]
    node = _operand(found[0], alone=len(found) == 1)
    for test in found[1:]:
        right = _operand(test, alone=False)
        node = cst.BooleanOperation(left=node, operator=cst.Or(), right=right)
    return node


def _sort_of(test: Expr) -> str:
    """The same for tests that can be one: for equality, or the type, of the same expression."""
    match test:
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=cst.Equal())]):
            return f"{code(left)} =="
        case cst.Call(func=cst.Name("isinstance"), args=[value, _]):
            return f"{code(value)} is a"
        case _:
            return code(test)


def _as_one(tests: Sequence[Expr]) -> Expr:
    match tests[0]:
        case cst.Comparison(left=left) if len(tests) > 1:
            return compare(left, "in", tuple_([_right(test) for test in tests]))
        case cst.Call(args=[value, _]) if len(tests) > 1:
            return call("isinstance", value.value, tuple_([_right(test) for test in tests]))
        case test:
            return test


def _right(test: Expr) -> Expr:
    """What a test compares with."""
    if isinstance(test, cst.Comparison):
        return test.comparisons[0].comparator
    assert isinstance(test, cst.Call)
    return test.args[1].value


def _operand(test: Expr, *, alone: bool) -> Expr:
    return in_parens(test) if isinstance(test, cst.BooleanOperation) and not alone else test


def either(test: Expr, value: Expr, otherwise: Expr) -> Expr:
    """`value if test else otherwise`"""
    return cst.IfExp(test=test, body=value, orelse=otherwise)


def pass_() -> Stmt:
    return line(cst.Pass())


def continue_() -> Stmt:
    return line(cst.Continue())


def finally_(body: Block, last: Block) -> Stmt:
    """`try` the body, and do the rest however it ends."""
    ending = cst.Finally(body=cst.IndentedBlock(body=last))
    return cst.Try(body=cst.IndentedBlock(body=body), finalbody=ending)


def else_(body: Block) -> cst.Else:
    return cst.Else(body=cst.IndentedBlock(body=body))


def for_(target: Expr | str, source: Expr | str, body: Block) -> Stmt:
    block = cst.IndentedBlock(body=body)
    return cst.For(target=_target(target), iter=expr(source), body=block)


def function(
    title: str, params: Mapping[str, str], answers: Sequence[str], body: Block
) -> cst.FunctionDef:
    """A function; an empty annotation is none, and `answers` are the members of a union."""
    returns = expr(answers[0])
    for answer in answers[1:]:
        returns = cst.BinaryOperation(left=returns, operator=cst.BitOr(), right=expr(answer))
    return cst.FunctionDef(
        name=name(title),
        params=cst.Parameters(
            params=[
                cst.Param(name=name(each), annotation=_annotation(kind) if kind else None)
                for each, kind in params.items()
            ]
        ),
        body=cst.IndentedBlock(body=body),
        returns=cst.Annotation(annotation=returns),
    )


def _annotation(kind: str) -> cst.Annotation:
    """A name, `name[name]` or `name[name, name]`."""
    owner, bracket, inner = kind.partition("[")
    if not bracket:
        return cst.Annotation(annotation=expr(kind))
    names = [expr(each) for each in inner.rstrip("]").split(", ")]
    members = names[0] if len(names) == 1 else names_tuple(names)
    return cst.Annotation(annotation=index(owner, members))


def docstring(lines: Sequence[str]) -> Stmt:
    """The lines come from `names.prose` or from the emitter itself."""
    body = "\n".join(lines)
    ending = "\n" if len(lines) > 1 else ""
    return run(cst.SimpleString(f'"""{body}{ending}"""'))


def code(node: cst.CSTNode) -> str:
    """The source of a node."""
    return _PRINTER.code_for_node(node)


def width(code: str) -> int:
    """Columns that a line takes, as the formatter counts them."""
    if code.isascii():
        return len(code)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in code
    )
