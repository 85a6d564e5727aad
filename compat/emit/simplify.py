"""A lens without what does nothing, so that emitted code holds no empty tests.

The result means the same for every value, down to which of several refusals comes first.
"""

from compat.emit.effects import Named, effect, effect_of, shapes_of_test
from compat.lens.ops import Branch, Case, Focus, Gap, Lens, Op, Test

ALWAYS = Test()


def simplified(lens: Lens, named: Named) -> Lens:
    """Idle operations left out, nested ones joined, and nothing behind what always refuses."""
    done: list[Op] = []
    for op in _spliced(lens, named):
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


def _spliced(lens: Lens, named: Named) -> Lens:
    ops: list[Op] = []
    for op in lens:
        match op:
            case _ if not effect(op, named).acts:
                continue
            case Focus(path=(), lens=inner):
                ops.extend(simplified(inner, named))
            case Focus(path=path, lens=inner):
                ops.append(Focus(path=path, lens=simplified(inner, named)))
            case Case():
                ops.extend(_case(op, named))
            case _:
                ops.append(op)
    return tuple(ops)


def _case(op: Case, named: Named) -> Lens:
    """Without branches that no value reaches, and without idle ones at the end."""
    branches: list[Branch] = []
    for branch in op.branches:
        if shapes_of_test(branch.test):
            reached = shapes_of_test(branch.test) & effect_of(branch.lens, named).shapes
            lens = simplified(branch.lens, named) if reached else ()
            branches.append(Branch(test=branch.test, back=branch.back, lens=lens))
        if branch.test == ALWAYS:
            break
    while branches and not effect_of(branches[-1].lens, named).acts:
        branches.pop()
    if branches and branches[0].test == ALWAYS:
        return branches[0].lens
    return (Case(branches=tuple(branches)),) if branches else ()


def _same_field(one: Focus, other: Focus) -> bool:
    return isinstance(one.path[0], str) and one.path[0] == other.path[0]


def below(op: Focus) -> Lens:
    """What is applied behind the first step."""
    return op.lens if len(op.path) == 1 else (Focus(path=op.path[1:], lens=op.lens),)
