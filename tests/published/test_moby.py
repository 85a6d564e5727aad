"""Container engine v1.51 -> v1.52: fields removed with a stand-in, headings, an address moved."""

from collections.abc import Callable

import pytest

from tests.published.shims import Calls


@pytest.fixture
def shim(calls: Callable[[str], Calls]) -> Calls:
    return calls("moby_v1.51_v1.52")


def test_the_version_in_the_path_is_turned(shim: Calls) -> None:
    sent, _ = shim.old("GET", "/v1.51/containers/json", answers=[(200, [])])
    assert sent.path == "/v1.52/containers/json"
    sent, _ = shim.new("GET", "/v1.52/containers/json", answers=[(200, [])])
    assert sent.path == "/v1.51/containers/json"


def test_a_container_s_address_becomes_that_of_its_endpoint(shim: Calls) -> None:
    sent, _ = shim.old(
        "POST",
        "/v1.51/containers/create",
        body={"Image": "alpine", "MacAddress": "02:42:ac:11:00:02"},
        answers=[(201, {"Id": "c", "Warnings": []})],
    )
    endpoint = {"MacAddress": "02:42:ac:11:00:02"}
    assert sent.body == {
        "Image": "alpine",
        "NetworkingConfig": {"EndpointsConfig": {"bridge": endpoint}},
    }
    sent, _ = shim.new(
        "POST", "/v1.52/containers/create", body=sent.body, answers=[(201, {"Id": "c"})]
    )
    assert sent.body["NetworkingConfig"]["EndpointsConfig"]["bridge"] == endpoint


def test_an_old_client_keeps_its_build_cache_by_the_old_name(shim: Calls) -> None:
    sent, _ = shim.old(
        "POST", "/v1.51/build/prune", query=[("keep-storage", "9")], answers=[(200, {})]
    )
    assert sent.query == [("reserved-space", "9")]
    sent, _ = shim.new(
        "POST", "/v1.52/build/prune", query=[("reserved-space", "9")], answers=[(200, {})]
    )
    assert sent.query == [("reserved-space", "9")]


def test_disk_usage_is_found_under_its_headings(shim: Calls) -> None:
    image, volume = {"Id": "i", "Size": 5}, {"Name": "v"}
    new = {
        "ImageUsage": {"Items": [image], "TotalSize": 5, "ActiveCount": 1},
        "VolumeUsage": {"Items": [volume]},
    }
    sent, seen = shim.old("GET", "/v1.51/system/df", answers=[(200, new)])
    assert sent.query == [("verbose", "true")]
    assert seen.body["Images"] == [image]
    assert seen.body["LayersSize"] == 5
    assert seen.body["Volumes"] == [volume]
    old = {"LayersSize": 5, "Images": [image], "Volumes": [volume]}
    _, seen = shim.new("GET", "/v1.52/system/df", answers=[(200, old)])
    assert seen.body == {
        "ImageUsage": {"Items": [image], "TotalSize": 5},
        "VolumeUsage": {"Items": [volume]},
    }


def test_what_no_kernel_has_any_more_is_left_out(shim: Calls) -> None:
    sent, _ = shim.old(
        "POST",
        "/v1.51/containers/create",
        body={"Image": "alpine", "HostConfig": {"KernelMemoryTCP": 1, "Memory": 2}},
        answers=[(201, {"Id": "c", "Warnings": []})],
    )
    assert sent.body == {"Image": "alpine", "HostConfig": {"Memory": 2}}


def test_null_is_nothing_to_a_client_that_does_not_know_it(shim: Calls) -> None:
    _, seen = shim.old(
        "GET", "/v1.51/images/a/json", answers=[(200, {"Id": "i", "Author": None, "Comment": "c"})]
    )
    assert seen.body == {"Id": "i", "Comment": "c"}


def test_several_platforms_pass_where_one_was_expected(shim: Calls) -> None:
    query = [("platform", '{"os":"linux"}')]
    sent, _ = shim.old("GET", "/v1.51/images/get", query=query, answers=[(200, b"tar")])
    assert sent.query == query


def test_bytes_pass_untouched(shim: Calls) -> None:
    sent, seen = shim.old(
        "PUT", "/v1.51/containers/c/archive", body=b"\0tar", answers=[(200, b"out")]
    )
    assert (sent.body, seen.body) == (b"\0tar", b"out")


def test_a_name_with_slashes_is_one_name(shim: Calls) -> None:
    sent, _ = shim.old("GET", "/v1.51/images/library/alpine:3/json", answers=[(200, {"Id": "i"})])
    assert sent.path == "/v1.52/images/library/alpine:3/json"


def test_listed_networks_are_summaries(shim: Calls) -> None:
    summary = {"Name": "n", "Id": "1", "Driver": "bridge"}
    _, seen = shim.old("GET", "/v1.51/networks", answers=[(200, [summary])])
    assert seen.body == [summary]
    network = {**summary, "Containers": {"c": {"Name": "db"}}, "Peers": None}
    _, seen = shim.new("GET", "/v1.52/networks", answers=[(200, [network])])
    assert seen.body == [{**summary, "Containers": {"c": {"Name": "db"}}}]


def test_settings_that_were_the_default_network_s_pass_to_a_client_that_does_not_know_them(
    shim: Calls,
) -> None:
    endpoint = {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1"}
    settings = {"SandboxID": "s", "Networks": {"bridge": endpoint}}
    _, seen = shim.old(
        "GET", "/v1.51/containers/c/json", answers=[(200, {"NetworkSettings": settings})]
    )
    assert seen.body == {"NetworkSettings": settings}
    old = {**settings, **endpoint, "Bridge": "", "HairpinMode": False}
    _, seen = shim.new("GET", "/v1.52/containers/c/json", answers=[(200, {"NetworkSettings": old})])
    assert seen.body == {"NetworkSettings": old}
