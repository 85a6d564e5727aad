"""Which file holds which named lens: those that lead to each other share one."""

from collections.abc import Iterator, Mapping

from compat.emit.names import module_name, unique
from compat.lens.ops import Apply, Case, Focus, Lens


def homes(lenses: Mapping[str, Lens]) -> dict[str, str]:
    """The module below `lenses` for each lens, named after the first lens in it.

    Names differ by more than upper and lower case, which file systems may not tell apart.
    """
    found: dict[str, str] = {}
    files: set[str] = set()
    for group in _components({name: sorted(set(called(lens))) for name, lens in lenses.items()}):
        first = next(name for name in lenses if name in group)
        home = unique(module_name(first), files)
        files.add(home)
        found |= dict.fromkeys(group, home)
    return {name: found[name] for name in lenses}


def called(lens: Lens) -> Iterator[str]:
    """The names of the lenses that a lens applies."""
    for op in lens:
        match op:
            case Apply(name=name):
                yield name
            case Focus(lens=inner):
                yield from called(inner)
            case Case(branches=branches):
                for branch in branches:
                    yield from called(branch.lens)


def _components(edges: Mapping[str, list[str]]) -> Iterator[frozenset[str]]:
    """The strongly connected components, by Tarjan's algorithm with a stack of its own."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    on_stack: set[str] = set()
    for root in edges:
        if root in number:
            continue
        work = [(root, iter(edges[root]))]
        number[root] = low[root] = len(number)
        waiting.append(root)
        on_stack.add(root)
        while work:
            node, further = work[-1]
            for target in further:
                if target not in number:
                    number[target] = low[target] = len(number)
                    waiting.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], number[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    at = waiting.index(node)
                    yield frozenset(waiting[at:])
                    on_stack.difference_update(waiting[at:])
                    del waiting[at:]
