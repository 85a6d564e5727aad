"""Security requirements: which apply, and what the schemes they name say."""

import pytest

from compat.model.security import UNSECURED, Scheme
from tests.compat.load.written import head, interface, loaded

OK = "responses: {'200': {description: d}}"


def scheme(text: str, dialect: str = "3.0") -> Scheme:
    holder = "securityDefinitions: " if dialect == "2.0" else "components: {securitySchemes: "
    end = "" if dialect == "2.0" else "}"
    found = interface(
        f"{holder}{{a: {text}}}{end}\nsecurity: [{{a: []}}]\npaths: {{/a: {{get: {{{OK}}}}}}}\n",
        dialect,
    )
    ((demand,),) = found.operations[0].security.alternatives
    return demand.scheme


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        ("{type: basic}", "2.0", Scheme(kind="basic")),
        ("{type: http, scheme: Basic}", "3.0", Scheme(kind="basic")),
        ("{type: http, scheme: bearer, bearerFormat: JWT}", "3.0", Scheme(kind="bearer")),
        (
            "{type: apiKey, in: header, name: X-Key}",
            "2.0",
            Scheme(kind="apiKey", location="header", name="x-key"),
        ),
        (
            "{type: apiKey, in: query, name: Key}",
            "3.0",
            Scheme(kind="apiKey", location="query", name="Key"),
        ),
        (
            "{type: oauth2, flow: accessCode}",
            "2.0",
            Scheme(kind="oauth2", flows=frozenset({"authorizationCode"})),
        ),
        (
            "{type: oauth2, flows: {authorizationCode: {}, x-more: {}}}",
            "3.0",
            Scheme(kind="oauth2", flows=frozenset({"authorizationCode"})),
        ),
        (
            "{type: oauth2, flow: implicit, authorizationUrl: /a}",
            "2.0",
            Scheme(
                kind="oauth2",
                flows=frozenset({"implicit"}),
                addresses=frozenset({"implicit authorizationUrl /a"}),
            ),
        ),
        (
            "{type: oauth2, flows: {password: {tokenUrl: /t, refreshUrl: /r}}}",
            "3.0",
            Scheme(
                kind="oauth2",
                flows=frozenset({"password"}),
                addresses=frozenset({"password tokenUrl /t", "password refreshUrl /r"}),
            ),
        ),
        (
            "{type: openIdConnect, openIdConnectUrl: https://a}",
            "3.1",
            Scheme(kind="openIdConnect", url="https://a"),
        ),
        ("{type: mutualTLS}", "3.1", Scheme(kind="mutualTLS")),
    ],
)
def test_what_a_scheme_says(text: str, dialect: str, expected: Scheme) -> None:
    assert scheme(text, dialect) == expected


def test_an_operations_own_requirements_stand_for_those_of_the_spec() -> None:
    found = interface(
        f"""
        components:
          securitySchemes:
            a: {{$ref: '#/components/securitySchemes/b'}}
            b: {{type: http, scheme: basic}}
        security: [{{a: []}}]
        paths:
          /a: {{get: {{{OK}}}}}
          /b: {{get: {{{OK}, security: []}}}}
          /c: {{get: {{{OK}, security: [{{}}, {{b: [x]}}]}}}}
        """
    )
    told = [str(each.security) for each in found.operations]
    assert told == ["basic", "nothing", "basic (x) or nothing"]
    assert found.operations[1].security.alternatives == UNSECURED.alternatives


def test_a_scheme_that_is_not_there_is_reported_once_and_known_by_its_name() -> None:
    found = loaded(
        head(
            "3.0",
            f"""
            security: [{{a: []}}]
            paths: {{/a: {{get: {{{OK}}}}}, /b: {{get: {{{OK}, security: [{{a: []}}]}}}}}}
            """,
        )
    )
    assert [each.message for each in found.problems] == [
        'no security scheme is called "a": known by its name alone'
    ]
    told = [str(each.security) for each in found.interface.operations]
    assert told == ["unknown a", "unknown a"]


def test_what_a_server_sends_is_read_like_operations() -> None:
    found = interface(
        """
        webhooks:
          done: {post: {requestBody: {content: {text/plain: {}}}, responses: {'200': {}}}}
        paths:
          /a:
            get:
              responses: {'200': {description: d, links: {next: {operationId: b, description: d}}}}
              callbacks:
                one: {$ref: '#/components/callbacks/One'}
        components:
          callbacks:
            One: {'{$request.body#/url}': {post: {responses: {'200': {description: d}}}}}
        """,
        "3.1",
    )
    assert [str(each.key) for each in found.webhooks] == ["POST done"]
    (operation,) = found.operations
    assert [str(each.key) for each in operation.callbacks] == ["POST {$request.body#/url}"]
    assert operation.answers[0].links == {"next": '{"operationId": "b"}'}
