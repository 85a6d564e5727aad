"""Which schemas govern a place in a document, what leads there, and what nobody declares."""

import pytest

from compat.model.schema import Json, Schema
from compat.verify.nodes import Nodes, Path, place_key, places_of
from compat.verify.wishes import Ways, is_near
from tests.compat.plan.specs import interface
from tests.compat.verify.schemas import Specified, specified

SPEC = specified(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
            "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    },
    Part={
        "oneOf": [{"$ref": "#/components/schemas/Disk"}, {"$ref": "#/components/schemas/Fan"}],
    },
    Disk={"type": "object", "properties": {"size": {"type": "integer"}}},
    Fan={
        "allOf": [
            {"type": "object", "properties": {"size": {"type": "string"}}},
            {"properties": {"inner": {"$ref": "#/components/schemas/Fan"}}},
        ]
    },
)


def pointers(schemas: tuple[Schema, ...]) -> list[str]:
    return [each.place.pointer.removeprefix("/components/schemas") for each in schemas]


@pytest.mark.parametrize(
    ("path", "governed"),
    [
        ((), ["/Root"]),
        (("name",), ["/Root/properties/name"]),
        (("limits", "any"), ["/Root/properties/limits/additionalProperties"]),
        (("nobody",), []),
        (
            ("parts", 7),
            [
                "/Root/properties/parts/items",
                "/Part",
                "/Part/oneOf/0",
                "/Disk",
                "/Part/oneOf/1",
                "/Fan",
                "/Fan/allOf/0",
                "/Fan/allOf/1",
            ],
        ),
        (("parts", 0, "size"), ["/Disk/properties/size", "/Fan/allOf/0/properties/size"]),
        (
            ("parts", 0, "inner", "inner", "size"),
            ["/Fan/allOf/0/properties/size"],
        ),
    ],
    ids=repr,
)
def test_a_place_is_governed_by_all_that_may_speak_of_it(path: Path, governed: list[str]) -> None:
    ways = Nodes(SPEC.interface).along(SPEC.root, path)
    assert len(ways) == len(path) + 1
    assert pointers(ways[-1]) == governed


def test_the_first_items_of_a_list_have_schemas_of_their_own() -> None:
    found = specified(
        {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}
    )
    nodes = Nodes(found.interface)
    assert pointers(nodes.along(found.root, (0,))[-1]) == ["/Root/prefixItems/0"]
    assert pointers(nodes.along(found.root, (1,))[-1]) == ["/Root/items"]


@pytest.mark.parametrize(
    ("value", "strange"),
    [
        ({"name": "db", "limits": {"any": 1}}, []),
        ({"colour": 1}, [("colour",)]),
        ({"parts": [{"size": 1}, {"size": 1, "rpm": 2}]}, [("parts", 1, "rpm")]),
        ({"parts": [{"inner": {"inner": {"rpm": 1}}}]}, [("parts", 0, "inner", "inner", "rpm")]),
        ({"name": {"any": 1}}, []),
        ([{"any": 1}], []),
    ],
    ids=repr,
)
def test_fields_that_nobody_declares_are_strangers(value: Json, strange: list[Path]) -> None:
    assert list(Nodes(SPEC.interface).strangers(SPEC.root, value)) == strange


def test_the_schema_of_a_parameter_is_at_the_parameter_too() -> None:
    spec = interface({"GET /a": "{query: {force: boolean}}"})
    (parameter,) = spec.operations[0].parameters
    key = place_key(parameter.schema)
    assert key.endswith("/parameters/0/schema")
    assert places_of(parameter.schema) == (key, key.removesuffix("/schema"))
    assert places_of(SPEC.root) == (place_key(SPEC.root),)


# --- ways to a target -----------------------------------------------------------------------------


def distance(found: Specified, place: Schema) -> int:
    return Ways(found.interface).target(place_key(place)).distance(found.root)


def test_the_distance_to_a_target_counts_every_step_there() -> None:
    part = SPEC.interface.components["Part"]
    disk = SPEC.interface.components["Disk"]
    assert distance(SPEC, SPEC.root) == 0
    assert distance(SPEC, SPEC.root.properties["name"]) == 1
    assert distance(SPEC, part) == 3  # the list, its items, what they refer to
    assert distance(SPEC, disk.properties["size"]) == 6


def test_what_leads_nowhere_is_far() -> None:
    lonely = specified({"type": "object"}, Other={"type": "integer"})
    assert not is_near(distance(lonely, lonely.interface.components["Other"]))
    assert not is_near(Ways(lonely.interface).target("no#/place").distance(lonely.root))


def test_of_several_ways_the_shortest_counts() -> None:
    found = specified(
        {
            "type": "object",
            "properties": {
                "long": {"type": "array", "items": {"$ref": "#/components/schemas/Other"}},
                "short": {"$ref": "#/components/schemas/Other"},
            },
        },
        Other={"type": "integer"},
    )
    assert distance(found, found.interface.components["Other"]) == 2
