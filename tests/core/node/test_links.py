"""Links of nodes over the network: who may be at the other end, and where a copy is found."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from core.driver.link.tls import LinkTls
from core.driver.node import process as processes
from core.driver.node.config import Linking
from core.driver.node.links import Links, refuse_unreachable
from core.driver.node.places import Places
from core.driver.node.store import SqliteStore
from core.errors import CoreError
from core.site.problem import Problem
from core.site.store import Change
from tests.core.cli.test_protect import ISTHMUS, environment
from tests.core.driver.test_tls import Authority
from tests.core.driver.waiting import PATIENCE_S, until
from tests.core.node.running import Node, status, until_state, words_of
from tests.core.node.test_way import io
from tests.core.node.two import Sites, sites

LONG = settings.default is settings.get_profile("long")
HERE = "IP:127.0.0.1"


class Keys:
    """What each node shows, and whom it trusts; files may be changed while they are used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ours, self.theirs = Authority(folder / "ours"), Authority(folder / "theirs")
        for side in ("left", "right"):
            self.put(side, self.ours)

    def put(self, side: str, authority: Authority) -> None:
        """Have a node show what that one has signed, from the next link on."""
        certificate, key = authority.sign(side, HERE)
        for path, kind in ((certificate, "cert"), (key, "key"), (self.ours.certificate, "ca")):
            shutil.copy(path, self.folder / f"{side}-{kind}.pem")

    def settings(self, side: str, ports: str = "") -> str:
        """The part of a configuration that says so."""
        files = (("certificate", "cert"), ("key", "key"), ("ca", "ca"))
        told = [f'{name} = "{self.folder}/{side}-{kind}.pem"' for name, kind in files]
        listen = [f'listen = "127.0.0.1:{ports}"'] if ports else []
        return "\n".join(["[link]", *listen, *told, ""])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def ports() -> str:
    first = free_port()
    return f"{first}-{min(first + 20, 65_535)}"


@pytest.fixture(scope="module")
def both(keys: Keys) -> Iterator[Sites]:
    here, there = keys.settings("left", ports()), keys.settings("right", ports())
    with sites(left=here, right=there) as found:
        yield found


@pytest.fixture(scope="module")
def db(both: Sites) -> Any:
    """A group with a copy, over the network."""
    return both.made("db", mode="sync")


def link_of(both: Sites, group: str, site: str = "right") -> str:
    with both.here() if site == "left" else both.there() as client:
        link: str = client.get(f"/v1/groups/{group}").json()["link"]
    return link


def words_there(found: Node, link: str) -> list[str]:
    """The words of who listens at a link."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        words = words_of(path).decode(errors="replace").split("\0")
        if link in words and str(found.state) in " ".join(words):
            return words
    return []


def test_a_copy_is_linked_over_tcp_by_certificates_and_keeps_its_port(both: Sites, db: Any) -> None:
    number, link = db["id"], link_of(both, db["id"])
    assert link.startswith("127.0.0.1:")
    words = words_there(both.right, link)
    assert any(each.startswith("--clients-ca=") for each in words), words
    io(db["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "flush")
    both.right.end()
    with socket.create_server(("127.0.0.1", int(link.rpartition(":")[2]))):
        both.start_right()
        with both.there() as there:
            until_state(there, number, "down")
            assert "cannot listen" in reasons(there, number)
    both.until_protected(number)
    assert link_of(both, number) == link
    image = next(both.right.images.glob("db-*/data.img"))
    until(lambda: image.read_bytes()[: 64 << 10] == b"\xaa" * (64 << 10))


@pytest.mark.parametrize(
    ("side", "what"), [("left", "unknown ca"), ("right", "is not taken")][: 2 if LONG else 1]
)
def test_a_stranger_is_refused_and_told_while_hosts_are_served(
    both: Sites, db: Any, keys: Keys, side: str, what: str
) -> None:
    number, uri = db["id"], db["volumes"][0]["uris"][0]
    keys.put(side, keys.theirs)
    with both.here() as here, both.there() as there:
        os.kill(status(there, number)["worker"]["pid"], signal.SIGKILL)
        until(lambda: what in reasons(here, number), lambda: reasons(here, number))
        assert "not connected" in reasons(here, number)
        io(uri, "write -P 0xab 0 64k", "flush")
    keys.put(side, keys.ours)
    both.until_protected(number)
    log = (both.right.state / "logs" / f"{number}.log").read_text("utf-8")
    assert "a link was refused (127.0.0.1)" in log


def reasons(client: Any, number: str) -> str:
    return " ".join(status(client, number)["reasons"])


def test_the_copy_takes_over_and_is_followed_over_tcp_the_other_way(both: Sites, db: Any) -> None:
    number = db["id"]
    io(db["volumes"][0]["uris"][0], "write -P 0xaa 0 64k", "flush")
    told = both.command("failover", "db", "--planned", "--format", "json", site="right")
    assert told.code == 0, told.err
    both.until_protected(number)
    assert link_of(both, number) is None
    back = link_of(both, number, "left")
    assert back.startswith("127.0.0.1:")
    assert words_there(both.left, back)
    with both.here() as here, both.there() as there:
        assert status(here, number)["role"] == "copy"
        uri = there.get(f"/v1/groups/{number}").json()["volumes"][0]["uris"][0]
        io(uri, "read -P 0xaa 0 64k", "write -P 0xab 512k 64k", "flush")
        until(lambda: status(there, number)["peers"][0]["lag"]["writes"] == 0)


def linking(folder: Path, told: Linking) -> Links:
    places = Places(folder)
    return Links(told, SqliteStore(places.store), places)


def test_ports_are_given_once_until_there_is_none(tmp_path: Path) -> None:
    first = free_port()
    told = Linking(host="127.0.0.1", ports=range(first, first + 3), address="right.example")
    store = SqliteStore(tmp_path / "site.db")
    links = Links(told, store, Places(tmp_path))
    found = []
    with socket.create_server(("127.0.0.1", first + 1)):
        for number in ("a", "b"):
            with links.placed({"id": number, "name": number, "role": "copy"}) as placed:
                store.commit([Change(key=f"group/{number}", document=placed)])
                found.append(placed)
        assert [each["port"] for each in found] == [first, first + 2]
        with pytest.raises(Problem, match="all 3 ports"), links.placed({"id": "c"}):
            pass
    assert links.address(found[0]) == f"right.example:{first}"
    assert links.listen(found[0]) == f"127.0.0.1:{first}"
    lost = Links(Linking(), store, Places(tmp_path))
    assert lost.address(found[0]) is None
    with pytest.raises(Problem, match="it is not told where"):
        lost.listen(found[0])
    with lost.placed({"id": "c"}) as placed:  # on a unix socket, as before
        assert placed == {"id": "c"}
    store.close()


def test_files_that_are_wrong_are_told_before_anything_is_served(tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    tls = LinkTls(certificate=none, key=none, authority=none)
    with pytest.raises(CoreError, match="cannot use the certificate"):
        linking(tmp_path, Linking(tls=tls))


@pytest.mark.parametrize(
    ("link", "url", "is_secured", "what"),
    [
        ("unix:/s", "https://192.0.2.7:7480", True, "unix socket there"),
        ("192.0.2.7:7500", "https://192.0.2.7:7480", False, "without TLS"),
        ("nowhere", "https://192.0.2.7:7480", True, "no copy is reached"),
        ("unix:/s", "http://127.0.0.1:7480", True, ""),
        ("unix:/s", "http://[::1]:7480", False, ""),
        ("192.0.2.7:7500", "https://192.0.2.7:7480", True, ""),
        ("127.0.0.1:7500", "http://localhost:7480", False, ""),
    ],
)
def test_a_link_that_cannot_be_is_refused(link: str, url: str, is_secured: bool, what: str) -> None:
    if not what:
        refuse_unreachable(link, url, is_secured=is_secured)
        return
    with pytest.raises(CoreError, match=what):
        refuse_unreachable(link, url, is_secured=is_secured)


def test_who_receives_on_a_port_is_found_by_the_volumes_of_its_group(tmp_path: Path) -> None:
    volumes = tmp_path / "volumes"
    (volumes / "1234").mkdir(parents=True)
    words = ("receive", volumes / "1234" / "data.img", "--journal", tmp_path / "j")
    process = subprocess.Popen(
        [*ISTHMUS, *words, "--listen", "127.0.0.1:0"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"]
        found = processes.serving(tmp_path / "run", volumes)
        assert found["1234"].pid == process.pid
        assert found["1234"].end(PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
