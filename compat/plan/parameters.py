"""Parameters of a request: path, query, header and cookie, each a table of names like any other.

A message holds the texts of a parameter, so a type that only changes what the text is read as
changes nothing on the wire; enums, array styles and units do.
"""

from collections.abc import Iterator

from compat.intent.model import ReadPages
from compat.lens.codecs import RestyleCodec, TextCodec
from compat.lens.ops import ITEM, Convert, Flow, Focus, Lens, Rename
from compat.match.template import renamed_parameters
from compat.model.interface import Location, Operation, Parameter, Style
from compat.model.schema import Json, Kind, Schema
from compat.model.shape import ArrayShape, Field, ScalarShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.ledger import NOTHING, Finding
from compat.plan.objects import bridge_table
from compat.plan.scalars import bridge_scalars, kinds_overlap
from compat.plan.spot import Side, Spot
from compat.plan.stance import excess
from compat.plan.tables import Tables
from compat.plan.walk import Walk

TABLES = (Location.QUERY, Location.HEADER, Location.COOKIE)
_TRANSPORT = frozenset({"accept", "content-type", "authorization", "content-length"})


def parameters(operation: Operation, location: Location) -> dict[str, Parameter]:
    """The operation's parameters there, by name (of headers in lower case)."""
    named = {
        _name(parameter): parameter
        for parameter in operation.parameters
        if parameter.location is location
    }
    if location is not Location.HEADER:
        return named
    return {name: parameter for name, parameter in named.items() if name not in _TRANSPORT}


def _name(parameter: Parameter) -> str:
    return parameter.name.lower() if parameter.location is Location.HEADER else parameter.name


def section(side: Side, old: Operation, new: Operation, name: str) -> Spot:
    """The address of a section of both operations."""
    return Spot(side, f"{old.key} {name}", f"{new.key} {name}", f"{old.key} {name}")


def bridge_path(old: Operation, new: Operation, claims: Claims) -> Lens:
    """Parameters of the template keep their position; their names are nobody's business."""
    renames = tuple(
        Rename(old=ours, new=theirs, difference="")
        for ours, theirs in renamed_parameters(old.key.path, new.key.path)
        if ours != theirs and ours not in claims.old_names and theirs not in claims.new_names
    )
    return (Focus(path=(Location.PATH.value,), lens=renames),) if renames else ()


def bridge_parameters(
    walk: Walk, old: Operation, new: Operation, location: Location, claims: Claims
) -> Lens:
    """Lead the parameters of one location."""
    ours, theirs = parameters(old, location), parameters(new, location)
    by_schema = {id(p.schema): p for p in (*ours.values(), *theirs.values())}

    def value(one: Schema, other: Schema, spot: Spot, _: Claims) -> Lens:
        return _bridge_texts(walk, by_schema[id(one)], by_schema[id(other)], spot)

    tables = Tables(
        noun="parameter",
        old=_fields(ours),
        new=_fields(theirs),
        old_closed=False,
        new_closed=False,
        value=value,
        encode=lambda schema, json: _encoded(by_schema[id(schema)].style, json),
        paging=_page_names(walk, old, new) if location is Location.QUERY else frozenset(),
    )
    lens = bridge_table(walk, tables, section(Side.REQUEST, old, new, location.value), claims)
    return (Focus(path=(location.value,), lens=lens),) if lens else ()


def _page_names(walk: Walk, old: Operation, new: Operation) -> frozenset[str]:
    """The parameters that ask for a page, where the intent says how pages are read."""
    spot = section(Side.RESPONSE, old, new, "response 200")
    pages = walk.ledger.action(spot, ReadPages)
    if pages is None:
        return frozenset()
    return frozenset(name for name in (pages.token_query, pages.size_query) if name is not None)


def _fields(named: dict[str, Parameter]) -> dict[str, Field]:
    return {name: Field(schema=p.schema, required=p.required) for name, p in named.items()}


def _encoded(style: Style, value: Json) -> Json:
    """A JSON value as the list of texts that a message holds."""
    if not isinstance(value, list):
        return [as_text(value)]
    if style is Style.MULTI:
        return [as_text(item) for item in value]
    return [_SEPARATORS.get(style, ",").join(as_text(item) for item in value)]


_SEPARATORS = {Style.SPACE: " ", Style.TAB: "\t", Style.PIPE: "|"}


def as_text(value: Json) -> str:
    """A scalar the way a parameter writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)


# --- values ---------------------------------------------------------------------------------------


def _bridge_texts(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Lens:
    ours, theirs = _items(walk.old, old.schema), _items(walk.new, new.schema)
    lens = tuple(_restyled(walk, old, new, spot))
    one, other = ours or old.schema, theirs or new.schema
    before, after = walk.old.of(one), walk.new.of(other)
    if not (isinstance(before, ScalarShape) and isinstance(after, ScalarShape)):
        return lens
    if not kinds_overlap(before.kinds, after.kinds):
        _enter_retyped(walk, old, new, spot, (before, after))
        return lens
    inner = bridge_scalars(walk, (one, other), before, after, spot)
    return (*lens, *_on_texts(inner, before, after))


def _items(shapes: Shapes, schema: Schema) -> Schema | None:
    shape = shapes.of(schema)
    return shape.items if isinstance(shape, ArrayShape) else None


def _on_texts(lens: Lens, old: ScalarShape, new: ScalarShape) -> Lens:
    """A lens for JSON scalars, applied to the texts that stand for them."""
    if not lens:
        return ()
    read = () if old.kinds == {Kind.STRING} else (_as_text(old, forward=False),)
    write = () if new.kinds == {Kind.STRING} else (_as_text(new, forward=True),)
    return (Focus(path=(ITEM,), lens=(*read, *lens, *write)),)


def _as_text(shape: ScalarShape, *, forward: bool) -> Convert:
    return Convert(codec=TextCodec(kind=min(shape.kinds)), forward=forward, difference="")


def _restyled(walk: Walk, old: Parameter, new: Parameter, spot: Spot) -> Iterator[Convert]:
    """An array that is written in another style, or a single value that became an array."""
    many = _items(walk.old, old.schema) is not None, _items(walk.new, new.schema) is not None
    if many == (True, True) and old.style is not new.style:
        done = Judgement(verdict=Verdict.LOSSLESS, treatment="written in the other style")
        found = walk.ledger.enter(
            Finding(
                kind="parameter-style-changed",
                subject=spot.subject,
                message=f"a list in the style {old.style} became {new.style}",
                old=old.place,
                new=new.place,
                side=spot.side,
                up=done,
                down=done,
            )
        )
        yield Convert(codec=RestyleCodec(old=old.style, new=new.style), difference=found)
    if many[0] != many[1]:
        kind = "wrapped-in-list" if many[1] else "unwrapped-from-list"
        flow = Flow.DOWN if many[1] else Flow.UP
        accepted = walk.ledger.accepted(kind, spot.subject)
        more = excess(spot.side, flow, accepted, "more than one value")
        walk.ledger.enter(
            Finding(
                kind=kind,
                subject=spot.subject,
                message="one value in a version, a list of them in the other",
                old=old.place,
                new=new.place,
                side=spot.side,
                up=more if flow is Flow.UP else NOTHING,
                down=more if flow is Flow.DOWN else NOTHING,
            )
        )


def _enter_retyped(
    walk: Walk, old: Parameter, new: Parameter, spot: Spot, shapes: tuple[ScalarShape, ScalarShape]
) -> None:
    """The text is the same, what it may say is not: free text admits all the other types do."""
    kind = "kinds-changed"
    accepted = walk.ledger.accepted(kind, spot.subject)
    text = Kind.STRING
    up = text not in shapes[1].kinds
    down = text not in shapes[0].kinds
    what = "a value of the other type"
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"{'/'.join(sorted(shapes[0].kinds))} became "
            f"{'/'.join(sorted(shapes[1].kinds))}",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=excess(spot.side, Flow.UP, accepted, what) if up else NOTHING,
            down=excess(spot.side, Flow.DOWN, accepted, what) if down else NOTHING,
        )
    )
