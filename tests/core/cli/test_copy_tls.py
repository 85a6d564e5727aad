"""A copy at another site over TLS: both sides know each other, or nothing is shipped."""

import os
import pty
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from core.driver import control
from core.stream.names import IDENTITY
from tests.core.cli.test_copy import JOURNAL, Sites, sites
from tests.core.cli.test_protect import ISTHMUS, MIB, PATIENCE_S, Serving, environment, isthmus
from tests.core.driver.client import Client
from tests.core.driver.programs import needs, run
from tests.core.driver.test_tls import Authority
from tests.core.driver.waiting import until

LONG = settings.default is settings.get_profile("long")
SILENT = [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP"]
"""What is said by one who never ends a handshake."""

HERE = "IP:127.0.0.1"


class Keys:
    """Files of a folder: whom each side trusts, and who it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ours, self.theirs = Authority(folder / "ours"), Authority(folder / "theirs")
        self.put("copy", *self.ours.sign("copy", HERE), self.ours)
        self.put("production", *self.ours.sign("production"), self.ours)

    def put(self, side: str, certificate: Path, key: Path, trusted: Authority) -> None:
        """Have a side use these from the next link on."""
        for path, kind in ((certificate, "cert"), (key, "key"), (trusted.certificate, "ca")):
            shutil.copy(path, self.folder / f"{side}-{kind}.pem")

    @property
    def copy(self) -> tuple[str, ...]:
        names = ("--certificate", "--key", "--clients-ca")
        return self._words(names, "copy")

    @property
    def production(self) -> tuple[str, ...]:
        names = ("--copy-certificate", "--copy-key", "--copy-ca")
        return self._words(names, "production")

    def _words(self, names: tuple[str, ...], side: str) -> tuple[str, ...]:
        pairs = zip(names, ("cert", "key", "ca"), strict=True)
        return tuple(
            word for name, kind in pairs for word in (name, f"{self.folder}/{side}-{kind}.pem")
        )


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    (tmp_path / "keys").mkdir()
    return Keys(tmp_path / "keys")


@contextmanager
def secured(folder: Path, keys: Keys, mode: str) -> Iterator[tuple[Sites, bytearray]]:
    with sites(folder, mode=mode, copy=keys.copy, production=keys.production) as found:
        yield found


@pytest.mark.parametrize("mode", ["async", pytest.param("sync", marks=pytest.mark.long)])
def test_a_copy_is_filled_over_tls_and_nobody_between_reads_it(
    tmp_path: Path, keys: Keys, mode: str
) -> None:
    with secured(tmp_path, keys, mode) as (found, image):
        with found.hosted(1, image) as host:
            host.until(60)
            found.relay.cut()
            host.until(90)
            found.relay.heal()
            host.until(120)
        found.settled(image)
        overheard = bytes(found.relay.overheard[0])
        assert len(overheard) > MIB
        assert b"ILNK" not in overheard
        assert image[: 4 << 10] not in overheard
        point, before = found.here["end"], bytes(image)
        with found.hosted(2, image) as host:
            host.until(40)
        found.settled(image)
        assert found.restored(f"sequence:{point}") == before


def test_new_files_are_used_from_the_next_link_on(tmp_path: Path, keys: Keys) -> None:
    with secured(tmp_path, keys, "sync") as (found, image):
        with found.hosted(1, image) as host:
            host.until(20)
        found.settled(image)
        keys.put("copy", *keys.theirs.sign("copy", HERE), keys.theirs)
        keys.put("production", *keys.theirs.sign("production"), keys.theirs)
        with found.hosted(2, image) as host:
            host.until(20)
            found.relay.cut()
            host.until(40)
            found.relay.heal()
        found.settled(image)


class Pair:
    """A copy, and production that may have nothing to do with it: a host is served all the same."""

    def __init__(self, folder: Path, copy: tuple[str, ...], production: tuple[str, ...]) -> None:
        self.folder = folder
        (folder / "disk.img").write_bytes(bytes(MIB))
        kept = ("--journal-size", JOURNAL)
        listen = ("--listen", "127.0.0.1:0")
        self.copy = Serving(
            folder, "receive", "copy.img", "--journal", "copied", *kept, *listen, *copy
        )
        to = ("--listen", "unix:disk.sock", "--copy", self.copy.ready["listen"][0])
        words = ("protect", "disk.img", "--journal", "journal", *kept, *to, "--mode", "sync")
        self.production = Serving(folder, *words, *production)

    @property
    def here(self) -> Mapping[str, object]:
        found: Mapping[str, object] = control.ask(self.folder / "journal", "status")["copy"]
        return found

    def until_told(self, what: str) -> None:
        until(lambda: what in str(self.here["failure"]), lambda: self.here)
        began = time.monotonic()
        with Client.to(self.folder / "disk.sock").go("disk") as host:
            assert host.put(0, b"x" * 4096) == 0
        assert time.monotonic() - began < 5.0
        assert not self.here["connected"]
        assert not self.here["in_sync"]

    def until_in_sync(self) -> None:
        until(lambda: bool(self.here["in_sync"]), lambda: self.here)

    def end(self) -> tuple[str, str]:
        """What both said."""
        for each in (self.production, self.copy):
            assert each.end() == 0
        assert not (self.folder / "copied" / IDENTITY).exists()
        return self.production.told, self.copy.told


@contextmanager
def paired(folder: Path, copy: tuple[str, ...], production: tuple[str, ...]) -> Iterator[Pair]:
    found = Pair(folder, copy, production)
    try:
        yield found
    finally:
        for each in (found.production, found.copy):
            if each.process.poll() is None:
                each.end(signal.SIGKILL)


CERTIFICATES = {
    "a stranger": ("refuses this one: unknown ca", "is not taken: unable to get local issuer"),
    "expired": ("refuses this one: certificate expired", "is not taken: certificate has expired"),
    "copy is a stranger": ("is not taken: unable to get", "refuses this one: unknown ca"),
    "copy has expired": ("is not taken: certificate has expired", "certificate expired"),
    "copy has another name": ("IP address mismatch", "refuses this one: bad certificate"),
    "another production": ("production is production, which is", "which is not waited for"),
    "production is plain": ("production speaks without TLS", "production speaks without TLS"),
    "copy is plain": ("the other side does not speak TLS", "production speaks TLS"),
}


@pytest.mark.parametrize("what", CERTIFICATES)
def test_nothing_is_shipped_to_or_taken_from_a_stranger(
    tmp_path: Path, keys: Keys, what: str
) -> None:
    copy, production = keys.copy, keys.production
    match what:
        case "a stranger":
            keys.put("production", *keys.theirs.sign("production"), keys.ours)
        case "expired":
            keys.put("production", *keys.ours.sign_expired("production"), keys.ours)
        case "copy is a stranger":
            keys.put("copy", *keys.theirs.sign("copy", HERE), keys.ours)
        case "copy has expired":
            keys.put("copy", *keys.ours.sign_expired("copy"), keys.ours)
        case "copy has another name":
            keys.put("copy", *keys.ours.sign("copy", "IP:127.0.0.2"), keys.ours)
        case "another production":
            copy = (*copy, "--client", "another")
        case "production is plain":
            production = ()
        case "copy is plain":
            copy = ()
    told_here, told_there = CERTIFICATES[what]
    with paired(tmp_path, copy, production) as found:
        found.until_told(told_here)
        here, there = found.end()
    assert told_here in here
    assert told_there in there


def test_production_is_taken_by_any_of_its_names(tmp_path: Path, keys: Keys) -> None:
    keys.put("production", *keys.ours.sign("production", "URI:spiffe://site/a"), keys.ours)
    for at, name in enumerate(("production", "spiffe://site/a")):
        folder = tmp_path / str(at)
        folder.mkdir()
        with paired(folder, (*keys.copy, "--client", name), keys.production) as found:
            found.until_in_sync()


def test_a_certificate_of_a_client_is_none_of_a_copy(tmp_path: Path, keys: Keys) -> None:
    """Whoever may ship to a copy cannot pass for one."""
    needs("certtool")
    certificate, key = keys.ours.sign("copy", HERE)
    template = tmp_path / "template"
    template.write_text('cn = "copy"\nip_address = "127.0.0.1"\ntls_www_client\n')
    keys.ours.certify(template, certificate, key)
    keys.put("copy", certificate, key, keys.ours)
    with paired(tmp_path, keys.copy, keys.production) as found:
        found.until_told("is not taken: unsuitable certificate purpose")


def test_who_shows_nothing_or_speaks_an_older_tls_learns_nothing(
    tmp_path: Path, keys: Keys
) -> None:
    with paired(tmp_path, keys.copy, keys.production) as found:
        port = int(found.copy.ready["listen"][0].rpartition(":")[2])
        nobody = ssl.create_default_context(cafile=str(keys.ours.certificate))
        nobody.check_hostname = False
        older = ssl.create_default_context(cafile=str(keys.ours.certificate))
        older.check_hostname = False
        older.load_cert_chain(
            keys.folder / "production-cert.pem", keys.folder / "production-key.pem"
        )
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        for context, why in ((nobody, "CERTIFICATE_REQUIRED"), (older, "PROTOCOL_VERSION")):
            with (
                socket.create_connection(("127.0.0.1", port)) as sock,
                pytest.raises(ssl.SSLError, match=why),
                context.wrap_socket(sock) as client,
            ):
                client.recv(1)
        found.until_in_sync()
        assert found.production.end() == 0
        assert found.copy.end() == 0
        assert "the other side shows no certificate" in found.copy.told
        assert "unsupported protocol" in found.copy.told


@pytest.mark.long
@pytest.mark.parametrize("said", SILENT if LONG else SILENT[1:2])
def test_who_does_not_end_its_handshake_keeps_nobody_out(
    tmp_path: Path, keys: Keys, said: bytes
) -> None:
    with paired(tmp_path, keys.copy, keys.production) as found:
        found.until_in_sync()
        port = int(found.copy.ready["listen"][0].rpartition(":")[2])
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        for each in idle:
            each.sendall(said)
        with Client.to(tmp_path / "disk.sock").go("disk") as host:
            for _ in range(100):
                assert host.put(0, b"y" * 4096) == 0
        assert found.here["in_sync"]
        assert found.production.end() == 0
        began = time.monotonic()
        words = ("--journal", "journal", "--journal-size", JOURNAL, "--listen", "unix:disk.sock")
        to = ("--copy", found.copy.ready["listen"][0], "--mode", "sync")
        found.production = Serving(tmp_path, "protect", "disk.img", *words, *to, *keys.production)
        found.until_in_sync()
        assert time.monotonic() - began < 8.0
        for each in idle:
            each.settimeout(15.0)
            assert each.recv(1 << 10)[:1] in (b"", b"\x15")
            each.close()


def test_nobody_is_told_what_is_in_a_key(tmp_path: Path, keys: Keys) -> None:
    secret = (keys.folder / "production-key.pem").read_text().splitlines()[1]
    keys.put("copy", *keys.theirs.sign("copy", HERE), keys.ours)
    with paired(tmp_path, keys.copy, keys.production) as found:
        found.until_told("is not taken")
        (keys.folder / "production-key.pem").write_text(f"no key\n{secret}\n")
        found.until_told("cannot use the certificate and its key")
        for kind in ("cmdline", "environ"):
            told = Path(f"/proc/{found.production.process.pid}/{kind}").read_bytes()
            assert secret.encode() not in told
        assert secret not in str(found.here)
        assert secret not in "".join(found.end())
    for path in (tmp_path / "journal").iterdir():
        assert path.is_socket() or secret.encode() not in path.read_bytes()


def test_files_that_are_wrong_are_told_before_anything_is_made(tmp_path: Path, keys: Keys) -> None:
    receive = ("receive", "c.img", "--journal", "c", "--listen", "unix:c.sock")
    protect = ("protect", "d.img", "--create", "1MiB", "--journal", "d", "--listen", "unix:d.sock")
    gone = (*keys.copy[:5], "gone.pem")
    for words, told in (
        ((*receive, *keys.copy[:4]), "give --certificate, --key and --clients-ca"),
        ((*receive, "--client", "x"), "nobody has a name without TLS"),
        ((*receive, *gone), "gone.pem: cannot read the certificates"),
        ((*receive, "--listen", "0.0.0.0:0"), "a link without TLS is for this machine alone"),
        ((*protect, *keys.production), "say where that is with --copy"),
        ((*protect, "--copy", "h:1", *keys.production[:2]), "--copy-key and --copy-ca"),
        (
            (*protect, "--copy", "h:1", *keys.production[:3], keys.copy[3], *keys.production[4:]),
            "production-cert.pem: cannot use the certificate and its key",
        ),
    ):
        done = isthmus(tmp_path, *words)
        assert (done.returncode, done.stdout) == (2, ""), (words, done.stderr)
        assert told in done.stderr
    assert not (tmp_path / "d").exists()
    assert not (tmp_path / "d.img").exists()


def test_nobody_is_asked_for_a_passphrase(tmp_path: Path, keys: Keys) -> None:
    """On a terminal, too: whoever begins it there does not sit before it later."""
    bare, key = keys.ours.folder / "copy-key.pem", keys.folder / "copy-key.pem"
    run("openssl", "pkey", "-in", bare, "-out", key, "-aes256", "-passout", "pass:secret")
    words = ("receive", "c.img", "--journal", "c", "--listen", "unix:c.sock", *keys.copy)
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            ["setsid", "--ctty", "--wait", *ISTHMUS, *words],
            cwd=tmp_path,
            env=environment(),
            stdin=slave,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 2
    assert "the key has no passphrase" in done.stderr
