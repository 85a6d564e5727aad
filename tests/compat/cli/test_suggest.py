"""`isthmus compat suggest`."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from compat.errors import Exit
from compat.suggest.candidate import LIKELY
from tests.compat.cli.running import INTENT, ROOT, V1, V2, Here
from tests.compat.cli.schemas import REGISTRY, SCHEMAS


def test_the_draft_is_printed_and_can_be_used_as_it_is(here: Here, tmp_path: Path) -> None:
    ended = here("suggest", V1, V2)
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert "on: false" in ended.out
    draft = tmp_path / "intent.yaml"
    draft.write_text(ended.out)
    used = here("plan", V1, V2, "--intent", str(draft))
    assert used.code == Exit.OK
    assert " open gaps" in used.out


def test_the_draft_is_written_with_its_figures_told(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "intent.yaml"
    ended = here("suggest", V1, V2, "--out", str(path))
    assert (ended.code, ended.out) == (Exit.OK, "")
    assert ended.err.startswith(f"{path}: ")
    found = json.loads(here("suggest", V1, V2, "--format", "json").out)
    figures = (
        f"{len(found['candidates'])} guesses that are off, {len(found['open'])} of "
        f"{len(found['gaps'])} gaps without a likely guess (score {LIKELY} or more)\n"
    )
    assert ended.err.endswith(figures)
    assert path.read_text() == here("suggest", V1, V2).out
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_exists_is_never_overwritten(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "intent.yaml"
    path.write_text("mine")
    ended = here("suggest", "found out before anything is read", V2, "--out", str(path))
    assert ended.code == Exit.BAD_INPUT
    assert "exists and may hold decisions" in ended.err
    assert path.read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_overwritten_either(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "intent.yaml"
    make = Path.write_text

    def meanwhile(self: Path, text: str, encoding: str | None = None) -> int:
        make(path, "mine")
        return make(self, text, encoding=encoding)

    monkeypatch.setattr(Path, "write_text", meanwhile)
    assert here("suggest", V1, V2, "--out", str(path)).code == Exit.BAD_INPUT
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_the_draft_is_told_as_json(here: Here, tmp_path: Path) -> None:
    told = json.loads(here("suggest", V1, V2, "--format", "json").out)
    validator = Draft202012Validator(SCHEMAS["suggest"], registry=REGISTRY)
    assert [str(error) for error in validator.iter_errors(told)] == []
    assert told["problems"] == []
    (rename,) = (each for each in told["candidates"] if "at: Replication\n" in each["intent"])
    assert (rename["sort"], rename["best"]) == ("rename", True)
    assert set(rename["gaps"]) <= {each["id"] for each in told["gaps"]}
    assert rename["gaps"]
    assert set(told["open"]).isdisjoint(rename["gaps"])
    assert "the names share lag" in {each["reason"] for each in rename["evidence"]}
    intent = tmp_path / "intent.yaml"
    intent.write_text(f"intent: 1\n{rename['intent']}\n")
    left = json.loads(here("suggest", V1, V2, "--intent", str(intent), "--format", "json").out)
    assert {each["id"] for each in left["gaps"]}.isdisjoint(rename["gaps"])


def test_the_draft_is_written_and_told_at_once(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "intent.yaml"
    ended = here("suggest", V1, V2, "--out", str(path), "--format", "json")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert json.loads(ended.out)["suggest"] == 1
    assert path.read_text() == here("suggest", V1, V2).out


def test_a_folder_that_is_not_there_is_told(here: Here, tmp_path: Path) -> None:
    ended = here("suggest", V1, V2, "--out", str(tmp_path / "gone" / "intent.yaml"))
    assert ended.code == Exit.BAD_INPUT
    assert "cannot be written: No such file or directory" in ended.err


def test_with_an_intent_the_draft_is_for_the_rest(here: Here) -> None:
    ended = here("suggest", V1, V2, "--intent", INTENT)
    assert ended.code == Exit.OK
    assert "of which 0 need somebody's word" in ended.out


def test_every_text_means_the_same_by_likely_and_by_off(here: Here) -> None:
    """The draft, the guide to the intent file and the schema."""
    draft = here("suggest", V1, V2).out
    guide = (ROOT / "compat" / "intent" / "README.md").read_text(encoding="utf-8")
    schema = json.dumps(SCHEMAS["suggest"])
    for text, said in ((draft, f"a score of {LIKELY} or"), (guide, f"a score of {LIKELY} or")):
        assert said in text
        assert "take `on: false` out" in text
        assert "on: true" not in text
    assert f"(score {LIKELY} or more)" in schema
