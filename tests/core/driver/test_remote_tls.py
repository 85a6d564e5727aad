"""A volume over TLS: nothing is sent to a server that does not show who it is."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.driver.backend.remote import RemoteVolume
from core.errors import CoreError
from tests.core.driver.elsewhere import running, wait_for
from tests.core.driver.test_tls import Authority


def folder(authority: Authority, who: str, role: str, top: Path) -> Path:
    """Certificates as GnuTLS looks for them: of whom to trust, and of who one is."""
    made = top / f"{role}-{who}"
    made.mkdir()
    shutil.copy(authority.certificate, made / "ca-cert.pem")
    certificate, key = authority.sign(who)
    shutil.copy(certificate, made / f"{role}-cert.pem")
    shutil.copy(key, made / f"{role}-key.pem")
    return made


@contextmanager
def serving(top: Path, *options: str) -> Iterator[int]:
    """nbdkit on a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    pid = top / "pid"
    where = ("-i", "127.0.0.1", "-p", str(port), "-P", pid)
    with running("nbdkit", "-f", *where, *options, "memory", "1M"):
        wait_for(pid)
        yield port


def test_a_server_that_shows_who_it_is_is_used(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    server = folder(authority, "localhost", "server", tmp_path)
    client = folder(authority, "alice", "client", tmp_path)
    options = ("--tls=require", "--tls-verify-peer", f"--tls-certificates={server}")
    with serving(tmp_path, *options) as port:
        volume = RemoteVolume(f"nbds://localhost:{port}/?tls-certificates={client}")
        volume.write(b"secret" * 1000, 512)
        volume.sync()
        found = bytearray(6000)
        volume.read_into(found, 512)
        assert found == b"secret" * 1000
        volume.close()


@pytest.mark.parametrize("why", ["stranger", "another name", "no TLS", "nobody"])
def test_nothing_is_sent_to_who_is_not_known(why: str, tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    client = folder(theirs if why == "nobody" else ours, "alice", "client", tmp_path)
    by = theirs if why == "stranger" else ours
    name = "elsewhere" if why == "another name" else "localhost"
    server = folder(by, name, "server", tmp_path)
    if why == "nobody":
        shutil.copy(ours.certificate, client / "ca-cert.pem")
    options = ("--tls=require", "--tls-verify-peer", f"--tls-certificates={server}")
    with (
        serving(tmp_path, *(() if why == "no TLS" else options)) as port,
        pytest.raises(CoreError, match="cannot be used"),
    ):
        RemoteVolume(f"nbds://localhost:{port}/?tls-certificates={client}")
