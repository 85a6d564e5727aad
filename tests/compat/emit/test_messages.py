"""Emitted exchanges turn whole messages as the interpreter turns their documents."""

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings

from compat.lens.interpret import Context, apply_to_message
from compat.lens.message import (
    Body,
    Request,
    Response,
    close_request,
    close_response,
    open_request,
    open_response,
)
from compat.lens.ops import Lens
from compat.lens.refusal import Refused
from compat.model.role import Role
from compat.model.schema import ABSENT, Json
from tests.compat.emit.making import call, drive, exchange, plan_of, running, value_hooks
from tests.compat.emit.test_lenses import HOOKS_FILE
from tests.compat.lens.exactly import alike
from tests.compat.lens.messages import (
    RequestExample,
    ResponseExample,
    request_examples,
    response_examples,
)

LONG = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=120)
HOOKS = value_hooks("turn", "box")


def applied(lens: Lens, document: dict[str, Json], context: Context) -> dict[str, Json]:
    """The document behind the lens; a body that is null is none at once."""
    for op in lens:
        document = apply_to_message((op,), document, context)
        if document.get("body", ABSENT) is None:
            del document["body"]
    return document


def without_null(body: Body) -> Body:
    return ABSENT if body is None else body


def body_of(body: Body) -> object:
    return None if body is ABSENT else body


def refused(error: Any) -> str:
    return f"refused: {error.difference}"


def same_json(left: Any, right: Any) -> bool:
    return left is right if left is None or right is None else alike(left, right)


def expected_request(example: RequestExample) -> tuple[Iterable[str], Request | str]:
    """The path parameters that the callee is given, and its request."""
    given = Request(
        path=example.request.path,
        query=example.request.query,
        headers=example.request.headers,
        body=without_null(example.request.body),
    )
    path: Json = None
    try:
        document = applied(example.lens, open_request(given), example.context)
        path = document.get("path")
        answer: Request | str = close_request(given, document)
    except Refused as error:
        answer = refused(error)
    return path if isinstance(path, dict) else (), answer


def expected_response(example: ResponseExample) -> Response | str:
    given = Response(
        status=example.response.status,
        headers=example.response.headers,
        body=without_null(example.response.body),
    )
    try:
        return close_response(given, applied(example.lens, open_response(given), example.context))
    except Refused as error:
        return refused(error)


def template(base: str, names: Any) -> str:
    return "/".join([base, *(f"{{{name}}}" for name in sorted(names))])


def filled(base: str, values: Any) -> str:
    return "/".join([base, *(values[name] for name in sorted(values))])


@LONG
@given(request_examples())
def test_requests_are_turned_as_the_interpreter_turns_them(example: RequestExample) -> None:
    request = example.request
    names, expected = expected_request(example)
    there = call(f"PUT {template('/new', names)}", example.lens)
    asked = exchange(f"PUT {template('/old', request.path)}", there)
    with running(
        plan_of(example.lenses, {Role.OLD_CLIENT: [asked]}, hooks=HOOKS), hooks=HOOKS_FILE
    ) as module:
        message = module("message")
        sent = message.Request(
            method="PUT",
            path=f"/v1{filled('/old', request.path)}",
            query=request.query,
            headers=request.headers,
            body=body_of(request.body),
        )
        before = repr(sent)
        try:
            found = next(module("old_client").exchange(sent))
        except message.GapError as error:
            found = refused(error)
        assert repr(sent) == before
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
        return
    assert found.path == f"/v2{filled('/new', expected.path)}"
    assert tuple(found.query) == expected.query
    assert tuple(found.headers) == expected.headers
    assert same_json(found.body, body_of(expected.body))


@LONG
@given(response_examples())
def test_answers_are_turned_as_the_interpreter_turns_them(example: ResponseExample) -> None:
    response, expected = example.response, expected_response(example)
    asked = exchange("GET /old", call("GET /new", answers={"default": example.lens}))
    with running(
        plan_of(example.lenses, {Role.OLD_CLIENT: [asked]}, hooks=HOOKS), hooks=HOOKS_FILE
    ) as module:
        message = module("message")
        answer = message.Response(
            status=response.status, headers=response.headers, body=body_of(response.body)
        )
        before = repr(answer)
        flow = module("old_client").exchange(message.Request(method="GET", path="/v1/old"))
        try:
            _, found = drive(flow, answer)
        except message.GapError as error:
            found = refused(error)
        assert repr(answer) == before
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
        return
    assert found.status == expected.status
    assert tuple(found.headers) == expected.headers
    assert same_json(found.body, body_of(expected.body))
