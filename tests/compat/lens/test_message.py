"""Messages opened into documents and closed again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compat.lens.codecs import ParameterCodec, RestyleCodec
from compat.lens.interpret import Context, apply_to_message
from compat.lens.message import (
    Body,
    Pairs,
    Request,
    Response,
    close_request,
    close_response,
    open_request,
    open_response,
    parse_cookies,
    print_cookies,
    translate_request,
    translate_response,
)
from compat.lens.ops import (
    Convert,
    Default,
    Drop,
    Focus,
    Lens,
    Loss,
    MapValues,
    Move,
    Rename,
    Step,
    Unwrap,
    invert,
)
from compat.lens.refusal import Path, Refused
from compat.model.interface import Style
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.exactly import written
from tests.compat.lens.making import fields_of
from tests.compat.lens.messages import (
    RequestExample,
    ResponseExample,
    request_examples,
    response_examples,
)

HERE = Context()
D = "0123456789ab"
OPAQUE = b"\x00\xff"


def focus(lens: Lens, *path: Step) -> Lens:
    return (Focus(path=path, lens=lens),)


def move(source: str, target: str) -> Lens:
    return (Move(source=tuple(source.split(".")), target=tuple(target.split(".")), difference=D),)


def read_as(kind: Kind, style: Style | None = None) -> Lens:
    return (Convert(codec=ParameterCodec(kind=kind, style=style), difference=D),)


def supply(field: str, value: Json) -> Lens:
    return (Default(field=field, value=value, overwrite=True, loss=Loss.DROP, difference=D),)


UNWRAP: Lens = (Unwrap(loss=Loss.DROP, difference=D),)
WRAP: Lens = invert(UNWRAP)

FULL = Request(
    path={"id": "a%2Fb", "name": "%C3%BC:x"},
    query=(("b", "2"), ("a", "1"), ("b", "3"), ("", "")),
    headers=(("X-B", "1"), ("Cookie", "s=1; t=2"), ("x-b", "2"), ("COOKIE", "s=3"), ("A", "")),
    body={"size": 1},
)


def changed(lens: Lens, request: Request) -> Request:
    return translate_request(lens, request, HERE)


def test_a_request_is_opened_into_its_parts() -> None:
    assert open_request(FULL) == {
        "path": {"id": "a/b", "name": "ü:x"},
        "query": {"b": ["2", "3"], "a": ["1"], "": [""]},
        "header": {"x-b": ["1", "2"], "a": [""]},
        "cookie": {"s": ["1", "3"], "t": ["2"]},
        "body": {"size": 1},
    }
    assert open_request(Request(path={})) == {"path": {}, "query": {}, "header": {}, "cookie": {}}


def test_a_response_is_opened_into_its_parts() -> None:
    response = Response(status=201, headers=(("Set-Cookie", "a=1"), ("Cookie", "x")), body=None)
    assert open_response(response) == {
        "status": 201,
        "header": {"set-cookie": ["a=1"], "cookie": ["x"]},
        "body": None,
    }


@given(example=request_examples())
def test_a_request_that_nothing_changed_is_closed_as_it_was(example: RequestExample) -> None:
    assert repr(close_request(example.request, open_request(example.request))) == repr(
        example.request
    )


@given(example=response_examples())
def test_a_response_that_nothing_changed_is_closed_as_it_was(example: ResponseExample) -> None:
    assert repr(close_response(example.response, open_response(example.response))) == repr(
        example.response
    )


def test_a_full_request_that_nothing_changed_is_closed_as_it_was() -> None:
    assert changed((), FULL) == FULL


def test_what_has_not_changed_keeps_its_letters_and_its_place() -> None:
    lens = (*focus(supply("b", ["4"]), "query"), *focus(supply("x-b", ["3", "4"]), "header"))
    answer = changed(lens, FULL)
    assert answer.query == (("a", "1"), ("", ""), ("b", "4"))
    assert answer.headers == (
        *(("Cookie", "s=1; t=2"), ("COOKIE", "s=3"), ("A", "")),
        *(("x-b", "3"), ("x-b", "4")),
    )
    assert (answer.path, answer.body) == (FULL.path, FULL.body)


def test_changed_cookies_are_one_header() -> None:
    renamed = changed(focus((Rename(old="t", new="u", difference=D),), "cookie"), FULL)
    assert renamed.headers == (
        *(("X-B", "1"), ("x-b", "2"), ("A", "")),
        ("cookie", "s=1; s=3; u=2"),
    )


def test_cookies_come_from_their_own_part_alone() -> None:
    assert changed(focus(supply("cookie", ["s=9"]), "header"), FULL).headers == FULL.headers


def test_without_cookies_there_is_no_header_of_them() -> None:
    drops: Lens = tuple(
        Drop(field=name, value=ABSENT, loss=Loss.DROP, difference=D) for name in "st"
    )
    assert changed(focus(drops, "cookie"), FULL).headers == (("X-B", "1"), ("x-b", "2"), ("A", ""))
    added = changed(focus(supply("s", ["1"]), "cookie"), Request(path={}))
    assert added.headers == (("cookie", "s=1"),)


@pytest.mark.parametrize(
    ("lens", "before", "after"),
    [
        (
            (*focus(read_as(Kind.INTEGER), "query", "size"), *move("query.size", "body.size")),
            Request(path={}, query=(("size", "42"), ("q", "x"))),
            Request(path={}, query=(("q", "x"),), body={"size": 42}),
        ),
        (
            (*focus(WRAP, "path", "id"), *move("path.id", "query.id")),
            Request(path={"id": "a%2Fb"}),
            Request(path={}, query=(("id", "a/b"),)),
        ),
        (
            move("header.x-sid", "cookie.sid"),
            Request(path={}, headers=(("X-Sid", "1"),)),
            Request(path={}, headers=(("cookie", "sid=1"),)),
        ),
        (
            focus(
                (Convert(codec=RestyleCodec(old=Style.SIMPLE, new=Style.MULTI), difference=D),),
                *("query", "tags"),
            ),
            Request(path={}, query=(("tags", "a,b"),)),
            Request(path={}, query=(("tags", "a"), ("tags", "b"))),
        ),
        (
            focus((Rename(old="name", new="id", difference=D),), "path"),
            Request(path={"name": "a/b:c"}),
            Request(path={"id": "a/b:c"}),
        ),
    ],
)
def test_a_parameter_moves_there_and_back(lens: Lens, before: Request, after: Request) -> None:
    assert changed(lens, before) == after
    back = changed(invert(lens), after)
    assert open_request(back) == open_request(before)


def test_a_path_value_that_came_in_goes_out_as_it_came() -> None:
    swap: Lens = (
        *move("path.a", "path.c"),
        *move("path.b", "path.a"),
        *move("path.c", "path.b"),
    )
    request = Request(path={"a": "x%3Ay", "b": "x:y", "c": "1"})
    assert changed((), request) == request
    assert changed(swap, Request(path={"a": "/", "b": "x:"})).path == {"a": "x:", "b": "/"}


def test_a_new_path_value_is_encoded() -> None:
    answer = changed(focus(supply("id", "a/b:c ü~-._"), "path"), Request(path={}))
    assert answer.path == {"id": "a%2Fb%3Ac%20%C3%BC~-._"}


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("x", ["x"]),
        (42, ["42"]),
        (1.0, ["1.0"]),
        (True, ["true"]),
        (None, []),
        ([], []),
        (["a", 1, False], ["a", "1", "false"]),
    ],
)
def test_a_parameter_that_holds_no_texts_is_written_as_some(value: Json, texts: list[str]) -> None:
    query = changed(focus(supply("q", value), "query"), Request(path={})).query
    assert query == tuple(("q", text) for text in texts)


def test_a_part_that_is_gone_is_like_an_empty_one() -> None:
    without = Request(path={}, body={"size": 1})
    assert close_request(FULL, {"body": {"size": 1}}) == without
    assert close_request(FULL, {"query": 5, "body": {"size": 1}}) == without


@pytest.mark.parametrize(
    ("part", "name", "value", "path", "reason"),
    [
        ("query", "q", {}, ("query", "q"), "an object has no text in a parameter"),
        ("query", "q", [[]], ("query", "q"), "a list has no text in a parameter"),
        ("query", "q", [None], ("query", "q"), "null has no text in a parameter"),
        ("header", "x", ["a\r\nb: c"], ("header", "x"), "a header cannot hold a line break"),
        ("header", "x", ["a\nb"], ("header", "x"), "a header cannot hold a line break"),
        ("header", "x", ["a", "\0"], ("header", "x"), "a header cannot hold a line break"),
        ("cookie", "x", ["a\nb"], ("cookie", "x"), "a header cannot hold a line break"),
        ("cookie", "x", {}, ("cookie", "x"), "an object has no text in a parameter"),
        ("cookie", "x", ["a; y=1"], ("cookie",), "a cookie cannot hold it"),
        ("cookie", "x", [" a"], ("cookie",), "a cookie cannot hold it"),
        ("cookie", "x=y", ["a"], ("cookie",), "a cookie cannot hold it"),
        ("path", "id", [], ("path", "id"), "a path parameter is exactly one text"),
        ("path", "id", ["a", "b"], ("path", "id"), "a path parameter is exactly one text"),
        ("path", "id", {}, ("path", "id"), "an object has no text in a parameter"),
        ("path", "id", "", ("path", "id"), "'' is no segment of a path"),
        ("path", "id", ".", ("path", "id"), "'.' is no segment of a path"),
        ("path", "id", "..", ("path", "id"), "'..' is no segment of a path"),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(
    part: str, name: str, value: Json, path: Path, reason: str
) -> None:
    with pytest.raises(Refused) as caught:
        changed(focus(supply(name, value), part), FULL)
    assert (caught.value.path, caught.value.reason) == (path, reason)
    assert (caught.value.difference, caught.value.what) == ("", reason)


def test_a_line_break_in_the_query_is_encoded_by_whoever_sends_it() -> None:
    answer = changed(focus(supply("q", ["a\r\nb"]), "query"), Request(path={}))
    assert answer.query == (("q", "a\r\nb"),)


def test_what_came_in_like_that_goes_out_like_that() -> None:
    odd = Request(
        path={"a": "..", "b": ""}, headers=(("X", "a\nb"), ("Cookie", " =; ;x;=a=b; c=d=e ;"))
    )
    assert changed(focus(supply("q", ["1"]), "query"), odd) == Request(
        path=odd.path, query=(("q", "1"),), headers=odd.headers
    )


@pytest.mark.parametrize(
    ("body", "lens", "after"),
    [
        (ABSENT, supply("body", {"a": 1}), {"a": 1}),
        (None, focus((MapValues(pairs=((None, 1),), back=(), difference=D),), "body"), 1),
        ({"a": [1]}, focus(UNWRAP, "body", "a"), {"a": 1}),
        ([], focus(UNWRAP, "body"), ABSENT),
        (OPAQUE, focus(WRAP, "body"), OPAQUE),
        ({"a": 1}, move("body.a", "query.a"), ABSENT),
        ({"a": 1, "b": 2}, move("body.a", "query.a"), {"b": 2}),
    ],
)
def test_a_body_is_a_value_or_none_at_all(body: Body, lens: Lens, after: Body) -> None:
    answer = changed(lens, Request(path={}, body=body))
    assert (type(answer.body), answer.body) == (type(after), after)


def test_a_response_is_changed_like_a_request() -> None:
    lens: Lens = (
        *focus(read_as(Kind.INTEGER), "header", "x-total"),
        *move("header.x-total", "body.total"),
        *supply("status", 200),
    )
    before = Response(status=206, headers=(("X-Total", "3"), ("Etag", "x")), body={"items": []})
    after = Response(status=200, headers=(("Etag", "x"),), body={"items": [], "total": 3})
    assert translate_response(lens, before, HERE) == after
    back = translate_response(invert(lens[:2]), after, HERE)
    assert open_response(back) == open_response(
        Response(status=200, headers=(("x-total", "3"), ("Etag", "x")), body={"items": []})
    )


def test_a_status_is_a_number() -> None:
    with pytest.raises(AssertionError, match="a lens made 'gone' of a status"):
        translate_response(supply("status", "gone"), Response(status=200), HERE)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("a=1", (("a", "1"),)),
        ("a=1; b=2;c=3 ;  d=4", (("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"))),
        ("a=1; a=2", (("a", "1"), ("a", "2"))),
        ('a="x y"', (("a", '"x y"'),)),
        ("a=b=c", (("a", "b=c"),)),
        ("a=", (("a", ""),)),
        ("a = 1", (("a", "1"),)),
        ("x; =y; =z=1", (("", "x"), ("", "y"), ("", "z=1"))),
        (";; = ;", ()),
        ("a=%20", (("a", "%20"),)),
    ],
)
def test_cookies_are_read_leniently(text: str, pairs: Pairs) -> None:
    assert parse_cookies(text) == pairs
    assert parse_cookies(print_cookies(pairs)) == pairs


def test_cookies_are_printed_as_rfc_6265_has_them() -> None:
    assert print_cookies((("a", "1"), ("", "x"), ("b", ""))) == "a=1; x; b="


@given(text=st.text(alphabet="ab=; \"'%"))
def test_cookies_that_were_read_can_be_printed(text: str) -> None:
    assert parse_cookies(print_cookies(parse_cookies(text))) == parse_cookies(text)


@pytest.mark.parametrize("pair", [("a;b", "1"), ("a", "1;b"), ("a=b", "1"), ("a", "1 "), ("", "")])
def test_cookies_that_would_be_cut_elsewhere_are_not_printed(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="a cookie cannot hold it"):
        print_cookies((pair,))


@settings(max_examples=200)
@given(example=request_examples())
def test_what_goes_out_is_read_as_the_document_it_was_made_of(example: RequestExample) -> None:
    opened = open_request(example.request)
    try:
        document = apply_to_message(example.lens, opened, example.context)
        answer = close_request(example.request, document)
    except Refused:
        return
    read = open_request(answer)
    assert written(read.get("body", ABSENT)) == written(document.get("body", ABSENT))
    for part in ("path", "query", "header", "cookie"):
        fields = fields_of(document[part])
        texts: Json = {name: listed(texts) for name, texts in fields.items() if texts != []}
        assert written({name: listed(text) for name, text in fields_of(read[part]).items()}) == (
            written(texts)
        )


def listed(texts: Json) -> Json:
    """A path parameter is one text, which a lens may have left in a list."""
    return texts if isinstance(texts, list) else [texts]
