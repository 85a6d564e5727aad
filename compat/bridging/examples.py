"""Rules of transitions, by examples: changes that a plan knows to be one.

They are told where there is a plan (`compat diff --plan`, `compat check`), which most of them need
somebody's word for, in an intent.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

from compat.differ.catalogue.example import (
    DONE,
    Document,
    Example,
    answer,
    body,
    document,
    header,
    parameter,
    record,
)

_HELD: Final = {"type": "string"}


@cache
def transition_examples() -> dict[str, Example]:
    """All of them by their rules."""
    found = (*_fields(), *_values(), *_ways())
    return {rule: replace(example, needs_plan=True) for rule, example in found}


def _named(name: str, **more: Any) -> Document:
    return {"components": {"schemas": {name: more}}}


def _fields() -> Iterator[tuple[str, Example]]:
    size = {"type": "integer"}
    flat, other = record({"colour": _HELD}), record({"shade": _HELD})
    outside = record({"colour": _HELD, "paint": record({"size": size})})
    inside = record({"paint": record({"size": size, "colour": _HELD})})
    thing = {"$ref": "#/components/schemas/Thing"}
    for direction, place, what in (
        ("request", body, "a request"),
        ("response", answer, "an answer"),
    ):
        for verb, ours, theirs, said in (
            ("renamed", flat, other, {"rename": {"colour": "shade"}}),
            ("moved", outside, inside, {"move": {"colour": "paint.colour"}}),
        ):
            yield (
                f"{direction}-property-{verb}",
                Example(
                    meaning=f"A property of the body of {what} was {verb}.",
                    old=place(thing, **_named("Thing", **ours)),
                    new=place(thing, **_named("Thing", **theirs)),
                    intent={"intent": 1, "bridges": [{"at": "Thing", **said}]},
                ),
            )


def _values() -> Iterator[tuple[str, Example]]:
    ours, theirs = ({"type": "string", "enum": values} for values in (["ON"], ["on"]))

    def asked(schema: Any) -> Document:
        return parameter({"name": "state", "in": "query", "schema": schema})

    def headed(schema: Any) -> Document:
        return header({"schema": schema})

    for place, made, what in (
        ("request-body", body, "a request body"),
        ("request-property", lambda each: body(record({"state": each})), "a property of a request"),
        ("request-parameter", asked, "a parameter"),
        ("response-body", answer, "a response body"),
        (
            "response-property",
            lambda each: answer(record({"state": each})),
            "a property of an answer",
        ),
        ("response-header", headed, "a header of an answer"),
    ):
        yield (
            f"{place}-enum-values-renamed",
            Example(
                meaning=f"The values of {what} are written otherwise.",
                old=made(ours),
                new=made(theirs),
            ),
        )


def _ways() -> Iterator[tuple[str, Example]]:
    yield (
        "response-success-status-moved",
        Example(
            meaning="A success is told by another status.",
            old=document({"responses": {"200": DONE["204"]}}),
            new=document({"responses": {"201": DONE["204"]}}),
        ),
    )
    yield (
        "api-base-path-moved",
        Example(
            meaning="All paths begin with another base path.",
            old=document(servers=[{"url": "/v1"}]),
            new=document(servers=[{"url": "/v2"}]),
        ),
    )
    yield (
        "request-parameter-relocated",
        Example(
            meaning="A parameter travels in another part of the request.",
            old=parameter({"name": "room", "in": "query", "required": True, "schema": _HELD}),
            new=body(record({"room": _HELD}, "room")),
            intent={
                "intent": 1,
                "bridges": [{"at": "POST /things request", "move": {"query.room": "body.room"}}],
            },
        ),
    )
