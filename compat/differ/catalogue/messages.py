"""Rules of what messages are made of: parameters, bodies, answers, headers and links."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from compat.differ.catalogue.example import (
    DONE,
    FAR,
    PAST,
    Document,
    Example,
    document,
    header,
    parameter,
    record,
)
from compat.differ.lifecycle import SUNSET

_TEXT: Final = {"type": "string"}
_JSON: Final = {"application/json": {"schema": _TEXT}}


def message_examples() -> Iterator[tuple[str, Example]]:
    """All of them by their rules."""
    yield from _parameters()
    yield from _spelt()
    yield from _ends()
    yield from _bodies()
    yield from _media_types()
    yield from _answers()
    yield from _headers()


def _query(**said: Any) -> Document:
    return {"name": "room", "in": "query", "schema": _TEXT, **said}


def _parameters() -> Iterator[tuple[str, Example]]:
    none, optional, required = parameter(), parameter(_query()), parameter(_query(required=True))
    new = "Requests have a new parameter, which"
    yield (
        "new-optional-request-parameter",
        Example(meaning=f"{new} may be sent.", old=none, new=optional),
    )
    yield (
        "new-required-request-parameter",
        Example(meaning=f"{new} must be sent.", old=none, new=required),
    )
    shared = "The operations of a path have a new parameter, which"
    for presence, told, flag in (("optional", "may", False), ("required", "must", True)):
        item = {"parameters": [_query(required=flag)], "post": {"responses": DONE}}
        yield (
            f"new-{presence}-request-default-parameter-to-existing-path",
            Example(
                meaning=f"{shared} {told} be sent.", old=none, new=document(paths={"/things": item})
            ),
        )
    named = {"operationId": "addThing", "responses": DONE}
    within = {"name": "room", "in": "path", "required": True, "schema": _TEXT}
    below = {"/rooms/{room}/things": {"post": {**named, "parameters": [within]}}}
    yield (
        "new-request-path-parameter",
        Example(
            meaning="The path of an operation has one more parameter.",
            old=document(paths={"/things": {"post": named}}),
            new=document(paths=below),
            beside=frozenset({"endpoint-path-changed"}),
        ),
    )
    became = Example(meaning="A parameter must be sent now.", old=optional, new=required)
    yield "request-parameter-became-required", became
    yield (
        "request-parameter-became-optional",
        became.back("A parameter may be left out now."),
    )
    header_, sent = ({**_query(required=each), "in": "header"} for each in (False, True))
    yield (
        "request-header-property-became-required",
        Example(
            meaning="A header of requests must be sent now.",
            old=parameter(header_),
            new=parameter(sent),
        ),
    )
    gone = "A parameter was removed"
    for rule, told, said in (
        ("request-parameter-removed", "without having been deprecated", {}),
        (
            "request-parameter-removed-with-deprecation",
            "after it was deprecated",
            {"deprecated": True},
        ),
        (
            "request-parameter-removed-before-sunset",
            "before the day that was announced",
            {"deprecated": True, SUNSET: FAR},
        ),
    ):
        yield (
            rule,
            Example(meaning=f"{gone} {told}.", old=parameter(_query(**said)), new=none),
        )


def _spelt() -> Iterator[tuple[str, Example]]:
    colours = _query(schema={"type": "array", "items": _TEXT})
    yield (
        "request-parameter-style-changed",
        Example(
            meaning="The values of a parameter are written in another style.",
            old=parameter(colours),
            new=parameter({**colours, "style": "spaceDelimited", "explode": False}),
        ),
    )
    texts = ({"name": "room", "in": "query", "content": each} for each in _MEDIA_TYPES)
    old, new = (parameter(each) for each in texts)
    yield (
        "request-parameter-media-type-changed",
        Example(meaning="The text of a parameter is of another media type.", old=old, new=new),
    )
    for rule, keyword, told in (
        ("allow-reserved", "allowReserved", "reserved characters as they are"),
        ("allow-empty-value", "allowEmptyValue", "no value"),
    ):
        may = Example(
            meaning=f"A parameter may have {told} now.",
            old=parameter(_query()),
            new=parameter(_query(**{keyword: True})),
        )
        yield f"request-parameter-{rule}-added", may
        yield (
            f"request-parameter-{rule}-removed",
            may.back(f"A parameter may not have {told} any more."),
        )


_MEDIA_TYPES: Final = ({"text/plain": {"schema": _TEXT}}, {"text/csv": {"schema": _TEXT}})


def _ends() -> Iterator[tuple[str, Example]]:
    def ends(day: str = "") -> Document:
        return parameter(_query(deprecated=True, **({SUNSET: day} if day else {})))

    plain = parameter(_query())
    deprecated = Example(meaning="A parameter is deprecated now.", old=plain, new=ends())
    yield "request-parameter-deprecated", deprecated
    yield (
        "request-parameter-reactivated",
        deprecated.back("A parameter is not deprecated any more."),
    )
    for word, told, old, new, days in (
        (
            "deprecated-sunset-missing",
            "is deprecated now, without the day of its end",
            plain,
            ends(),
            90,
        ),
        ("sunset-parse", "has an end that is no date", plain, ends("soon"), 0),
        (
            "sunset-date-too-small",
            "is deprecated now, and ends earlier than it may",
            plain,
            ends(PAST),
            90,
        ),
        ("sunset-deleted", "lacks the day of its end, which it had", ends(FAR), ends(), 0),
        (
            "sunset-date-changed-too-small",
            "ends earlier than was announced, and than it may",
            ends(FAR),
            ends(PAST),
            0,
        ),
    ):
        yield (
            f"request-parameter-{word}",
            Example(meaning=f"A parameter {told}.", old=old, new=new, stable_days=days),
        )


def _bodies() -> Iterator[tuple[str, Example]]:
    none = document()
    optional = document({"requestBody": {"content": _JSON}})
    required = document({"requestBody": {"required": True, "content": _JSON}})
    yield (
        "request-body-added-required",
        Example(meaning="Requests must have a body now.", old=none, new=required),
    )
    may = Example(meaning="Requests may have a body now.", old=none, new=optional)
    yield "request-body-added-optional", may
    yield "request-body-removed", may.back("Requests have no body any more.")
    must = Example(meaning="The body of requests must be sent now.", old=optional, new=required)
    yield "request-body-became-required", must
    yield "request-body-became-optional", must.back("The body of requests may be left out now.")


def _media_types() -> Iterator[tuple[str, Example]]:
    form = record({"colours": {"type": "array", "items": _TEXT}})
    for direction, rule, body in (
        ("request", "request-body-media-type", "A request body"),
        ("response", "response-media-type", "A response body"),
    ):

        def holding(content: Mapping[str, Any], direction: str = direction) -> Document:
            if direction == "request":
                return document({"requestBody": {"content": content}})
            answer = {"description": "A thing.", "content": content}
            return document({"responses": {"200": answer}})

        more = Example(
            meaning=f"{body} may be of one more media type.",
            old=holding(_JSON),
            new=holding({**_JSON, "text/csv": {"schema": _TEXT}}),
        )
        yield f"{rule}-added", more
        yield f"{rule}-removed", more.back(f"{body} may not be of a media type any more.")
        told = Example(
            meaning=f"{body} is described now.",
            old=holding({"application/json": {}}),
            new=holding(_JSON),
        )
        yield f"{direction}-body-media-type-schema-added", told
        yield (
            f"{direction}-body-media-type-schema-removed",
            told.back(f"{body} is not described any more."),
        )
        usual = {"schema": form}
        other = {"schema": form, "encoding": {"colours": {"style": "pipeDelimited"}}}
        yield (
            f"{direction}-body-encoding-changed",
            Example(
                meaning=f"A part of {body[:1].lower()}{body[1:]} is written in another way.",
                old=holding({"application/x-www-form-urlencoded": usual}),
                new=holding({"application/x-www-form-urlencoded": other}),
            ),
        )


def _answers() -> Iterator[tuple[str, Example]]:
    def answering(*statuses: str) -> Document:
        return document({"responses": {each: {"description": "An answer."} for each in statuses}})

    for kind, words, status in (
        ("success", "to say that it went well", "201"),
        ("non-success", "to say that it failed", "404"),
    ):
        more = Example(
            meaning=f"There is one more status {words}.",
            old=answering("200"),
            new=answering("200", status),
        )
        yield f"response-{kind}-status-added", more
        yield (
            f"response-{kind}-status-removed",
            more.back(f"There is a status less {words}."),
        )


def _headers() -> Iterator[tuple[str, Example]]:
    none, optional = header(None), header({"schema": _TEXT})
    required = header({"required": True, "schema": _TEXT})
    more = Example(meaning="Answers have one more header.", old=none, new=optional)
    yield "response-header-added", more
    yield (
        "optional-response-header-removed",
        more.back("Answers lack a header that they might have had."),
    )
    yield (
        "required-response-header-removed",
        Example(meaning="Answers lack a header that they always had.", old=required, new=none),
    )
    always = Example(meaning="A header of answers is always there now.", old=optional, new=required)
    yield "response-header-became-required", always
    yield (
        "response-header-became-optional",
        always.back("A header of answers may be missing now."),
    )
    ending = Example(
        meaning="A header of answers is deprecated now.",
        old=optional,
        new=header({"deprecated": True, "schema": _TEXT}),
    )
    yield "response-header-deprecated", ending
    yield (
        "response-header-reactivated",
        ending.back("A header of answers is not deprecated any more."),
    )
    room = record({"floor": _TEXT})
    yield (
        "response-header-style-changed",
        Example(
            meaning="The values of a header of answers are written in another style.",
            old=header({"schema": room}),
            new=header({"explode": True, "schema": room}),
        ),
    )
    old, new = (header({"content": each}) for each in _MEDIA_TYPES)
    yield (
        "response-header-media-type-changed",
        Example(meaning="The text of a header is of another media type.", old=old, new=new),
    )
    yield from _links()


def _links() -> Iterator[tuple[str, Example]]:
    def linked(name: str = "") -> Document:
        links = {"room": {"operationId": name}} if name else {}
        return document({"responses": {"200": {"description": "A thing.", "links": links}}})

    more = Example(
        meaning="An answer offers one more way to go on.", old=linked(), new=linked("enter")
    )
    yield "response-link-added", more
    yield "response-link-removed", more.back("An answer offers a way less to go on.")
    yield (
        "response-link-changed",
        Example(
            meaning="A way to go on that an answer offers is another one.",
            old=linked("enter"),
            new=linked("look"),
        ),
    )
