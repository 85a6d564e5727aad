"""Sockets: stale files go, live ones stay, and nobody listens to the world by accident."""

import socket
from pathlib import Path

import pytest

from core.driver.nbd.export import Exports
from core.driver.nbd.listener import is_loopback, listen_tcp, listen_unix
from core.driver.nbd.server import Server
from core.errors import CoreError
from tests.core.driver.client import Client
from tests.core.driver.serving import MemoryExport, serving


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(tmp_path / "s"))
    stale.close()
    with serving(tmp_path, MemoryExport()) as served, served.client() as client:
        client.go()
        assert client.put(0, b"x") == 0
    assert not (tmp_path / "s").exists()


def test_a_live_socket_is_refused_and_lives_on(tmp_path: Path) -> None:
    with serving(tmp_path, MemoryExport()) as served:
        with pytest.raises(CoreError, match="somebody listens there already"):
            listen_unix(tmp_path / "s")
        with served.client() as client:
            client.go()


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    with pytest.raises(CoreError, match="no socket"):
        listen_unix(tmp_path / "s")
    assert (tmp_path / "s").read_text() == "precious"


def test_only_the_owner_can_connect_and_nothing_is_left_behind(tmp_path: Path) -> None:
    listener = listen_unix(tmp_path / "s")
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "s"]
    assert listener.address == str(tmp_path / "s")
    listener.close()
    assert list(tmp_path.iterdir()) == []


def test_a_socket_that_somebody_else_put_there_meanwhile_stays(tmp_path: Path) -> None:
    first = listen_unix(tmp_path / "s")
    (tmp_path / "s").unlink()
    second = listen_unix(tmp_path / "s")
    first.close()
    assert (tmp_path / "s").exists()
    second.close()


def test_paths_that_cannot_be_are_told(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="too long"):
        listen_unix(tmp_path / ("x" * 120))
    with pytest.raises(CoreError, match="cannot listen"):
        listen_unix(tmp_path / "gone" / "s")


def test_tcp_on_both_families(tmp_path: Path) -> None:
    with serving(tmp_path, MemoryExport()) as served:
        (address,) = served.server.listen_tcp("127.0.0.1", 0)
        host, _, port = address.rpartition(":")
        with Client.to((host, int(port))) as client:
            client.go()
            assert client.put(0, b"tcp") == 0
        try:
            (other,) = served.server.listen_tcp("::1", 0)
        except CoreError:
            pytest.skip("needs IPv6 on the loopback")
        assert other.startswith("[::1]:")
        with pytest.raises(CoreError, match="cannot listen"):
            listen_tcp("127.0.0.1", int(port))


def test_plain_text_for_the_network_has_to_be_meant() -> None:
    server = Server(Exports())
    for host in ("0.0.0.0", ""):
        with pytest.raises(CoreError, match="without TLS"):
            server.listen_tcp(host, 0)
    assert server.listen_tcp("0.0.0.0", 0, plain_allowed=True)
    assert server.stop() == 0
    assert is_loopback("localhost")
    with pytest.raises(CoreError, match="no such address"):
        is_loopback("no.such.host.invalid")
