"""The messages of a pair of operations: request bodies, answers and their headers."""

from collections.abc import Iterator
from dataclasses import replace

from compat.differ.atom import Lone
from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.naming import Holder
from compat.differ.numbered import numbered
from compat.differ.parameters import parameters, value_schemas, written
from compat.differ.teller import Teller
from compat.model.assertions import asserts_more
from compat.model.interface import Answer, Content, Parameter
from compat.model.schema import ABSENT, Kind

_RESPONSE = Direction.RESPONSE
_AS_USUAL = "as usual"


def messages(teller: Teller) -> Iterator[Change]:
    """What changed in any part of the messages."""
    yield from parameters(teller)
    yield from _body(teller)
    yield from _answers(teller)


def _body(teller: Teller) -> Iterator[Change]:
    one, other = teller.old.body, teller.new.body
    part = "request body"
    if one is None and other is not None:
        rule = f"request-body-added-{'required' if other.required else 'optional'}"
        effect = Effect.NARROWER if other.required else Effect.SAME
        yield teller.change(rule, "body", effect, part, teller.old, other, lone=Lone.NEW)
    if one is not None and other is None:
        effect = teller.loss(required=one.required) if teller.turned else Effect.NARROWER
        told = ("request-body-removed", "body", effect, part, one, teller.new)
        yield teller.change(*told, lone=Lone.OLD)
    if one is None or other is None:
        return
    if one.required != other.required:
        rule = f"request-body-became-{'required' if other.required else 'optional'}"
        effect = Effect.NARROWER if other.required else Effect.WIDER
        yield teller.change(rule, "required", effect, part, one, other)
    yield from _contents(teller, one.contents, other.contents, Direction.REQUEST, part)


def _contents(
    teller: Teller,
    old: tuple[Content, ...],
    new: tuple[Content, ...],
    direction: Direction,
    part: str,
) -> Iterator[Change]:
    """Media types, and what is in them."""
    ours = numbered(old, lambda content: content.name)
    theirs = numbered(new, lambda content: content.name)
    is_request = direction is Direction.REQUEST
    rule = "request-body-media-type" if is_request else "response-media-type"
    for name, one in ours.items():
        if name not in theirs:
            yield teller.change(
                f"{rule}-removed",
                "media-type",
                Effect.NARROWER,
                part,
                one,
                None,
                direction=direction,
                before=one.media_type,
            )
    for name, other in theirs.items():
        if name not in ours:
            yield teller.change(
                f"{rule}-added",
                "media-type",
                Effect.WIDER,
                part,
                None,
                other,
                direction=direction,
                after=other.media_type,
            )
    for name, one in ours.items():
        if name in theirs:
            yield from _content(teller, one, theirs[name], direction, f"{part} {one.name}")


def _content(
    teller: Teller, one: Content, other: Content, direction: Direction, part: str
) -> Iterator[Change]:
    for name in _parts(teller, one, other):
        before, after = one.encoding.get(name, _AS_USUAL), other.encoding.get(name, _AS_USUAL)
        if before != after:
            yield teller.change(
                f"{direction}-body-encoding-changed",
                "encoding",
                Effect.OTHER,
                f"{part} {name}",
                one,
                other,
                direction=direction,
                before=before,
                after=after,
            )
    for name in sorted({*one.part_headers} & {*other.part_headers}):
        headers = one.part_headers[name], other.part_headers[name]
        yield from _part_headers(teller, *headers, direction, f"{part} {name}")
    old, new = one.schema, other.schema
    if old is not None and new is not None:
        is_text = not one.is_json
        yield from teller.schemas(old, new, direction, Holder.BODY, part, is_text=is_text)
    elif old is not new and not _is_any_content(teller, one, other):
        verb, effect = "removed", Effect.WIDER
        if old is None:
            verb, effect = "added", Effect.NARROWER
        rule = f"{direction}-body-media-type-schema-{verb}"
        yield teller.change(rule, "schema", effect, part, one, other, direction=direction)


def _is_any_content(teller: Teller, one: Content, other: Content) -> bool:
    """Bytes that 3.1 says nothing of, and of which 3.0 says that they are binary."""
    stated = [
        interface.resolve(each.schema)
        for interface, each in ((teller.comparison.old, one), (teller.comparison.new, other))
        if each.schema is not None
    ]
    return not one.is_json and all(
        each.kinds == frozenset({Kind.STRING})
        and each.format == "binary"
        and not asserts_more(replace(each, format=""))
        for each in stated
    )


def _parts(teller: Teller, one: Content, other: Content) -> list[str]:
    """What is said to be written in some way, without fields that came or went by themselves."""
    named = {*one.encoding, *other.encoding}
    if one.schema is None or other.schema is None:
        return sorted(named)
    ours = teller.comparison.old.resolve(one.schema).properties
    theirs = teller.comparison.new.resolve(other.schema).properties
    return sorted(named - (ours.keys() ^ theirs.keys()))


def _part_headers(
    teller: Teller,
    old: tuple[Parameter, ...],
    new: tuple[Parameter, ...],
    direction: Direction,
    part: str,
) -> Iterator[Change]:
    """Headers of one part of a form; that there is one or must be is told as its encoding."""
    is_request = direction is Direction.REQUEST
    holder = Holder.PARAMETER if is_request else Holder.HEADER
    rule = "request-parameter" if is_request else "response-header"
    theirs = {header.name.lower(): header for header in new}
    for one in old:
        other = theirs.get(one.name.lower())
        if other is not None:
            where = f"{part} header {one.name.lower()}"
            yield from written(teller, one, other, where, rule, direction)
            yield from teller.schemas(*value_schemas(one, other), direction, holder, where)


def _answers(teller: Teller) -> Iterator[Change]:
    """By status; one success that became another is told, and what is in it, too."""
    ours = {answer.status: answer for answer in teller.old.answers}
    theirs = {answer.status: answer for answer in teller.new.answers}
    gone = [answer for status, answer in ours.items() if status not in theirs]
    come = [answer for status, answer in theirs.items() if status not in ours]
    for status, one in ours.items():
        if status in theirs:
            yield from _answer(teller, one, theirs[status])
    for one in gone:
        rule, part = _status_rule(one.status, "removed"), _part(one)
        yield teller.change(rule, "status", Effect.NARROWER, part, one, None, direction=_RESPONSE)
    for other in come:
        rule, part = _status_rule(other.status, "added"), _part(other)
        yield teller.change(rule, "status", Effect.WIDER, part, None, other, direction=_RESPONSE)
    moved = [answer for answer in gone if _is_success(answer.status)]
    arrived = [answer for answer in come if _is_success(answer.status)]
    if len(moved) == len(arrived) == 1:
        yield from _answer(teller, moved[0], arrived[0])


def _is_success(status: str) -> bool:
    return status.startswith("2")


def _status_rule(status: str, verb: str) -> str:
    return f"response-{'' if _is_success(status) else 'non-'}success-status-{verb}"


def _part(answer: Answer) -> str:
    return f"response {answer.status}"


def _answer(teller: Teller, one: Answer, other: Answer) -> Iterator[Change]:
    yield from _contents(teller, one.contents, other.contents, _RESPONSE, _part(one))
    yield from _links(teller, one, other)
    ours = numbered(one.headers, lambda header: header.name.lower())
    theirs = numbered(other.headers, lambda header: header.name.lower())
    for name, header in ours.items():
        part = f"{_part(one)} header {name[0]}"
        if name in theirs:
            yield from _header(teller, header, theirs[name], part)
            continue
        presence = "required" if header.required else "optional"
        effect = Effect.WIDER if header.required else Effect.UNSTATED
        rule = f"{presence}-response-header-removed"
        yield teller.change(rule, "header", effect, part, header, None, direction=_RESPONSE)
    for name, header in theirs.items():
        if name not in ours:
            part, rule = f"{_part(one)} header {name[0]}", "response-header-added"
            effect = Effect.NARROWER if header.required else Effect.SAME
            yield teller.change(rule, "header", effect, part, None, header, direction=_RESPONSE)


def _links(teller: Teller, one: Answer, other: Answer) -> Iterator[Change]:
    """What an answer offers to go on with; nobody has to."""
    for name in sorted({*one.links, *other.links}):
        before, after = one.links.get(name), other.links.get(name)
        if before == after:
            continue
        verb = "changed"
        if before is None or after is None:
            verb = "added" if before is None else "removed"
        rule, part = f"response-link-{verb}", f"{_part(one)} link {name}"
        yield teller.change(
            rule,
            "link",
            Effect.SAME,
            part,
            one,
            other,
            direction=_RESPONSE,
            before=before or ABSENT,
            after=after or ABSENT,
        )


def _header(teller: Teller, one: Parameter, other: Parameter, part: str) -> Iterator[Change]:
    if one.required != other.required:
        rule = f"response-header-became-{'required' if other.required else 'optional'}"
        effect = Effect.NARROWER if other.required else Effect.WIDER
        yield teller.change(rule, "required", effect, part, one, other, direction=_RESPONSE)
    if one.deprecated != other.deprecated:
        rule = f"response-header-{'deprecated' if other.deprecated else 'reactivated'}"
        yield teller.change(rule, "deprecated", Effect.SAME, part, one, other, direction=_RESPONSE)
    yield from written(teller, one, other, part, "response-header", _RESPONSE)
    old, new = value_schemas(one, other)
    yield from teller.schemas(old, new, _RESPONSE, Holder.HEADER, part)
