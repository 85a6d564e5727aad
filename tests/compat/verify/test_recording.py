"""Tests for a consumer's tree: written once, run there with the package and pytest alone."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from compat.errors import CompatError
from compat.verify.corpus import Effort
from compat.verify.recording import write_tests
from tests.compat.verify.making import Made, appliance, racks

EFFORT = Effort(examples=2)
ALONE = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
RUN = "import sys; sys.path.insert(0, 'only'); import pytest; sys.exit(pytest.main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A consumer's tree: the package, and its tests in `tests`."""
    tree = tmp_path_factory.mktemp("consumer")
    made = appliance(tree)
    files = write_tests(made.folder, made.plan, tree / "tests", EFFORT)
    assert (files.test, files.messages) == (
        tree / "tests" / "test_shim.py",
        tree / "tests" / "test_shim.json",
    )
    return tree


@pytest.fixture
def tree(written: Path, tmp_path: Path) -> Path:
    """A copy of that tree that may be changed."""
    return shutil.copytree(written, tmp_path / "tree")


def run_tests(tree: Path) -> tuple[int, str]:
    """The tests run by an interpreter that finds the standard library, pytest and nothing else."""
    only = tree / "only"
    only.mkdir(exist_ok=True)
    for name in ALONE:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        place = Path(spec.origin)
        place = place.parent if place.name == "__init__.py" else place
        if not (only / place.name).exists():
            (only / place.name).symlink_to(place)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, "-q", "-p", "no:cacheprovider", "tests"],
        cwd=tree,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_tests_pass_where_there_is_nothing_but_the_package_and_pytest(tree: Path) -> None:
    code, said = run_tests(tree)
    assert code == 0, said
    recorded = json.loads((tree / "tests" / "test_shim.json").read_bytes())["exchanges"]
    assert len(recorded) > 20
    assert f"{len(recorded)} passed" in said


def test_nothing_of_the_toolkit_can_be_imported_there(tree: Path) -> None:
    (tree / "tests" / "test_alone.py").write_text("import compat\n")
    code, said = run_tests(tree)
    assert code != 0
    assert "No module named 'compat'" in said


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("lenses/replication.py", "lag_ms * 1000", "lag_ms * 1001"),
        ("message.py", "= method, path, body", "= method, path * 2, body"),
    ],
)
def test_they_fail_when_the_package_does_something_else(
    tree: Path, file: str, before: str, after: str
) -> None:
    path = tree / "shim" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    code, said = run_tests(tree)
    assert code == 1
    assert " failed" in said


def test_they_fail_when_the_package_is_gone(tree: Path) -> None:
    shutil.rmtree(tree / "shim")
    assert run_tests(tree)[0] != 0


def test_the_same_package_gives_the_same_tests(written: Path, tmp_path: Path) -> None:
    made = appliance(tmp_path)
    files = write_tests(made.folder, made.plan, tmp_path / "tests", EFFORT)
    for path in (files.test, files.messages):
        assert path.read_bytes() == (written / "tests" / path.name).read_bytes()


def test_hooks_and_streams_are_recorded_too(tmp_path: Path) -> None:
    made = racks(tmp_path)
    write_tests(made.folder, made.plan, tmp_path / "tests", EFFORT)
    assert '"records"' in (tmp_path / "tests" / "test_shim.json").read_text()
    code, said = run_tests(tmp_path)
    assert code == 0, said


# --- what is there --------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return appliance(tmp_path)


def test_tests_that_were_written_before_are_written_anew(tree: Path) -> None:
    made = appliance(tree.parent / "again")
    before = (tree / "tests" / "test_shim.json").read_bytes()
    write_tests(made.folder, made.plan, tree / "tests", Effort(examples=0))
    assert (tree / "tests" / "test_shim.json").read_bytes() != before
    assert {path.name for path in (tree / "tests").iterdir() if path.is_file()} == {
        "test_shim.json",
        "test_shim.py",
    }


@pytest.mark.parametrize("name", ["test_shim.py", "test_shim.json"])
@pytest.mark.parametrize("text", ["", "mine", "{}", "[]", "def test_mine(): ..."])
def test_what_somebody_else_wrote_is_left_as_it_is(made: Made, name: str, text: str) -> None:
    tests = made.folder.parent / "tests"
    tests.mkdir()
    (tests / name).write_text(text)
    with pytest.raises(CompatError, match="is not as `isthmus compat verify --write-tests`"):
        write_tests(made.folder, made.plan, tests, EFFORT)
    assert {path.name: path.read_text() for path in tests.iterdir()} == {name: text}


def test_a_test_file_that_was_changed_by_hand_is_left_as_it_is(tree: Path) -> None:
    made = appliance(tree.parent / "again")
    test = tree / "tests" / "test_shim.py"
    test.write_text(test.read_text() + "\n\ndef test_mine() -> None: ...\n")
    with pytest.raises(CompatError, match="move it elsewhere"):
        write_tests(made.folder, made.plan, tree / "tests", EFFORT)
    assert "test_mine" in test.read_text()


def test_a_folder_that_cannot_be_made_is_told(made: Made) -> None:
    (made.folder.parent / "file").write_text("")
    with pytest.raises(CompatError, match="cannot be written"):
        write_tests(made.folder, made.plan, made.folder.parent / "file", EFFORT)


def test_an_interrupt_leaves_the_old_tests(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = appliance(tree.parent / "again")
    before = {path.name: path.read_bytes() for path in (tree / "tests").glob("*.*")}

    def interrupted(*_: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_tests(made.folder, made.plan, tree / "tests", Effort(examples=0))
    assert {path.name: path.read_bytes() for path in (tree / "tests").glob("*.*")} == before
