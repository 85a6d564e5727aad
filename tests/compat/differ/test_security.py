"""Who has to show what: levels follow from the alternatives that callers have."""

from typing import Any

import pytest

from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.telling import Document, compared, told

KEY: Document = {"k": []}
READ, WRITE = {"o": ["read"]}, {"o": ["write"]}
SCHEMES = {
    "k": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "o": {"type": "oauth2", "flows": {"password": {"tokenUrl": "https://a", "scopes": {}}}},
    "p": {"type": "openIdConnect", "openIdConnectUrl": "https://b"},
}


def spec(own: list[Any] | None, shared: list[Any] | None = None) -> Document:
    components = {"components": {"securitySchemes": SCHEMES}}
    more = components if shared is None else {**components, "security": shared}
    return document({} if own is None else {"security": own}, **more)


@pytest.mark.parametrize(
    ("old", "new", "forth", "back"),
    [
        (spec([KEY, {}]), spec([KEY]), "ERR api-security-removed", "INFO api-security-added"),
        (
            spec(None, [KEY, {}]),
            spec(None, [KEY]),
            "ERR api-global-security-removed",
            "INFO api-global-security-added",
        ),
        (spec([], [KEY]), spec(None, [KEY]), "ERR api-security-added", "INFO api-security-removed"),
        (spec([READ, WRITE]), spec([READ]), "ERR api-security-removed", "INFO api-security-added"),
        (spec([KEY]), spec([KEY, READ]), "INFO api-security-added", "ERR api-security-removed"),
        (spec([KEY, {}]), spec([{}]), "INFO api-security-removed", "INFO api-security-added"),
        (
            spec([{"o": ["read"], "p": []}]),
            spec([{"o": [], "p": ["read"]}]),
            "INFO api-security-scope-removed, ERR api-security-scope-added",
            "INFO api-security-scope-removed, ERR api-security-scope-added",
        ),
        (
            spec([{**KEY, **READ}, KEY]),
            spec([KEY]),
            "INFO api-security-removed",
            "INFO api-security-added",
        ),
    ],
    ids=[
        *("optional no more", "optional no more, of all", "inherited again", "one scope of two"),
        *("one more", "still optional", "scopes exchanged", "implied by another"),
    ],
)
def test_an_alternative_that_comes_or_goes(
    old: Document, new: Document, forth: str, back: str
) -> None:
    assert told(old, new) == sorted(forth.split(", "))
    assert told(new, old) == sorted(back.split(", "))


def test_an_operation_that_says_itself_what_it_inherited_is_no_change() -> None:
    assert told(spec(None, [KEY]), spec([KEY], [KEY])) == []
    assert told(spec([KEY], [KEY]), spec(None, [KEY])) == []


def test_scopes_of_two_schemes_are_two_changes() -> None:
    found = compared(spec([{"o": [], "p": []}]), spec([{"o": ["read"], "p": ["read"]}]))
    assert [change.path for change in found] == [("oauth2 password",), ("openIdConnect https://b",)]
    assert len({change.fingerprint for change in found}) == 2


def test_a_scheme_is_followed_to_what_it_refers_to() -> None:
    def referring(url: str) -> Document:
        flow = {"tokenUrl": url, "scopes": {}}
        named = {"s": {"$ref": "#/components/x-schemes/s"}}
        held = {"s": {"type": "oauth2", "flows": {"password": flow}}}
        return document(components={"securitySchemes": named, "x-schemes": held})

    rule = "INFO api-security-component-oauth-token-url-changed"
    assert told(referring("https://a"), referring("https://b")) == [rule]
