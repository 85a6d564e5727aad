"""Where a schema may stand in a message, and how it is put there: the rules of schemas."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from compat.differ.atom import Atom, Guard
from compat.differ.catalogue.edits import Edit, edits
from compat.differ.catalogue.example import (
    Document,
    Example,
    answer,
    body,
    header,
    parameter,
    record,
)
from compat.differ.effect import Direction, Effect
from compat.differ.naming import Holder, is_hidden, rule_id

_Put = Callable[..., Document]  # of the schema, the media type and what stands beside the paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """`called` is what the schema is one of, in words."""

    called: str
    direction: Direction
    holder: Holder
    put: _Put
    is_nested: bool = False
    guard: Guard = Guard.NONE

    def rule(self, stem: str) -> str:
        atom = Atom(stem=stem, effect=Effect.SAME, old=None, new=None)
        return rule_id(
            atom,
            self.direction,
            self.holder,
            is_nested=self.is_nested,
            hidden=is_hidden(self.direction, self.guard),
        )

    def example(self, edit: Edit) -> Example:
        components = {"components": {"schemas": dict(edit.components)}} if edit.components else {}
        told = edit.meaning.format(it=self.called)
        return Example(
            meaning=f"{told[:1].upper()}{told[1:]}.",
            old=self.put(edit.old, edit.media, **components),
            new=self.put(edit.new, edit.media, **components),
            beside=frozenset({self.rule(edit.beside)} if edit.beside else ()),
        )


def _field(put: _Put, **marks: bool) -> _Put:
    def inside(schema: Any, *media: str, **more: Any) -> Document:
        return put(record({"colour": {**schema, **marks}}), *media, **more)

    return inside


def _query(schema: Any, _media: str, **more: Any) -> Document:
    return parameter({"name": "thing", "in": "query", "schema": schema}, **more)


def _deep(schema: Any, _media: str, **more: Any) -> Document:
    told = {"name": "thing", "in": "query", "style": "deepObject", "schema": schema}
    return parameter(told, **more)


def _header(schema: Any, _media: str, **more: Any) -> Document:
    return header({"schema": schema}, **more)


_REQUEST, _RESPONSE = Direction.REQUEST, Direction.RESPONSE
SPOTS: Final = (
    Spot(called="a request body", direction=_REQUEST, holder=Holder.BODY, put=body),
    Spot(
        called="a property of a request body",
        direction=_REQUEST,
        holder=Holder.BODY,
        put=_field(body),
        is_nested=True,
    ),
    Spot(
        called="a read-only property of a request body",
        direction=_REQUEST,
        holder=Holder.BODY,
        put=_field(body, readOnly=True),
        is_nested=True,
        guard=Guard.READ_ONLY,
    ),
    Spot(called="a request parameter", direction=_REQUEST, holder=Holder.PARAMETER, put=_query),
    Spot(
        called="a property of a request parameter",
        direction=_REQUEST,
        holder=Holder.PARAMETER,
        put=_field(_deep),
        is_nested=True,
    ),
    Spot(called="a response body", direction=_RESPONSE, holder=Holder.BODY, put=answer),
    Spot(
        called="a property of a response body",
        direction=_RESPONSE,
        holder=Holder.BODY,
        put=_field(answer),
        is_nested=True,
    ),
    Spot(
        called="a write-only property of a response body",
        direction=_RESPONSE,
        holder=Holder.BODY,
        put=_field(answer, writeOnly=True),
        is_nested=True,
        guard=Guard.WRITE_ONLY,
    ),
    Spot(called="a response header", direction=_RESPONSE, holder=Holder.HEADER, put=_header),
    Spot(
        called="a property of a response header",
        direction=_RESPONSE,
        holder=Holder.HEADER,
        put=_field(_header),
        is_nested=True,
    ),
)


def schema_examples() -> Iterator[tuple[str, Example]]:
    """Each stem in each spot where it can be told, by the rule.

    JSON, parameters and headers know nothing of how XML is written, nor of bare text.
    """
    named: set[str] = set()
    for spot in SPOTS:
        for stem, edit in edits().items():
            if edit.media != "application/json" and spot.holder is not Holder.BODY:
                continue
            rule = spot.rule(stem)
            if rule not in named:  # two stems have one published id
                named.add(rule)
                yield rule, spot.example(edit)
