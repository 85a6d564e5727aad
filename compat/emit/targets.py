"""The path of a call: which of the caller's path parameters stands where."""

from dataclasses import dataclass
from typing import Final

from compat.emit import syntax as s
from compat.emit.effects import Named
from compat.emit.messages import message_ops, touched
from compat.emit.runtime.routing import pieces
from compat.emit.syntax import Expr
from compat.emit.writer import ModuleWriter
from compat.lens.ops import Focus, Lens, Op, Rename
from compat.model.interface import OperationKey

_TEMPLATE_MAX: Final = 80  # columns of a path that is written as one string


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call goes; `lens` is what is left of the request's when the path is known.

    `names` maps the parameters of the path, as the callee calls them, to the caller's. With
    `is_opened` they are variables, because the lens does more than rename them.
    """

    names: dict[str, str]
    lens: Lens
    is_opened: bool


def target_of(operation: OperationKey, lens: Lens, named: Named) -> Target:
    """The target of a call on behalf of the caller's operation."""
    names = {name: name for name in pieces(operation.path)[1]}
    ops = message_ops(lens, named)
    about_path = [op for op in ops if "path" in touched(op)]
    renames = [rename for op in about_path for rename in _renames(op)]
    if not all(map(_renames, about_path)):
        return Target(names=names, lens=ops, is_opened=True)
    for rename in renames:
        if rename.old in names:
            names[rename.new] = names.pop(rename.old)
    rest = tuple(op for op in ops if op not in about_path)
    return Target(names=names, lens=rest, is_opened=False)


def _renames(op: Op) -> tuple[Rename, ...]:
    """What the operation does to the path, if it is renaming that nobody counts."""
    if not isinstance(op, Focus) or op.path != ("path",):
        return ()
    renames = tuple(each for each in op.lens if isinstance(each, Rename) and not each.difference)
    return renames if len(renames) == len(op.lens) else ()


def is_same_path(caller: OperationKey, callee: OperationKey, target: Target) -> bool:
    """Whether every path of the caller's is the callee's as it stands."""
    ours, theirs = pieces(caller.path), pieces(callee.path)
    names = [target.names.get(name) for name in theirs[1]]
    return not target.is_opened and ours[0] == theirs[0] and names == list(ours[1])


def path_expression(callee: str, base: str, target: Target, module: ModuleWriter) -> Expr:
    """The callee's path with the base path before it, made of the caller's parameters."""
    literals, names = pieces(callee.partition("?")[0])
    parts: list[Expr] = []
    for literal, name in zip(literals, (*names, None), strict=True):
        text = literal if parts else base + literal
        if text or not parts:
            parts.append(s.text(text))
        if name is not None:
            parts.append(_parameter(name, target, module))
    if len(parts) == 1:
        return parts[0]
    template = s.formatted(parts)
    if template is not None and s.width(s.code(template)) <= _TEMPLATE_MAX:
        return template
    return s.call(s.attribute(s.text(""), "join"), s.tuple_(parts))


def _parameter(name: str, target: Target, module: ModuleWriter) -> Expr:
    if name in target.names and not target.is_opened:
        return s.index("captured", module.key(target.names[name]))
    opened: Expr = s.name("path")
    if not target.is_opened:
        opened = s.call(module.use("parts", "path_of"), "captured")
    return s.call(module.use("parts", "segment"), opened, module.key(name), "captured")
