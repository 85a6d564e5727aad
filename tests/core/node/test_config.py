"""What a node is told: wrong, it says in which line; right, it serves as it was told."""

import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest

from core.driver.link.tls import LinkTls
from core.driver.node.config import read_config, schema
from core.errors import CoreError
from core.site.access import Role
from tests.core.driver.programs import run
from tests.core.node.running import Node, node, token_settings

GOOD = """name = "left"
state = "state"
images = ["images"]
"""
TOKEN = '[[tokens]]\nname = "ada"\nrole = "admin"\nsha256 = "' + "0" * 64 + '"\n'
LINK = '[link]\ncertificate = "c"\nkey = "k"\nca = "a"\n'
TLS = '[tls]\ncertificate = "cert.pem"\nkey = "key.pem"\n'


def read(folder: Path, text: str) -> object:
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_paths_are_seen_from_the_file_and_the_rest_has_its_value(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    expires = 'expires = "2027-01-01T00:00:00+01:00"\n'
    path.write_text(f'{GOOD}listen = "[::1]:0"\n{TOKEN}{expires}', encoding="utf-8")
    found = read_config(path)
    assert (found.state, found.images) == (tmp_path / "state", (tmp_path / "images",))
    assert (found.host, found.port, found.tls, found.strict) == ("::1", 0, None, False)
    (holder,) = found.holders
    assert (holder.name, holder.role) == ("ada", Role.ADMIN)
    assert holder.expires_ns == 1_798_758_000 * 10**9


def test_ports_of_links_are_a_range_and_production_may_reach_them_by_a_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "node.toml"
    more = 'listen = "0.0.0.0:7500-7509"\naddress = "right.example"\n'
    path.write_text(f"{GOOD}{LINK}{more}", encoding="utf-8")
    found = read_config(path).link
    assert (found.host, found.address, [*found.ports]) == (
        *("0.0.0.0", "right.example"),
        [*range(7500, 7510)],
    )
    assert found.tls == LinkTls(
        certificate=tmp_path / "c", key=tmp_path / "k", authority=tmp_path / "a"
    )
    path.write_text(f'{GOOD}[link]\nlisten = "[::1]:7500"\n', encoding="utf-8")
    found = read_config(path).link
    assert (found.host, found.address, found.ports, found.tls) == (
        *("::1", "::1", range(7500, 7501)),
        None,
    )


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("name = \n", ":1:8", "no TOML"),
        (GOOD.replace('"left"', '"le ft"'), ":1", "name: "),
        (GOOD + "strange = 1\n", ":4", "strange: there is no such key"),
        (GOOD.replace("state", "stat"), "", "stat"),
        (GOOD + "[limits]\nconnections = 1\n", ":5", "limits.connections: 1 is less than"),
        (GOOD + '[[sites]]\nurl = "ftp://right"\n', ":5", 'sites.0.url: "ftp://right"'),
        (
            GOOD + '[[sites]]\nurl = "http://[::1]:1"\n[[sites]]\nurl = "http://[::1]:1/"\n',
            *(":7", "sites.1.url: it is there twice"),
        ),
        (
            GOOD + TOKEN + TOKEN.replace("admin", "king"),
            ":10",
            'tokens.1.role: "king" is none of viewer',
        ),
        (GOOD + TOKEN + 'expires = "soon"\n', ":8", "tokens.0.expires: 'soon' is no time"),
        (GOOD + TOKEN + 'expires = "2027-01-01T00:00:00"\n', ":8", "is no time with an offset"),
        (GOOD + 'listen = "0.0.0.0:1"\n', ":4", "could be heard by others"),
        (GOOD + f'listen = "0.0.0.0:1"\n{TLS}', ":4", "anybody could use it"),
        (GOOD + f'listen = "0.0.0.0:1"\n{TOKEN}', ":4", "could be heard by others"),
        (GOOD + 'listen = "example.org:1"\n', ":4", "could be heard by others"),
        (GOOD + 'listen = "127.0.0.1:99999"\n', ":4", "there is no port 99999"),
        (GOOD + "[tls]\n" + 'key = "k"\n', ":4", "certificate is missing"),
        (GOOD + '[link]\nlisten = "0.0.0.0:1-9"\n', ":5", "is shipped there could be heard"),
        (GOOD + '[link]\nlisten = "127.0.0.1:9-8"\n', ":5", "there are no ports 9-8"),
        (GOOD + '[link]\nlisten = "127.0.0.1:0"\n', ":5", "there are no ports 0"),
        (GOOD + '[link]\nlisten = "127.0.0.1:9-99999"\n', ":5", "there are no ports 9-99999"),
        (GOOD + '[link]\naddress = "right"\n', ":4", "listen is missing, which address needs"),
        (GOOD + '[link]\nkey = "k"\n', ":4", "certificate is missing, which key needs"),
        (GOOD + f'{LINK}listen = "0.0.0.0:1-9"\n', ":8", "cannot connect to 0.0.0.0"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    with pytest.raises(CoreError) as told:
        read(tmp_path, text)
    assert what in told.value.what
    assert told.value.where.startswith(f"{tmp_path / 'node.toml'}{where}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="No such file"):
        read_config(tmp_path / "none.toml")


def test_every_setting_says_what_it_is() -> None:
    properties = schema()["properties"]
    assert [name for name, each in properties.items() if "description" not in each] == ["limits"]


def test_a_folder_whose_name_is_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    with pytest.raises(AssertionError, match="more than 107 bytes"):
        started(folder)


def started(folder: Path) -> None:
    found = Node(folder, "")
    try:
        found.start()
    finally:
        assert found.process is not None
        assert found.process.wait() == 2
        assert found.process.stdout is not None
        found.process.stdout.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that signs, one of the server's and one of a client's."""
    folder = tmp_path_factory.mktemp("tls")
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run(
        *("openssl", "req", "-x509", *ec, "-keyout", folder / "ca.key", "-out", folder / "ca.pem"),
        *("-subj", "/CN=ca", "-days", "2"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    for name in ("server", "client"):
        run(
            *("openssl", "req", *ec, "-keyout", folder / f"{name}.key"),
            *("-out", folder / f"{name}.csr", "-subj", f"/CN={name}"),
            *("-addext", "subjectAltName=IP:127.0.0.1,IP:0.0.0.0"),
        )
        run(
            *("openssl", "x509", "-req", "-in", folder / f"{name}.csr", "-copy_extensions", "copy"),
            *("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial"),
            *("-out", folder / f"{name}.pem", "-days", "1"),
        )
    return folder


def test_with_tls_and_tokens_it_serves_anywhere(certificates: Path) -> None:
    told = f'[tls]\ncertificate = "{certificates}/server.pem"\nkey = "{certificates}/server.key"\n'
    told += f'clients-ca = "{certificates}/ca.pem"\n'
    with node(token_settings([("viewer", "t" * 30, "")], told), listen="0.0.0.0:0") as found:
        assert found.url.startswith("https://0.0.0.0:")
        found.url = found.url.replace("0.0.0.0", "127.0.0.1")
        begun, url = time.monotonic(), httpx.URL(found.url)
        silent = socket.create_connection((url.host, url.port or 0), 15.0)
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        with found.client("t" * 30, verify=context) as client, pytest.raises(httpx.TransportError):
            client.get("/v1/node")
        context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
        with found.client("t" * 30, verify=context) as client:
            assert client.get("/v1/node").status_code == 200
        with found.client(verify=context) as client:
            assert client.get("/v1/node").status_code == 401
        with httpx.Client(trust_env=False) as client, pytest.raises(httpx.TransportError):
            client.get(found.url.replace("https", "http"))
        with silent:
            assert silent.recv(1) == b""
        assert time.monotonic() - begun < 12
