"""TLS: required means required, and only who is known sees anything."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.driver.nbd.tls import TlsFiles, load_certificate, server_context
from core.errors import CoreError
from tests.core.driver.client import Client
from tests.core.driver.programs import needs, run
from tests.core.driver.serving import MemoryExport, Served, filled, serving
from tests.core.wire.nbd import speech

BROKEN = (ssl.SSLError, ConnectionError)


class Authority:
    """A certificate authority of a test, and what it signs."""

    def __init__(self, folder: Path) -> None:
        needs("openssl")
        folder.mkdir()
        self.folder, self.certificate = folder, folder / "ca-cert.pem"
        self._make("ca", "-x509", "-subj", "/CN=authority", "-days", "2")

    def _make(self, name: str, *more: str) -> None:
        key = self.folder / f"{name}-key.pem"
        certificate = self.folder / f"{name}-cert.pem"
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        run("openssl", "req", *kind, "-keyout", key, "-out", certificate, *more)

    def sign(self, name: str, *others: str) -> tuple[Path, Path]:
        """The certificate and the key of somebody of this name, and of others: `IP:127.0.0.1`."""
        self._make(name, "-subj", f"/CN={name}")
        certificate, key = self.folder / f"{name}-cert.pem", self.folder / f"{name}-key.pem"
        names = self.folder / f"{name}.ext"
        names.write_text(f"subjectAltName={','.join((f'DNS:{name}', *others))}\n")
        by = ("-CA", self.certificate, "-CAkey", self.folder / "ca-key.pem", "-extfile", names)
        given = ("-in", certificate, "-out", certificate, "-days", "2")
        run("openssl", "x509", "-req", *given, *by)
        return certificate, key

    def sign_expired(self, name: str) -> tuple[Path, Path]:
        """A certificate that was good once; OpenSSL makes none with dates of the past."""
        needs("certtool")
        certificate, key = self.sign(name)
        template = self.folder / f"{name}.template"
        template.write_text(
            f'cn = "{name}"\nip_address = "127.0.0.1"\n'
            'activation_date = "2020-01-01 00:00:00 UTC"\n'
            'expiration_date = "2021-01-01 00:00:00 UTC"\ntls_www_client\ntls_www_server\n'
        )
        self.certify(template, certificate, key)
        return certificate, key

    def certify(self, template: Path, certificate: Path, key: Path) -> None:
        """Sign a certificate as a template of certtool says, in the place of the one there."""
        by = ("--load-ca-certificate", self.certificate)
        by_key = ("--load-ca-privkey", self.folder / "ca-key.pem", "--load-privkey", key)
        made = ("--template", template, "--outfile", certificate)
        run("certtool", "--generate-certificate", *by, *by_key, *made)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("pki") / "ours")
    for name in ("localhost", "alice", "bob"):
        made.sign(name)
    return made


def files(authority: Authority, *, verify: bool) -> TlsFiles:
    return TlsFiles(
        certificate=authority.folder / "localhost-cert.pem",
        key=authority.folder / "localhost-key.pem",
        clients_ca=authority.certificate if verify else None,
    )


@pytest.fixture
def served(authority: Authority, tmp_path: Path) -> Iterator[Served]:
    """Clients must show who they are, and each knows of its own export alone."""
    with serving(
        tmp_path,
        MemoryExport("alice"),
        MemoryExport("bob"),
        tls=server_context(files(authority, verify=True)),
        allowed=lambda peer, name: peer.identity == name,
    ) as made:
        yield made


def context(authority: Authority, name: str | None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority.certificate))
    if name is not None:
        folder = authority.folder
        made.load_cert_chain(folder / f"{name}-cert.pem", folder / f"{name}-key.pem")
    return made


def start(client: Client, by: ssl.SSLContext, *, injected: bytes = b"") -> Client:
    """STARTTLS, perhaps with bytes behind it that the server must forget."""
    client.greet()
    client.sock.sendall(speech.option(speech.STARTTLS) + injected)
    assert client.exactly(20)[12:16] == b"\0\0\0\1"
    client.sock = by.wrap_socket(client.sock, server_hostname="localhost")
    return client


def test_who_is_known_uses_its_own_export_and_sees_no_other(
    served: Served, authority: Authority
) -> None:
    with start(served.client(), context(authority, "alice")) as client:
        listed = client.ask(speech.LIST)
        assert [data[4:] for kind, data in listed if kind == speech.SERVER] == [b"alice"]
        assert client.ask(speech.INFO, speech.named(b"bob"))[0][0] == speech.UNKNOWN
        assert client.ask(speech.STARTTLS)[0][0] == speech.INVALID
        client.choose("alice")
        data = bytes(range(256)) * 4096
        assert client.put(100, data) == 0
        assert client.get(100, len(data)) == data


def test_nobody_gets_in_without_tls(served: Served) -> None:
    with served.client() as client:
        client.greet()
        for number in (speech.LIST, speech.INFO, speech.GO, speech.STRUCTURED):
            assert client.ask(number)[0][0] == speech.TLS_REQD
        client.sock.sendall(speech.option(speech.EXPORT_NAME, b"alice"))
        assert client.ends()


@pytest.mark.parametrize("who", ["nobody", "stranger", "expired"])
def test_nobody_gets_in_without_a_certificate_of_ours(
    served: Served, authority: Authority, tmp_path: Path, who: str
) -> None:
    by = context(authority, None)
    if who == "stranger":
        by.load_cert_chain(*Authority(tmp_path / "theirs").sign("alice"))
    if who == "expired":
        by.load_cert_chain(*authority.sign_expired("carol"))
    with served.client() as client, pytest.raises(BROKEN):
        start(client, by).ask(speech.LIST)  # TLS 1.3 lets it learn of it only now
    with start(served.client(), context(authority, "bob")) as good:
        good.choose("bob")


def test_old_versions_of_tls_are_refused(served: Served, authority: Authority) -> None:
    assert server_context(files(authority, verify=True)).minimum_version >= ssl.TLSVersion.TLSv1_2
    old = context(authority, "alice")
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with served.client() as client, pytest.raises(BROKEN):
        start(client, old)


def test_what_is_injected_behind_starttls_has_no_effect(
    served: Served, authority: Authority
) -> None:
    injected = speech.option(speech.STRUCTURED) + speech.option(speech.LIST)
    with start(served.client(), context(authority, "alice"), injected=injected) as client:
        client.choose("alice", 0)
        assert client.get(0, 512) == bytes(512)


def test_a_client_that_starts_tls_and_says_nothing_starves_nobody(
    served: Served, authority: Authority
) -> None:
    idle = []
    for _ in range(80):
        client = served.client().greet()
        client.sock.sendall(speech.option(speech.STARTTLS))
        idle.append(client)
    with start(served.client(), context(authority, "alice")) as good:
        good.choose("alice")
        assert good.put(0, b"x") == 0
    for each in idle:
        each.sock.close()


def test_stopping_ends_connections_with_tls(served: Served, authority: Authority) -> None:
    with start(served.client(), context(authority, "alice")) as client:
        client.choose("alice")
        assert served.server.stop() == 0
        with pytest.raises((OSError, ConnectionError)):
            client.get(0, 512)


def test_certificates_change_under_connections(authority: Authority, tmp_path: Path) -> None:
    by = files(authority, verify=False)
    tls = server_context(by)
    with serving(tmp_path, MemoryExport(), tls=tls) as served:
        with start(served.client(), context(authority, None)) as client:
            client.choose("vol1")
            load_certificate(tls, by.certificate, by.key)
            assert client.put(0, b"x") == 0
        with start(served.client(), context(authority, None)) as client:
            client.choose("vol1")


def test_files_that_are_wrong_are_told(authority: Authority, tmp_path: Path) -> None:
    good = files(authority, verify=False)
    for bad in (
        TlsFiles(certificate=tmp_path / "gone", key=good.key),
        TlsFiles(certificate=good.certificate, key=authority.folder / "alice-key.pem"),
        TlsFiles(certificate=good.certificate, key=good.key, clients_ca=tmp_path / "gone"),
    ):
        with pytest.raises(CoreError, match="certificate"):
            server_context(bad)


def test_real_clients_over_tls(authority: Authority, tmp_path: Path) -> None:
    needs("nbdinfo", "nbdcopy")
    data = filled(tmp_path / "source")
    export = MemoryExport("vol1")
    pki = tmp_path / "pki"
    pki.mkdir()
    (pki / "ca-cert.pem").write_bytes(authority.certificate.read_bytes())
    for mine, theirs in (("alice-cert", "client-cert"), ("alice-key", "client-key")):
        (pki / f"{theirs}.pem").write_bytes((authority.folder / f"{mine}.pem").read_bytes())
    with serving(tmp_path, export, tls=server_context(files(authority, verify=True))) as served:
        (address,) = served.server.listen_tcp("127.0.0.1", 0)
        port = address.rpartition(":")[2]
        uri = f"nbds://localhost:{port}/vol1?tls-certificates={pki}"
        assert "with TLS" in run("nbdinfo", uri)
        run("nbdcopy", tmp_path / "source", uri)
        assert export.bytes == data
        run("nbdinfo", f"nbd://localhost:{port}/vol1", code=1)


def test_a_socket_that_is_no_tls_is_no_fault_of_ours(served: Served) -> None:
    with served.client() as client:
        client.greet()
        client.sock.sendall(speech.option(speech.STARTTLS))
        client.exactly(20)
        client.sock.sendall(b"plain text" * 100)
        client.sock.shutdown(socket.SHUT_WR)
        assert client.ends()
