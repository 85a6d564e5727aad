"""`isthmus compat verify`."""

import json
from pathlib import Path

import pytest

from compat.errors import Exit
from tests.compat.cli.running import INTENT, V1, V2, Here


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
