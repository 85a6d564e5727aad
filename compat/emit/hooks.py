"""The hooks file: what it must offer, what its functions look like, and whether it does.

The file itself belongs to the user and is never written.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

import libcst as cst

from compat.emit import syntax as s
from compat.emit.modules import source
from compat.emit.names import hook_name, prose
from compat.emit.syntax import Stmt
from compat.lens.ops import Flow
from compat.plan.bridge import HookKind, HookNeed

_SIGNATURES: Final = {
    HookKind.VALUE: ("value", "Json", "Json"),
    HookKind.EXCHANGE: ("request", "Request", "Flow"),
}
_CHECK: Final = cst.parse_module(
    """
def _load() -> Hooks:
    from . import hooks

    return hooks


HOOKS = checked(__package__, _load, _STUBS)
"""
).body


def stub(need: HookNeed) -> str:
    """The function to write, for the user to paste into the hooks file and fill in."""
    hook_name(need.name)
    imports = ", ".join(sorted({*_SIGNATURES[need.kind][1:]}))
    purpose = prose(f"{need.purpose} (difference {need.difference})", limit=90)
    return f'from .message import {imports}\n\n\n{_head(need)}:\n    """{purpose}"""\n    ...\n'


def _head(need: HookNeed) -> str:
    name, kind, answer = _SIGNATURES[need.kind]
    return f"def {need.name}({name}: {kind}) -> {answer}"


def hook_complaints(hooks_source: str | None, needs: Sequence[HookNeed]) -> tuple[str, ...]:
    """What is wrong with a hooks file, None where there is none; each complaint with its remedy.

    Functions that are missing, that do not take the one argument, and that nothing needs any more.
    """
    try:
        tree = ast.parse(hooks_source or "")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return (f"hooks.py:{line or 1}: this is no Python: {error}",)
    there, wanted = set(_defined(tree)), {need.name for need in needs}
    missing = (
        f"hooks.py lacks {need.name}, for difference {need.difference}; write:\n\n{stub(need)}"
        for need in needs
        if need.name not in there
    )
    stale = (
        f"hooks.py:{function.lineno}: {function.name} is stale: nothing needs it; remove it"
        for function in _hook_like(tree)
        if function.name not in wanted
    )
    unfit = (
        f"hooks.py:{line}: {need.name} takes {_count(arguments)}, and is given one: "
        f"make it {_head(need)}"
        for need in needs
        for line, arguments in _arguments(tree, need.name)
        if not _takes_one(arguments)
    )
    return (*missing, *unfit, *stale)


def _arguments(tree: ast.Module, name: str) -> Iterator[tuple[int, ast.arguments]]:
    """(line, what it takes) of the function of that name, where that can be read off the file."""
    found: tuple[int, ast.arguments] | None = None
    for node in tree.body:
        if name not in _defined(ast.Module([node], [])):
            continue
        match node:  # the last one of a name is the one that counts
            case ast.FunctionDef(args=args, decorator_list=[]):
                found = node.lineno, args
            case ast.Assign(value=ast.Lambda(args=args)):
                found = node.lineno, args
            case _:
                found = None
    if found is not None:
        yield found


def _takes_one(arguments: ast.arguments) -> bool:
    """Can it be called with one positional argument and no other?"""
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = len(positional) - len(arguments.defaults)
    room = bool(positional) or arguments.vararg is not None
    return room and needed <= 1 and all(each is not None for each in arguments.kw_defaults)


def _count(arguments: ast.arguments) -> str:
    many = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
    return "1 argument by its name alone" if many == 1 else f"{many or 'no'} arguments"


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name for alias in aliases)
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _hook_like(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Public functions that look like hooks: by their name, or by answering with a Flow."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            answer = ast.unparse(node.returns).strip("'\"") if node.returns else ""
            if node.name.endswith(tuple(f"_{flow}" for flow in Flow)) or answer == "Flow":
                yield node


def protocol_source(header: Sequence[str], needs: Sequence[HookNeed]) -> str:
    """The file with the protocol that the hooks file has to fit, and the check that it does."""
    used = {part for need in needs for part in _SIGNATURES[need.kind][1:]}
    stubs = s.dict_((s.text(need.name), s.text(stub(need))) for need in needs)
    kind = s.index("dict", s.names_tuple([s.name("str"), s.name("str")]))
    typing = s.if_(s.name("TYPE_CHECKING"), [s.from_("typing", ["Protocol"]), _protocol(needs)])
    groups: list[Sequence[Stmt]] = [
        [s.assign("TYPE_CHECKING", s.literal(False)), typing],
        [s.annotated("_STUBS", kind, stubs)],
    ]
    groups.extend([each] for each in _CHECK)
    return source(header, {".hooking": ["checked"], ".message": sorted(used)}, groups)


def _protocol(needs: Sequence[HookNeed]) -> Stmt:
    methods = [_method(need) for need in needs]
    body = [s.docstring(["The functions of hooks.py."]), *methods]
    return s.class_("Hooks", "Protocol", body)


def _method(need: HookNeed) -> Stmt:
    name, kind, answer = _SIGNATURES[need.kind]
    body = [s.docstring([prose(need.purpose, limit=80) or "No purpose was given."])]
    return s.function(hook_name(need.name), {"self": "", name: kind}, [answer], body)
