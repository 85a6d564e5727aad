"""`isthmus compat proxy`, as a process between a real client and a real server."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from compat.errors import Exit
from tests.compat.cli.running import INTENT, PROCESS_S, ROOT, V1, V2, Here, environment
from tools.appliance import new_appliance, serving


@pytest.fixture
def package(here: Here, tmp_path: Path) -> Path:
    words = ("--intent", INTENT, "--out", str(tmp_path), "--package", "proxied")
    assert here("generate", V1, V2, *words).code == Exit.OK
    return tmp_path / "proxied"


@contextmanager
def proxying(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The proxy's process, and the URL that it says it listens on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "compat", "compat", "proxy", *words],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("listening on "), line
        yield process, f"http://{line.split()[2].rstrip(',')}"
    finally:
        process.kill()
        process.wait(PROCESS_S)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_old_callers_are_served_until_a_signal_ends_it(
    package: Path, number: signal.Signals
) -> None:
    with serving(new_appliance()) as upstream:
        words = (str(package), "--role", "old", "--upstream", upstream, "--listen", "127.0.0.1:0")
        with proxying(*words) as (process, url):
            answer = httpx.get(f"{url}/v1/volumes", timeout=PROCESS_S)
            assert answer.status_code == 200
            assert [each["size_gib"] for each in answer.json()] == [32, 64, 128]
            process.send_signal(number)
            out, err = process.communicate(timeout=PROCESS_S)
    assert (process.returncode, out, err) == (Exit.OK, "", "")


def test_what_cannot_begin_is_bad_input(here: Here, package: Path) -> None:
    for name, upstream, listen, said in (
        ("gone", "http://127.0.0.1:1", "127.0.0.1:0", "the package cannot be loaded"),
        (str(package), "ftp://x", "127.0.0.1:0", "this is no upstream"),
        (str(package), "http://127.0.0.1:1", "nowhere", "this is no address to listen on"),
    ):
        words = (name, "--role", "old", "--upstream", upstream, "--listen", listen)
        ended = here("proxy", *words)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert said in ended.err
        assert "Traceback" not in ended.err


def test_only_one_thing_tells_the_version(here: Here) -> None:
    words = ("--role", "old", "--upstream", "http://127.0.0.1:1", "--listen", "127.0.0.1:0")
    ended = here("proxy", "gone", *words, "--by-path", "--by-header", "X-Version")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "either the path or a header tells the version, not both" in ended.err


@pytest.mark.parametrize(
    ("upstream", "listen"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://localhost:8080/base", "127.0.0.1:8080"),
        ("http://127.0.0.1:8080", "0.0.0.0:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://127.0.0.1", "127.0.0.1:80"),
        ("unix:/run/../run/x.sock", "unix:/run/x.sock"),
    ],
)
def test_a_proxy_of_itself_is_refused(here: Here, upstream: str, listen: str) -> None:
    words = ("any", "--role", "old", "--upstream", upstream, "--listen", listen)
    ended = here("proxy", *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "the upstream is the address to listen on" in ended.err


@pytest.mark.parametrize(
    ("upstream", "listen"),
    [
        ("http://127.0.0.1:8081", "127.0.0.1:8080"),
        ("http://127.0.0.2:8080", "127.0.0.1:8080"),
        ("https://127.0.0.1", "127.0.0.1:80"),
        ("http://nowhere.invalid:8080", "127.0.0.1:8080"),
        ("unix:/run/y.sock", "unix:/run/x.sock"),
        ("unix:/run/x.sock", "127.0.0.1:8080"),
        ("http://127.0.0.1:8080", "unix:/run/x.sock"),
    ],
)
def test_a_proxy_of_another_goes_on(here: Here, upstream: str, listen: str) -> None:
    """To the package, which is not there."""
    words = ("gone", "--role", "old", "--upstream", upstream, "--listen", listen)
    assert "the package cannot be loaded" in here("proxy", *words).err


def test_the_role_has_to_be_said(here: Here) -> None:
    ended = here("proxy", "package", "--upstream", "http://x", "--listen", "127.0.0.1:0")
    assert ended.code == Exit.BAD_INPUT
    assert "Missing option '--role'" in ended.err
