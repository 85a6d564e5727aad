"""References: inside a document, to siblings, to nowhere, in circles, and out of the spec."""

import pytest

from compat.load.limits import REFERENCE_CHAIN_MAX
from compat.load.names import sibling
from compat.load.problem import SpecError
from compat.model.schema import Kind
from tests.compat.load.written import head, interface, loaded, refusal, reported, schema_spec

USES = """
    paths:
      /a:
        get:
          responses:
            '200':
              description: ok
              content:
                application/json:
                  schema: {$ref: '%s'}
"""


def uses(reference: str) -> str:
    return head("3.0", USES % reference)


def test_a_reference_stays_one_and_leads_to_the_schema() -> None:
    found = interface(
        """
        paths: {}
        components:
          schemas:
            A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}}}
            B: {type: string}
        """
    )
    b = found.components["A"].properties["b"]
    assert b.ref == "spec.yaml#/components/schemas/B"
    assert found.resolve(b) is found.components["B"]
    assert found.components["B"].name == "B"


def test_a_cycle_is_an_edge_back() -> None:
    found = interface(
        """
        paths: {}
        components:
          schemas:
            Tree:
              properties: {down: {type: array, items: {$ref: '#/components/schemas/Tree'}}}
        """
    )
    tree = found.components["Tree"]
    items = tree.properties["down"].items
    assert items is not None
    assert found.resolve(items) is tree


def test_parameters_bodies_answers_and_headers_may_be_references() -> None:
    found = interface(
        """
        paths:
          /a:
            parameters: [{$ref: '#/components/parameters/P'}]
            post:
              requestBody: {$ref: '#/components/requestBodies/B'}
              responses: {'200': {$ref: '#/components/responses/R'}}
            get:
              responses: {'200': {$ref: '#/components/responses/R'}}
        components:
          parameters: {P: {name: p, in: query, schema: {type: string}}}
          requestBodies: {B: {content: {application/json: {schema: {type: object}}}}}
          headers: {H: {schema: {type: integer}}}
          responses:
            R: {description: r, headers: {X-H: {$ref: '#/components/headers/H'}}}
        """
    )
    get, post = found.operations
    assert post.parameters[0].name == "p"
    assert post.body is not None
    assert post.body.contents[0].media_type == "application/json"
    assert post.answers[0].headers[0].name == "X-H"
    assert get.parameters[0] is post.parameters[0]
    assert get.answers[0] is post.answers[0]


def test_a_path_item_may_be_a_reference_and_say_more() -> None:
    found = loaded(
        head(
            "3.1",
            """
            paths:
              /a:
                $ref: '#/components/pathItems/I'
                put: {responses: {'200': {description: own}}}
            components:
              pathItems:
                I:
                  get: {responses: {'200': {description: theirs}}}
                  put: {responses: {'200': {description: theirs}}}
            """,
        )
    ).interface
    told = {str(each.key): each.answers[0].description for each in found.operations}
    assert told == {"GET /a": "theirs", "PUT /a": "own"}


def test_a_reference_may_point_anywhere_even_through_percent_signs() -> None:
    found = interface(
        USES % "#/components/schemas/A"
        + """
    components:
      schemas:
        A: {type: object, properties: {a b: {type: integer}}}
        B: {$ref: '#/paths/~1a/get/responses/200/content/application~1json/schema'}
        C: {$ref: '#/components/schemas/A/properties/a%20b'}
"""
    )
    assert found.resolve(found.components["B"]) is found.components["A"]
    assert found.resolve(found.components["C"]).kinds == {Kind.INTEGER}


def test_siblings_are_read_relative_to_the_document_that_names_them() -> None:
    found = loaded(
        uses("schemas/volume.yaml#/Volume"),
        name="specs/v1.yaml",
        siblings={
            "specs/schemas/volume.yaml": """\
                Volume:
                  properties: {n: {$ref: 'more/name.json'}, s: {$ref: '../v1.yaml#/x'}}
            """,
            "specs/schemas/more/name.json": '{"type": "string"}',
        },
    )
    volume = found.interface.schemas["specs/schemas/volume.yaml#/Volume"]
    assert volume.properties["n"].ref == "specs/schemas/more/name.json#"
    assert found.interface.schemas["specs/schemas/more/name.json#"].kinds == {Kind.STRING}
    assert str(volume.properties["n"].place) == "specs/schemas/volume.yaml:2:16"
    assert [problem.place.file for problem in found.problems] == ["specs/schemas/volume.yaml"]


def test_siblings_may_refer_to_each_other_in_circles() -> None:
    found = loaded(
        uses("a.yaml"),
        siblings={
            "a.yaml": "{properties: {b: {$ref: b.yaml}}}",
            "b.yaml": "{properties: {a: {$ref: a.yaml}}}",
        },
    )
    assert sorted(found.interface.schemas) == ["a.yaml#", "b.yaml#"]


def test_a_sibling_that_is_not_there_ends_the_loading() -> None:
    assert refusal(uses("other.yaml#/A")).where == "spec.yaml:12:24"


def test_a_reference_to_nothing_is_reported_and_allows_anything() -> None:
    text = uses("#/components/schemas/Nope")
    assert reported(text) == [
        '12:24: the reference "#/components/schemas/Nope" leads nowhere: read as allowing anything'
    ]
    content = loaded(text).interface.operations[0].answers[0].contents[0]
    assert content.schema is not None
    assert content.schema.ref is None
    with pytest.raises(SpecError) as caught:
        loaded(text, strict=True)
    assert caught.value.where == "spec.yaml:12:24"


@pytest.mark.parametrize(
    ("schemas", "where"),
    [
        ("A: {$ref: '#/components/schemas/A'}", "6:5"),
        ("A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}", "6:5"),
        ("A: {$ref: 5}", "6:9"),
        ("A: {properties: {b: {$ref: [x]}}}", "6:26"),
        ("A: {properties: {b: {$ref: }}}", "6:26"),
    ],
)
def test_references_in_circles_and_of_no_text_are_refused(schemas: str, where: str) -> None:
    error = refusal(head("3.0", f"paths: {{}}\ncomponents:\n  schemas:\n    {schemas}\n"))
    assert error.where == f"spec.yaml:{where}"


def test_other_objects_that_only_lead_to_themselves_are_refused() -> None:
    for kind, use in (("parameters", "parameters: [%s]"), ("requestBodies", "requestBody: %s")):
        reference = f"{{$ref: '#/components/{kind}/A'}}"
        text = f"""
            paths: {{/a: {{put: {{{use % reference}, responses: {{}}}}}}}}
            components: {{{kind}: {{A: {reference}}}}}
        """
        assert "lead back to themselves" in refusal(head("3.0", text)).what
    item = "paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}"
    assert "lead back to themselves" in refusal(head("3.0", item)).what


def test_a_chain_of_references_has_an_end() -> None:
    links = [
        f"    A{n}: {{$ref: '#/components/schemas/A{n + 1}'}}\n"
        for n in range(REFERENCE_CHAIN_MAX + 2)
    ]
    text = "paths: {}\ncomponents:\n  schemas:\n" + "".join(links)
    last = f"    A{REFERENCE_CHAIN_MAX + 2}: {{type: string}}\n"
    assert "over 100 others" in refusal(head("3.0", text + last)).what


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.yaml#/A",
        "a/../../secret.yaml",
        "%2e%2e/secret.yaml",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "//host/share.yaml",
        "file:///etc/passwd",
        "file:secret.yaml",
        "ftp://host/a.yaml",
        "C:\\\\a.yaml",
        "\\\\\\\\host\\\\a.yaml",
        "a%00.yaml",
        "http://example.com/a.yaml#/A",
        "HTTPS://example.com/a.yaml",
    ],
)
def test_a_reference_that_leaves_the_spec_is_refused(reference: str) -> None:
    text = (
        head("3.0", "").replace("info", "x-info")
        + f"""
paths: {{}}
components: {{schemas: {{A: {{$ref: "{reference}"}}}}}}
"""
    )
    error = refusal(text)
    assert error.where == "spec.yaml:5:28"
    assert "relative path" in error.hint or "beside the spec" in error.hint


def test_urls_are_fetched_where_that_is_allowed_and_relative_to_each_other() -> None:
    url = "https://example.com/specs/a.yaml"
    found = loaded(
        uses(f"{url}#/A"),
        remote=True,
        siblings={
            url: "A: {properties: {b: {$ref: '../b.yaml'}}}",
            "https://example.com/b.yaml": "{type: string}",
        },
    )
    assert "https://example.com/b.yaml#" in found.interface.schemas


def test_a_remote_document_does_not_lead_to_files() -> None:
    url = "https://example.com/specs/a.yaml"
    with pytest.raises(SpecError, match="neither a http"):
        loaded(uses(url), remote=True, siblings={url: "{$ref: 'file:///etc/passwd'}"})


@pytest.mark.parametrize(
    ("root", "base", "reference", "name"),
    [
        ("v1.yaml", "v1.yaml", "a.yaml", "a.yaml"),
        ("./v1.yaml", "./v1.yaml", "x/../a.yaml", "./a.yaml"),
        ("../v1.yaml", "../v1.yaml", "a.yaml", "../a.yaml"),
        ("/specs/v1.yaml", "/specs/x/b.yaml", "../a.yaml", "/specs/a.yaml"),
        ("/v1.yaml", "/v1.yaml", "x/a.yaml", "/x/a.yaml"),
        ("v1.yaml", "v1.yaml", "a%20b.yaml", "a b.yaml"),
        ("git:HEAD:v1.yaml", "git:HEAD:v1.yaml", "a.yaml", "git:HEAD:a.yaml"),
        ("v1.yaml", "v1.yaml", "-", "./-"),
        ("v1.yaml", "v1.yaml", "./git:HEAD:a.yaml", "./git:HEAD:a.yaml"),
        ("v1.yaml", "v1.yaml", "./http://host/a.yaml", "http:/host/a.yaml"),
        ("git:v1.0:api/v1.yaml", "git:v1.0:api/v1.yaml", "x/a.yaml", "git:v1.0:api/x/a.yaml"),
    ],
)
def test_a_sibling_is_named_as_the_spec_is(root: str, base: str, reference: str, name: str) -> None:
    assert sibling(root, base, reference, remote=False, where="") == name


@pytest.mark.parametrize(
    ("root", "base", "reference"),
    [
        ("../v1.yaml", "../v1.yaml", "../a.yaml"),
        ("../specs/v1.yaml", "../specs/v1.yaml", "../a.yaml"),
        ("/v1.yaml", "/v1.yaml", "../a.yaml"),
        ("git:HEAD:v1.yaml", "git:HEAD:v1.yaml", "../a.yaml"),
        ("git:HEAD:api/v1.yaml", "git:HEAD:api/v1.yaml", "../a.yaml"),
        ("-", "-", "a.yaml"),
        ("v1.yaml", "v1.yaml", "git:HEAD:a.yaml"),
    ],
)
def test_no_sibling_stands_outside_the_directory_of_the_spec(
    root: str, base: str, reference: str
) -> None:
    with pytest.raises(SpecError):
        sibling(root, base, reference, remote=False, where="here")


@pytest.mark.parametrize(
    ("reference", "kind"),
    [("#/$defs/z", Kind.BOOLEAN), ("#/components/schemas/B", Kind.INTEGER)],
)
def test_a_fragment_is_of_the_schema_around_it_that_bears_an_id(reference: str, kind: Kind) -> None:
    """Many copy such a schema into a spec, and refer to the rest of it all the same."""
    found = interface(
        f"""
        paths: {{}}
        $defs: {{z: {{type: string}}}}
        components:
          schemas:
            A:
              $id: https://example.com/a
              $defs: {{z: {{type: boolean}}}}
              properties: {{p: {{$ref: '{reference}'}}}}
            B: {{type: integer}}
        """,
        "3.1",
    )
    assert found.resolve(found.components["A"].properties["p"]).kinds == {kind}


def test_anchors_and_ids_are_found() -> None:
    found = loaded(
        schema_spec(
            """
            type: object
            properties:
              a: {$ref: '#here'}
              b: {$ref: 'https://example.com/s#/properties/c'}
              d: {$dynamicRef: '#there'}
            $defs:
              x: {$anchor: here, type: integer}
              y: {$id: 'https://example.com/s', properties: {c: {type: boolean}}}
              z: {$dynamicAnchor: there, type: string}
            """,
            "3.1",
        )
    ).interface
    a = found.components["A"]
    kinds = {name: set(found.resolve(below).kinds) for name, below in a.properties.items()}
    assert kinds == {"a": {Kind.INTEGER}, "b": {Kind.BOOLEAN}, "d": {Kind.STRING}}
