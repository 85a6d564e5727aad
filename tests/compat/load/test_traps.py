"""What real specs do that loaders trip over."""

import pytest

from compat.load.operations import parameter_names
from compat.model.interface import Location, Style
from tests.compat.load.likeness import plain
from tests.compat.load.written import head, interface, loaded, reported, schema, schema_spec


@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
def test_statuses_without_quotes_are_texts(dialect: str) -> None:
    text = "paths: {/a: {get: {responses: {200: {description: d}, default: {description: e}}}}}"
    found = loaded(head(dialect, text), validate=True, strict=True).interface
    assert [answer.status for answer in found.operations[0].answers] == ["200", "default"]


def test_words_of_yaml_1_1_in_an_enum_mean_what_is_written() -> None:
    assert schema("{type: string, enum: [Off, Null, on, y, 1.10, 007, True, '~']}").enum == (
        ("Off", "Null", "on", "y", "1.10", "007", "True", "~")
    )


def test_null_in_the_enum_of_a_nullable_text_is_null() -> None:
    assert schema("{type: string, nullable: true, enum: [Off, Null, null]}").enum == (
        ("Off", "Null", None)
    )
    assert schema("{type: [string, 'null'], enum: [a, ~]}", "3.1").enum == ("a", None)
    assert schema("{type: string, enum: [a, null]}").enum == ("a", "null")


def test_plain_defaults_and_examples_of_a_text_are_what_is_written() -> None:
    found = schema("{type: string, default: 1.10, example: 2024-01-02}")
    assert (found.default, found.examples) == ("1.10", ("2024-01-02",))


def test_values_of_other_types_are_what_they_are() -> None:
    assert schema("{type: number, enum: [1, 1.5]}").enum == (1, 1.5)
    assert schema("{enum: [1, null, true]}").enum == (1, None, True)


def test_numbers_in_the_enum_of_a_text_in_json_are_reported() -> None:
    text = """{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {},
      "components": {"schemas": {"A": {"type": "string", "enum": ["a", 5]}}}}"""
    assert reported(text) == ["2:72: the enum value 5 is of no type declared here"]
    assert loaded(text).interface.components["A"].enum == ("a", 5)


def test_a_version_is_what_the_spec_says_and_identifies_nothing() -> None:
    one = interface("paths: {}\n")
    other = interface("paths: {}\nx-more: 1\n")
    assert one.version == other.version == "1"
    assert one.digest != other.digest


def test_operation_ids_may_be_missing_or_the_same() -> None:
    found = interface(
        """
        paths:
          /a:
            get: {operationId: same, responses: {'200': {description: d}}}
            put: {operationId: same, responses: {'200': {description: d}}}
            post: {responses: {'200': {description: d}}}
        """
    )
    assert [each.operation_id for each in found.operations] == ["same", "same", ""]
    assert len(found.by_key) == 3


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("/nodes/{id}/label/{key}={value}", ("id", "key", "value")),
        ("/files/{path:.*}", ("path",)),
        ("/files/{path:[a-z]{1,3}}/x/{y}", ("path", "y")),
        ("/snapshots?mode={mode}&x=1", ("mode",)),
        ("/a/{id}/b/{id}", ("id",)),
        ("/plain", ()),
    ],
)
def test_a_template_names_its_parameters(template: str, names: tuple[str, ...]) -> None:
    assert parameter_names(template) == names


@pytest.mark.parametrize(
    ("dialect", "typed"), [("2.0", "type: string"), ("3.0", "schema: {type: string}")]
)
def test_a_regex_in_braces_is_no_part_of_a_name(dialect: str, typed: str) -> None:
    found = interface(
        f"""
        paths:
          '/files/{{path:.*}}/{{id}}':
            get:
              parameters:
                - {{name: path, in: path, required: true, {typed}}}
                - {{name: 'id:[0-9]+', in: path, required: true, {typed}}}
              responses: {{'200': {{description: d}}}}
        """,
        dialect,
    )
    (get,) = found.operations
    assert get.key.path == "/files/{path:.*}/{id}"
    assert [each.name for each in get.parameters] == ["path", "id"]


def test_a_path_with_a_query_string_is_a_path_of_its_own() -> None:
    found = interface(
        """
        paths:
          /snapshots: {get: {responses: {'200': {description: all}}}}
          /snapshots?mode={mode}:
            get:
              parameters: [{name: mode, in: query, schema: {type: string}}]
              responses: {'200': {description: some}}
        """
    )
    assert [each.key.path for each in found.operations] == ["/snapshots", "/snapshots?mode={mode}"]


def test_a_parameter_that_only_the_path_tells_of_is_reported_and_read_as_text() -> None:
    text = head("3.0", "paths: {'/a/{id}': {get: {responses: {'200': {description: d}}}}}")
    assert reported(text) == ['3:21: the path\'s parameter "id" is not declared: read as text']
    (parameter,) = loaded(text).interface.operations[0].parameters
    assert (parameter.name, parameter.location, parameter.required) == ("id", Location.PATH, True)


def test_a_path_parameter_without_a_place_in_the_path_is_reported() -> None:
    parameter = "{name: id, in: path, required: true, schema: {type: string}}"
    text = f"paths: {{/a: {{get: {{parameters: [{parameter}], responses: {{}}}}}}}}"
    assert reported(head("3.0", text)) == ['3:14: the path /a has no place for "id"']


@pytest.mark.parametrize(
    "keywords",
    [
        "{type: string, enum: [a], default: b}",
        "{type: integer, default: many}",
        "{type: float}",
        "{type: [string, integer]}",
        "{type: array, items: [{type: string}]}",
        "{type: string, enum: [{value: a}]}",
        "{type: object, required: true}",
    ],
)
@pytest.mark.parametrize("validate", [True, False])
def test_what_is_invalid_but_published_is_reported_once_and_read(
    keywords: str, validate: bool
) -> None:
    found = loaded(schema_spec(keywords), validate=validate)
    assert found.interface.components["A"].name == "A"
    assert len({problem.place for problem in found.problems}) == len(found.problems) == 1


def test_arrays_say_how_they_become_text() -> None:
    def style(keywords: str, dialect: str) -> Style:
        text = f"paths: {{/a: {{get: {{parameters: [{{name: p, in: query, {keywords}}}]"
        found = interface(text + ", responses: {'200': {description: d}}}}}", dialect)
        return found.operations[0].parameters[0].style

    of_text = "type: array, items: {type: string}"
    for name, expected in (
        ("", Style.SIMPLE),
        ("collectionFormat: csv", Style.SIMPLE),
        ("collectionFormat: ssv", Style.SPACE),
        ("collectionFormat: tsv", Style.TAB),
        ("collectionFormat: pipes", Style.PIPE),
        ("collectionFormat: multi", Style.MULTI),
    ):
        assert style(f"{of_text}, {name}".rstrip(", "), "2.0") is expected
    for name, expected in (
        ("", Style.MULTI),
        ("explode: false", Style.SIMPLE),
        ("style: form, explode: true", Style.MULTI),
        ("style: spaceDelimited", Style.SPACE),
        ("style: pipeDelimited", Style.PIPE),
        ("style: pipeDelimited, explode: true", Style.MULTI),
        ("style: deepObject, explode: true", Style.DEEP),
    ):
        assert style(f"schema: {{{of_text}}}, {name}".rstrip(", "), "3.0") is expected


def test_a_scalar_has_one_style_however_it_is_written() -> None:
    old = "{name: p, in: query, type: string, collectionFormat: pipes}"
    new = "{name: p, in: query, explode: false, schema: {type: string}}"
    answers = "responses: {'200': {description: d}}"
    models = [
        plain(interface(f"paths: {{/a: {{get: {{parameters: [{each}], {answers}}}}}}}", dialect))
        for each, dialect in ((old, "2.0"), (new, "3.0"))
    ]
    assert models[0] == models[1]


def test_success_statuses_are_told_apart_and_ranges_are_upper_case() -> None:
    text = "{200: {description: a}, 201: {description: b}, 4xx: {description: c}, 20: {}, x-a: 1}"
    spec = head("3.0", f"paths: {{/a: {{get: {{responses: {text}}}}}}}")
    found = loaded(spec)
    statuses = [answer.status for answer in found.interface.operations[0].answers]
    assert statuses == ["200", "201", "4XX"]
    assert [problem.message for problem in found.problems] == [
        "the status 4xx is read as 4XX",
        '"20" is no status: left out',
    ]
