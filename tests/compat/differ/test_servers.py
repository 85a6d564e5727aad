"""Where operations are: servers of their own, and schemes of 2.0."""

import pytest

from tests.compat.differ.places import swagger2
from tests.compat.differ.places.openapi3 import document
from tests.compat.differ.places.whole import OK
from tests.compat.differ.telling import Document, told

MOVED = "WARN api-operation-server-changed"


def two(first: str, second: str) -> Document:
    """Each operation at a server of its own."""
    return document(
        paths={
            path: {"get": {"responses": OK, "servers": [{"url": url}]}}
            for path, url in (("/a", first), ("/b", second))
        }
    )


def test_operations_that_exchange_their_hosts_have_moved() -> None:
    assert told(two("https://a", "https://b"), two("https://b", "https://a")) == [MOVED]


def test_a_server_that_an_operation_names_as_all_others_do_is_no_change() -> None:
    shared = [{"url": "https://a/v1"}]
    plain, own = document(servers=shared), document({"servers": shared}, servers=shared)
    assert told(plain, own) == told(own, plain) == []


def test_the_servers_of_a_path_that_is_referred_to_are_read() -> None:
    def referring(url: str) -> Document:
        item = {"get": {"responses": OK}, "servers": [{"url": url}]}
        return document(paths={"/a": {"$ref": "#/x-item"}}, **{"x-item": item})

    assert told(referring("https://a"), referring("https://b")) == [MOVED]


def test_a_value_of_a_variable_in_the_host_is_a_server() -> None:
    def varying(*values: str) -> Document:
        variable = {"default": "a", "enum": [*values]}
        return document(servers=[{"url": "https://{h}.x", "variables": {"h": variable}}])

    assert told(varying("a", "b"), varying("a")) == ["INFO api-server-removed"]
    assert told(varying("a"), varying("a", "b")) == ["INFO api-server-added"]


@pytest.mark.parametrize("host", [{}, {"host": "a.example"}])
def test_a_scheme_that_went(host: Document) -> None:
    both, one = ["http", "https"], ["https"]
    shared = [swagger2.document(schemes=schemes, **host) for schemes in (both, one)]
    assert told(*shared) == ["INFO api-server-removed"]
    own = [swagger2.document({"schemes": each}, schemes=both, **host) for each in (both, one)]
    assert told(*own) == [MOVED]
    assert told(*reversed(own)) == ["INFO api-operation-server-changed"]
