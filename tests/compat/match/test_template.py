"""Path templates are the same whatever their parameters are called."""

import pytest

from compat.match.template import (
    beginnings,
    parameter_names,
    renamed_parameters,
    shape,
    versionless,
)


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("/volumes", ()),
        ("/volumes/{id}", ("id",)),
        ("/nodes/{id}/label/{key}={value}", ("id", "key", "value")),
        ("/images/{name:.*}/json", ("name",)),
    ],
)
def test_parameters_are_found_in_their_order(template: str, names: tuple[str, ...]) -> None:
    assert parameter_names(template) == names


def test_a_shape_forgets_names_and_what_no_server_routes_by() -> None:
    assert shape("/volumes/{id}/") == shape("/volumes/{volume_id}") == "/volumes/{}"
    assert shape("/snapshots?mode=exists") == "/snapshots"
    assert shape("/") == "/"


@pytest.mark.parametrize("path", ["/v1/volumes", "/v2/volumes", "/1.44/volumes", "/volumes"])
def test_version_numbers_in_a_path_are_left_out(path: str) -> None:
    assert versionless(path) == "/volumes"


def test_a_segment_that_only_looks_like_a_version_stays() -> None:
    assert versionless("/volumes/vault") == "/volumes/vault"


def test_parameters_at_the_same_place_are_the_same() -> None:
    assert renamed_parameters("/a/{x}/b/{y}", "/a/{y}/b/{x}") == (("x", "y"), ("y", "x"))


def test_of_other_shapes_names_count_first_and_then_the_order() -> None:
    assert renamed_parameters("/a/{x}/{id}", "/b/{id}/c/{z}") == (("id", "id"), ("x", "z"))


def test_what_two_paths_begin_with_is_what_is_left_of_their_common_end() -> None:
    assert beginnings("/api/v1/dags/{}", "/api/v2/dags/{}") == ("/api/v1", "/api/v2")
    assert beginnings("/dags", "/dags") == ("/", "/")
