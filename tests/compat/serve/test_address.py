"""Addresses are read, and listened on."""

from pathlib import Path

import pytest

from compat.errors import CompatError
from compat.serve.address import Address, bind, bound_address, parse_address, remove_socket
from compat.serve.upstream import Peer, parse_peer


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address(host="127.0.0.1", port=80)),
        ("[::1]:0", Address(host="::1", port=0)),
        ("localhost:8080", Address(host="localhost", port=8080)),
        ("unix:/run/x.sock", Address(path="/run/x.sock")),
    ],
)
def test_addresses_are_read_and_written(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "80", ":80", "host", "host:x", "host:99999", "unix:", "a:1/b"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(CompatError) as caught:
        parse_address(text)
    assert caught.value.hint


def test_the_system_may_choose_the_port() -> None:
    address = parse_address("127.0.0.1:0")
    with bind(address) as listener:
        assert bound_address(address, listener).port == listener.getsockname()[1] != 0


def test_an_address_in_use_is_said_clearly() -> None:
    with bind(Address(host="127.0.0.1", port=0)) as listener:
        taken = Address(host="127.0.0.1", port=listener.getsockname()[1])
        with pytest.raises(CompatError, match="in use"):
            bind(taken)


def test_a_socket_that_was_left_behind_is_replaced_but_none_in_use(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "s"))
    with bind(address) as listener:
        with pytest.raises(CompatError, match="in use"):
            bind(address)
        assert bound_address(address, listener) == address
    bind(address).close()
    remove_socket(address)
    remove_socket(address)
    assert not Path(address.path).exists()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    with pytest.raises(CompatError, match="cannot listen"):
        bind(Address(path=str(tmp_path / "s")))
    assert (tmp_path / "s").read_text() == "precious"


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("http://a:80/base/", Peer(scheme="http", authority="a:80", base="/base")),
        ("https://user:word@a", Peer(scheme="https", authority="a", base="")),
        ("unix:/s", Peer(scheme="http", authority="localhost", base="", socket="/s")),
    ],
)
def test_upstreams_are_read(text: str, peer: Peer) -> None:
    assert parse_peer(text) == peer


@pytest.mark.parametrize(
    "text",
    [
        *("", "a:80", "ftp://a", "http://", "http://a/?x", "unix:"),
        *("http://[::1", "http://a:b", "http://a:99999", "http://a b", "http://" + "a" * 300),
    ],
)
def test_what_is_no_upstream_is_refused(text: str) -> None:
    with pytest.raises(CompatError, match="no upstream"):
        parse_peer(text)
