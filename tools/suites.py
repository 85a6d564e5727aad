"""`python -m tools.suites`: tests of NBD servers that others wrote, fetched to be run against ours.

They are the tester of the package nbd and the iotests of qemu. They are under licences of their own
and no part of this project, so they come as Debian's source packages, into `build/suites`, from the
mirror that this machine's apt uses. `tests/core/driver/test_suites.py` runs them; where they cannot
be had it says so.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build" / "suites"

_NEWER: Final = "trixie"  # whose nbd is there as source where that of bookworm is not
_FETCH_S: Final = 600.0
_BUILD_S: Final = 120.0
_KEYS: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
_CONFIG: Final = """#define VERSION "0"
#define PACKAGE_VERSION "0"
#define HAVE_GNUTLS 1
#define SIZEOF_UNSIGNED_SHORT_INT 2
#define SIZEOF_UNSIGNED_INT 4
#define SIZEOF_UNSIGNED_LONG_INT 8
#define SIZEOF_UNSIGNED_LONG_LONG_INT 8
"""
_SOURCE: Final = ("-qq", "source", "--download-only")
_LIBRARIES: Final = ("glib-2.0", "gthread-2.0", "gnutls")


class UnreachableError(Exception):
    """A suite cannot be had here, and why."""


class NbdSuite(NamedTuple):
    """nbd's tester, and the folder that its traces and certificates are in."""

    program: Path
    folder: Path


def nbd_suite(folder: Path = FOLDER) -> NbdSuite:
    """The tester, built."""
    source = _source("nbd", folder)
    program = folder / "nbd-tester-client"
    if not program.exists():
        for name in ("cc", "pkg-config"):
            if shutil.which(name) is None:
                raise UnreachableError(f"building nbd's tester needs {name}")
        (folder / "config.h").write_text(_CONFIG, encoding="ascii")
        try:
            flags = _printed("pkg-config", "--cflags", "--libs", *_LIBRARIES).split()
        except UnreachableError as error:
            raise UnreachableError(f"{error}: install libglib2.0-dev, libgnutls28-dev") from error
        files = [source / "tests" / "run" / "nbd-tester-client.c"]
        files += [source / f"{name}.c" for name in ("cliserv", "buffer", "crypto-gnutls")]
        told = ("-O1", "-w", "-D_GNU_SOURCE", f"-I{folder}", f"-I{source}")
        _printed("cc", *told, *map(str, files), "-o", str(program), *flags)
    return NbdSuite(program, source / "tests" / "run")


def iotests(folder: Path = FOLDER) -> Path:
    """The folder with the iotests of the qemu that Debian has."""
    return _source("qemu", folder, ("tests/qemu-iotests", "python")) / "tests" / "qemu-iotests"


def _source(package: str, folder: Path, wanted: tuple[str, ...] = ()) -> Path:
    """The source of a package, or the folders of it that are wanted."""
    made = folder / package
    if made.is_dir():
        return made
    version = _fetch(package, folder)
    archives = sorted(folder.glob(f"{package}_{version}.orig.tar.*"))
    if not archives:
        raise UnreachableError(f"the source of {package} {version} did not come")
    draft = folder / f"{package}.new"
    shutil.rmtree(draft, ignore_errors=True)
    with tarfile.open(archives[0]) as archive:
        for member in archive:
            member.name = member.name.partition("/")[2]
            if member.name and (not wanted or member.name.startswith(wanted)):
                archive.extract(member, draft, filter="tar")
    draft.rename(made)
    return made


def _fetch(package: str, folder: Path) -> str:
    """Have apt bring the first version that the mirror still has; it, without its revision."""
    if shutil.which("apt-get") is None:
        raise UnreachableError("sources come by apt, which is not here")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    lines = sorted(set(_sources()))
    if not lines:
        raise UnreachableError("apt has no mirror of Debian here")
    (folder / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = (
        *("-o", f"Dir::Etc::sourcelist={folder}/sources.list"),
        *("-o", "Dir::Etc::sourceparts=/dev/null"),
        *("-o", f"Dir::State::lists={folder}/lists"),
        *("-o", "APT::Sandbox::User=root"),
    )
    _printed("apt-get", *options, "-qq", "update", folder=folder)
    told = _printed("apt-cache", *options, "showsrc", package, folder=folder)
    refused = []
    for version in dict.fromkeys(re.findall(r"(?m)^Version: (\S+)$", told)):
        try:
            _printed("apt-get", *options, *_SOURCE, f"{package}={version}", folder=folder)
        except UnreachableError as error:
            refused.append(str(error))
        else:
            upstream: str = version.rpartition(":")[2].rpartition("-")[0]
            return upstream
    raise UnreachableError(f"no source of {package}: {'; '.join(refused) or 'none is known'}")


def _sources() -> Iterator[str]:
    """The mirror's sources, of its release and a newer one."""
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in file.read_text(encoding="utf-8").split("\n\n"):
            said = dict(re.findall(r"(?m)^([A-Za-z-]+):\s*(.+?)\s*$", stanza))
            for uri in said.get("URIs", "").split():
                for suite in said.get("Suites", "").split():
                    yield from _lines(uri, suite)
    listed = Path("/etc/apt/sources.list")
    text = listed.read_text(encoding="utf-8") if listed.exists() else ""
    for uri, suite in re.findall(r"(?m)^deb\s+(?:\[.*?\]\s+)?(\S+)\s+(\S+)\s", text):
        yield from _lines(uri, suite)


def _lines(uri: str, suite: str) -> Iterator[str]:
    if "debian" not in uri:
        return
    release, _, part = suite.partition("-")
    yield f"deb-src [signed-by={_KEYS}] {uri} {suite} main"
    if not part and release != _NEWER:
        yield f"deb-src [signed-by={_KEYS}] {uri} {_NEWER} main"


def _printed(*command: str, folder: Path | None = None) -> str:
    """What a program prints; raises UnreachableError where it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_FETCH_S if folder else _BUILD_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreachableError(f"{command[0]}: {error}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise UnreachableError(f"{command[0]}: {lines[-1]}")
    return done.stdout


def main() -> None:
    """Fetch and build both, and say where they are."""
    try:
        click.echo(nbd_suite().program)
        click.echo(iotests())
    except UnreachableError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
