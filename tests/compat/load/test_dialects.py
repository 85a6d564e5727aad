"""One interface, written in each dialect, is one model."""

from pathlib import Path

import pytest

from compat.load import Loaded, load
from compat.model.interface import Location, Style
from compat.model.schema import Kind
from tests.compat.load.likeness import plain
from tests.compat.load.written import head, interface, loaded

DATA = Path(__file__).parents[2] / "data" / "load"


def volumes(dialect: str) -> Loaded:
    name = f"volumes-{dialect}.yaml"
    return load(name, lambda wanted: (DATA / wanted).read_bytes())


@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
def test_nothing_is_wrong_with_any_of_them(dialect: str) -> None:
    found = volumes(dialect)
    assert found.problems == ()
    assert found.interface.dialect == dialect


@pytest.mark.parametrize("dialect", ["3.0", "3.1"])
def test_the_same_interface_in_another_dialect_is_the_same_model(dialect: str) -> None:
    assert plain(volumes(dialect).interface) == plain(volumes("2.0").interface)


def test_the_model_says_what_the_spec_says() -> None:
    found = volumes("2.0").interface
    assert (found.title, found.version, found.base_path) == ("Volumes", "7", "/v1")
    assert [str(operation.key) for operation in found.operations] == [
        "GET /volumes/{id}",
        "PUT /volumes/{id}",
        "GET /images",
        "POST /images",
    ]
    get, put, images, upload = found.operations
    assert get.operation_id == "getVolume"
    assert get.extensions == {"x-owner": "storage"}
    assert [(each.name, each.location, each.style) for each in get.parameters] == [
        ("id", Location.PATH, Style.SIMPLE),
        ("verbose", Location.QUERY, Style.MULTI),
        ("fields", Location.QUERY, Style.SIMPLE),
        ("state", Location.QUERY, Style.MULTI),
        ("X-Trace", Location.HEADER, Style.SIMPLE),
    ]
    assert get.parameters[1].schema.default is True
    assert put.deprecated
    assert put.body is not None
    assert put.body.required
    assert upload.body is not None
    form = upload.body.contents[0]
    assert form.media_type == "multipart/form-data"
    assert form.schema is not None
    assert form.schema.properties["image"].format == "binary"
    file = images.answers[0].contents[0].schema
    assert file is not None
    assert (file.kinds, file.format) == (frozenset((Kind.STRING,)), "binary")


def test_base_paths_are_those_of_all_values_of_variables_up_to_a_limit() -> None:
    def variables(count: int) -> str:
        names = [f"v{number}" for number in range(count)]
        stated = ", ".join(f"{name}: {{default: a, enum: [b, a, c]}}" for name in names)
        url = "/".join(f"{{{name}}}" for name in names)
        return f"servers: [{{url: '/{url}', variables: {{{stated}}}}}]\npaths: {{}}\n"

    assert interface(variables(1)).bases == {"/a", "/b", "/c"}
    assert len(interface(variables(2)).bases) == 9
    assert len(interface(variables(40)).bases) == 256


@pytest.mark.parametrize(
    ("servers", "base_path"),
    [
        ("[{url: 'https://h/api/v1'}]", "/api/v1"),
        ("[{url: /api/v1/}]", "/api/v1"),
        ("[{url: api/v1}, {url: /other}]", "/api/v1"),
        ("[{url: ../v1}]", "/v1"),
        ("[{url: /}]", ""),
        ("[]", ""),
        ("[{url: '{scheme}://h/{a}', variables: {scheme: {default: s}, a: {default: x}}}]", "/x"),
    ],
)  # fmt: skip
def test_the_base_path_is_that_of_the_first_server(servers: str, base_path: str) -> None:
    assert interface(f"servers: {servers}\npaths: {{}}\n").base_path == base_path


@pytest.mark.parametrize(
    ("written", "base_path"),
    [("/", ""), ("/v1/", "/v1"), ("v1", "/v1"), ("/{organization}", "/{organization}")],
)
def test_the_base_path_of_2_0_has_a_slash_in_front_and_none_behind(
    written: str, base_path: str
) -> None:
    assert interface(f"basePath: '{written}'\npaths: {{}}\n", "2.0").base_path == base_path


def test_a_server_that_is_no_url_is_reported() -> None:
    found = loaded(head("3.0", "servers: [{url: 'http://[x'}]\npaths: {}\n"))
    assert found.interface.base_path == ""
    assert [problem.message for problem in found.problems] == [
        '"http://[x" is no URL: read as the root'
    ]


def test_an_operation_has_the_base_path_of_its_own_server_else_of_its_paths() -> None:
    found = interface(
        """
        servers: [{url: /v1}]
        paths:
          /a: {get: {servers: [{url: 'https://other/v1'}], responses: {}}}
          /b: {servers: [{url: /v3}], get: {servers: [{url: /v2}], responses: {}}}
          /c: {servers: [{url: /v3}], get: {responses: {}}}
          /d: {get: {responses: {}}}
        """
    )
    assert [each.base_path for each in found.operations] == ["/v1", "/v2", "/v3", None]
    assert [found.base_of(each.key) for each in found.operations] == ["/v1", "/v2", "/v3", "/v1"]


@pytest.mark.parametrize(
    ("dialect", "text", "urls"),
    [
        ("3.0", "servers: [{url: 'https://b/v1/'}, {url: 'https://a'}]", ("https://a", "https://b/v1")),
        ("3.0", "servers: [{url: /v1}]", ()),
        ("2.0", "host: a\nbasePath: /v1\nschemes: [https]", ("https://a/v1",)),
        ("2.0", "host: a", ("//a",)),
        ("2.0", "schemes: [https]", ()),
    ],
)  # fmt: skip
def test_servers_that_name_a_host_are_kept(dialect: str, text: str, urls: tuple[str, ...]) -> None:
    assert interface(f"{text}\npaths: {{}}\n", dialect).servers == urls


def test_media_types_of_2_0_are_the_operations_own_else_the_specs() -> None:
    found = interface(
        """
        consumes: [application/json]
        produces: [application/json, application/xml]
        paths:
          /a:
            post:
              consumes: [application/merge-patch+json]
              parameters: [{name: b, in: body, schema: {}}]
              responses: {'200': {description: d, schema: {}}}
        """,
        "2.0",
    )
    (post,) = found.operations
    assert post.body is not None
    assert [each.media_type for each in post.body.contents] == ["application/merge-patch+json"]
    assert [each.media_type for each in post.answers[0].contents] == [
        "application/json",
        "application/xml",
    ]


def test_a_form_of_2_0_is_url_encoded_unless_it_says_otherwise_or_has_a_file() -> None:
    def media_types(consumes: str, kind: str) -> list[str]:
        found = interface(
            f"""
            paths:
              /a:
                post:
                  consumes: {consumes}
                  parameters: [{{name: f, in: formData, type: {kind}}}]
                  responses: {{'200': {{description: d}}}}
            """,
            "2.0",
        )
        body = found.operations[0].body
        assert body is not None
        return [each.media_type for each in body.contents]

    assert media_types("[application/json]", "string") == ["application/x-www-form-urlencoded"]
    assert media_types("[application/json]", "file") == ["multipart/form-data"]
    both = "multipart/form-data, application/x-www-form-urlencoded"
    assert ", ".join(media_types(f"[{both}]", "string")) == both


def test_webhooks_stay_in_the_document() -> None:
    found = interface("webhooks: {new: {post: {responses: {}}}}\n", "3.1")
    assert found.operations == ()
    assert found.document["webhooks"] == {"new": {"post": {"responses": {}}}}
