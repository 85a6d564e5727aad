"""A package on disk, imported for as long as it is looked at."""

import os
import sys
from pathlib import Path

import pytest

from compat.errors import Exit
from compat.lens.ops import Flow
from compat.verify.package import BrokenPackageError, PackageError, imported, read_manifest
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


def test_a_manifest_that_is_a_pipe_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(PackageError, match="it is no regular file"):
        read_manifest(tmp_path)


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


@pytest.mark.parametrize("file", ["lenses/error.py", "old_client.py", "wsgi.py"])
def test_a_file_that_is_gone_is_named(tmp_path: Path, file: str) -> None:
    made = appliance(tmp_path)
    (made.folder / file).unlink()
    with pytest.raises(BrokenPackageError) as caught, imported(made.folder):
        pass
    assert caught.value.exit_code == Exit.FINDINGS
    assert str(caught.value) == (
        f"{made.folder}: the package is not whole, it lacks {file}\n"
        f"  run `isthmus compat generate {made.folder}` again; --check tells all that differs"
    )


def test_a_part_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    """Most parts are imported when they are needed, long after the package itself."""
    broken = appliance(tmp_path).broken("lenses/error.py", "from ..", "from ..x.")
    with imported(broken.folder) as package, pytest.raises(BrokenPackageError) as caught:
        package.part("lenses.error")
    assert "the package cannot be imported: ModuleNotFoundError: " in str(caught.value)


# --- hooks ----------------------------------------------------------------------------------------


def test_hooks_that_are_missing_stop_it(tmp_path: Path) -> None:
    made = racks(tmp_path)
    (made.folder / "hooks.py").unlink()
    told = refused(made.folder)
    assert "hooks.py beside this file is missing; write there, and fill in:\n\n" in told
    assert "from .message import Json\n\n\ndef rack_serial_up(value: Json) -> Json:\n" in told
    assert "isthmus compat generate" not in told


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("\ndef rack_serial_up(value: Jason): ...\n", ":2: {}NameError: name 'Jason' is not"),
        ("def rack_serial_up(value)\n", ":1: {}SyntaxError: expected ':'"),
        ("\n\nimport no_such_module\n", ":3: {}ModuleNotFoundError: No module named 'no_such_mo"),
        ("from .message import Jason\n", ":1: {}ImportError: cannot import name 'Jason'"),
    ],
    ids=["annotation", "syntax", "module", "name"],
)
def test_a_hooks_file_that_cannot_be_imported_says_where(
    tmp_path: Path, source: str, told: str
) -> None:
    made = racks(tmp_path)
    (made.folder / "hooks.py").write_text(source)
    with pytest.raises(BrokenPackageError) as caught, imported(made.folder):
        pass
    assert caught.value.exit_code == Exit.FINDINGS
    where = f"{made.folder / 'hooks.py'}{told.format('the hooks file cannot be imported: ')}"
    assert str(caught.value).startswith(where)
    assert "isthmus compat generate" not in str(caught.value)
