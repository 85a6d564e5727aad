"""Published specs load, with what is known to be wrong with them."""

import pytest

from compat.model.interface import Answer, Interface, Location, Parameter
from compat.model.schema import Kind
from compat.source import load_interface
from tests.shared import spec

# name: (dialect, operations, named schemas, problems)
SPECS = {
    "airflow/2.10.0-v1.yaml": ("3.0", 89, 96, 1),
    "airflow/3.0.0-v2.yaml": ("3.1", 99, 121, 4),
    "airflow/3.2.1-v2.yaml": ("3.1", 110, 140, 4),
    "ctrlx-storage/v1.1.0.json": ("3.0", 10, 21, 0),
    "ctrlx-storage/v1.4.2.json": ("3.0", 10, 21, 0),
    "ctrlx-storage/v1.5.1.json": ("3.0", 13, 37, 0),
    "ctrlx-storage/v1.9.1.json": ("3.0", 18, 36, 10),
    "firecracker/v0.20.0.yaml": ("2.0", 15, 14, 0),
    "firecracker/v0.23.0.yaml": ("2.0", 20, 19, 0),
    "firecracker/v0.25.0.yaml": ("2.0", 26, 24, 0),
    "firecracker/v1.0.0.yaml": ("2.0", 27, 26, 0),
    "firecracker/v1.4.0.yaml": ("2.0", 29, 29, 0),
    "firecracker/v1.16.1.yaml": ("2.0", 38, 44, 0),
    "ghes/3.9.json": ("3.0", 1062, 619, 241),
    "ghes/3.19.json": ("3.0", 1039, 906, 1),
    "hpe-csp/1.0.0-2019-10.yaml": ("2.0", 23, 11, 0),
    "hpe-csp/1.0.0-2020-07.yaml": ("2.0", 25, 13, 0),
    "hpe-csp/1.1.0-2021-04.yaml": ("2.0", 26, 14, 0),
    "hpe-csp/1.1.0-2026-07.yaml": ("3.0", 26, 14, 0),
    "mayastor/v1.0.0.yaml": ("3.0", 55, 46, 0),
    "mayastor/v2.0.0.yaml": ("3.0", 58, 55, 0),
    "mayastor/v2.3.0.yaml": ("3.0", 66, 76, 0),
    "mayastor/v2.7.1.yaml": ("3.0", 77, 88, 0),
    "moby/v1.25.yaml": ("2.0", 94, 51, 2),
    "moby/v1.40.yaml": ("2.0", 106, 101, 0),
    "moby/v1.41.yaml": ("2.0", 106, 105, 0),
    "moby/v1.43.yaml": ("2.0", 107, 111, 0),
    "moby/v1.44.yaml": ("2.0", 107, 115, 0),
    "moby/v1.47.yaml": ("2.0", 107, 118, 0),
    "moby/v1.51.yaml": ("2.0", 107, 133, 0),
    "moby/v1.52.yaml": ("2.0", 107, 149, 0),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_published_spec_loads(name: str) -> None:
    found = load_interface(str(spec(name)))
    interface = found.interface
    assert SPECS[name] == (
        interface.dialect,
        len(interface.operations),
        len(interface.components),
        len(found.problems),
    )
    assert_whole(interface)


def assert_whole(interface: Interface) -> None:
    """Every reference leads somewhere, and every path parameter of a template is one."""
    for schema in interface.schemas.values():
        assert interface.resolve(schema).ref is None
    for operation in interface.operations:
        assert operation.answers
        located = [(each.location, each.name) for each in operation.parameters]
        assert len(located) == len(set(located))
        in_path = {name for location, name in located if location is Location.PATH}
        assert all(f"{{{name}" in operation.key.path for name in in_path)
        assert operation.key.path.count("{") == len(in_path)


def test_two_parameters_in_one_segment_are_two() -> None:
    found = load_interface(str(spec("mayastor/v2.7.1.yaml")), validate=False).interface
    label = next(each for each in found.operations if "{key}={value}" in each.key.path)
    in_path = [each.name for each in label.parameters if each.location is Location.PATH]
    assert in_path == ["id", "key", "value"]


def test_an_enum_with_off_in_it_holds_texts() -> None:
    found = load_interface(str(spec("firecracker/v1.16.1.yaml")), validate=False).interface
    level = found.components["Logger"].properties["level"]
    assert level.enum is not None
    assert "Off" in level.enum


def test_places_in_a_large_json_document_are_right() -> None:
    path = spec("ghes/3.19.json")
    found = load_interface(str(path), validate=False).interface
    lines = path.read_text().splitlines()
    for operation in found.operations[::100]:
        line = lines[operation.place.line - 1]
        assert line[operation.place.column - 1 :].startswith(f'"{operation.key.method.lower()}"')


def test_places_in_yaml_are_right() -> None:
    path = spec("moby/v1.51.yaml")
    found = load_interface(str(path), validate=False).interface
    lines = path.read_text().splitlines()
    for name, schema in found.components.items():
        line = lines[schema.place.line - 1]
        assert line[schema.place.column - 1 :].startswith(f"{name}:")


def test_nullable_kept_from_3_0_is_read_as_meant_in_3_1() -> None:
    found = load_interface(str(spec("airflow/3.2.1-v2.yaml")), validate=False).interface
    conf = found.components["DAGRunResponse"].properties["conf"]
    assert Kind.NULL in conf.kinds


def test_a_release_published_in_two_dialects_says_the_same_in_both() -> None:
    """But for what its authors changed: a query parameter, and bodies that became required."""
    old, new = (
        {each.key: each for each in load_interface(str(spec(name))).interface.operations}
        for name in ("hpe-csp/1.1.0-2021-04.yaml", "hpe-csp/1.1.0-2026-07.yaml")
    )
    assert old.keys() == new.keys()
    for key in old:
        assert described(old[key].answers) == described(new[key].answers)
        if str(key) != "GET /snapshots":
            assert described(old[key].parameters) == described(new[key].parameters)


def described(parts: tuple[Answer, ...] | tuple[Parameter, ...]) -> list[object]:
    """What they say, apart from texts and places."""
    return [
        (each.status, [content.media_type for content in each.contents])
        if isinstance(each, Answer)
        else (each.name, each.location, each.required, each.style, each.schema.kinds)
        for each in parts
    ]
