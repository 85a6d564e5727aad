"""Generated packages are loaded by name or folder, and put together for the versions they join."""

import os
import sys
from pathlib import Path

import pytest

from compat.emit.runtime.message import Request
from compat.emit.runtime.negotiate import Negotiation
from compat.errors import CompatError
from compat.model.role import Role
from compat.serve.package import Package, VersionSource, faces_for, load_package
from tests.compat.runtime.faces import TableFace
from tests.compat.serve.packages import write_package

BY_PATH = VersionSource(by_path=True)


def test_a_package_is_loaded_from_its_folder(tmp_path: Path) -> None:
    package = load_package(str(write_package(tmp_path, "shim_a", old="1.0", new="2.0")))
    assert (package.name, package.old_version, package.new_version) == ("shim_a", "1.0", "2.0")
    assert next(package.faces[Role.OLD_CLIENT].exchange(Request(method="GET", path="/v1/x")))
    assert package.totals()["0123456789ab", "up"] == 3
    assert package.differences == {"0123456789ab": ("field-renamed", "Volume.size")}


def test_a_folder_may_have_another_name_than_its_package(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "shim_a").rename(tmp_path / "copy")
    assert load_package(str(folder)).name == "shim_a"
    assert load_package(str(folder)).name == "shim_a"  # and may be loaded twice


def test_a_package_is_loaded_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(tmp_path, "shim_b")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_package("shim_b").new_version == "2"


def test_another_module_of_the_same_name_is_not_replaced(tmp_path: Path) -> None:
    load_package(str(write_package(tmp_path / "one", "shim_a")))
    with pytest.raises(CompatError, match="another module named shim_a is loaded"):
        load_package(str(write_package(tmp_path / "two", "shim_a")))


DEEP = "[" * 100_000 + "]" * 100_000


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda f: (f / "manifest.json").unlink(), "has no manifest.json"),
        (lambda f: piped(f / "manifest.json"), "it is no regular file"),
        (lambda f: (f / "manifest.json").write_text("{"), "the manifest cannot be read"),
        (lambda f: (f / "manifest.json").write_text("[]"), "the manifest is no object"),
        (lambda f: (f / "manifest.json").write_text("{}"), "the manifest names no package"),
        (
            lambda f: (f / "manifest.json").write_text('{"package": "shim_a"}'),
            "KeyError: 'versions'",
        ),
        (
            lambda f: (f / "manifest.json").write_text(
                '{"package": "shim_a", "versions": {"old": ["1"], "new": "2"}, "differences": []}'
            ),
            "the versions are ['1'] and '2'",
        ),
        (lambda f: (f / "manifest.json").write_text(DEEP), "the manifest cannot be read"),
        (lambda f: (f / "__init__.py").unlink(), "there is no __init__.py"),
        (lambda f: (f / "__init__.py").write_text("1 / 0"), "division by zero"),
        (lambda f: (f / "old_client.py").unlink(), "No module named 'shim_a.old_client'"),
        (lambda f: (f / "counters.py").write_text(""), "totals"),
    ],
)
def test_what_is_no_generated_package_is_said_clearly(
    tmp_path: Path, spoil: object, what: str
) -> None:
    folder = write_package(tmp_path, "shim_a")
    assert callable(spoil)
    spoil(folder)
    with pytest.raises(CompatError) as caught:
        load_package(str(folder))
    assert what in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_package_that_failed_can_be_mended(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "shim_a")
    (folder / "__init__.py").write_text("1 / 0")
    with pytest.raises(CompatError):
        load_package(str(folder))
    assert "shim_a" not in sys.modules
    (folder / "__init__.py").write_text("")
    assert load_package(str(folder)).name == "shim_a"


@pytest.mark.parametrize("name", ["shim_nowhere", "json", "no/such/folder", ""])
def test_a_name_that_is_no_package_is_said_clearly(name: str) -> None:
    with pytest.raises(CompatError, match="package"):
        load_package(name)


def package(old: str, new: str) -> Package:
    faces = {
        Role.OLD_CLIENT: TableFace((f"/v{old}", f"/v{new}"), {}),
        Role.NEW_CLIENT: TableFace((f"/v{new}", f"/v{old}"), {}),
    }
    return Package(
        name=f"from{old}to{new}",
        old_version=old,
        new_version=new,
        faces=faces,
        totals=dict,
        differences={},
    )


def asked(found: object, path: str) -> str:
    """The path under which the upstream is asked."""
    assert isinstance(found, Negotiation)
    face = found.face(path, [])
    return next(face.exchange(Request(method="GET", path=path))).path if face else path


def test_one_package_serves_every_call() -> None:
    only = package("1", "2")
    assert faces_for([only], Role.NEW_CLIENT, VersionSource()) is only.faces[Role.NEW_CLIENT]


def test_packages_that_follow_one_another_are_chained() -> None:
    packages = [package("2", "3"), package("1", "2"), package("3", "4")]
    found = faces_for(packages, Role.OLD_CLIENT, BY_PATH)
    assert [asked(found, f"/v{version}/x") for version in "1234"] == ["/v4/x"] * 4
    assert asked(found, "/x") == "/x"  # the upstream's own version is the default
    found = faces_for(packages, Role.NEW_CLIENT, BY_PATH)
    assert [asked(found, f"/v{version}/x") for version in "1234"] == ["/v1/x"] * 4


def test_packages_that_lead_to_the_same_version_stand_side_by_side() -> None:
    packages = [package("1", "3"), package("2", "3")]
    found = faces_for(packages, Role.OLD_CLIENT, VersionSource(header="v", default="1"))
    assert asked(found, "/v1/x") == "/v3/x"


@pytest.mark.parametrize(
    ("packages", "source", "what"),
    [
        ([package("1", "2"), package("2", "3")], VersionSource(), "nothing tells versions apart"),
        ([package("1", "2"), package("1", "3")], BY_PATH, "from1to2 and from1to3 both serve 1"),
        ([package("1", "2"), package("3", "4")], BY_PATH, "lead to several versions"),
        ([package("1", "2"), package("2", "1")], BY_PATH, "or to none"),
        (
            [package("1", "2")],
            VersionSource(by_path=True, default="7"),
            "the default version 7 is not among 1, 2",
        ),
    ],
)
def test_packages_that_do_not_fit_are_refused(
    packages: list[Package], source: VersionSource, what: str
) -> None:
    with pytest.raises(CompatError, match=what):
        faces_for(packages, Role.OLD_CLIENT, source)
