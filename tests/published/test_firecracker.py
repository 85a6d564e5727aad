"""Micro-VM monitor v0.25 -> v1.0: a required flag was renamed and became optional."""

from collections.abc import Callable

import pytest

from tests.published.shims import Calls


@pytest.fixture
def shim(calls: Callable[[str], Calls]) -> Calls:
    return calls("firecracker_v0.25_v1.0")


def test_an_old_client_sets_hyperthreading_on_a_new_monitor(shim: Calls) -> None:
    sent, seen = shim.old(
        "PUT",
        "/machine-config",
        body={"vcpu_count": 2, "mem_size_mib": 256, "ht_enabled": True},
        answers=[(204, None)],
    )
    assert sent.body == {"vcpu_count": 2, "mem_size_mib": 256, "smt": True}
    assert seen.status == 204


def test_a_new_client_that_leaves_smt_out_means_off_to_an_old_monitor(shim: Calls) -> None:
    sent, _ = shim.new(
        "PUT", "/machine-config", body={"vcpu_count": 2, "mem_size_mib": 256}, answers=[(204, None)]
    )
    assert sent.body == {"vcpu_count": 2, "mem_size_mib": 256, "ht_enabled": False}


def test_the_machine_configuration_reads_the_same_on_both_sides(shim: Calls) -> None:
    old = {"vcpu_count": 2, "mem_size_mib": 256, "ht_enabled": True}
    new = {"vcpu_count": 2, "mem_size_mib": 256, "smt": True}
    assert list(shim.old("GET", "/machine-config", answers=[(200, new)]))[-1].body == old
    assert list(shim.new("GET", "/machine-config", answers=[(200, old)]))[-1].body == new


def test_an_old_client_configures_metadata_for_no_interface(shim: Calls) -> None:
    sent, _ = shim.old(
        "PUT", "/mmds/config", body={"ipv4_address": "169.254.169.250"}, answers=[(204, None)]
    )
    assert sent.body == {"ipv4_address": "169.254.169.250", "network_interfaces": []}


def test_metadata_asked_for_on_an_interface_is_refused_rather_than_lost(shim: Calls) -> None:
    interface = {"iface_id": "eth0", "host_dev_name": "tap0", "allow_mmds_requests": True}
    with pytest.raises(shim.shim.GapError, match="allow_mmds_requests"):
        list(shim.old("PUT", "/network-interfaces/eth0", body=interface))


def test_a_new_client_needs_no_vsock_id_on_an_old_monitor(shim: Calls) -> None:
    sent, _ = shim.new(
        "PUT", "/vsock", body={"guest_cid": 3, "uds_path": "/v.sock"}, answers=[(204, None)]
    )
    assert sent.body == {"guest_cid": 3, "uds_path": "/v.sock", "vsock_id": "vsock0"}


def test_an_engine_that_the_old_monitor_lacks_is_refused_unless_it_is_the_usual_one(
    shim: Calls,
) -> None:
    drive = {"drive_id": "d", "path_on_host": "/d", "is_root_device": True, "is_read_only": False}
    with pytest.raises(shim.shim.GapError, match="io_engine"):
        list(shim.new("PUT", "/drives/d", body={**drive, "io_engine": "Async"}))
    sent, _ = shim.new(
        "PUT", "/drives/d", body={**drive, "io_engine": "Sync"}, answers=[(204, None)]
    )
    assert sent.body == drive
