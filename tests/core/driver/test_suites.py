"""Suites that others wrote for their own NBD servers, run against `isthmus protect`.

They are fetched (`tools/suites.py`), so this is for the long mode, where a mirror can be reached.
"""

import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from tests.core.cli.test_protect import Serving, isthmus, serving
from tests.core.driver.programs import needs, run
from tests.core.driver.test_tls import Authority
from tests.house.tree import ROOT
from tools.suites import NbdSuite, UnreachableError, iotests, nbd_suite

LONG = settings.default is settings.get_profile("long")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LONG, reason="fetches the sources of others: tools/test --long"),
]

PROTECT = ("protect", "export1.img", "--create", "50MiB", "--journal", "journal")
TCP = ("--listen", "127.0.0.1:0", "--journal-size", "1GiB")

IOTESTS = "001 002 003 004 008 009 010 011 021 032 033 077 083 104 123 197 215"
WRAPPER = """#!/bin/sh
case "$*" in *--version* | *--help*) exec /usr/bin/qemu-nbd "$@" ;; esac
while [ $# -gt 0 ]; do
    case "$1" in
        --pid-file=*) echo $$ >"${1#--pid-file=}" ;;
        -k) socket=$2; shift ;;
        -f | -e | -x) shift ;;
        -*) ;;
        *) image=$1 ;;
    esac
    shift
done
exec PYTHON -m core protect "$image" --journal "$(mktemp -d -p FOLDER)" --listen "unix:$socket"
"""
MACHINE = """#!/bin/sh
case "$*" in *"-machine help"*) echo 'pc a machine (default)' ;; *) echo 'QEMU 7.2.0' ;; esac
"""


@pytest.fixture(scope="module")
def theirs() -> NbdSuite:
    try:
        return nbd_suite()
    except UnreachableError as error:
        pytest.skip(str(error))


def port_of(group: Serving) -> str:
    return str(urlsplit(group.ready["listen"][0]).port)


@pytest.mark.parametrize(
    "what",
    [(), ("-w",), ("-w", "-f"), ("-o",), ("-h",), ("-i", "-t", "integrity-test.tr")],
    ids=["reads", "writes", "writes and flushes", "oversized", "handshake", "integrity"],
)
def test_nbds_own_tester_finds_nothing(
    theirs: NbdSuite, tmp_path: Path, what: tuple[str, ...]
) -> None:
    with serving(tmp_path, *PROTECT, *TCP) as group:
        words = ("-N", "export1", *what, "127.0.0.1", port_of(group))
        run(theirs.program, *words, folder=theirs.folder)
    assert isthmus(tmp_path, "journal", "verify", "journal").returncode == 0
    restored = isthmus(tmp_path, "journal", "restore", "journal", "--at", "latest", "--output", "x")
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "x").read_bytes() == (tmp_path / "export1.img").read_bytes()


def test_nbds_own_tester_cannot_write_to_a_point(theirs: NbdSuite, tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *TCP):
        pass
    words = ("image", "open", "journal", "--at", "latest", "--listen", "127.0.0.1:0")
    with serving(tmp_path, *words) as image:
        asked = ("-N", "export1", "-w", "-F", "127.0.0.1", port_of(image))
        run(theirs.program, *asked, folder=theirs.folder)


def test_nbds_own_tester_uses_a_unix_socket(theirs: NbdSuite, tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, "--listen", "unix:s"):
        run(theirs.program, "-N", "export1", "-u", tmp_path / "s", folder=theirs.folder)


@pytest.mark.parametrize("is_known", [True, False])
def test_nbds_own_tester_speaks_tls(theirs: NbdSuite, tmp_path: Path, is_known: bool) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    server = ours.sign("localhost")
    certificate, key = (ours if is_known else others).sign("alice")
    secure = ("--certificate", str(server[0]), "--key", str(server[1]))
    with serving(tmp_path, *PROTECT, *TCP, *secure, "--clients-ca", str(ours.certificate)) as group:
        shown = ("-C", certificate, "-K", key, "-A", ours.certificate, "-H", "localhost")
        trace = ("-i", "-t", "integrity-test.tr") if is_known else ("-F",)
        words = ("-N", "export1", *trace, *shown, "127.0.0.1", port_of(group))
        run(theirs.program, *words, folder=theirs.folder)


def test_qemus_own_iotests_pass(tmp_path: Path) -> None:
    needs("qemu-img", "qemu-io", "qemu-nbd", "bash")
    try:
        found = iotests()
    except UnreachableError as error:
        pytest.skip(str(error))
    shutil.copytree(found.parents[1], tmp_path / "source", symlinks=True)
    suite = tmp_path / "source" / "tests" / "qemu-iotests"
    common = suite / "common.rc"
    asked = 'qemu-img info "nbd+unix:///?socket=$SOCK_DIR/nbd"'
    ready = f"i=0; until {asked} >/dev/null 2>&1 || [ $((i += 1)) -gt 200 ]; do sleep 0.1; done #"
    text, count = re.subn(r"sleep 1 #", lambda _: ready, common.read_text(encoding="utf-8"))
    assert count == 1
    common.write_text(text, encoding="utf-8")
    journals, sockets = tmp_path / "journals", tmp_path / "s"
    journals.mkdir()
    programs = {
        "qemu-nbd": WRAPPER.replace("PYTHON", sys.executable).replace("FOLDER", str(journals)),
        "qemu": MACHINE,
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(script, encoding="ascii")
        (tmp_path / name).chmod(0o700)
    told = run(
        *("env", f"PYTHONPATH={ROOT}", f"TEST_DIR={tmp_path / 'images'}", f"SOCK_DIR={sockets}"),
        *("QEMU_IMG_PROG=/usr/bin/qemu-img", "QEMU_IO_PROG=/usr/bin/qemu-io"),
        *(f"QEMU_NBD_PROG={tmp_path / 'qemu-nbd'}", f"QEMU_PROG={tmp_path / 'qemu'}"),
        *(f"QSD_PROG={tmp_path / 'qemu'}", "python3", "./check", "-raw", "-nbd", *IOTESTS.split()),
        folder=suite,
        within_s=900,
    )
    assert f"Passed all {len(IOTESTS.split())} iotests" in told
    assert len([*journals.iterdir()]) >= len(IOTESTS.split())
