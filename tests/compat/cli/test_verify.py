"""`isthmus compat verify`."""

import json
from pathlib import Path

import pytest

from compat.errors import Exit
from tests.compat.cli.running import INTENT, V1, V2, Here, isthmus


@pytest.fixture
def package(here: Here, tmp_path: Path) -> Path:
    """The appliance's package, of specs that lie beside it."""
    for name, path in (("v1.yaml", V1), ("v2.yaml", V2), ("intent.yaml", INTENT)):
        (tmp_path / name).write_text(Path(path).read_text())
    specs = (str(tmp_path / "v1.yaml"), str(tmp_path / "v2.yaml"))
    words = ("--intent", str(tmp_path / "intent.yaml"), "--out", str(tmp_path), "--package", "av")
    assert here("generate", *specs, *words).code == Exit.OK
    return tmp_path / "av"


def test_a_package_keeps_its_promises(here: Here, package: Path) -> None:
    ended = here("verify", str(package), "--examples", "1")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert ended.out.startswith("av: sound (between v1 and v2, seed 0)\n")


def test_one_changed_line_is_found_and_shown_as_json(here: Here, package: Path) -> None:
    lens = package / "lenses" / "replication.py"
    assert "1000, 1)" in lens.read_text()
    lens.write_text(lens.read_text().replace("1000, 1)", "1001, 1)"))
    ended = here("verify", str(package), "--examples", "1", "--format", "json")
    assert ended.code == Exit.FINDINGS
    told = json.loads(ended.out)
    assert told["sound"] is False
    assert "replication_up" in {each["subject"] for each in told["failures"]}


def test_a_package_of_other_inputs_is_not_sound(here: Here, package: Path) -> None:
    spec = package.parent / "v2.yaml"
    spec.write_text(spec.read_text().replace("Make a volume.", "Make one."))
    ended = here("verify", str(package))
    assert ended.code == Exit.FINDINGS
    assert "made from another new input" in ended.out


def test_only_what_is_asked_for_is_tried(here: Here, package: Path) -> None:
    words = ("--only", "old_client GET /health", "--examples", "1", "--format", "json")
    ended = here("verify", str(package), *words)
    assert ended.code == Exit.OK
    assert "wholeness" not in json.loads(ended.out)["tried"]


def test_an_interrupt_prints_what_was_found_so_far(
    here: Here, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("compat.verify.verifying.corpus", interrupted)
    ended = here("verify", str(package), "--format", "json")
    assert ended.code == Exit.INTERRUPTED
    assert json.loads(ended.out)["complete"] is False


def test_what_is_not_there_is_bad_input(here: Here, package: Path, tmp_path: Path) -> None:
    for words in ((str(tmp_path / "gone"),), (str(package), "--only", "PATCH /nothing")):
        ended = here("verify", *words)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert "Traceback" not in ended.err


# --- tests for a consumer's tree ------------------------------------------------------------------


def test_the_written_tests_are_named(here: Here, package: Path, tmp_path: Path) -> None:
    words = ("--examples", "1", "--write-tests", str(tmp_path / "tests"))
    ended = here("verify", str(package), *words, "--format", "json")
    assert ended.code == Exit.OK
    paths = [str(tmp_path / "tests" / name) for name in ("test_av.py", "test_av.json")]
    assert json.loads(ended.out)["written"] == paths
    assert sorted(map(str, (tmp_path / "tests").iterdir())) == sorted(paths)
    assert here("verify", str(package), *words).out.endswith(f"written: {' '.join(paths)}\n")


def test_a_package_that_breaks_a_promise_gets_no_tests(
    here: Here, package: Path, tmp_path: Path
) -> None:
    (package / "lenses" / "replication.py").write_text(
        (package / "lenses" / "replication.py").read_text().replace("1000, 1)", "1001, 1)")
    )
    words = ("--examples", "1", "--write-tests", str(tmp_path / "tests"), "--format", "json")
    ended = here("verify", str(package), *words)
    assert ended.code == Exit.FINDINGS
    assert json.loads(ended.out)["written"] == []
    assert not (tmp_path / "tests").exists()


def test_a_file_of_somebody_else_s_is_refused_before_anything_is_tried(
    here: Here, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_av.py").write_text("mine")
    monkeypatch.setattr("compat.cli.planning.make_plan", None)
    ended = here("verify", str(package), "--write-tests", str(tmp_path / "tests"))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "test_av.py: the file is not as" in ended.err
    assert (tmp_path / "tests" / "test_av.py").read_text() == "mine"


def test_a_part_of_a_package_gets_no_tests(here: Here, package: Path, tmp_path: Path) -> None:
    words = ("--only", "GET /health", "--write-tests", str(tmp_path / "tests"))
    ended = here("verify", str(package), *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "leave out --only" in ended.err


def test_no_examples_is_a_wish_that_is_granted(here: Here, package: Path) -> None:
    assert here("verify", str(package), "--examples", "0").code == Exit.OK


# --- mistakes of people ---------------------------------------------------------------------------


def test_a_file_that_was_deleted_is_a_finding(here: Here, package: Path) -> None:
    (package / "lenses" / "replication.py").unlink()
    ended = here("verify", str(package))
    assert (ended.code, ended.out) == (Exit.FINDINGS, "")
    assert ended.err == (
        f"isthmus: {package}: the package is not whole, it lacks lenses/replication.py\n"
        f"  run `isthmus compat generate {package}` again; --check tells all that differs\n"
    )


RAISES = """def lag_up(value):
    return value


def lag_down(value):
    return value + len(value)
"""


def test_a_hook_that_raises_is_a_finding_with_the_smallest_message(
    here: Here, tmp_path: Path
) -> None:
    intent = tmp_path / "intent.yaml"
    intent.write_text(Path(INTENT).read_text().replace('scale: "1000"', "hook: lag"))
    words = ("--intent", str(intent), "--out", str(tmp_path), "--package", "av")
    here("generate", V1, V2, *words)
    (tmp_path / "av" / "hooks.py").write_text(RAISES)
    ended = here("verify", str(tmp_path / "av"), "--examples", "0", "--format", "json")
    assert (ended.code, ended.err) == (Exit.FINDINGS, "")
    failures = json.loads(ended.out)["failures"]
    raised = "hooks.py:6: lag_down raised TypeError: object of type 'int' has no len()"
    assert {each["message"] for each in failures} == {
        f"it fails: {raised}",
        f"the way back fails: {raised}",
    }
    assert {each["check"] for each in failures} == {"agreement", "round trip", "edits"}
    operation = "GET /volumes/{id}/replication"
    smallest = next(each for each in failures if each["subject"] == f"old_client {operation}")
    (answer,) = smallest["example"]["answers"][operation]
    assert 0 in answer["body"].values()


# --- what it leaves behind ------------------------------------------------------------------------


def test_nothing_is_left_in_the_folder_where_it_runs(package: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    words = ("--only", "old_client GET /health", "--examples", "1")
    assert isthmus("compat", "verify", str(package), *words, cwd=here).code == Exit.OK
    assert list(here.iterdir()) == []
