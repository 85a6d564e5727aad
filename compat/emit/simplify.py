"""A lens without what does nothing, so that emitted code holds no empty tests.

The result means the same for every value, down to which of several refusals comes first.
"""

from dataclasses import replace

from compat.emit.effects import ANY, Named, Shapes, after, effect, shape_of, shapes_of_test
from compat.lens.admits import Admits
from compat.lens.ops import Branch, Case, Focus, Gap, Lens, Limit, MapValues, Op, Test

ALWAYS = Test()


def simplified(lens: Lens, named: Named, shapes: Shapes = ANY) -> Lens:
    """Idle operations left out, nested ones joined, and nothing behind what always refuses.

    `shapes` are those that the value can have; what is left is told by `compat.emit.effects.after`.
    """
    done: list[Op] = []
    for op in _spliced(lens, named, shapes):
        if done and ends(done[-1]):
            break
        previous = done[-1] if done else None
        if isinstance(op, Focus) and isinstance(previous, Focus) and _same_field(previous, op):
            inner = simplified((*below(previous), *below(op)), named)
            done[-1] = Focus(path=op.path[:1], lens=inner)
        else:
            done.append(op)
    return tuple(done)


def ends(op: Op) -> bool:
    """Whether the operation refuses every value that comes to it."""
    match op:
        case Gap(forward=forward):
            return forward
        case Case(branches=branches):
            lenses = [branch.lens for branch in branches]
            return branches[-1].test == ALWAYS and all(lens and ends(lens[-1]) for lens in lenses)
        case _:
            return False


def _spliced(lens: Lens, named: Named, shapes: Shapes) -> Lens:
    ops: list[Op] = []
    for op in lens:
        for each in _narrowed(op, named, shapes):
            ops.append(each)
            shapes = after(each, shapes, named)
    return tuple(ops)


def _narrowed(op: Op, named: Named, shapes: Shapes) -> Lens:
    """The operation without what values of other shapes would need."""
    if not effect(op, named).shapes & shapes:
        return ()
    match op:
        case Focus(path=(), lens=inner):
            return simplified(inner, named, shapes)
        case Focus(path=path, lens=inner):
            return (Focus(path=path, lens=simplified(inner, named)),)
        case Case():
            return _case(op, named, shapes)
        case MapValues():
            pairs = tuple(pair for pair in op.pairs if shape_of(pair[0]) in shapes)
            refused = tuple(value for value in op.refused if shape_of(value) in shapes)
            return (replace(op, pairs=pairs, refused=refused),)
        case Limit(admits=Admits(values=(_, *_) as values) as admits):
            known = tuple(value for value in values if shape_of(value) in shapes)
            if not known:
                return (Gap(forward=True, back=False, difference=op.difference),)
            return (replace(op, admits=replace(admits, values=known)),)
        case _:
            return (op,)


def _case(op: Case, named: Named, shapes: Shapes) -> Lens:
    """Without branches that no value reaches, and without idle ones at the end."""
    branches: list[Branch] = []
    for branch in op.branches:
        reached = shapes_of_test(branch.test) & shapes
        if reached:
            lens = simplified(branch.lens, named, reached)
            branches.append(Branch(test=branch.test, back=branch.back, lens=lens))
        if branch.test == ALWAYS:
            break
    while branches and not branches[-1].lens:
        branches.pop()
    if branches and branches[0].test == ALWAYS:
        return branches[0].lens
    return (Case(branches=tuple(branches)),) if branches else ()


def _same_field(one: Focus, other: Focus) -> bool:
    return isinstance(one.path[0], str) and one.path[0] == other.path[0]


def below(op: Focus) -> Lens:
    """What is applied behind the first step."""
    return op.lens if len(op.path) == 1 else (Focus(path=op.path[1:], lens=op.lens),)
