"""Whole messages as operations declare them, and which operation a path reaches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from compat.emit.runtime.message import Request
from compat.model.interface import Interface
from compat.plan.spot import Side
from compat.verify.cases import answer_document, request_document
from compat.verify.chance import Chance
from compat.verify.documents import Maker, NoDocumentError, SpecSide
from compat.verify.messages import MessageMaker, Routes, path_of
from compat.verify.samples import MEMBERS_MAX, Pools, Turns
from compat.verify.sections import answer_section, message_faults, request_section
from compat.verify.wishes import Wish
from tests.compat.plan.specs import interface
from tests.compat.verify.making import APPLIANCE, RACKS, interface_of

ROUTES = interface(
    {
        "GET /a/{id}": "",
        "GET /a/latest": "",
        "POST /a/{id}": "",
        "GET /a/{id}/b": "",
        "GET /a/{key}={value}": "",
        "GET /a/x-{name}": "",
        "GET /a/{id}.json": "",
    },
    base="/v1",
)


@pytest.mark.parametrize(
    ("asked", "reached", "values"),
    [
        ("GET /v1/a/7", "/a/{id}", {"id": "7"}),
        ("GET /v1/a/latest", "/a/latest", {}),
        ("POST /v1/a/latest", "/a/{id}", {"id": "latest"}),
        ("GET /v1/a/7/b", "/a/{id}/b", {"id": "7"}),
        ("GET /v1/a/k=v", "/a/{key}={value}", {"key": "k", "value": "v"}),
        ("GET /v1/a/x-7", "/a/x-{name}", {"name": "7"}),
        ("GET /v1/a/7.json", "/a/{id}.json", {"id": "7"}),
        ("GET /v1/a/%2F", "/a/{id}", {"id": "%2F"}),
        ("GET /v1/a/7/c", None, {}),
        ("PUT /v1/a/7", None, {}),
        ("GET /v1/a/", None, {}),
    ],
)
def test_a_path_reaches_the_operation_that_is_more_literal(
    asked: str, reached: str | None, values: dict[str, str]
) -> None:
    found = Routes(ROUTES).find(*asked.split(" "))
    assert (found and found[0].path, found[1] if found else {}) == (reached, values)


def test_a_path_is_its_template_with_the_values() -> None:
    assert path_of("/v1", "/a/{id}/{key}={value}", {"id": "1", "key": "k", "value": "v"}) == (
        "/v1/a/1/k=v"
    )
    assert path_of("", "/a?x={y}", {}) == "/a"


SPECS = {
    "appliance v1": interface_of(APPLIANCE / "v1.yaml"),
    "appliance v2": interface_of(APPLIANCE / "v2.yaml"),
    "racks v1": interface_of(RACKS / "v1.yaml"),
    "racks v2": interface_of(RACKS / "v2.yaml"),
}


def check(spec: Interface, requests: MessageMaker, answers: MessageMaker) -> None:
    """Every message that is made is as its operation says, and the request reaches it."""
    for operation in spec.operations:
        request = requests.request(operation)
        found = requests.routes.find(request.method, request.path)
        assert found is not None
        assert found[0] == operation.key
        section, document = request_section(operation), request_document(found[1], request)
        assert list(message_faults(requests.maker.spec, section, document)) == []
        for answer in operation.answers:
            made = answers.answer(operation, answer, records=False)
            section = answer_section(operation, answer)
            document = answer_document(made.response)
            assert list(message_faults(answers.maker.spec, section, document)) == []


@pytest.mark.parametrize("name", SPECS)
def test_samples_are_as_the_operation_says(name: str) -> None:
    spec, pools = SPECS[name], Pools()
    for number in range(4):
        check(spec, *(sampler(spec, side, number, pools) for side in Side))


def sampler(
    spec: Interface, side: Side, number: int = 0, pools: Pools | None = None
) -> MessageMaker:
    turns = Turns(number, pools or Pools())
    maker = Maker(SpecSide(spec, side), Wish(side=side), turns, MEMBERS_MAX)
    return MessageMaker(maker, Routes(spec))


@pytest.mark.parametrize("name", SPECS)
@settings(max_examples=10)
@given(st.data())
def test_messages_of_chance_are_as_the_operation_says(name: str, data: DataObject) -> None:
    spec = SPECS[name]

    def maker(side: Side) -> MessageMaker:
        chance = Chance(data.draw, 1, {})  # type: ignore[arg-type]
        return MessageMaker(Maker(SpecSide(spec, side), Wish(side=side), chance), Routes(spec))

    check(spec, maker(Side.REQUEST), maker(Side.RESPONSE))


def made(operation: str, number: int = 1) -> Request:
    """A sample request of the only operation."""
    spec = interface({"PUT /a/{id}": operation})
    return sampler(spec, Side.REQUEST, number).request(spec.operations[0])


def test_a_request_without_choices_has_what_must_be_there() -> None:
    words = "{query: {a: string, b!: string}, header: {x-c: string}, body: {d: string}, 200: null}"
    least, most = made(words, 0), made(words, 1)
    assert [name for name, _ in least.query] == ["b"]
    assert (least.headers, least.body) == ([], None)
    assert [name for name, _ in most.query] == ["a", "b"]
    assert [name for name, _ in most.headers] == ["content-type", "x-c"]
    assert isinstance(most.body, dict)


def test_cookies_are_one_header() -> None:
    found = made("{cookie: {a: string, b: string}}")
    ((name, text),) = found.headers
    assert name == "cookie"
    assert [pair.split("=")[0] for pair in text.split("; ")] == ["a", "b"]


def test_a_list_is_written_in_its_style() -> None:
    lists = "a: {style: csv, of: [integer]}, b: {style: pipes, of: [integer]}, c: [integer]"
    found = made(f"{{query: {{{lists}}}}}")
    assert "," in dict(found.query)["a"]
    assert sum(name == "c" for name, _ in found.query) == 2
    assert "|" in dict(found.query)["b"]


def test_the_fields_of_a_deep_object_are_pairs() -> None:
    found = made("{query: {filter: {style: deep, of: {a: string, b: integer}}}}")
    assert [name for name, _ in found.query] == ["filter[a]", "filter[b]"]


def test_what_a_path_holds_is_percent_encoded_and_reaches_its_operation() -> None:
    spec = interface({"PUT /a/{id}": "{path: {id: a/b|}, 200: null}"})
    found = sampler(spec, Side.REQUEST).request(spec.operations[0])
    assert found.path == "/a/a%2Fb"


def test_an_opaque_body_is_bytes() -> None:
    assert made("{body!: opaque, media: application/octet-stream}").body == b"not JSON"


def test_a_request_that_cannot_be_made_is_none() -> None:
    with pytest.raises(NoDocumentError):
        made("{query: {a!: {type: integer, minimum: 5, maximum: 3}}}")


@pytest.mark.parametrize(
    ("answers", "declared", "status"),
    [
        ("{200: null, default: null}", "default", 500),
        ("{500: null, 200: null, default: null}", "default", 503),
        ("{default: null}", "default", 200),
        ("{4XX: null}", "4XX", 400),
        ("{400: null, 4XX: null}", "4XX", 499),
        ("{204: null}", "204", 204),
    ],
)
def test_an_answer_has_a_status_of_its_own(answers: str, declared: str, status: int) -> None:
    spec = interface({"GET /a": answers})
    (operation,) = spec.operations
    answer = next(each for each in operation.answers if each.status == declared)
    found = sampler(spec, Side.RESPONSE).answer(operation, answer, records=False)
    assert found.response.status == status


def test_a_stream_brings_records() -> None:
    spec = interface({"GET /a": "{200: {application/x-ndjson: {at!: integer}}}"})
    (operation,) = spec.operations
    found = sampler(spec, Side.RESPONSE).answer(operation, operation.answers[0], records=True)
    assert isinstance(found.response.body, bytes)
    assert [list(each) for each in found.records if isinstance(each, dict)] == [["at"], ["at"]]
