"""Path templates: what is the same apart from the names of parameters."""

import pytest

from compat.match.template import (
    akin,
    beginnings,
    parameter_names,
    renamed_parameters,
    shape,
    versionless,
)


@pytest.mark.parametrize(
    ("template", "names", "shaped"),
    [
        ("/", (), "/"),
        ("/volumes/", (), "/volumes"),
        ("/volumes/{id}", ("id",), "/volumes/{}"),
        ("/volumes/{ id }", ("id",), "/volumes/{}"),
        ("/nodes/{id}/label/{key}={value}", ("id", "key", "value"), "/nodes/{}/label/{}={}"),
        ("/files/{path:.*}", ("path",), "/files/{}"),
        ("/ids/{id:[a-f0-9]{12}}/x", ("id",), "/ids/{}/x"),
        ("/ids/{id:a?b}/{x}", ("id", "x"), "/ids/{}/{}"),
        ("/volumes/{id}?kind={kind}", ("id",), "/volumes/{}"),
    ],
)
def test_a_template_has_a_shape_and_parameters(
    template: str, names: tuple[str, ...], shaped: str
) -> None:
    assert parameter_names(template) == names
    assert shape(template) == shaped


@pytest.mark.parametrize(
    ("template", "without"),
    [
        ("/v1/volumes", "/volumes"),
        ("/api/v2.1/volumes", "/api/volumes"),
        ("/2020-07/volumes", "/volumes"),
        ("/v1beta1/volumes", "/volumes"),
        ("/v1-beta/volumes", "/volumes"),
        ("/volumes/v", "/volumes/v"),
        ("/v1", "/"),
    ],
)
def test_segments_that_are_a_version_are_left_out(template: str, without: str) -> None:
    assert versionless(template) == without


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ("/v/{id}", "/v/{volume}", [("id", "volume")]),
        ("/a/{x}/b/{y}", "/a/{y}/b/{x}", [("x", "y"), ("y", "x")]),
        ("/a/{x}/b/{y}", "/b/{y}", [("y", "y")]),
        ("/nodes/{node}/volumes/{id}", "/volumes/{volume}", [("id", "volume")]),
        ("/nodes/{node}", "/pools/{pool}", [("node", "pool")]),
        ("/a/{x}/b/{y}", "/c/{p}/d/{q}", []),
        ("/a/{x}", "/a", []),
        ("/v/{id}?a={a}", "/v/{id}", [("id", "id")]),
    ],
)
def test_which_parameters_are_the_same(old: str, new: str, pairs: list[tuple[str, str]]) -> None:
    assert list(renamed_parameters(old, new)) == pairs
    assert sorted(renamed_parameters(new, old)) == sorted((new, old) for old, new in pairs)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("/volumes", "/api/v2/volumes", True),
        ("/v1/volumes/{id}", "/v2/volumes/{volume}", True),
        ("/volumes", "/pools/{pool}/volumes", False),
        ("/volumes", "/snapshots", False),
        ("/volumes", "/old-volumes", False),
    ],
)
def test_a_prefix_or_a_version_makes_no_other_template(old: str, new: str, same: bool) -> None:
    assert akin(old, new) is akin(new, old) is same


def test_what_two_shapes_begin_with() -> None:
    assert beginnings("/v1/volumes/{}", "/api/v2/volumes/{}") == ("/v1", "/api/v2")
    assert beginnings("/volumes", "/api/volumes") == ("/", "/api")
    assert beginnings("/a", "/b") == ("/a", "/b")
