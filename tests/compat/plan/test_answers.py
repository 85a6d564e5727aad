"""Statuses that move, errors of another shape, bodies that come and go, media types."""

import pytest

from compat.intent.model import MoveStatuses, RenameFields, Then
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import ABSENT
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent
from tests.compat.plan.specs import interface
from tests.compat.plan.whole import crossed, put

PUT = "PUT /v"


def answers(
    old: str,
    new: str,
    *bridges: tuple[str, MoveStatuses | RenameFields],
    components: str = "{}",
    theirs: str = "",
    accept: dict[str, Then | None] | None = None,
) -> Bridge:
    return bridge(
        interface({PUT: old}, components),
        interface({PUT: new}, theirs or components),
        intent(*bridges, accept=accept),
    )


# --- statuses -------------------------------------------------------------------------------------


def test_the_only_success_of_each_version_is_the_same() -> None:
    made = answers("{200: {a: string}}", "{201: {a: string}}")
    assert made.found == {f"status-moved {PUT} response 200": ("lossless", "lossless")}
    assert made.gets(OLD, PUT, Message(status=201, body={"a": "x"})) == Message(body={"a": "x"})
    assert made.gets(NEW, PUT, Message(body={"a": "x"})) == Message(status=201, body={"a": "x"})
    assert made.gets(OLD, PUT, Message(status=418)).status == 418


def test_a_person_may_say_which_status_is_which() -> None:
    moved = MoveStatuses(statuses={200: 202, 404: 410})
    made = answers(
        "{200: null, 201: null, 404: null}",
        "{201: null, 202: null, 204: null, 410: null}",
        (f"{PUT} response", moved),
    )
    assert made.gets(OLD, PUT, Message(status=202)).status == 200
    assert made.gets(NEW, PUT, Message(status=200)).status == 202
    assert made.gets(OLD, PUT, Message(status=410)).status == 404
    assert made.gets(OLD, PUT, Message(status=201)).status == 201
    assert made.found[f"status-added {PUT} response 204"] == ("needs-intent", "none")


def test_a_status_that_is_not_there_is_an_error() -> None:
    moved = (f"{PUT} response", MoveStatuses(statuses={299: 200}))
    with pytest.raises(IntentError, match="does not answer with 299"):
        answers("{200: null}", "{200: null}", moved)


def test_a_success_that_only_one_version_names_is_a_question() -> None:
    made = answers("{200: null}", "{200: null, 202: null}")
    assert made.found == {f"status-added {PUT} response 202": ("needs-intent", "none")}
    made = answers(
        "{200: null}", "{200: null, 202: null}", accept={f"status-added {PUT} response 202": None}
    )
    assert made.gaps == []


def test_an_error_that_only_one_version_names_is_expected_anyway() -> None:
    made = answers("{200: null, 404: null}", "{200: null, 409: null}")
    assert made.found == {
        f"status-removed {PUT} response 404": ("none", "none"),
        f"status-added {PUT} response 409": ("none", "none"),
    }


# --- error bodies ---------------------------------------------------------------------------------

ERROR = "{Error: {message!: string}, Fault: {detail!: string}}"
RENAMED = ("Error", RenameFields(names={"message": "detail"}))


def test_the_shape_of_an_error_is_led_like_any_body() -> None:
    made = answers("{200: null, 404: Error}", "{200: null, 404: Fault}", RENAMED, components=ERROR)
    assert made.gets(OLD, PUT, Message(status=404, body={"detail": "x"})).body == {"message": "x"}
    assert made.gets(NEW, PUT, Message(status=404, body={"message": "x"})).body == {"detail": "x"}


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("404: Error", "default: Fault", 404),
        ("404: Error", "default: Fault", 500),
        ("default: Error", "404: Fault", 404),
        ("default: Error", "4XX: Fault", 404),
        ("4XX: Error", "404: Fault", 404),
        ("400: Error", "400: Fault, 409: Fault", 409),
        ("400: Error, 409: Error", "400: Fault", 400),
    ],
)
def test_an_error_is_led_like_the_one_the_other_version_would_have_named(
    old: str, new: str, status: int
) -> None:
    made = answers(f"{{200: null, {old}}}", f"{{200: null, {new}}}", RENAMED, components=ERROR)
    got = made.gets(OLD, PUT, Message(status=status, body={"detail": "x"}))
    assert got == Message(status=status, body={"message": "x"})


def test_a_status_that_one_version_only_has_by_default_is_led_like_the_default() -> None:
    """The old server answers 404 by its default, the new client expects its own 404."""
    made = answers(
        "{200: null, default: Error}", "{200: null, 404: Fault}", RENAMED, components=ERROR
    )
    got = made.gets(NEW, PUT, Message(status=404, body={"message": "x"}))
    assert got.body == {"detail": "x"}


def test_an_error_without_a_description_is_left_alone() -> None:
    made = answers("{200: null, 404: null}", "{200: null, default: Error}", components=ERROR)
    assert made.gaps == []
    assert made.gets(OLD, PUT, Message(status=404, body={"message": "x"})).body == {"message": "x"}


# --- bodies ---------------------------------------------------------------------------------------


def test_a_status_that_allows_no_body_gets_none() -> None:
    made = answers("{204: null}", "{200: {a: string}}")
    assert made.found == {
        f"status-moved {PUT} response 204": ("lossless", "lossless"),
        f"body-added {PUT} response 204": ("lossy", "needs-intent"),
    }
    got = made.gets(OLD, PUT, Message(body={"a": "x"}))
    assert got == Message(status=204)
    assert got.body is ABSENT


def test_a_body_that_a_client_needs_and_nobody_sends() -> None:
    made = answers("{200: {a: string}}", "{204: null}")
    with pytest.raises(Refused):
        made.gets(OLD, PUT, Message(status=204))
    made = answers(
        "{200: {a: string}}", "{204: null}", accept={f"body-removed {PUT} response 200": None}
    )
    assert made.gets(OLD, PUT, Message(status=204)) == Message(status=200)


def test_a_request_s_body_that_became_required() -> None:
    made = answers("{body: {a: string}}", "{body!: {a: string}}")
    assert made.found == {f"body-became-required {PUT} body": ("needs-intent", "none")}
    with pytest.raises(Refused):
        made.sends(OLD, PUT, Message())
    made = answers("{body!: {a: string}}", "{body: {a: string}}")
    assert made.found == {f"body-became-optional {PUT} body": ("none", "needs-intent")}


def test_an_object_with_required_fields_was_never_left_out() -> None:
    """Older specs often forget to say so."""
    assert answers("{body: {a!: string}}", "{body!: {a!: string}}").is_silent


def test_an_older_dialect_seldom_says_that_a_body_is_required() -> None:
    old = interface({PUT: "{body: {a: string}}"}, dialect="2.0")
    assert bridge(old, interface({PUT: "{body!: {a: string}}"})).is_silent
    made = bridge(old, interface({PUT: "{body!: {a: string}}"}, dialect="2.0"))
    assert made.found == {f"body-became-required {PUT} body": ("needs-intent", "none")}


def test_a_whole_new_body_that_is_required() -> None:
    made = answers("{}", "{body!: [string]}")
    assert made.found == {f"body-added {PUT} body": ("needs-intent", "needs-intent")}
    made = answers("{}", "{body: [string]}")
    assert made.found == {f"body-added {PUT} body": ("none", "lossy")}


@pytest.mark.parametrize("body", ["{type: object, additionalProperties: string}", "{type: object}"])
def test_a_new_body_without_fields_is_told_whole(body: str) -> None:
    """There is no field at which what it carries would be told."""
    made = answers("{}", f"{{body!: {body}}}")
    assert made.found == {f"body-added {PUT} body": ("needs-intent", "needs-intent")}
    made = answers(f"{{body: {body}}}", "{}")
    assert made.found == {f"body-removed {PUT} body": ("needs-intent", "none")}


def test_what_may_stand_beside_the_fields_of_a_new_body_is_told() -> None:
    body = "{type: object, properties: {a: string}, additionalProperties: string}"
    made = answers("{}", f"{{body: {body}}}")
    assert made.found[f"undeclared-fields-changed {PUT} body"] == ("none", "lossy")
    made = answers(f"{{body: {body}}}", "{}")
    assert made.found[f"undeclared-fields-changed {PUT} body"] == ("needs-intent", "none")
    with pytest.raises(Refused):
        made.sends(OLD, PUT, Message(body={"b": "x"}))


def test_an_answer_that_is_described_now() -> None:
    made = answers("{200: opaque}", "{200: {a: string}}")
    assert made.found == {f"value-specified {PUT} response 200": ("none", "needs-intent")}


# --- media types ----------------------------------------------------------------------------------

JSON = "application/json"
PATCH = "application/merge-patch+json"


def test_one_json_type_becomes_another() -> None:
    made = answers(
        f"{{body!: {{a: string}}, media: {JSON}}}", f"{{body!: {{a: string}}, media: {PATCH}}}"
    )
    assert made.found == {f"media-type-renamed {PUT} body": ("lossless", "lossless")}
    for charset in ("", "; charset=utf-8"):
        sent = made.sends(
            OLD, PUT, Message(headers=(("Content-Type", JSON + charset),), body={"a": "x"})
        )
        assert sent.headers == (("content-type", PATCH + charset),)
        assert made.sends(NEW, PUT, sent).headers == (("content-type", JSON + charset),)


def test_an_answer_s_json_type_is_turned_too() -> None:
    made = answers(
        f"{{200: {{a: string}}, media: {JSON}}}", f"{{200: {{a: string}}, media: {PATCH}}}"
    )
    got = made.gets(OLD, PUT, Message(headers=(("Content-Type", PATCH),), body={}))
    assert got.headers == (("content-type", JSON),)


def test_the_same_type_of_both_goes_before_any_other() -> None:
    made = answers(
        f"{{body!: {{{JSON}: {{a: string}}}}}}",
        f"{{body!: {{{PATCH}: {{b: string}}, {JSON}: {{a: string}}}}}}",
    )
    assert made.found == {f"other-json-added {PUT} body {PATCH}": ("none", "lossy")}
    sent = Message(headers=(("Content-Type", JSON),), body={"a": "x"})
    assert made.sends(OLD, PUT, sent) == sent


def test_a_type_that_is_no_longer_taken() -> None:
    made = answers(
        f"{{body!: {{{JSON}: {{a: string}}, text/xml: string}}}}",
        f"{{body!: {{{JSON}: {{a: string}}}}}}",
    )
    assert made.found == {f"media-type-changed {PUT} body": ("needs-intent", "none")}


def test_bodies_that_are_no_json_pass_untranslated() -> None:
    made = answers("{body!: string, media: text/plain}", "{body!: string, media: text/xml}")
    assert made.found == {f"media-type-changed {PUT} body": ("unbridgeable", "unbridgeable")}
    assert made.sends(OLD, PUT, Message(body=b"x")).body == b"x"
    same = "{body!: string, media: text/plain}"
    assert answers(same, same).is_silent


def test_json_that_became_something_else_is_refused() -> None:
    made = answers(f"{{body!: {{a: string}}, media: {JSON}}}", "{body!: string, media: text/xml}")
    assert made.found == {f"media-type-changed {PUT} body": ("unbridgeable", "unbridgeable")}
    with pytest.raises(Refused):
        made.sends(OLD, PUT, Message(body={"a": "x"}))
    made = answers(
        f"{{body!: {{a: string}}, media: {JSON}}}",
        "{body!: string, media: text/xml}",
        accept={f"media-type-changed {PUT} body": Then.PASS},
    )
    assert made.sends(OLD, PUT, Message(body={"a": "x"})).body == {"a": "x"}


def test_a_form_that_changed_is_told() -> None:
    form = "multipart/form-data"
    made = answers(
        f"{{body!: {{a: string}}, media: {form}}}", f"{{body!: {{b: string}}, media: {form}}}"
    )
    assert made.found == {f"untranslated-body-changed {PUT} body {form}": ("needs-intent", "lossy")}


# --- streams of records ---------------------------------------------------------------------------

LINES = "application/x-ndjson"


def test_each_record_of_a_stream_is_led() -> None:
    made = answers(
        f"{{200: {{s: UP|DOWN}}, media: {LINES}}}", f"{{200: {{s: up|down}}, media: {LINES}}}"
    )
    bridged = made.call(OLD, PUT).answers[0]
    assert bridged.records
    assert made.found == {f"values-renamed {PUT} response 200.s": ("lossless", "lossless")}


def test_json_that_became_a_stream_is_a_question() -> None:
    made = answers(
        f"{{200: {{s: string}}, media: {JSON}}}", f"{{200: {{s: string}}, media: {LINES}}}"
    )
    assert made.found == {f"became-stream {PUT} response 200": ("needs-intent", "needs-intent")}
    for role in (OLD, NEW):
        with pytest.raises(Refused):
            made.gets(role, PUT, Message(body={"s": "x"}))


def test_json_that_became_a_stream_is_led_record_by_record_where_that_is_accepted() -> None:
    made = answers(
        f"{{200: {{s: UP|}}, media: {JSON}}}",
        f"{{200: {{s: up|}}, media: {LINES}}}",
        accept={"became-stream *": None},
    )
    assert all(made.call(role, PUT).answers[0].records for role in (OLD, NEW))


# --- ranges and defaults --------------------------------------------------------------------------

ON, OFF = "{s: UP|}", "{s: up|}"


@pytest.mark.parametrize("wide", ["2XX", "default"])
def test_a_success_is_one_of_its_range_or_of_the_default(wide: str) -> None:
    """What it holds is led; what else the range may bring is not known to a client of the other."""
    made = answers(f"{{200: {ON}}}", f"{{{wide}: {OFF}}}")
    subject = f"{PUT} response"
    assert made.found == {
        f"status-removed {subject} 200": ("none", "none"),
        f"status-added {subject} {wide}": ("needs-intent", "none"),
        f"values-renamed {subject} 200 as {wide}.s": ("lossless", "lossless"),
    }
    assert made.gets(OLD, PUT, Message(body={"s": "up"})).body == {"s": "UP"}
    assert made.gets(NEW, PUT, Message(body={"s": "UP"})).body == {"s": "up"}
    with pytest.raises(Refused):
        made.gets(OLD, PUT, Message(status=202, body={"s": "up"}))
    failed = Message(status=500, body="down")
    assert made.gets(OLD, PUT, failed) == failed
    back = answers(f"{{{wide}: {OFF}}}", f"{{200: {ON}}}")
    assert back.found[f"status-removed {subject} {wide}"] == ("none", "needs-intent")
    assert back.found[f"status-added {subject} 200"] == ("none", "none")


def test_a_default_beside_successes_stands_for_errors() -> None:
    made = answers(
        f"{{200: {ON}, default: {{e: string}}}}",
        f"{{200: {ON}, 201: {ON}, default: {{e: string}}}}",
    )
    assert made.found == {f"status-added {PUT} response 201": ("needs-intent", "none")}


def test_links_are_told() -> None:
    linked = put("{responses: {'200': {description: '', links: {next: {operationId: a}}}}}")
    other = put("{responses: {'200': {description: '', links: {next: {operationId: b}}}}}")
    assert crossed(linked, linked).is_silent
    assert crossed(linked, other).found == {
        "links-changed PUT /volumes response 200": ("none", "none")
    }
