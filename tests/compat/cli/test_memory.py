"""Answers that are kept, and when they are not given again."""

from pathlib import Path
from shutil import copy

import pytest

from compat.cli import comparison
from compat.cli.forms import Form
from compat.cli.inputs import Question
from compat.cli.memory import FOLDER
from compat.errors import Exit
from tests.compat.cli.running import V1, V2, Ended, Here


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two specs, and a place for answers."""
    for name in (V1, V2):
        copy(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    return tmp_path


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was really compared."""
    asked: list[object] = []
    compare = comparison.answer

    def counted(question: Question) -> comparison.Answer:
        asked.append(question)
        return compare(question)

    monkeypatch.setattr(comparison, "answer", counted)
    return asked


def told(here: Here, *words: str) -> Ended:
    return here("diff", "v1.yaml", "v2.yaml", "--fail-on", "err", *words)


@pytest.mark.parametrize("form", [form.value for form in Form])
def test_the_same_question_gets_the_same_answer_without_reading(
    here: Here, specs: Path, compared: list[object], form: str
) -> None:
    first, second = (told(here, "--format", form) for _ in range(2))
    assert first == second
    assert first.code == Exit.FINDINGS
    assert len(compared) == 1
    assert [path.parent for path in (specs / "kept").iterdir()] == [specs / "kept"]


def test_an_answer_goes_with_its_documents_and_its_question(
    here: Here, specs: Path, compared: list[object]
) -> None:
    told(here)
    told(here, "--min-level", "err")
    assert len(compared) == 2
    path = specs / "v2.yaml"
    path.write_text(f"{path.read_text()}# more\n")
    told(here)
    assert len(compared) == 3


def test_a_sibling_that_changes_counts(here: Here, specs: Path, compared: list[object]) -> None:
    spec = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a: {$ref: 'a.yaml#/a'}\n"
    (specs / "v1.yaml").write_text(spec)
    (specs / "v2.yaml").write_text(spec)
    (specs / "a.yaml").write_text("a: {get: {responses: {'200': {description: ok}}}}\n")
    told(here)
    (specs / "a.yaml").write_text("a: {put: {responses: {'200': {description: ok}}}}\n")
    told(here)
    assert len(compared) == 2


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"text": 1}', '{"documents": {}}'])
def test_a_broken_answer_is_none(
    here: Here, specs: Path, compared: list[object], spoilt: str
) -> None:
    first = told(here)
    for path in (specs / "kept").iterdir():
        path.write_text(spoilt)
    assert told(here) == first
    assert len(compared) == 2


def test_nothing_is_kept_where_nobody_wants_it_or_nothing_can_be(
    here: Here, specs: Path, compared: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, "")
    told(here)
    told(here)
    (specs / "file").write_text("")
    monkeypatch.setenv(FOLDER, str(specs / "file" / "below"))
    told(here)
    assert len(compared) == 3
    assert not (specs / "kept").exists()
