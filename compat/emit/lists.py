"""Lenses for the items of a list: one function takes them all, and counts once for all of them.

Counting is what a conversion costs most after the copy. So a function with a loop of its own counts
in variables, and tells them all in the end, even if that is a refusal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from compat.emit import syntax as s
from compat.emit.effects import OBJECT, Named
from compat.emit.homes import called
from compat.emit.lens import VALUE, block, root_scope
from compat.emit.names import lens_function, list_function
from compat.emit.paths import variable
from compat.emit.simplify import below, simplified
from compat.emit.syntax import Block
from compat.emit.writer import ModuleWriter
from compat.lens.ops import ITEM, Apply, Case, DifferenceId, Flow, Focus, Lens, invert

VALUES: Final = s.name("values")


def listed(
    lenses: Mapping[str, Lens], named: Named, homes: Mapping[str, str]
) -> frozenset[tuple[str, Flow]]:
    """The named lenses to write for lists, with the flow: other lenses apply them to each item.

    They edit objects where they stand, and count. Those that lead to themselves are left out,
    because a function more on the way down halves the depth that Python can go to.
    """
    applied = {
        (op.name, op.flow)
        for lens in lenses.values()
        for way in (lens, invert(lens))
        for op in _applied_to_items(simplified(way, named))
    }
    return frozenset(
        (name, flow)
        for name, flow in applied
        if named[name, flow].edits_objects_only
        and _counts(lenses[name])
        and all(homes[each] != homes[name] for each in called(lenses[name]))
    )


def _applied_to_items(lens: Lens) -> Iterator[Apply]:
    for op in lens:
        match op:
            case Focus(path=path):
                match below(op):
                    case (Apply() as only,) if path[0] is ITEM:
                        yield only
                    case inner:
                        yield from _applied_to_items(inner)
            case Case(branches=branches):
                for branch in branches:
                    yield from _applied_to_items(branch.lens)


def _counts(lens: Lens) -> bool:
    """Whether one of the operations has a difference, without those of lenses that it applies."""
    for op in lens:
        match op:
            case Focus(lens=inner):
                found = _counts(inner)
            case Case(branches=branches):
                found = any(_counts(branch.lens) for branch in branches)
            case Apply():
                found = False
            case _:
                found = bool(op.difference)
        if found:
            return True
    return False


def list_functions(name: str, lens: Lens, flow: Flow, title: str, module: ModuleWriter) -> None:
    """Add the function that takes each value of a list through the lens, and that for one value."""
    whole, value_type = list_function(name, flow), module.use("message", "Json")
    params = {VALUES.value: f"list[{value_type}]"}
    single = lens_function(name, flow)
    body = [s.docstring([title]), *_loop(lens, flow, single, module)]
    module.functions.append(s.function(whole, params, ["None"], body))
    alone = [s.docstring([title]), s.run(s.call(whole, s.list_([VALUE]))), s.return_(VALUE)]
    module.functions.append(s.function(single, {VALUE.value: value_type}, [value_type], alone))


def _loop(lens: Lens, flow: Flow, name: str, module: ModuleWriter) -> Block:
    counts: dict[DifferenceId, str] = {}
    scope = replace(root_scope(module, flow, VALUES.value, VALUE.value), depth=1, counts=counts)
    value = variable(VALUE, "value").known(OBJECT)
    edits = block(simplified(lens, module.facts.named), value, scope)
    other = s.if_(s.not_(s.is_a(VALUE, "dict")), [s.continue_()])
    loop = s.for_(VALUE, VALUES, [other, *edits])
    if not counts:
        return [loop]
    starts = [s.assign(variable, s.literal(0)) for variable in counts.values()]
    told = s.call(module.adder(tuple(counts), flow, name), *counts.values())
    return [*starts, s.finally_([loop], [s.run(told)])]
