"""What is surely the same in two specs, found before either is read into the model.

Theory of operation

What a reference leads to is unchanged if it has one gist in both documents and refers to nothing
that changed. So all that changed by itself is found first, and from there the change spreads
backwards along the references; what it does not reach is the greatest set that holds together, and
cycles stay in it. An operation in it need be neither read nor compared.

Whatever is not understood counts as changed: it is read, and compared as it always was.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from compat.differ.gist import Gist, exact, gist
from compat.load.dialect import SWAGGER_20
from compat.load.node import Node
from compat.load.opened import Opened
from compat.load.operations import METHODS
from compat.load.pointer import join
from compat.match.template import shape
from compat.model.record import record
from compat.model.schema import Json

_TEXTS: Final = frozenset(("summary", "description", "externalDocs"))
_LOOKED_AT: Final = frozenset(
    (
        *("swagger", "openapi", "info", "tags", "externalDocs", "servers", "host", "basePath"),
        *("schemes", "paths", "webhooks", "components", "definitions", "parameters", "responses"),
        *("security", "securityDefinitions", "consumes", "produces"),
    )
)
"""What may differ at the top without a word: references lead to it, or it is compared by itself."""

_INHERITED: Final = ("security", "consumes", "produces")
_ADDRESS: Final = ("host", "basePath")
"""What the operations of a 2.0 spec that name schemes of their own are found at."""

_SCHEMES: Final = ("/components/securitySchemes", "/securityDefinitions")
_KNOWN: Final = (
    *(f"/components/{each}/" for each in ("schemas", "parameters", "headers", "responses")),
    *("/components/requestBodies/", "/definitions/", "/parameters/", "/responses/"),
)
"""Where objects stand whose texts are known."""


@record(kw_only=True)
class Unchanged:
    """`operations` and `targets` of references, by their pointers, in both documents."""

    operations: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()


NOTHING: Final = Unchanged()


def unchanged(old: Opened, new: Opened) -> Unchanged:
    """Nothing of specs in two dialects, or with something unknown at the top that differs."""
    if old.dialect is not new.dialect or not _are_alike_at_the_top(old.root, new.root):
        return NOTHING
    pair = _Pair(old, new)
    lonely = _lonely(old.root) & _lonely(new.root)
    pair.look_at("paths", lonely)
    pair.look_at("webhooks")
    pair.follow()
    pair.spread()
    return Unchanged(operations=frozenset(pair.operations()), targets=pair.targets())


def _are_alike_at_the_top(old: Node, new: Node) -> bool:
    ours, theirs = (
        {
            key: value
            for key, value in root.as_object().items()
            if key not in _LOOKED_AT and not key.startswith("x-")
        }
        for root in (old, new)
    )
    return exact(ours) == exact(theirs)


@dataclass(slots=True)
class _Pair:
    """Two specs of one dialect, and what is known of their operations and targets by pointer."""

    old: Opened
    new: Opened
    _operations: dict[str, frozenset[str]] = field(default_factory=dict)
    _targets: dict[str, frozenset[str]] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def look_at(self, keyword: str, alone: frozenset[str] | None = None) -> None:
        """The items of this name in both; `alone` are those that cannot be taken for others."""
        theirs = dict(self.new.root.members(keyword))
        for name, item in self.old.root.members(keyword):
            other = theirs.get(name)
            if other is not None and isinstance(item.value, dict):
                self._look_at_item(item, other, is_alone=alone is None or name in alone)

    def _look_at_item(self, old: Node, new: Node, *, is_alone: bool) -> None:
        """An operation is unchanged beside the same others, for what became of them is told too."""
        ours, theirs = _methods(old), _methods(new)
        around = self._common(_without(old.value, METHODS), _without(new.value, METHODS))
        is_known = around is not None and not around.is_alias and is_alone
        for method, operation in ours.items():
            pointer, other = join(old.pointer, method), theirs.get(method)
            found = self._gist(self.old, _without(operation, _TEXTS))
            if found is None:
                continue
            references = found.references | self._inherited(operation, old)
            if around is not None and is_known and ours.keys() == theirs.keys():
                is_same = found == self._gist(self.new, _without(other, _TEXTS))
                references |= around.references
            else:
                is_same = False
            self._operations[pointer] = references
            if not is_same:
                self._changed.add(pointer)

    def _common(self, old: Json, new: Json, *, is_known: bool = True) -> Gist | None:
        """The gist of the old and the new value, if it is one."""
        ours = self._gist(self.old, old, is_known=is_known)
        same = ours is not None and ours == self._gist(self.new, new, is_known=is_known)
        return ours if same else None

    def _gist(self, spec: Opened, value: Json, *, is_known: bool = True) -> Gist | None:
        has_plain_text = spec.root.document.has_plain_text
        return gist(value, spec.dialect, is_known=is_known, has_plain_text=has_plain_text)

    def _inherited(self, operation: Mapping[str, Json], item: Node) -> frozenset[str]:
        """What stands at the top and counts for the operation, the schemes that it names too.

        What its callbacks name is not looked for: every scheme counts for them.
        """
        top = [key for key in _INHERITED if key not in operation]
        has_schemes = "schemes" in operation or item.has("schemes")
        if has_schemes and self.old.dialect is SWAGGER_20:
            top += _ADDRESS
        security = operation.get("security", self.old.root.as_object().get("security"))
        holders = [each for each in _SCHEMES if self._is_in_one(each)]
        every = holders if "callbacks" in operation else ()
        return frozenset(
            (
                *(f"/{key}" for key in top if self._is_in_one(f"/{key}")),
                *(join(each, name) for each in holders or _SCHEMES for name in _named(security)),
                *every,
            )
        )

    def _is_in_one(self, pointer: str) -> bool:
        return any(each.documents.at(pointer) is not None for each in (self.old, self.new))

    def follow(self) -> None:
        """Looks at all that the operations refer to, at first hand or later."""
        waiting = [each for references in self._operations.values() for each in references]
        while waiting:
            pointer = waiting.pop()
            if pointer not in self._targets:
                self._targets[pointer] = self._references(pointer)
                waiting.extend(self._targets[pointer])

    def _references(self, pointer: str) -> frozenset[str]:
        """Of the value there; notes that it changed if it did."""
        ours, theirs = (each.documents.at(pointer) for each in (self.old, self.new))
        found = None
        if ours is not None and theirs is not None:
            is_known = pointer.startswith(_KNOWN)
            found = self._common(ours.value, theirs.value, is_known=is_known)
        if found is None or (found.is_alias and self._leads_on(found)):
            self._changed.add(pointer)
            return frozenset()
        return found.references

    def _leads_on(self, alias: Gist) -> bool:
        """Does it lead to another alias? Those could go round in circles."""
        targets = (self.old.documents.at(pointer) for pointer in alias.references)
        return any(target is None or target.has("$ref") for target in targets)

    def spread(self) -> None:
        """What refers to what changed has changed."""
        referring: dict[str, list[str]] = {}
        for source, references in (*self._operations.items(), *self._targets.items()):
            for pointer in references:
                referring.setdefault(pointer, []).append(source)
        spreading = [*self._changed]
        while spreading:
            fresh = {*referring.get(spreading.pop(), ())} - self._changed
            self._changed |= fresh
            spreading.extend(fresh)

    def targets(self) -> frozenset[str]:
        return frozenset(self._targets.keys() - self._changed)

    def operations(self) -> Iterator[str]:
        """All but one that inherits the demands of the whole spec: they are told by such a one."""
        is_wanted = self.old.root.has("security")
        for pointer in self._operations:
            if pointer in self._changed:
                continue
            is_heir = pointer.startswith("/paths/") and "/security" in self._operations[pointer]
            if is_wanted and is_heir:
                is_wanted = False
            else:
                yield pointer


def _without(value: Json, keys: Collection[str]) -> Json:
    if not isinstance(value, dict):
        return value
    return {key: below for key, below in value.items() if key not in keys}


def _named(security: Json) -> Iterator[str]:
    """The schemes that it asks for."""
    for alternative in security if isinstance(security, list) else ():
        if isinstance(alternative, dict):
            yield from alternative


def _methods(item: Node) -> dict[str, dict[str, Json]]:
    held = item.value if isinstance(item.value, dict) else {}
    return {
        method: operation for method in METHODS if isinstance(operation := held.get(method), dict)
    }


def _lonely(root: Node) -> frozenset[str]:
    """The path templates of which there is no other of the same shape."""
    shapes: dict[str, list[str]] = {}
    for template, _ in root.members("paths"):
        if not template.startswith("x-"):
            shapes.setdefault(shape(template), []).append(template)
    return frozenset(several[0] for several in shapes.values() if len(several) == 1)
