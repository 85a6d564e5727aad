"""Parameters of a request and headers of an answer, each part a table of names like any other.

A message holds the texts of a parameter, so a type that only changes what the text is read as
changes nothing on the wire; enums, array styles and units do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from compat.intent.model import ReadPages
from compat.intent.problem import IntentError
from compat.lens.codecs import ParameterCodec
from compat.lens.ops import Convert, Focus, Lens, Op, Rename
from compat.match.template import akin, parameter_names, renamed_parameters
from compat.model.interface import Answer, Location, Operation, Parameter, Style
from compat.model.schema import Json, Kind, Schema
from compat.model.shape import Field
from compat.plan.claims import NO_CLAIMS, Claims
from compat.plan.messages.styles import bridge_notes, bridge_writing, spread
from compat.plan.messages.texts import bridge_texts
from compat.plan.spot import Side, Spot
from compat.plan.tables import Tables, leftover
from compat.plan.values.fields import bridge_fields, stated_renames
from compat.plan.values.objects import bridge_table
from compat.plan.walk import Walk

TABLES: Final = (Location.QUERY, Location.HEADER, Location.COOKIE)
_TRANSPORT: Final = frozenset(
    ("accept", "content-type", "authorization", "content-length", "transfer-encoding", "date")
)
_SEPARATORS: Final = {Style.SPACE: " ", Style.TAB: "\t", Style.PIPE: "|"}
_TEXT: Final[Lens] = (Convert(codec=ParameterCodec(kind=Kind.STRING), difference=""),)

Named = Mapping[str, Parameter]


def parameters(operation: Operation, location: Location) -> dict[str, Parameter]:
    """The operation's parameters there, by name (of headers in lower case)."""
    return _named(one for one in operation.parameters if one.location is location)


def _named(found: Iterable[Parameter]) -> dict[str, Parameter]:
    named = {_name(parameter): parameter for parameter in found}
    return {name: one for name, one in named.items() if not _is_transport(one)}


def _name(parameter: Parameter) -> str:
    return parameter.name.lower() if parameter.location is Location.HEADER else parameter.name


def _is_transport(parameter: Parameter) -> bool:
    return parameter.location is Location.HEADER and parameter.name.lower() in _TRANSPORT


def pair_name(old: Operation, new: Operation) -> str:
    """What differences between the two are called: of operations that are not akin, both."""
    same = old.key.method == new.key.method and akin(old.key.path, new.key.path)
    return str(old.key) if same else f"{old.key} to {new.key}"


def section(side: Side, old: Operation, new: Operation, name: str) -> Spot:
    """The address of a section of both operations."""
    subject = f"{pair_name(old, new)} {name}"
    return Spot(side, f"{old.key} {name}", f"{new.key} {name}", subject)


def bridge_parameters(
    walk: Walk, old: Operation, new: Operation, location: Location, claims: Claims
) -> Lens:
    """Lead the parameters of the query, the header or the cookies."""
    apart: list[Op] = []
    tables = _tables(walk, parameters(old, location), parameters(new, location), apart)
    if location is Location.QUERY:
        tables = replace(tables, paging=_page_names(walk, old, new))
    inner = bridge_table(walk, tables, section(Side.REQUEST, old, new, location.value), claims)
    lens = (*apart, *inner)
    return (Focus(path=(location.value,), lens=lens),) if lens else ()


def bridge_headers(walk: Walk, old: Answer, new: Answer, spot: Spot) -> Lens:
    """Lead the headers of an answer; `spot` is the answer's."""
    ours, theirs = _named(old.headers), _named(new.headers)
    if not ours and not theirs:
        return ()
    tables = replace(_tables(walk, ours, theirs, []), noun="header")
    lens = bridge_table(walk, tables, spot.section("header"), NO_CLAIMS)
    return (Focus(path=("header",), lens=lens),) if lens else ()


def bridge_path(walk: Walk, old: Operation, new: Operation, claims: Claims) -> Lens:
    """Parameters of the template keep their position; their names are nobody's business."""
    ours, theirs = _in_template(old), _in_template(new)
    tables = _tables(walk, ours, theirs, [], in_list=False)
    spot = section(Side.REQUEST, old, new, Location.PATH.value)
    left = leftover(tables, claims)
    renames = stated_renames(walk, tables, spot, left, claims)
    for before, after in renamed_parameters(old.key.path, new.key.path):
        free = before not in claims.old_names and after not in claims.new_names
        if before != after and free and before in ours and after in theirs:
            left.removed.pop(before, None)
            left.added.pop(after, None)
            renames.setdefault(before, (after, ""))
    renamed, fields = bridge_fields(walk, tables, spot, left, claims, renames)
    lens = (*_without_clashes(renamed), *fields)
    return (Focus(path=(Location.PATH.value,), lens=lens),) if lens else ()


def _in_template(operation: Operation) -> Named:
    """The parameters of the path that have a place in it."""
    names = parameter_names(operation.key.path)
    named = parameters(operation, Location.PATH)
    return {name: parameter for name, parameter in named.items() if name in names}


def _without_clashes(renames: tuple[Rename, ...]) -> Lens:
    """Names that change places step aside first; no parameter's name has a brace in it."""
    sources = {rename.old for rename in renames}
    if not any(rename.new in sources for rename in renames):
        return renames
    aside = {rename.old: f"{{{rename.old}}}" for rename in renames}
    return (
        *(Rename(old=one, new=other, difference="") for one, other in aside.items()),
        *(replace(rename, old=aside[rename.old]) for rename in renames),
    )


def _tables(
    walk: Walk, ours: Named, theirs: Named, apart: list[Op], *, in_list: bool = True
) -> Tables:
    """The parameters as a table; `apart` gets what is about names that none of them has."""
    by_schema = {id(p.schema): p for p in (*ours.values(), *theirs.values())}

    def value(one: Schema, other: Schema, spot: Spot, _: Claims) -> Lens:
        if id(one) not in by_schema or id(other) not in by_schema:
            raise IntentError(
                f"{spot.subject} is inside of a parameter",
                hint="a parameter moves as a whole; what is in its text is a matter for a hook",
            )
        pair = by_schema[id(one)], by_schema[id(other)]
        noted = bridge_notes(walk, *pair, spot)
        refusing = bridge_writing(walk, *pair, spot, in_list=in_list)
        if refusing is None:
            return (*noted, *bridge_texts(walk, *pair, spot, in_list=in_list))
        apart.extend(spread(walk, *pair, refusing))
        return (*noted, *refusing)

    def encode(schema: Schema, json: Json) -> Json:
        return as_texts(by_schema[id(schema)].style, json) if in_list else _as_text(json)

    return Tables(
        noun="parameter",
        old=_fields(ours),
        new=_fields(theirs),
        old_closed=False,
        new_closed=False,
        value=value,
        encode=encode,
        text=_TEXT if in_list else (),
        nulls=False,
    )


def _page_names(walk: Walk, old: Operation, new: Operation) -> frozenset[str]:
    """The parameters that ask for a page, where the intent says how pages are read."""
    spot = section(Side.RESPONSE, old, new, "response 200")
    pages = walk.ledger.action(spot, ReadPages)
    if pages is None:
        return frozenset()
    return frozenset(name for name in (pages.token_query, pages.size_query) if name is not None)


def _fields(named: Named) -> dict[str, Field]:
    return {name: Field(schema=p.schema, required=p.required) for name, p in named.items()}


def as_texts(style: Style, value: Json) -> Json:
    """A JSON value as the list of texts that a message holds."""
    if not isinstance(value, list):
        return [_as_text(value)]
    if style is Style.MULTI:
        return [_as_text(item) for item in value]
    return [_SEPARATORS.get(style, ",").join(_as_text(item) for item in value)]


def _as_text(value: Json) -> str:
    """A scalar the way a parameter writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)
