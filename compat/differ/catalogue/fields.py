"""Rules of an object's properties: which there are, which must be sent, how long they stay."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from compat.differ.catalogue.example import FAR, PAST, Document, Example, answer, body, record
from compat.differ.lifecycle import STABILITY, SUNSET

_NAME: Final = {"type": "string"}
_PUTS: Final = {"request": body, "response": answer}
_MARKS: Final = (("read-only", "readOnly"), ("write-only", "writeOnly"))


def field_examples() -> Iterator[tuple[str, Example]]:
    """All of them by their rules."""
    yield from _of_requests()
    yield from _of_responses()
    for direction in _PUTS:
        yield from _marked(direction)
        yield from _lives(direction)


def _both(
    there: tuple[str, str], back: tuple[str, str], old: Document, new: Document
) -> Iterator[tuple[str, Example]]:
    (rule, meaning), (opposite, undone) = there, back
    example = Example(meaning=meaning, old=old, new=new)
    yield rule, example
    yield opposite, example.back(undone)


def _of_requests() -> Iterator[tuple[str, Example]]:
    color, room = {"colour": _NAME}, {"type": "string"}
    without, optional = body(record(color)), body(record({**color, "room": room}))
    required = body(record({**color, "room": room}, "room"))
    filled = {**color, "room": {**room, "default": "hall"}}
    yield (
        "new-optional-request-property",
        Example(
            meaning="A request body has a new property, which may be sent.",
            old=without,
            new=optional,
        ),
    )
    yield (
        "request-property-removed",
        Example(meaning="A request body lacks a property that it had.", old=optional, new=without),
    )
    yield (
        "new-required-request-property",
        Example(
            meaning="A request body has a new property, which must be sent.",
            old=without,
            new=required,
        ),
    )
    yield (
        "new-required-request-property-with-default",
        Example(
            meaning="A request body has a new property, which must be sent and has a default.",
            old=without,
            new=body(record(filled, "room")),
        ),
    )
    yield from _both(
        ("request-property-became-required", "A property of a request body must be sent now."),
        ("request-property-became-optional", "A property of a request body may be left out now."),
        optional,
        required,
    )
    yield (
        "request-property-became-required-with-default",
        Example(
            meaning="A property of a request body must be sent now, and has a default.",
            old=body(record(filled)),
            new=body(record(filled, "room")),
        ),
    )


def _of_responses() -> Iterator[tuple[str, Example]]:
    color = {"colour": _NAME}
    without = answer(record(color))
    for shown, words, marks in (("", "", {}), ("-write-only", "write-only ", {"writeOnly": True})):
        properties = {**color, "room": {"type": "string", **marks}}
        optional, required = answer(record(properties)), answer(record(properties, "room"))
        for presence, told, there in (
            ("required", "which is always there", required),
            ("optional", "which may be there", optional),
        ):
            yield from _both(
                (
                    f"response-{presence}{shown}-property-added",
                    f"A response body has a new {words}property, {told}.",
                ),
                (
                    f"response-{presence}{shown}-property-removed",
                    f"A response body lacks a {words}property that it had, {told}.",
                ),
                without,
                there,
            )
        yield from _both(
            (
                f"response{shown}-property-became-required",
                f"A {words}property of a response body is always there now.",
            ),
            (
                f"response{shown}-property-became-optional",
                f"A {words}property of a response body may be missing now.",
            ),
            optional,
            required,
        )


def _marked(direction: str) -> Iterator[tuple[str, Example]]:
    for presence in ("required", "optional"):
        names = ("room",) if presence == "required" else ()
        for mark, keyword in _MARKS:
            plain, marked = (
                _PUTS[direction](record({"room": {**_NAME, **each}}, *names))
                for each in ({}, {keyword: True})
            )
            of = f"{'A' if presence == 'required' else 'An'} {presence} property of a {direction}"
            yield from _both(
                (
                    f"{direction}-{presence}-property-became-{mark}",
                    f"{of} body became {mark}.",
                ),
                (
                    f"{direction}-{presence}-property-became-not-{mark}",
                    f"{of} body is not {mark} any more.",
                ),
                plain,
                marked,
            )


def _lives(direction: str) -> Iterator[tuple[str, Example]]:
    def put(**said: Any) -> Document:
        return _PUTS[direction](record({"room": {**_NAME, **said}}))

    of = f"a property of a {direction} body"
    plain, ending = put(), {"deprecated": True}
    yield from _both(
        (f"{direction}-property-deprecated", f"{of.capitalize()} is deprecated now."),
        (f"{direction}-property-reactivated", f"{of.capitalize()} is not deprecated any more."),
        plain,
        put(**ending),
    )
    ends: Mapping[str, tuple[str, Document, Document, int]] = {
        "deprecated-with-sunset": (
            "is deprecated now, with the day of its end",
            plain,
            put(**ending, **{SUNSET: FAR}),
            0,
        ),
        "deprecated-sunset-missing": (
            "is deprecated now, without the day of its end",
            plain,
            put(**ending),
            90,
        ),
        "deprecated-sunset-invalid": (
            "is deprecated now, and the day of its end is no date",
            plain,
            put(**ending, **{SUNSET: "soon"}),
            0,
        ),
        "sunset-date-too-small": (
            "is deprecated now, and ends earlier than it may",
            plain,
            put(**ending, **{SUNSET: PAST}),
            90,
        ),
    }
    for word, (told, old, new, days) in ends.items():
        meaning = f"{of.capitalize()} {told}."
        rule = f"{direction}-property-{word}"
        yield rule, Example(meaning=meaning, old=old, new=new, stable_days=days)
    yield from _both(
        (f"{direction}-property-stability-increased", f"More is promised of {of}."),
        (f"{direction}-property-stability-decreased", f"Less is promised of {of}."),
        put(**{STABILITY: "beta"}),
        put(**{STABILITY: "stable"}),
    )
