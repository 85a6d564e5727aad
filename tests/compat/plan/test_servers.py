"""Servers: hosts are told, base paths are turned, those of single operations too."""

import pytest

from compat.intent.model import Then
from compat.intent.problem import IntentError
from compat.model.interface import Interface
from compat.model.role import Role
from tests.compat.plan.whole import crossed, put, whole


def served(servers: str, dialect: str = "3.0") -> Interface:
    return put("{}", servers, dialect)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{servers: [{url: 'https://a/v1'}]}", "{servers: [{url: 'https://b/v1'}]}"),
        ("{servers: [{url: 'http://a'}]}", "{servers: [{url: 'https://a'}]}"),
        ("{servers: [{url: 'http://a'}]}", "{servers: [{url: 'http://a'}, {url: 'http://b'}]}"),
    ],
)
def test_another_host_is_told_and_nothing_is_done(old: str, new: str) -> None:
    made = crossed(served(old), served(new))
    assert made.found == {"servers-changed servers": ("none", "none")}
    assert all(one.is_identity for each in made.plan.exchanges.values() for one in each)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{host: a, basePath: /v1, schemes: [https]}", "{servers: [{url: 'https://a/v1'}]}"),
        ("{host: a, basePath: /v1}", "{servers: [{url: 'https://a/v1/'}]}"),
        ("{basePath: /v1}", "{servers: [{url: 'https://a/v1'}]}"),
    ],
)
def test_what_2_0_leaves_open_is_no_difference(old: str, new: str) -> None:
    assert crossed(served(old, "2.0"), served(new)).is_silent


def test_base_paths_of_further_servers_are_told() -> None:
    one = "{servers: [{url: 'https://a/v1'}]}"
    two = "{servers: [{url: 'https://a/v1'}, {url: 'https://a/v2'}]}"
    made = crossed(served(one), served(two))
    assert made.found == {"server-paths-changed servers": ("none", "none")}


GONE = {"server-paths-changed servers": ("needs-intent", "none")}


def test_a_base_path_that_is_gone_needs_a_word_for_the_old_client() -> None:
    old, new = served("{servers: [{url: /a}, {url: /c}]}"), served("{servers: [{url: /a}]}")
    assert crossed(old, new).found == GONE
    assert crossed(new, old).found == {"server-paths-changed servers": ("none", "none")}
    assert crossed(old, old).is_silent
    accepted = crossed(old, new, server_paths_changed=None)
    assert accepted.found == {"server-paths-changed servers": ("lossy", "none")}
    with pytest.raises(IntentError, match="other base paths pass"):
        crossed(old, new, server_paths_changed=Then.DROP)


def test_so_does_a_value_of_a_variable_in_it() -> None:
    def choosing(enum: str) -> Interface:
        variable = f"{{v: {{default: a, enum: {enum}}}, w: {{default: x}}}}"
        return served(f"{{servers: [{{url: '/{{v}}/{{w}}', variables: {variable}}}]}}")

    made = crossed(choosing("[a, b]"), choosing("[a]"))
    assert made.found == GONE
    assert "/b/x became none" in made.plan.differences[0].message
    assert crossed(choosing("[a, b]"), choosing("[b, a]")).is_silent
    assert crossed(choosing("[a]"), served("{servers: [{url: /a/x}]}")).is_silent


def test_a_server_of_an_operation_that_is_gone_needs_a_word() -> None:
    two = whole("/volumes: {put: {servers: [{url: /a}, {url: /b}]}}", "{servers: [{url: /v1}]}")
    assert crossed(two, own("/a")).found == GONE


def test_a_slash_at_the_end_of_a_path_is_a_path_of_its_own() -> None:
    made = crossed(whole("/volumes: {get: {}}"), whole("/volumes/: {get: {}}"))
    assert made.found == {"operation-moved GET /volumes": ("lossless", "lossless")}
    assert str(made.call(Role.OLD_CLIENT, "GET /volumes").operation) == "GET /volumes/"


def own(url: str) -> Interface:
    servers = f", servers: [{{url: {url}}}]" if url else ""
    return whole(f"/volumes: {{put: {{}}{servers}}}", "{servers: [{url: /v1}]}")


def test_another_host_of_one_operation_is_told() -> None:
    made = crossed(own("https://a/v1"), own("https://b/v1"))
    assert made.found == {"servers-changed servers": ("none", "none")}


def test_its_base_path_is_not_told_twice() -> None:
    found = crossed(own("https://a/downloads"), own("https://a/uploads")).found
    assert found == {"operation-base-changed PUT /volumes": ("lossless", "lossless")}


def test_a_server_of_a_path_has_its_base_path_turned() -> None:
    found = {"operation-base-changed PUT /volumes": ("lossless", "lossless")}
    assert crossed(own(""), own("/uploads")).found == found
    assert crossed(own("/downloads"), own("/uploads")).found == found
    assert crossed(own("/uploads"), own("/uploads")).is_silent
    assert crossed(own(""), own("/v1")).is_silent
