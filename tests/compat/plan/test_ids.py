"""The ids of differences: the same whatever does not matter, and one for each."""

import json
import re
from collections import Counter

import pytest

from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from tests.compat.plan.making import TODAY, bridge, call, intent, stands_in
from tests.compat.plan.specs import Spec, interface, loaded, spec

OLD = (
    {
        "GET /volumes": "{query: {limit: integer, state: a|b}, 200: [Volume]}",
        "PUT /volumes/{id}": "{body!: Volume, 200: Volume, 404: Error}",
        "DELETE /volumes/{id}": "{204: null}",
    },
    "{Volume: {name!: string, size: integer, spec: {tier: slow|fast, tags: [string]}}, "
    "Error: {message!: string}}",
)
NEW = (
    {
        "GET /volumes": "{query: {limit: {type: integer, default: 9}, state: a|c}, 200: [Volume]}",
        "PUT /volumes/{id}": "{body!: Volume, 200: Volume, 404: Error}",
        "POST /volumes": "{body!: Volume, 201: Volume}",
    },
    "{Volume: {name: string, bytes: integer, spec: {tier: slow|hot, tags: [integer]}}, "
    "Error: {message!: string, code!: integer}}",
)


def documents(dialect: str = "3.0") -> tuple[Spec, Spec]:
    return spec(*OLD, dialect=dialect), spec(*NEW, dialect=dialect)


def ids(old: Spec, new: Spec, names: tuple[str, str] = ("old.yaml", "new.yaml")) -> dict[str, str]:
    made = plan(loaded(old, names[0]), loaded(new, names[1]), today=TODAY)
    return {f"{one.kind} {one.subject}": one.id for one in made.differences}


def upside_down(value: object) -> object:
    """Objects with their members in the other order; lists of names and of types, too."""
    if isinstance(value, dict):
        return {name: upside_down(member) for name, member in reversed(value.items())}
    if isinstance(value, list):
        turned = [upside_down(member) for member in value]
        return turned[::-1] if all(isinstance(one, str) for one in turned) else turned
    return value


def described(value: object) -> object:
    if isinstance(value, dict):
        told = {"description": "another text", "title": "another title"} if "type" in value else {}
        return {name: described(member) for name, member in value.items()} | told
    return [described(one) for one in value] if isinstance(value, list) else value


def test_an_id_is_twelve_hex_digits() -> None:
    assert all(re.fullmatch(r"[0-9a-f]{12}", found) for found in ids(*documents()).values())
    assert len(ids(*documents())) > 10


@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
def test_ids_are_the_same_in_every_dialect(dialect: str) -> None:
    old, new = documents()
    assert ids(old, documents(dialect)[1]) == ids(old, new)
    assert ids(documents(dialect)[0], new) == ids(old, new)


def test_ids_are_the_same_in_any_order() -> None:
    old, new = documents()
    turned = [upside_down(one) for one in (old, new)]
    assert isinstance(turned[0], dict)
    assert isinstance(turned[1], dict)
    assert ids(turned[0], turned[1]) == ids(old, new)


def test_ids_are_the_same_in_other_words() -> None:
    old, new = documents()
    told = described(new)
    assert isinstance(told, dict)
    assert ids(old, told) == ids(old, new)


def test_ids_are_the_same_under_another_file_name() -> None:
    assert ids(*documents(), ("a/b.json", "c.yaml")) == ids(*documents())


def test_ids_are_the_same_when_other_things_change() -> None:
    old, new = documents()
    more = json.loads(json.dumps(new))
    more["paths"]["/aaa"] = {"get": {"responses": {"200": {"$ref": "#/components/responses/X"}}}}
    more["components"]["responses"] = {"X": {"description": ""}}
    more["components"]["schemas"]["Volume"]["properties"]["aaa"] = {"type": "string"}
    assert ids(old, more).items() >= ids(old, new).items()


def test_a_shared_answer_has_one_difference_whoever_uses_it() -> None:
    def shared(kind: str, *paths: str) -> Spec:
        document = spec({f"GET {path}": "{}" for path in paths})
        schema = {"type": "object", "properties": {"code": {"type": kind}}}
        document["components"]["responses"] = {
            "Missing": {"description": "", "content": {"application/json": {"schema": schema}}}
        }
        for path in paths:
            item = document["paths"][path]["get"]
            item["responses"]["404"] = {"$ref": "#/components/responses/Missing"}
        return document

    found = ids(shared("string", "/b", "/c"), shared("integer", "/b", "/c"))
    assert list(found) == ["type-changed Missing response.code"]
    assert ids(shared("string", "/a", "/c"), shared("integer", "/a", "/c")) == found


# --- one for each ---------------------------------------------------------------------------------


def places(made: BridgePlan) -> Counter[str]:
    return Counter(one.id for one in made.differences)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # one component that became two
        (
            "{body!: {a: P, b: P}}|{P: {x: string}}",
            "{body!: {a: P, b: Q}}|{P: {x: integer}, Q: {x: boolean}}",
            ["type-changed P to Q.x", "type-changed P.x"],
        ),
        # inline schemas of one field name
        (
            "{body!: {a: {x: string}, b: {x: string}}}|{}",
            "{body!: {a: {x: integer}, b: {x: integer}}}|{}",
            ["type-changed PUT /v body.a.x", "type-changed PUT /v body.b.x"],
        ),
        # a component and an inline schema
        (
            "{body!: {a: P, b: P}}|{P: {x: string}}",
            "{body!: {a: P, b: {x: integer}}}|{P: {x: integer}}",
            ["type-changed P to PUT /v body.b.x", "type-changed P.x"],
        ),
        # two variants without a name
        (
            "{body!: {anyOf: [{a!: string, x: string}, {b!: string, x: string}]}}|{}",
            "{body!: {anyOf: [{a!: string, x: integer}, {b!: string, x: integer}]}}|{}",
            [
                "type-changed PUT /v body|object(a, x).x",
                "type-changed PUT /v body|object(b, x).x",
            ],
        ),
        # a list and its items
        (
            "{body!: {type: array, items: {type: string, minLength: 1}}}|{}",
            "{body!: {type: array, items: {type: string, minLength: 2}, minItems: 1}}|{}",
            ["min-items-changed PUT /v body", "min-length-changed PUT /v body[]"],
        ),
        # a value and the list it became
        (
            "{body!: {a: {type: string, minLength: 1}}}|{}",
            "{body!: {a: [{type: string, minLength: 2}]}}|{}",
            ["min-length-changed PUT /v body.a[]", "wrapped-in-list PUT /v body.a"],
        ),
    ],
)
def test_each_difference_has_an_id_of_its_own(old: str, new: str, expected: list[str]) -> None:
    sides = []
    for text in (old, new):
        operation, _, components = text.rpartition("|{")
        sides.append(interface({"PUT /v": operation}, "{" + components))
    made = bridge(sides[0], sides[1])
    assert sorted(made.found) == expected
    assert set(places(made.plan).values()) == {1}


def test_the_same_parameter_of_two_partners_is_two_differences() -> None:
    made = bridge(
        interface({"PUT /v": "{query: {a: string}}"}),
        interface({"PUT /x": "{query: {b: string}}", "PUT /y": "{query: {b: string}}"}),
        intent(operations=(stands_in("PUT /v", call("PUT /x"), call("PUT /y", into="")),)),
    )
    added = [name for name in made.found if name.startswith("parameter-added")]
    assert added == [
        "parameter-added PUT /v to PUT /x query.b",
        "parameter-added PUT /v to PUT /y query.b",
    ]


def test_a_schema_met_on_both_sides_is_one_difference_with_the_worse_verdict() -> None:
    made = bridge(
        interface({"PUT /v": "{body!: P, 200: P}"}, "{P: {x: string}}"),
        interface({"PUT /v": "{body!: P, 200: P}"}, "{P: {x: string, y!: string}}"),
    )
    assert made.found == {"field-added P.y": ("needs-intent", "needs-intent")}
