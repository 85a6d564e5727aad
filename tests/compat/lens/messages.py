"""Random lenses on whole messages, as `tests.compat.lens.strategies` draws them on values.

Parameters move between the parts, are renamed, supplied and re-encoded; bodies change in any way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from compat.lens.codecs import ParameterCodec, RestyleCodec
from compat.lens.interpret import Context, apply_to_message
from compat.lens.message import Request, Response, open_request, open_response
from compat.lens.ops import Convert, Default, Focus, Lens, Move, Rename, Wrap, invert
from compat.lens.refusal import Refused
from compat.model.schema import ABSENT, Absent, Json, Kind
from tests.compat.lens.making import (
    NAMES,
    STYLES,
    differences,
    documents,
    fields_of,
    losses,
    objects,
)
from tests.compat.lens.strategies import HOOKS, Author, anything


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExample:
    """A lens and a request it bites on."""

    lens: Lens
    lenses: Mapping[str, Lens]
    request: Request

    @property
    def context(self) -> Context:
        return Context(lenses=self.lenses, hooks=HOOKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseExample:
    """A lens and a response it bites on."""

    lens: Lens
    lenses: Mapping[str, Lens]
    response: Response

    @property
    def context(self) -> Context:
        return Context(lenses=self.lenses, hooks=HOOKS)


_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "path": ("id", "name"),
    "query": ("q", "limit", "tag[]"),
    "header": ("x-trace", "x-tags"),
    "cookie": ("sid", "theme"),
    "body": NAMES,
}
_PARAMETER_TEXTS: Final = ("", "x", "42", "042", "true", "1,2", "a|b c", "ü/?&=")
_COOKIE_TEXTS: Final = ("", "x", "42", "true", '"q"')

_queries = st.lists(
    st.tuples(st.sampled_from(_PARTS["query"]), st.sampled_from(_PARAMETER_TEXTS)), max_size=4
)
_headers = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(("X-Trace", "x-trace", "X-Tags", "Accept")),
            st.sampled_from(("x", "42", "true", "1,2", "*/*")),
        ),
        st.lists(
            st.tuples(st.sampled_from(_PARTS["cookie"]), st.sampled_from(_COOKIE_TEXTS)),
            min_size=1,
            max_size=3,
        ).map(lambda pairs: ("Cookie", "; ".join(f"{name}={text}" for name, text in pairs))),
    ),
    max_size=4,
)
_bodies: SearchStrategy[Json | Absent] = st.one_of(st.just(ABSENT), objects, objects, documents)
_requests = st.builds(
    Request,
    path=st.dictionaries(
        st.sampled_from(_PARTS["path"]), st.sampled_from(("x", "42", "a%2Fb", "a:b", "%C3%BC"))
    ),
    query=_queries.map(tuple),
    headers=_headers.map(tuple),
    body=_bodies,
)
_responses = st.builds(
    Response,
    status=st.sampled_from((200, 201, 404)),
    headers=_headers.map(
        lambda pairs: tuple((name.replace("Cookie", "Set-Cookie"), text) for name, text in pairs)
    ),
    body=_bodies,
)


@st.composite
def request_examples(draw: DrawFn) -> RequestExample:
    """A lens on a request's document, and the request."""
    author, request = Author(draw, anything), draw(_requests)
    lens = _message_lens(author, open_request(request), tuple(_PARTS))
    return RequestExample(lens=lens, lenses=author.lenses, request=request)


@st.composite
def response_examples(draw: DrawFn) -> ResponseExample:
    """A lens on a response's document, and the response."""
    author, response = Author(draw, anything), draw(_responses)
    lens = _message_lens(author, open_response(response), ("header", "body"))
    return ResponseExample(lens=lens, lenses=author.lenses, response=response)


def _message_lens(author: Author, document: dict[str, Json], parts: tuple[str, ...]) -> Lens:
    lens: Lens = ()
    for _ in range(author.draw(st.integers(1, 4))):
        write = author.draw(st.sampled_from((_relocation, _relocation, _parameter, _body)))
        added = write(author, document, parts)
        lens = (*lens, *added)
        try:
            document = apply_to_message(added, document, author.context)
        except Refused:
            break
    return lens


def _relocation(author: Author, document: dict[str, Json], parts: tuple[str, ...]) -> Lens:
    """A parameter or a field of the body moves to another part, re-encoded as it must be."""
    draw = author.draw
    source, target = _spot(draw, document, parts), _spot(draw, document, parts)
    kind, difference = draw(st.sampled_from(Kind)), draw(differences)
    read: Lens = (Convert(codec=ParameterCodec(kind=kind), difference=difference),)
    wrap: Lens = (Wrap(loss=draw(losses), difference=difference),)
    return (
        Focus(path=source, lens={"path": wrap, "body": invert(read)}.get(source[0], ())),
        Move(source=source, target=target, difference=difference),
        Focus(path=target, lens={"path": invert(wrap), "body": read}.get(target[0], ())),
    )


def _parameter(author: Author, document: dict[str, Json], parts: tuple[str, ...]) -> Lens:
    """A parameter is renamed, supplied, dropped, or written in another style."""
    draw = author.draw
    part, name = _spot(draw, document, tuple(part for part in parts if part != "body"))
    difference, loss = draw(differences), draw(losses)
    texts = draw(st.lists(st.sampled_from(_COOKIE_TEXTS), min_size=1, max_size=2))
    value: Json = "x" if part == "path" else [*texts]
    styles = st.sampled_from(STYLES)
    restyle = RestyleCodec(old=draw(styles), new=draw(styles))
    new = draw(st.sampled_from(_PARTS[part]))
    supply: Lens = (Default(field=name, value=value, loss=loss, difference=difference),)
    lenses: tuple[Focus, ...] = (
        Focus(path=(part,), lens=(Rename(old=name, new=new, difference=difference),)),
        Focus(path=(part,), lens=supply),
        Focus(path=(part,), lens=invert(supply)),
        Focus(path=(part, name), lens=(Convert(codec=restyle, difference=difference),)),
    )
    return (draw(st.sampled_from(lenses)),)


def _body(author: Author, document: dict[str, Json], _parts: tuple[str, ...]) -> Lens:
    """The body changes, or is supplied or dropped."""
    draw = author.draw
    body: Json = document.get("body", {})
    lens, _ = author.lens(body, depth=1)
    supply = Default(
        field="body", value=draw(documents), loss=draw(losses), difference=draw(differences)
    )
    bodies: tuple[Lens, ...] = ((Focus(path=("body",), lens=lens),), (supply,), invert((supply,)))
    return draw(st.sampled_from((bodies[0], *bodies)))


def _spot(draw: DrawFn, document: dict[str, Json], parts: tuple[str, ...]) -> tuple[str, str]:
    part = draw(st.sampled_from(parts))
    fields = fields_of(document.get(part))
    return part, draw(st.sampled_from([*fields, *fields, *_PARTS[part]]))
