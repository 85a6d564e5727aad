"""What an emitted module gathers while its functions are written.

A `PackageFacts` is the same for all modules. A `ModuleWriter` collects the imports, counters,
tables and functions of one file; a `Scope` is a block inside one of its functions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import libcst as cst

from compat.emit import syntax as s
from compat.emit.effects import ANY, Effect, Named, Shape, effect_of
from compat.emit.names import lens_function, list_function, slug, unique
from compat.emit.syntax import Block, Expr, Stmt
from compat.lens.ops import DifferenceId, Flow, Lens
from compat.model.schema import Json

DEPTH_MAX: Final = 3  # blocks in one another, before the inner one becomes a function


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """What all modules of a package share.

    `homes` gives the module below `lenses` that holds a named lens; `labels` a word for each
    difference; `listed` holds the named lenses that are written for lists; texts of more than
    `text_max` characters become constants of their module, because they would not fit into a
    condition.
    """

    named: Named
    homes: Mapping[str, str]
    labels: Mapping[DifferenceId, str]
    listed: frozenset[tuple[str, Flow]]
    text_max: int = 60

    def effect_of(self, lens: Lens) -> Effect:
        return effect_of(lens, self.named)

    def label(self, difference: DifferenceId) -> str:
        """A part of a name."""
        return slug(self.labels.get(difference, f"d {difference}"), limit=28).rstrip("_")


@dataclass(eq=False, slots=True)
class ModuleWriter:
    """One emitted file in the making; `home` is its name in `lenses`, or empty."""

    facts: PackageFacts
    home: str = ""
    imports: dict[str, set[str]] = field(default_factory=dict)
    counters: dict[tuple[DifferenceId, Flow], str] = field(default_factory=dict)
    adders: dict[str, tuple[tuple[DifferenceId, ...], Flow]] = field(default_factory=dict)
    constants: dict[str, Expr] = field(default_factory=dict)
    functions: list[cst.FunctionDef] = field(default_factory=list)
    refused: set[DifferenceId] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    _known: dict[str, str] = field(default_factory=dict)

    def use(self, module: str, name: str) -> str:
        """Import `name` from the package's module of that name."""
        self.imports.setdefault(f"..{module}", set()).add(name)
        return name

    def lens(self, name: str, flow: Flow) -> str:
        """The function of a named lens, imported where it stands elsewhere."""
        return self._imported(lens_function(name, flow), self.facts.homes[name])

    def list_lens(self, name: str, flow: Flow) -> str:
        """The same for the function that takes a whole list."""
        return self._imported(list_function(name, flow), self.facts.homes[name])

    def _imported(self, function: str, home: str) -> str:
        if home != self.home:
            source = f".{home}" if self.home else f"..lenses.{home}"
            self.imports.setdefault(source, set()).add(function)
        return function

    def counter(self, difference: DifferenceId, flow: Flow) -> str:
        """The function that counts one value."""
        if (difference, flow) not in self.counters:
            label = self.facts.label(difference)
            self.counters[difference, flow] = self._take(f"count_{label}_{flow}")
            self.use("counters", "counter")
        return self.counters[difference, flow]

    def adder(self, differences: Sequence[DifferenceId], flow: Flow, function: str) -> str:
        """The function that counts as many of each as it is told by that function."""
        self.use("counters", "adder")
        name = self._take(f"count_{function}")
        self.adders[name] = tuple(differences), flow
        return name

    def constant(self, hint: str, value: Expr, key: str) -> str:
        """The name of a module constant; one per `key`."""
        if key not in self._known:
            wanted = slug(hint, limit=min(24, self.facts.text_max)).rstrip("_").upper()
            self._known[key] = self._take(wanted)
            self.constants[self._known[key]] = value
        return self._known[key]

    def key(self, text: str) -> Expr:
        """A field name, or another text of a spec, as an operand."""
        if len(text) <= self.facts.text_max:
            return s.text(text)
        return s.name(self.constant(text, s.text(text), f"text {text}"))

    def function_name(self, wanted: str) -> str:
        return self._take(wanted)

    def _take(self, wanted: str) -> str:
        found = unique(wanted, self.taken)
        self.taken.add(found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The value that a lens is applied to: how emitted code reads, replaces and removes it.

    `read` is a variable, or an expression where it is read but once. `shapes` are those that the
    value is known to have at this point; `hint` is what to call what is made for it. With `leaves`
    removing it leaves the function.
    """

    read: Expr
    put: Callable[[Expr], Block]
    remove: Callable[[], Block]
    hint: str
    shapes: frozenset[Shape] = ANY
    leaves: bool = False

    def known(self, shapes: frozenset[Shape]) -> "Subject":
        return replace(self, shapes=shapes)

    def removed_if(self, test: Expr, otherwise: Block) -> Block:
        if self.leaves:
            return [s.if_(test, self.remove()), *otherwise]
        return s.chain([(test, self.remove()), (None, otherwise)])


LensBlock: TypeAlias = "Callable[[Lens, Subject, Scope], Block]"
LensFunction: TypeAlias = "Callable[[Lens, str, Scope], str]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A block of an emitted function that carries values in the direction `flow`.

    `block` emits a lens in place, `apart` as a function of its own and gives its name; both come
    from `compat.emit.lens`, which knows all operations. With `counts` the function counts in
    variables of its own: that of each difference to tell of in the end is entered there.
    """

    module: ModuleWriter
    flow: Flow
    block: LensBlock
    apart: LensFunction
    names: tuple[str, ...] = ()
    depth: int = 0
    counts: dict[DifferenceId, str] | None = None

    @property
    def facts(self) -> PackageFacts:
        return self.module.facts

    def beside(self, *names: str) -> "Scope":
        """The same block, further on, where the names are taken, too."""
        return replace(self, names=(*self.names, *names))

    def inside(self, *names: str) -> "Scope":
        """A block within this one."""
        return replace(self, names=(*self.names, *names), depth=self.depth + 1)

    @property
    def is_deep(self) -> bool:
        return self.depth >= DEPTH_MAX

    def local(self, hint: str) -> str:
        """A name for a variable that holds a value of that field."""
        return unique(slug(hint, limit=min(24, self.facts.text_max)), self.names)

    def fixed(self, name: str) -> str:
        """A name for a variable of the emitter's own, such as an index."""
        return unique(name, self.names)

    def key(self, text: str) -> Expr:
        return self.module.key(text)

    def operand(self, value: Json) -> Expr:
        """A value to compare with; never changed, so it may be shared."""
        if isinstance(value, str):
            return self.key(value)
        source = s.literal(value)
        code = s.code(source)
        if len(code) <= self.facts.text_max:
            return source
        return s.name(self.module.constant("known", source, f"value {code}"))

    def table(self, hint: str, pairs: Sequence[tuple[str, Json]]) -> Expr:
        """A module constant that maps texts to values."""
        source = s.dict_((s.text(key), s.literal(value)) for key, value in pairs)
        name = self.module.constant(f"{hint} {self.flow}", source, f"table {pairs!r}")
        return s.name(name)

    def helper(self, name: str) -> str:
        """A function of the package's `values`."""
        return self.module.use("values", name)

    def count(self, difference: DifferenceId) -> Block:
        """Nothing without a difference: that changes nothing anyone decides about."""
        if not difference:
            return []
        if self.counts is not None:
            if difference not in self.counts:
                taken = [each.removesuffix("_count") for each in self.counts.values()]
                word = unique(f"{self.facts.label(difference)}_{self.flow}", taken)
                self.counts[difference] = f"{word}_count"
            return [s.increased(self.counts[difference], 1)]
        return [s.run(s.call(self.module.counter(difference, self.flow)))]

    def counted(self, done: Expr, difference: DifferenceId) -> Block:
        """A call that says whether it did something."""
        counting = self.count(difference)
        return [s.if_(done, counting)] if counting else [s.run(done)]

    def refuser(self, difference: DifferenceId) -> str:
        """The function that refuses the message with this difference, for where others follow."""
        self.module.refused.add(difference)
        return self.module.use("gaps", "refuse")

    def refuse(self, difference: DifferenceId) -> Stmt:
        """Refuse the message; nothing in the same block may follow."""
        self.module.refused.add(difference)
        return s.raise_(s.call(self.module.use("gaps", "refusal"), s.text(difference)))
