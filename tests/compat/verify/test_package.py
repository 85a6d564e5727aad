"""A package on disk, imported for as long as it is looked at."""

import sys
from pathlib import Path

import pytest

from compat.lens.ops import Flow
from compat.verify.package import PackageError, imported, read_manifest
from tests.compat.verify.making import NEW, OLD, appliance, racks


def test_a_package_is_imported_and_gone_again(tmp_path: Path) -> None:
    folder = appliance(tmp_path).folder
    before = list(sys.path)
    with imported(folder) as package:
        assert package.name == "shim"
        assert package.manifest["package"] == "shim"
        assert sys.modules["shim"] is package.module
        assert package.face(OLD).ROUTES != package.face(NEW).ROUTES
    assert sys.path == before
    assert not [name for name in sys.modules if name.partition(".")[0] == "shim"]


def test_another_package_of_that_name_comes_back(tmp_path: Path) -> None:
    first, second = appliance(tmp_path / "1").folder, racks(tmp_path / "2").folder
    with imported(first) as outer:
        with imported(second) as inner:
            assert inner.module is not outer.module
            assert sys.modules["shim"] is inner.module
        assert sys.modules["shim"] is outer.module


def test_importing_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    folder = appliance(tmp_path).folder
    before = sorted(folder.rglob("*"))
    with imported(folder) as package:
        package.part("routing")
    assert sorted(folder.rglob("*")) == before


def test_the_functions_of_a_lens_are_found_by_its_name(tmp_path: Path) -> None:
    with imported(appliance(tmp_path).folder) as package:
        up, down = (package.lens("error", flow) for flow in Flow)
        assert up is not None
        assert down is not None
        assert up({"code": "1", "message": "m"}) == {"code": "1", "detail": "m"}
        assert down({"code": "1", "detail": "m"}) == {"code": "1", "message": "m"}
        assert package.lens("no_such_lens", Flow.UP) is None


def test_the_functions_of_the_hooks_file_are_found(tmp_path: Path) -> None:
    made = racks(tmp_path)
    with imported(made.folder) as package:
        hooks = package.hooks(made.plan)
        assert hooks.keys() == {"rack_serial_up", "rack_serial_down"}
        assert hooks["rack_serial_up"](7) == {"code": "S7"}


def test_what_was_counted_is_told(tmp_path: Path) -> None:
    made = appliance(tmp_path)
    renamed = next(
        each
        for each in made.plan.differences
        if (each.kind, each.subject) == ("field-renamed", "Error.message")
    )
    with imported(made.folder) as package:
        up = package.lens("error", Flow.UP)
        assert up is not None
        assert (renamed.id, "up") not in package.counted() or not package.counted()[
            renamed.id, "up"
        ]
        up({"message": "m"})
        assert package.counted()[renamed.id, "up"] == 1


# --- what is no package ---------------------------------------------------------------------------


def refused(folder: Path) -> str:
    with pytest.raises(PackageError) as caught, imported(folder):
        pass
    return str(caught.value)


def test_a_folder_without_a_manifest_is_none(tmp_path: Path) -> None:
    assert "this is no generated package" in refused(tmp_path)


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", '{"package": 7}'])
def test_a_manifest_that_names_no_package_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(PackageError):
        read_manifest(tmp_path)


def test_a_package_has_to_be_called_what_its_folder_is(tmp_path: Path) -> None:
    moved = appliance(tmp_path).folder.rename(tmp_path / "other")
    assert "the package shim is in a folder called other" in refused(moved)


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("__init__.py", '__all__ = ["', "__all__ = [", "SyntaxError"),
        ("old_client.py", "ROUTER = Router(", "ROUTER = Rooter(", "NameError"),
        ("message.py", "class Request:", "class Requests:", "ImportError"),
    ],
)
def test_a_package_that_cannot_be_imported_says_why(
    tmp_path: Path, file: str, before: str, after: str, told: str
) -> None:
    broken = appliance(tmp_path).broken(file, before, after)
    assert f"the package cannot be imported: {told}" in refused(broken.folder)


def test_hooks_that_are_missing_stop_it(tmp_path: Path) -> None:
    made = racks(tmp_path)
    (made.folder / "hooks.py").unlink()
    assert "the package cannot be imported" in refused(made.folder)
