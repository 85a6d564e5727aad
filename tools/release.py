"""Builds the wheel of what is committed, and says whether anybody would get the same one.

It is built twice from the commit alone, in folders, time zones, file modes and hash seeds that
differ; what is not the same by the byte is named. The wheel is installed in an environment of its
own then, and has to run there.
"""

import hashlib
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

_BUILD_S: Final = 600.0
_ROOT: Final = Path(__file__).resolve().parent.parent
_SURROUNDINGS: Final = (
    ({"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C"}, 0o022),
    ({"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"}, 0o077),
)
_TRIED: Final = (("--version",), ("protect", "--help"), ("node", "run", "--help"))


class ReleaseError(click.ClickException):
    """There is no wheel that could be given to anybody."""


@click.command(epilog="Exit code 1: there is none that is whole, and the same twice.")
@click.option(
    "--output",
    metavar="DIR",
    default="dist",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the wheel and SHA256SUMS go.",
)
def command(output: Path) -> None:
    """Build the wheel of the commit that is checked out, and try it.

    \b
    Example:
      ./tools/release --output dist
    """
    if changed := _git("status", "--porcelain").strip():
        raise ReleaseError(f"there are changes that are not committed:\n{changed}")
    commit, epoch = _git("rev-parse", "HEAD").strip(), _git("log", "-1", "--format=%ct").strip()
    with TemporaryDirectory() as place:
        wheels = [
            _built(Path(place) / str(nth), epoch, surroundings, umask)
            for nth, (surroundings, umask) in enumerate(_SURROUNDINGS)
        ]
        if differing := differences(*wheels):
            raise ReleaseError(
                "the wheel is another one each time it is built:\n  " + "\n  ".join(differing)
            )
        _try(wheels[0], Path(place) / "environment")
        output.mkdir(parents=True, exist_ok=True)
        wheel = output / wheels[0].name
        wheel.write_bytes(wheels[0].read_bytes())
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (output / "SHA256SUMS").write_text(f"{digest}  {wheel.name}\n")
    click.echo(f"{wheel}: {wheel.stat().st_size} bytes, the same twice, of commit {commit}")
    click.echo(f"sha256 {digest}")


def differences(one: Path, other: Path) -> Sequence[str]:
    """What of two wheels is not the same; nothing where they are the same by the byte."""
    if one.read_bytes() == other.read_bytes():
        return ()
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        names = [each.filename for each in first.infolist()]
        if names != [each.filename for each in second.infolist()]:
            return ("the files that are in it, or their order",)
        found = [
            f"{name}: {what}"
            for name in names
            for what, is_same in (
                ("what it holds", first.read(name) == second.read(name)),
                ("its time", first.getinfo(name).date_time == second.getinfo(name).date_time),
                ("its mode", _mode(first, name) == _mode(second, name)),
            )
            if not is_same
        ]
    return found or ("how it is packed",)


def _mode(wheel: zipfile.ZipFile, name: str) -> int:
    return wheel.getinfo(name).external_attr


def _built(place: Path, epoch: str, surroundings: Mapping[str, str], umask: int) -> Path:
    source, made = place / "source", place / "made"
    source.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", "HEAD"], cwd=_ROOT, check=True, stdout=subprocess.PIPE
    )
    subprocess.run(["tar", "-x"], cwd=source, check=True, input=archive.stdout, umask=umask)
    words = ["pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check", "-w", str(made)]
    _run(
        [sys.executable, "-m", *words, str(source)],
        {**os.environ, **surroundings, "SOURCE_DATE_EPOCH": epoch},
        umask=umask,
    )
    (wheel,) = made.glob("*.whl")
    return wheel


def _try(wheel: Path, place: Path) -> None:
    """Install it where nothing of the checkout can be reached, and run what it brings."""
    venv.create(place, with_pip=True)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    _run([str(place / "bin/pip"), "install", "--quiet", str(wheel)], plain, cwd=place)
    for words in _TRIED:
        _run([str(place / "bin/isthmus"), *words], plain, cwd=place)


def _run(
    words: Sequence[str], environment: Mapping[str, str], *, umask: int = -1, cwd: Path = _ROOT
) -> None:
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=environment,
            umask=umask,
            timeout=_BUILD_S,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise ReleaseError(f"`{' '.join(words)}` took longer than {_BUILD_S:g} s") from error
    if done.returncode:
        raise ReleaseError(f"`{' '.join(words)}` failed:\n{done.stdout.strip()}")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=_ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    command()
