"""A wheel that anybody would get the same is told from one that is another each time."""

import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from tools.release import differences

LONG = settings.default is settings.get_profile("long")
ROOT = Path(__file__).resolve().parents[2]

Entry = tuple[str, bytes, int, int]
"""Name, what it holds, the year of its time, and its mode."""

CODE: Entry = ("isthmus/code.py", b"x = 1\n", 1980, 0o644)
DATA: Entry = ("isthmus/data.json", b"{}\n", 1980, 0o644)


def wheel(place: Path, entries: Sequence[Entry]) -> Path:
    with zipfile.ZipFile(place, "w") as made:
        for name, data, year, mode in entries:
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            made.writestr(info, data)
    return place


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ([CODE, DATA], []),
        ([DATA, CODE], ["the files that are in it, or their order"]),
        ([CODE], ["the files that are in it, or their order"]),
        ([CODE, (*DATA[:1], b"[]\n", *DATA[2:])], ["isthmus/data.json: what it holds"]),
        ([CODE, (*DATA[:2], 2026, DATA[3])], ["isthmus/data.json: its time"]),
        ([(*CODE[:3], 0o600), DATA], ["isthmus/code.py: its mode"]),
    ],
)
def test_what_is_not_the_same_is_named(
    tmp_path: Path, other: Sequence[Entry], told: Sequence[str]
) -> None:
    wheels = wheel(tmp_path / "one.whl", [CODE, DATA]), wheel(tmp_path / "other.whl", other)
    assert list(differences(*wheels)) == told


def test_wheels_that_are_packed_otherwise_are_not_the_same(tmp_path: Path) -> None:
    one, other = (wheel(tmp_path / f"{nth}.whl", [CODE, DATA]) for nth in range(2))
    other.write_bytes(other.read_bytes()[:-2] + b"\x01\x00!")
    assert list(differences(one, other)) == ["how it is packed"]


@pytest.mark.skipif(not LONG, reason="builds two wheels and an environment: in the long mode")
def test_the_wheel_of_a_commit_is_the_same_each_time(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    done = subprocess.run(
        ["./tools/release"], cwd=clone, check=True, stdout=subprocess.PIPE, text=True
    )
    digest, name = (clone / "dist/SHA256SUMS").read_text().split()
    assert (clone / "dist" / name).is_file()
    assert "the same twice" in done.stdout
    assert digest in done.stdout
