"""Documents as a schema admits them, of every kind that it admits.

`Maker` walks the shapes of a spec and asks a chooser wherever there is a choice: `documents()` lets
Hypothesis choose, `compat.verify.samples` goes through the choices one by one. Cycles end because
beyond `DEPTH_MAX` only what must be there is made, by the shortest way. What shapes cannot express
(`not`, parts of an allOf that contradict) is checked in the end, and fields at fault are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NoReturn, Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from compat.lens.value import same
from compat.model.interface import Interface
from compat.model.schema import ABSENT, Absent, Bounds, Discriminator, Json, Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    Field,
    ObjectShape,
    ScalarShape,
    Shape,
    Shapes,
    UnionShape,
)
from compat.plan.spot import Side
from compat.verify.chance import Chance
from compat.verify.nodes import Path, place_key
from compat.verify.patience import Patience
from compat.verify.validity import Validity, is_hidden
from compat.verify.wishes import Wish, is_near

DEPTH_MAX: Final = 6
HEIGHT_MAX: Final = 40
MEMBERS_MAX: Final = 120  # optional fields, items and map values of one document
_MEMBERS_BEYOND_MAX: Final = 3_000  # that must be there although none are left
_PAIRS_A_STEP: Final = 200  # of items that are compared
_MENDS_MAX: Final = 4
ANYTHING: Final[tuple[Json, ...]] = ("any", 0, True, {}, {"any": [1, None]}, ["any"], 0.5)
UNKNOWN_FIELD: Final = "x-of-no-version"
UNKNOWN: Final = "unknown-{}."
"""What an unknown field holds, and an unknown value of an enum; numbered."""

T = TypeVar("T")


class NoDocumentError(Exception):
    """The schema admits no finite document, or none that was found."""


class Chooser(Protocol):
    """Who decides where a schema leaves a choice."""

    def one_of(self, options: Sequence[T]) -> T: ...

    def some_of(self, names: Sequence[str]) -> frozenset[str]:
        """The optional fields that are there."""

    def count(self, least: int, most: int) -> int:
        """How many items or map values there are."""

    def is_null(self) -> bool:
        """Is a value that may be null null?"""

    def is_default(self) -> bool:
        """Is a value that has a default the default?"""

    def key(self, taken: Mapping[str, Json]) -> str:
        """The name of one more value of a map."""

    def scalar(self, shape: ScalarShape) -> Json:
        """A value that the shape admits."""

    def is_extra(self) -> bool:
        """Is there something here that no spec knows?"""

    def turn(self) -> None:
        """What was chosen last does not do: choose otherwise."""

    def fail(self) -> NoReturn:
        """No document can be made this way."""


@dataclass(eq=False)
class SpecSide:
    """What making and checking documents of one interface needs, on one side of an exchange."""

    interface: Interface
    side: Side
    patience: Patience = field(default_factory=Patience)
    shapes: Shapes = field(init=False)
    validity: Validity = field(init=False)
    _heights: dict[int, tuple[Schema, int | None]] = field(default_factory=dict)
    _fits: dict[tuple[int, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shapes = Shapes(self.interface)
        self.validity = Validity(self.interface, self.side, self.patience)

    def height(self, schema: Schema) -> int | None:
        """How deep the flattest document is; None where there is no finite one."""
        schema = self.shapes.canonical(schema)
        if id(schema) not in self._heights:
            found = next((d for d in range(HEIGHT_MAX) if self._fit(schema, d)), None)
            self._heights[id(schema)] = schema, found
        return self._heights[id(schema)][1]

    def is_hidden(self, schema: Schema) -> bool:
        return is_hidden(self.interface, schema, self.side)

    def _fit(self, schema: Schema, depth: int) -> bool:
        """Is there a document of at most that depth?"""
        schema = self.shapes.canonical(schema)
        key = id(schema), depth
        if key not in self._fits:
            self._fits[key] = self._shape_fits(self.shapes.of(schema), depth)
        return self._fits[key]

    def _shape_fits(self, shape: Shape, depth: int) -> bool:
        if shape.nullable or isinstance(shape, AnyShape):
            return True
        match shape:
            case ScalarShape(enum=enum):
                return enum != ()
            case UnionShape(variants=variants):
                return any(self._fit(variant, depth - 1) for variant in variants) and depth > 0
            case ArrayShape(items=items, prefix=prefix, bounds=bounds):
                least = int(bounds.min_items or 0)
                rest = (items,) if items is not None and least > len(prefix) else ()
                return all(self._below(each, depth) for each in (*prefix[:least], *rest))
            case ObjectShape():
                return self._object_fits(shape, depth)

    def _object_fits(self, shape: ObjectShape, depth: int) -> bool:
        visible = [each for each in shape.fields.values() if not self.is_hidden(each.schema)]
        fitting = [each for each in visible if self._below(each.schema, depth)]
        if any(each.required and each not in fitting for each in visible):
            return False
        if len(fitting) >= (shape.bounds.min_properties or 0):
            return True
        if isinstance(shape.additional, Schema):
            return self._below(shape.additional, depth)
        return shape.additional

    def _below(self, schema: Schema, depth: int) -> bool:
        return depth > 0 and self._fit(schema, depth - 1)


@dataclass(eq=False)
class Maker:
    """Makes one document."""

    spec: SpecSide
    wish: Wish
    choose: Chooser
    left: int = MEMBERS_MAX
    unknown: int = 0

    def document(self, schema: Schema) -> Json:
        """A document for the schema. With the wish for extras it is not checked."""
        if self.spec.height(schema) is None:
            self.choose.fail()
        made = self._value(schema, DEPTH_MAX)
        target = self.wish.target
        if self.wish.extras or (target is not None and (target.values or target.missing)):
            return made
        return self._mended(schema, made)

    def _mended(self, schema: Schema, made: Json) -> Json:
        for _ in range(_MENDS_MAX):
            faults = list(self.spec.validity.faults(schema, made))
            if not faults:
                return made
            for fault in faults:
                _leave_out(made, fault.path)
        return self.choose.fail()

    def _value(self, schema: Schema, depth: int) -> Json:
        """A value of the schema; once it is that of the target, no way leads on from there."""
        self.spec.patience.take()
        wish = self.wish
        made = self._aimed(schema, depth)
        self.wish = wish
        return made

    def _aimed(self, schema: Schema, depth: int) -> Json:
        target = self.wish.target
        is_there = target is not None and target.is_at(self.spec.shapes.canonical(schema))
        is_itself = target is not None and place_key(schema) == target.place
        if target is not None and target.values and (is_there or is_itself):
            return self.choose.one_of(target.values)
        shape = self.spec.shapes.of(schema)
        leads = target is not None and is_near(target.distance(schema))
        if target is not None and (is_there or not target.distance(schema)):
            self.wish = replace(self.wish, target=None)
        if shape.nullable and not leads and not isinstance(shape, AnyShape):
            ends = depth <= 0 and not isinstance(shape, ScalarShape)
            if self.choose.is_null() or ends:
                return None
        match shape:
            case AnyShape():
                return self.choose.one_of(ANYTHING)
            case ScalarShape():
                return self._scalar(shape, schema)
            case UnionShape():
                return self._variant(schema, shape, depth)
            case ArrayShape():
                return self._array(schema, shape, depth)
            case ObjectShape():
                return self._object(schema, shape, depth)

    def _scalar(self, shape: ScalarShape, schema: Schema) -> Json:
        target = self.spec.interface.resolve(schema)
        default = target.default if schema.default is ABSENT else schema.default
        if not isinstance(default, Absent) and self._takes_default(schema, default):
            return default
        texts = shape.enum is not None and all(isinstance(value, str) for value in shape.enum)
        if self.wish.extras and texts and self.choose.is_extra():
            return self._unknown()
        return self.choose.scalar(shape)

    def _takes_default(self, schema: Schema, default: Json) -> bool:
        return self.choose.is_default() and self.spec.validity.admits(schema, default)

    # --- unions -----------------------------------------------------------------------------------

    def _variant(self, schema: Schema, shape: UnionShape, depth: int) -> Json:
        variant = self._chosen(shape.variants, depth)
        made = self._value(variant, depth - 1)
        if shape.discriminator is not None and isinstance(made, dict):
            name = shape.discriminator.property_name
            if isinstance(made.get(name), str):
                made[name] = self._tag(shape.discriminator, variant) or made[name]
        if not shape.exclusive or self.wish.extras or self.wish.target is not None:
            return made
        for _ in range(_MENDS_MAX):
            if self.spec.validity.admits(self.spec.shapes.canonical(schema), made):
                return made
            self.choose.turn()
            variant = self._chosen(shape.variants, depth)
            made = self._value(variant, depth - 1)
        return made

    def _chosen(self, variants: tuple[Schema, ...], depth: int) -> Schema:
        target = self.wish.target
        if target is not None:
            nearest = min(variants, key=target.distance)
            if is_near(target.distance(nearest)):
                return nearest
        heights = [(self.spec.height(variant), variant) for variant in variants]
        finite = [(height, variant) for height, variant in heights if height is not None]
        fitting = [variant for height, variant in finite if height < depth]
        if fitting:
            return self.choose.one_of(fitting)
        if not finite:
            self.choose.fail()
        return min(finite, key=lambda each: each[0])[1]

    def _tag(self, discriminator: Discriminator, variant: Schema) -> str | None:
        """What the discriminator says for the variant."""
        target = self.spec.shapes.canonical(variant)
        for tag, identity in discriminator.mapping.items():
            if self.spec.interface.schemas[identity] is target:
                return tag
        return target.name or None

    # --- lists and objects ------------------------------------------------------------------------

    def _array(self, schema: Schema, shape: ArrayShape, depth: int) -> Json:
        bounds, leads = shape.bounds, self._leads(shape.items)
        least = int(bounds.min_items or 0)
        most = int(bounds.max_items) if bounds.max_items is not None else least + 3
        members = (*shape.prefix, *((shape.items,) if shape.items is not None else ()))
        if not all(self._fits(each, depth) for each in members) or self.left <= 0:
            most = least
        wanted = leads or self._is_target(schema)
        count = max(self.choose.count(least, max(least, most)), int(wanted))
        self._spend(count)
        prefix = shape.prefix[:count]
        items = [self._value(each, depth - 1) for each in prefix]
        items += [self._member(shape.items, depth) for _ in range(count - len(prefix))]
        if not bounds.unique_items:
            return items
        self.spec.patience.take(len(items) ** 2 // _PAIRS_A_STEP)
        return _distinct(items)

    def _spend(self, count: int) -> None:
        """So many members more; too many are not made, whatever the schema asks for."""
        if count > self.left + _MEMBERS_BEYOND_MAX:
            self.choose.fail()
        self.spec.patience.take(count)
        self.left -= count

    def _member(self, schema: Schema | None, depth: int) -> Json:
        return self.choose.one_of(ANYTHING) if schema is None else self._value(schema, depth - 1)

    def _object(self, schema: Schema, shape: ObjectShape, depth: int) -> Json:
        visible = {
            name: each
            for name, each in shape.fields.items()
            if not self.spec.is_hidden(each.schema)
        }
        conjuncts = self._conjuncts(schema)
        required, excluded = self._presence(conjuncts)
        must = [name for name, each in visible.items() if each.required or name in required]
        may = [
            name
            for name, each in visible.items()
            if name not in must and name not in excluded and self._may(each, depth)
        ]
        there = {*must, *(self.choose.some_of(may) if self.left > 0 else ())}
        missing = int(shape.bounds.min_properties or 0) - len(there)
        there |= self._more(missing, there | excluded, visible)
        there = self._directed(there, visible)
        self.left -= len(there)
        made: dict[str, Json] = {
            name: self._value(each.schema, depth - 1)
            for name, each in visible.items()
            if name in there
        }
        made |= {name: self.choose.one_of(ANYTHING) for name in _undeclared(conjuncts, shape)}
        self._fill(made, shape, depth)
        if self.wish.extras and shape.additional is True and self.choose.is_extra():
            made[UNKNOWN_FIELD] = self._unknown()
        return made

    def _more(self, count: int, other: set[str], visible: Mapping[str, Field]) -> frozenset[str]:
        """So many of the declared fields but for `other` ones, the flattest first."""
        if count <= 0:
            return frozenset()
        heights = {name: self.spec.height(each.schema) for name, each in visible.items()}
        free = {n: h for n, h in heights.items() if h is not None and n not in other}
        return frozenset(sorted(free, key=lambda name: free[name])[:count])

    def _unknown(self) -> str:
        self.unknown += 1
        return UNKNOWN.format(self.unknown)

    def _fill(self, made: dict[str, Json], shape: ObjectShape, depth: int) -> None:
        """Undeclared fields, where the schema says what they are or wants more."""
        bounds: Bounds = shape.bounds
        least = max(0, int(bounds.min_properties or 0) - len(made))
        if not isinstance(shape.additional, Schema):
            least = least if shape.additional else 0
            self._spend(least)
            for _ in range(least):
                made[self.choose.key(made)] = self.choose.one_of(ANYTHING)
            return
        most = least + (0 if shape.fields else 3)
        if bounds.max_properties is not None:
            most = min(most, int(bounds.max_properties) - len(made))
        if not self._fits(shape.additional, depth) or self.left <= 0:
            most = least
        count = max(self.choose.count(least, max(least, most)), int(self._leads(shape.additional)))
        self._spend(count)
        for _ in range(count):
            made[self.choose.key(made)] = self._value(shape.additional, depth - 1)

    def _presence(self, conjuncts: list[Schema]) -> tuple[frozenset[str], frozenset[str]]:
        """Names that a union of `required` lists asks for, and names that it forbids with them."""
        required: frozenset[str] = frozenset()
        excluded: frozenset[str] = frozenset()
        for part in conjuncts:
            variants = part.one_of or part.any_of
            wanted = [self.spec.interface.resolve(each).required for each in variants]
            if not any(wanted):
                continue
            chosen = self.choose.one_of(wanted)
            required |= chosen
            if part.one_of:
                excluded |= frozenset().union(*wanted) - chosen
        return required, excluded - required

    def _conjuncts(self, schema: Schema) -> list[Schema]:
        found = [self.spec.interface.resolve(schema)]
        for part in found:
            resolved = (self.spec.interface.resolve(each) for each in part.all_of)
            found += [each for each in resolved if each not in found]
        return found

    def _directed(self, there: set[str], visible: Mapping[str, Field]) -> set[str]:
        """With the field that leads to the target; without the one that is to be missing."""
        target = self.wish.target
        if target is None:
            return there
        distances = {name: target.distance(each.schema) for name, each in visible.items()}
        nearest = min(distances, key=lambda name: distances[name], default=None)
        if nearest is None or not is_near(distances[nearest]):
            return there
        if target.missing and place_key(visible[nearest].schema) == target.place:
            return there - {nearest}
        return there | {nearest}

    def _may(self, each: Field, depth: int) -> bool:
        """Can the optional field be there, and is it wanted?"""
        avoided = {place_key(each.schema), place_key(self.spec.shapes.canonical(each.schema))}
        return not avoided & self.wish.avoid and self._fits(each.schema, depth)

    def _fits(self, schema: Schema, depth: int) -> bool:
        height = self.spec.height(schema)
        return height is not None and height < depth

    def _is_target(self, schema: Schema) -> bool:
        target = self.wish.target
        return target is not None and place_key(schema) == target.place

    def _leads(self, schema: Schema | None) -> bool:
        target = self.wish.target
        return schema is not None and target is not None and is_near(target.distance(schema))


def _undeclared(conjuncts: list[Schema], shape: ObjectShape) -> list[str]:
    """Required names that nothing declares."""
    required = frozenset().union(*(part.required for part in conjuncts))
    return sorted(required - shape.fields.keys())


def _leave_out(value: Json, path: Path) -> None:
    """Remove what stands there."""
    holder: Any = value
    *way, last = path or ("",)
    try:
        for step in way:
            holder = holder[step]
        del holder[last]
    except (KeyError, IndexError, TypeError):
        return  # gone already, with something around it


def _distinct(items: list[Json]) -> list[Json]:
    found: list[Json] = []
    for item in items:
        if not any(same(item, other) for other in found):
            found.append(item)
    return found


def documents(spec: SpecSide, schema: Schema, wish: Wish) -> SearchStrategy[Json]:
    """Documents as the schema admits them on the side that `spec` is for."""
    strategies: dict[int, tuple[ScalarShape, SearchStrategy[Json]]] = {}

    @st.composite
    def document(draw: DrawFn) -> Json:
        return Maker(spec, wish, Chance(draw, draw(st.integers(0, 2)), strategies)).document(schema)

    return document()
