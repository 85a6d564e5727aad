"""Servers: hosts are told, base paths are turned, those of single operations too."""

import pytest

from compat.model.interface import Interface
from compat.plan.bridge import Role
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
