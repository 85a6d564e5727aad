"""Requests that a server makes: callbacks and webhooks."""

import pytest

from compat.intent.model import Then
from compat.intent.problem import IntentError
from compat.model.interface import Interface
from tests.compat.plan.whole import crossed, put

URL = "'{$request.body#/url}'"
CALLBACK = "PUT /volumes callback POST {$request.body#/url}"


def body(schema: str) -> str:
    return f"{{content: {{application/json: {{schema: {schema}}}}}}}"


def event(schema: str, answers: str = "{'200': {description: ''}}") -> str:
    return f"{{post: {{requestBody: {body(schema)}, responses: {answers}}}}}"


def calling(item: str, name: str = "done", url: str = URL) -> Interface:
    return put(f"{{callbacks: {{{name}: {{{url}: {item}}}}}}}")


def hooked(item: str | None, components: str = "{}") -> Interface:
    webhooks = f"{{done: {item}}}" if item else "{}"
    return put("{}", f"{{webhooks: {webhooks}, components: {components}}}")


TEXT, NUMBER = "{type: string}", "{type: integer}"
OBJECT = "{type: object, properties: {a: {type: string}}}"
NEEDED = "{type: object, properties: {a: {type: string}}, required: [a]}"
MORE = "{type: object, properties: {a: {type: string}, b: {type: string}}}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TEXT, NUMBER, ("unbridgeable", "unbridgeable")),
        (OBJECT, NEEDED, ("none", "unbridgeable")),
        ("{type: string, enum: [a]}", "{type: string, enum: [a, b]}", ("unbridgeable", "none")),
    ],
)
def test_what_a_client_cannot_read_is_not_translated(
    old: str, new: str, expected: tuple[str, str]
) -> None:
    one, other = calling(event(old)), calling(event(new))
    assert crossed(one, other).found == {f"callback-changed {CALLBACK}": expected}
    assert crossed(other, one).found == {f"callback-changed {CALLBACK}": expected[::-1]}
    found = crossed(hooked(event(old)), hooked(event(new))).found
    assert found == {"webhook-changed POST done": expected}


def test_a_field_that_is_new_passes_and_one_that_is_gone_is_missed() -> None:
    old, new = calling(event(OBJECT)), calling(event(MORE))
    assert crossed(old, new).found == {f"callback-changed {CALLBACK}": ("none", "none")}
    assert crossed(new, old).found == {f"callback-changed {CALLBACK}": ("unbridgeable", "none")}


def test_what_the_client_answers_is_compared_too() -> None:
    answers = "{{'200': {{description: '', content: {{application/json: {{schema: {}}}}}}}}}"
    old, new = (event(TEXT, answers.format(each)) for each in (TEXT, NUMBER))
    assert crossed(calling(old), calling(new)).found == {
        f"callback-changed {CALLBACK}": ("unbridgeable", "unbridgeable")
    }
    other = event(TEXT, "{'204': {description: ''}}")
    assert crossed(calling(event(TEXT)), calling(other)).found == {
        f"callback-changed {CALLBACK}": ("unbridgeable", "unbridgeable")
    }


def test_the_parameters_that_come_with_it_are_compared_too() -> None:
    with_query = "{post: {parameters: [{name: q, in: query, schema: {type: string, enum: [%s]}}]}}"
    made = crossed(calling(with_query % "a"), calling(with_query % "a, b"))
    assert made.found == {f"callback-changed {CALLBACK}": ("unbridgeable", "none")}


def test_references_and_names_make_no_difference() -> None:
    referred = hooked(event("{$ref: '#/components/schemas/A'}"), f"{{schemas: {{A: {OBJECT}}}}}")
    assert crossed(hooked(event(OBJECT)), referred).is_silent
    assert crossed(calling(event(OBJECT)), calling(event(OBJECT), name="finished")).is_silent


def test_a_callback_of_one_version_comes_only_where_it_is_asked_for() -> None:
    made = crossed(put("{}"), calling(event(TEXT)))
    assert made.found == {f"callback-added {CALLBACK}": ("none", "lossy")}
    made = crossed(calling(event(TEXT)), put("{}"))
    assert made.found == {f"callback-removed {CALLBACK}": ("unbridgeable", "none")}


def test_one_to_a_fixed_address_comes_to_clients_that_do_not_know_it() -> None:
    made = crossed(put("{}"), calling(event(TEXT), url="'https://hub/done'"))
    (verdicts,) = made.found.values()
    assert verdicts == ("needs-intent", "lossy")


def test_a_webhook_of_one_version() -> None:
    none, one = hooked(None), hooked(event(TEXT))
    assert crossed(none, one).found == {"webhook-added POST done": ("needs-intent", "lossy")}
    removed = {"webhook-removed POST done": ("unbridgeable", "needs-intent")}
    assert crossed(one, none).found == removed


def test_a_person_may_say_that_clients_cope() -> None:
    made = crossed(hooked(event(TEXT)), hooked(event(NUMBER)), webhook_changed=None)
    assert made.found == {"webhook-changed POST done": ("lossy", "lossy")}
    with pytest.raises(IntentError, match="goes past the shim"):
        crossed(hooked(event(TEXT)), hooked(event(NUMBER)), webhook_changed=Then.REFUSE)


def test_exchanges_of_what_a_server_sends_are_not_made() -> None:
    made = crossed(calling(event(TEXT)), calling(event(NUMBER)))
    for exchanges in made.plan.exchanges.values():
        assert [str(each.operation) for each in exchanges] == ["PUT /volumes"]
