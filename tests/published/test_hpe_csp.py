"""Storage provider API 2019-10 -> 2020-07: one target became several, enums changed case."""

from collections.abc import Callable

import pytest

from tests.published.shims import Calls


@pytest.fixture
def shim(calls: Callable[[str], Calls]) -> Calls:
    return calls("hpe-csp_2019-10_2020-07")


NEW_PUBLISHED = {
    "serial_number": "abc",
    "access_protocol": "iscsi",
    "target_names": ["iqn.1", "iqn.2"],
    "discovery_ips": ["10.0.0.1"],
    "lun_id": 7,
}
OLD_PUBLISHED = {
    "serial_number": "abc",
    "access_protocol": "ISCSI",
    "target_name": "iqn.1",
    "discovery_ip": "10.0.0.1",
    "lun_id": 7,
}


def test_an_old_client_publishes_a_volume_on_a_new_array(shim: Calls) -> None:
    sent, seen = shim.old(
        "PUT",
        "/containers/v1/volumes/v1/actions/publish",
        body={"host_uuid": "h1", "access_protocol": "ISCSI"},
        answers=[(200, NEW_PUBLISHED)],
    )
    assert sent.body == {"host_uuid": "h1", "access_protocol": "iscsi"}
    assert seen.body == OLD_PUBLISHED


def test_a_new_client_publishes_a_volume_on_an_old_array(shim: Calls) -> None:
    sent, seen = shim.new(
        "PUT",
        "/containers/v1/volumes/v1/actions/publish",
        body={"host_uuid": "h1", "access_protocol": "fc"},
        answers=[(200, OLD_PUBLISHED)],
    )
    assert sent.body == {"host_uuid": "h1", "access_protocol": "FC"}
    assert seen.body == {**NEW_PUBLISHED, "target_names": ["iqn.1"]}


def test_a_token_is_what_the_server_says_whatever_the_old_spec_called_it(shim: Calls) -> None:
    token = {"id": "t1", "session_token": "s"}
    _, seen = shim.old("POST", "/containers/v1/tokens", body={}, answers=[(200, token)])
    assert seen.body == token


def test_listing_all_hosts_is_refused_while_the_array_is_old(shim: Calls) -> None:
    with pytest.raises(shim.shim.GapError, match="GET /hosts"):
        list(shim.new("GET", "/containers/v1/hosts"))


def test_a_volume_passes_as_it_is_in_both_directions(shim: Calls) -> None:
    volume = {"id": "v1", "size": 1 << 40, "config": {"any": ["thing"]}, "unheard": {"of": 1}}
    for drive in (shim.old, shim.new):
        sent, seen = drive("PUT", "/containers/v1/volumes/v1", body=volume, answers=[(200, volume)])
        assert sent.body == volume
        assert seen.body == volume
