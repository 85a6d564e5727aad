"""Negative controls: what changes nothing on the wire is no difference, and messages pass."""

import json

import pytest

from compat.model.schema import Json
from compat.source import load_interface
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge
from tests.compat.plan.specs import Spec, interface, loaded, spec
from tests.shared import spec as published

OPERATIONS = {
    "GET /volumes": "{id: list, query: {limit: integer, tags: {style: multi, of: [string]}, "
    "state: a|b}, header: {X-Trace: string}, 200: [Volume], default: Error}",
    "PUT /volumes/{id}": "{id: put, body!: Volume, 200: Volume, 404: Error}",
    "DELETE /volumes/{id}": "{id: delete, 204: null}",
}
COMPONENTS = (
    "{Volume: {name!: string, size: {type: integer, minimum: 0, default: 1}, spec: Spec, "
    "next: Volume, labels: {type: object, additionalProperties: string}, ips: [string or null], "
    "note: string or null}, Spec: {tier!: slow|fast, tags: [string]}, "
    "Error: {message!: string, code: integer}}"
)
DIALECTS = ("2.0", "3.0", "3.1")


def document(dialect: str = "3.0") -> Spec:
    return spec(OPERATIONS, COMPONENTS, dialect=dialect)


def against(new: Spec, old: Spec | None = None) -> Bridge:
    return bridge(loaded(old or document()), loaded(new))


def renamed(value: object, names: dict[str, str]) -> object:
    """References and components under other names."""
    text = json.dumps(value)
    for one, other in names.items():
        text = text.replace(f'schemas/{one}"', f'schemas/{other}"').replace(
            f'"{one}": {{"type": "object"', f'"{other}": {{"type": "object"'
        )
    found: object = json.loads(text)
    return found


def test_equal_specs_differ_in_nothing() -> None:
    made = against(document())
    assert made.is_silent
    body: Json = {"name": "a", "next": {"name": "b"}, "unknown": [1, None]}
    message = Message(path={"id": "%20"}, query=(("x", ""),), headers=(("A", "b"),), body=body)
    for role in (OLD, NEW):
        assert made.sends(role, "PUT /volumes/{id}", message) == message
        assert made.gets(role, "PUT /volumes/{id}", message).body == body


@pytest.mark.parametrize("old", DIALECTS)
@pytest.mark.parametrize("new", DIALECTS)
def test_the_same_interface_in_two_dialects(old: str, new: str) -> None:
    assert against(document(new), document(old)).is_silent


def test_components_under_other_names() -> None:
    new = renamed(document(), {"Volume": "VolumeBody", "Spec": "Settings", "Error": "Problem"})
    assert isinstance(new, dict)
    assert set(new["components"]["schemas"]) == {"VolumeBody", "Settings", "Problem"}
    assert against(new).is_silent


def test_other_texts_and_examples() -> None:
    new = document()
    volume = new["components"]["schemas"]["Volume"]
    volume |= {"description": "A volume.", "title": "V", "example": {"name": "a"}}
    volume["properties"]["size"] |= {"description": "In MiB.", "deprecated": True}
    new["info"] = {"title": "another", "version": "2"}
    operation = new["paths"]["/volumes"]["get"]
    operation |= {"summary": "s", "description": "d", "tags": ["t"], "deprecated": True}
    operation["responses"]["200"]["description"] = "All of them."
    assert against(new).is_silent


def test_operation_ids_that_are_renamed_missing_or_on_two_operations() -> None:
    for change in ("other", None, "list"):
        new = document()
        for item in new["paths"].values():
            for operation in item.values():
                operation.pop("operationId")
                operation |= {"operationId": change} if change else {}
        assert against(new).is_silent, change


def test_extensions_mean_nothing() -> None:
    new = document()
    new["components"]["schemas"]["Volume"]["x-order"] = 1
    new["paths"]["/volumes"]["get"]["x-internal"] = True
    assert against(new).is_silent


REWRITTEN = {
    "a reference": ("P", "{P: {x!: string}}"),
    "in line": ("{x!: string}", "{}"),
    "allOf of one": ("{allOf: [P]}", "{P: {x!: string}}"),
    "allOf with a text": ("{allOf: [P], description: d}", "{P: {x!: string}}"),
    "allOf of two halves": ("{allOf: [P, {required: [x]}]}", "{P: {x: string}}"),
    "allOf with fields beside": (
        "{allOf: [P], type: object, properties: {x: string}}",
        "{P: {required: [x]}}",
    ),
    "oneOf of one": ("{oneOf: [P]}", "{P: {x!: string}}"),
    "a chain": ("P", "{P: Q, Q: {allOf: [R]}, R: {x!: string}}"),
    "an open object": (
        "{type: object, properties: {x: string}, required: [x], additionalProperties: true}",
        "{}",
    ),
    "without a type": ("{properties: {x: string}, required: [x]}", "{}"),
}


@pytest.mark.parametrize("old", REWRITTEN)
@pytest.mark.parametrize("new", REWRITTEN)
def test_one_schema_in_other_words(old: str, new: str) -> None:
    def written(name: str) -> Spec:
        schema, components = REWRITTEN[name]
        return spec({"PUT /v": f"{{body!: {{p: {schema}}}, 200: [{schema}]}}"}, components)

    assert against(written(new), written(old)).is_silent


NULLABLE = {
    "a list of types": "{type: [object, 'null'], properties: {x: string}}",
    "anyOf": "{anyOf: [{x: string}, {type: 'null'}]}",
    "oneOf, null first": "{oneOf: [{type: 'null'}, {x: string}]}",
    "a reference": "{anyOf: [P, {type: 'null'}]}",
    "allOf of it": "{allOf: [{anyOf: [P, {type: 'null'}]}]}",
}


@pytest.mark.parametrize("old", NULLABLE)
@pytest.mark.parametrize("new", NULLABLE)
def test_null_in_other_words(old: str, new: str) -> None:
    def written(name: str) -> Spec:
        shape = NULLABLE[name]
        operation = {"PUT /v": f"{{body!: {{p: {shape}, l: [{shape}]}}, 200: {shape}}}"}
        return spec(operation, "{P: {x: string}}", dialect="3.1")

    assert against(written(new), written(old)).is_silent


def test_numbers_in_other_words() -> None:
    old = "{n: {type: integer, minimum: 1}, m: {type: number, multipleOf: 0.5}}"
    new = "{n: {type: integer, minimum: 1.0}, m: {type: number, multipleOf: 0.50}}"
    made = bridge(
        interface({"PUT /v": f"{{body!: {old}}}"}), interface({"PUT /v": f"{{body!: {new}}}"})
    )
    assert made.is_silent


@pytest.mark.parametrize(
    "name",
    [
        "hpe-csp/1.1.0-2026-07.yaml",
        "firecracker/v1.4.0.yaml",
        "mayastor/v2.7.1.yaml",
        "moby/v1.52.yaml",
        "airflow/2.10.0-v1.yaml",
        "airflow/3.2.1-v2.yaml",
        "ctrlx-storage/v1.4.2.json",
    ],
)
def test_a_published_spec_differs_in_nothing_from_itself(name: str) -> None:
    one, other = (load_interface(str(published(name)), validate=False).interface for _ in "ab")
    assert bridge(one, other).is_silent


def test_a_release_in_another_dialect_has_only_its_news() -> None:
    old = load_interface(str(published("hpe-csp/1.1.0-2021-04.yaml")), validate=False).interface
    new = load_interface(str(published("hpe-csp/1.1.0-2026-07.yaml")), validate=False).interface
    made = bridge(old, new)
    assert made.gaps == []
    assert set(made.found) == {
        "parameter-added GET /snapshots query.mode",
        "field-added Host.access_protocol",
        "field-added Host.nqns",
        "field-added Host.virtual_domain",
        "field-removed PublishInfo.chap_password",
        "field-removed PublishInfo.chap_user",
    }
