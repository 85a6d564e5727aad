"""However a spec is mangled, loading it ends in a model or in an error that is ours."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.errors import CompatError
from compat.load import load
from compat.model.schema import Json
from tests.compat.load.written import HEADS

DATA = Path(__file__).parents[2] / "data" / "load"
WRITTEN = tuple(
    (DATA / f"volumes-{dialect}.yaml").read_bytes() for dialect in ("2.0", "3.0", "3.1")
)
PIECES = (
    b"\n", b" ", b"\t", b":", b"- ", b"{", b"}", b"[", b"]", b'"', b"'", b"*a ", b"&a ", b"<<: ",
    b"!!int ", b"|", b">", b"#", b"%", b"\0", b"\xff", b"\xef\xbb\xbf", b"$ref: ", b"null", b"~",
    b"---\n", b"'#/definitions/Volume'", b"'#'", b"'#/paths'", b"'a.yaml'", b"true", b"1e999",
)  # fmt: skip


def survives(text: bytes) -> None:
    """Loading raises nothing but CompatError, and its places can be told."""
    try:
        found = load("spec.yaml", lambda _: text, validate=len(text) % 4 == 0)
    except CompatError:
        return
    assert all(problem.place.line >= 1 for problem in found.problems)


@given(
    spec=st.sampled_from(WRITTEN),
    start=st.floats(0, 1),
    length=st.integers(0, 40),
    piece=st.sampled_from(PIECES),
    times=st.integers(0, 3),
)
def test_a_spec_with_a_piece_put_in_or_taken_out(
    spec: bytes, start: float, length: int, piece: bytes, times: int
) -> None:
    at = int(start * len(spec))
    survives(spec[:at] + piece * times + spec[at + length :])


@given(spec=st.sampled_from(WRITTEN), end=st.floats(0, 1))
def test_a_spec_that_ends_early(spec: bytes, end: float) -> None:
    survives(spec[: int(end * len(spec))])


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    survives(data)


KEYWORDS = (
    "$ref", "type", "items", "properties", "allOf", "oneOf", "not", "enum", "const", "default",
    "required", "nullable", "x-nullable", "minimum", "exclusiveMinimum", "discriminator", "mapping",
    "parameters", "name", "in", "schema", "content", "responses", "200", "headers", "requestBody",
    "get", "/a/{id}", "servers", "variables", "url", "additionalProperties", "$dynamicRef", "$id",
    "propertyName", "style", "explode", "collectionFormat", "consumes", "example", "examples",
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from((
        "string", "object", "array", "file", "body", "path", "query", "formData", "#", "#/paths",
        "#/components/schemas/A", "#/definitions/A", "form", "multi", "application/json",
    )),
)  # fmt: skip
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.sampled_from(KEYWORDS), below, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("dialect", HEADS)
@given(paths=VALUES, schemas=VALUES, item=VALUES)
def test_values_of_any_kind_in_the_places_of_a_spec(
    dialect: str, paths: Json, schemas: Json, item: Json
) -> None:
    key = "swagger" if dialect == "2.0" else "openapi"
    spec = {
        key: dialect,
        "paths": {"/a/{id}": item, "/b": {"post": paths}},
        "definitions": {"A": schemas},
        "components": {"schemas": {"A": schemas}},
    }
    survives(json.dumps(spec).encode())
