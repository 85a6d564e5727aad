"""Operations: parameters of paths and operations, and what is none."""

import pytest

from compat.model.interface import Location
from compat.model.schema import Kind
from tests.compat.load.written import head, interface, loaded, refusal, reported

OK = "responses: {'200': {description: d}}"


def get(parameters: str, dialect: str = "3.0") -> str:
    return head(dialect, f"paths: {{/a: {{get: {{parameters: [{parameters}], {OK}}}}}}}")


def test_an_operations_parameter_stands_before_its_paths_by_name_and_place() -> None:
    found = interface(
        f"""
        paths:
          /a:
            parameters:
              - {{name: p, in: query, schema: {{type: string}}}}
              - {{name: p, in: header, schema: {{type: string}}}}
            get:
              parameters: [{{name: p, in: query, required: true, schema: {{type: integer}}}}]
              {OK}
        """
    )
    told = [(each.location, each.required) for each in found.operations[0].parameters]
    assert told == [(Location.QUERY, True), (Location.HEADER, False)]


def test_a_parameter_that_stands_twice_is_reported_and_the_first_one_counts() -> None:
    text = get("{name: p, in: query, schema: {}}, {name: p, in: query, schema: {type: string}}")
    assert reported(text) == ['3:67: the query parameter "p" stands twice: left out']
    assert len(loaded(text).interface.operations[0].parameters) == 1


def test_shared_parameters_are_shared_in_the_model() -> None:
    found = interface(
        f"""
        paths:
          /a:
            parameters: [{{name: p, in: query, schema: {{type: string}}}}]
            get: {{{OK}}}
            put: {{{OK}}}
        """
    )
    one, other = found.operations
    assert one.parameters[0] is other.parameters[0]


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_headers_that_openapi_3_ignores_are_no_parameters(name: str) -> None:
    found = loaded(get(f"{{name: {name}, in: header, schema: {{type: string}}}}"))
    assert found.interface.operations[0].parameters == ()
    assert found.problems == ()


def test_a_parameter_with_content_is_text_of_that_media_type() -> None:
    content = "{application/json: {schema: {type: object}}}"
    found = loaded(get(f"{{name: p, in: query, content: {content}}}")).interface
    parameter = found.operations[0].parameters[0]
    assert parameter.schema.kinds == {Kind.STRING}
    assert parameter.content is not None
    assert parameter.content.media_type == "application/json"
    assert parameter.content.schema is not None
    assert parameter.content.schema.kinds == {Kind.OBJECT}


@pytest.mark.parametrize(
    ("parameter", "dialect", "message", "kept"),
    [
        ("5", "3.0", "a parameter is an object with name and in: left out", 0),
        ("{name: p}", "3.0", "a parameter is an object with name and in: left out", 0),
        ("null", "2.0", "a parameter is an object with name and in: left out", 0),
        ("{name: p, in: nowhere, schema: {}}", "3.0", '"nowhere" is no place of a parameter', 0),
        ("{name: p, in: body, schema: {}}", "3.0", '"body" is no place of a parameter', 0),
        ("{name: p, in: cookie, type: string}", "2.0", '"cookie" is no place of a parameter', 0),
        ("{name: p, in: query}", "3.0", "the parameter has neither schema nor content", 1),
        ("{name: 5, in: query, schema: {}}", "3.0", "text belongs here, not a number", 1),
        (
            "{name: p, in: query, type: array, collectionFormat: lines}",
            "2.0",
            '"lines" is no collectionFormat here',
            1,
        ),
        (
            "{name: p, in: query, style: matrix, schema: {type: array}}",
            "3.0",
            'the style "matrix" is read as form',
            1,
        ),
    ],
)
def test_what_a_parameter_gets_wrong_is_reported(
    parameter: str, dialect: str, message: str, kept: int
) -> None:
    found = loaded(get(parameter, dialect))
    assert [problem.message.startswith(message) for problem in found.problems] == [True]
    assert len(found.interface.operations[0].parameters) == kept


def test_a_path_parameter_is_required_even_where_the_spec_forgets_it() -> None:
    for dialect, typed in (("2.0", "type: string"), ("3.0", "schema: {type: string}")):
        parameter = f"{{name: p, in: path, {typed}}}"
        text = f"paths: {{'/a/{{p}}': {{get: {{parameters: [{parameter}], {OK}}}}}}}"
        found = loaded(head(dialect, text))
        assert found.interface.operations[0].parameters[0].required
        assert [problem.message for problem in found.problems] == [
            "a path parameter is always required: read so"
        ]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ("null", "an object belongs here, not null: read as an empty one"),
        ("[]", "an object belongs here, not a list: read as an empty one"),
        ("{/a: null}", "an object belongs here, not null: read as an empty one"),
        ("{/a: {get: null}}", "an operation is an object: left out"),
        ("{/a: {get: {}}}", "the operation has no responses"),
        ("{/a: {get: {responses: null}}}", "an object belongs here, not null"),
        ("{/a: {get: {responses: {'200': null}}}}", ""),
        ("{/a: {parameters: 5}}", "a list belongs here, not a number: read as an empty one"),
        (f"{{a: {{get: {{{OK}}}}}}}", 'the path "a" does not begin with a slash'),
        (f"{{/a: {{get: {{tags: [1], {OK}}}}}}}", "text belongs here, not a number"),
        (f"{{/a: {{get: {{deprecated: 5, {OK}}}}}}}", "true or false belongs here"),
        ("{/a: {get: {responses: {'200': {$ref: '#/no'}}}}}", 'the reference "#/no" leads nowhere'),
    ],
)
@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
def test_what_is_no_operation_is_reported_and_survived(
    paths: str, message: str, dialect: str
) -> None:
    found = loaded(head(dialect, f"paths: {paths}\n"))
    assert [problem.message[: len(message)] for problem in found.problems][:1] == (
        [message] if message else []
    )


@pytest.mark.parametrize("dialect", ["2.0", "3.0", "3.1"])
@pytest.mark.parametrize("value", ["null", "5", "text", "[1]", "{a: 1}", "true"])
@pytest.mark.parametrize(
    "where",
    [
        "info: %s",
        "info: {title: %s, version: %s}",
        "basePath: %s",
        "consumes: %s",
        "servers: %s",
        "servers: [%s]",
        "servers: [{url: %s}]",
        "servers: [{url: '/{a}', variables: {a: %s}}]",
        "definitions: %s",
        "components: %s",
        "components: {schemas: %s}",
        "paths: {/a: {post: {requestBody: %s}}}",
        "paths: {/a: {post: {requestBody: {content: %s}}}}",
        "paths: {/a: {post: {requestBody: {content: {application/json: %s}}}}}",
        "paths: {/a: {post: {responses: {'200': {headers: %s, content: %s}}}}}",
        "paths: {/a: {post: {responses: {'200': {headers: {H: %s}, schema: %s}}}}}",
        "paths: {/a: {post: {parameters: [{name: b, in: body, schema: %s, required: %s}]}}}",
        "paths: {/a: {post: {parameters: [{name: b, in: formData, type: %s, items: %s}]}}}",
        "paths: {/a: {post: {parameters: [{name: b, in: query, content: %s, explode: %s}]}}}",
        "paths: {/a: {post: {parameters: [{name: %s, in: %s}], servers: %s}}}",
    ],
)
def test_anything_may_stand_anywhere(where: str, value: str, dialect: str) -> None:
    version = "swagger: '2.0'" if dialect == "2.0" else f"openapi: {dialect}.0"
    text = f"{version}\n{where.replace('%s', value)}\n"
    assert loaded(text, validate=True).interface.dialect == dialect


def test_two_bodies_of_2_0_are_one_too_many() -> None:
    text = get("{name: a, in: body, schema: {}}, {name: b, in: body, schema: {}}", "2.0")
    assert reported(text) == ["3:66: an operation has one body: left out"]


def test_a_body_that_dangles_is_a_body_of_unknown_content() -> None:
    text = head("3.0", f"paths: {{/a: {{post: {{requestBody: {{$ref: '#/no'}}, {OK}}}}}}}")
    body = loaded(text).interface.operations[0].body
    assert body is not None
    assert body.contents == ()


@pytest.mark.parametrize(
    "item",
    [
        f"{{get: {{tags: [{'a, ' * 2_000}], {OK}}}}}",
        f"{{parameters: [{'{name: p, in: query, schema: {}}, ' * 500}], get: {{{OK}}}}}",
    ],
)
def test_references_do_not_multiply_a_spec_without_end(item: str) -> None:
    paths = "\n".join(f"  /a{n}: {{$ref: '#/x-item'}}" for n in range(1_000))
    text = head("3.0", f"paths:\n{paths}\nx-item: {item}\n")
    assert "nodes" in refusal(text).what


def test_media_types_do_not_multiply_a_spec_without_end() -> None:
    types = ", ".join(f"a/b{n}" for n in range(2_000))
    answers = "{'200': {description: d, schema: {}}}"
    paths = "\n".join(f"  /a{n}: {{get: {{responses: {answers}}}}}" for n in range(2_000))
    text = head("2.0", f"produces: [{types}]\npaths:\n{paths}\n")
    assert "nodes" in refusal(text).what
