"""`isthmus compat plan`."""

import json
import subprocess
from pathlib import Path
from shutil import copy

import pytest

from compat.errors import Exit
from tests.compat.cli.running import APPLIANCE, INTENT, V1, V2, Here


def test_a_plan_with_open_gaps_is_a_plan(here: Here) -> None:
    ended = here("plan", V1, V2)
    assert (ended.code, ended.err) == (Exit.OK, "")
    counted = json.loads(here("plan", V1, V2, "--format", "json").out)["summary"]
    assert counted["open_gaps"] > 10
    assert f"{counted['differences']} differences, {counted['open_gaps']} open gaps\n" in ended.out


def test_json_says_the_same_with_an_intent(here: Here) -> None:
    ended = here("plan", V1, V2, "--intent", INTENT, "--format", "json")
    assert ended.code == Exit.OK
    document = json.loads(ended.out)
    assert document["summary"]["open_gaps"] == 0
    assert (document["old"]["name"], document["new"]["name"]) == ("v1", "v2")
    assert document["old"]["file"] == V1
    assert len(document["intent"]) == 64


def test_plain_output_is_as_wide_as_columns_says(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(map(len, here("plan", V1, V2).out.splitlines())) <= 100
    monkeypatch.setenv("COLUMNS", "140")
    assert 100 < max(map(len, here("plan", V1, V2).out.splitlines())) <= 140


def test_plain_output_has_neither_colour_nor_trailing_blanks(here: Here) -> None:
    out = here("plan", V1, V2).out
    assert "\x1b" not in out
    assert [line for line in out.splitlines() if line != line.rstrip()] == []


def test_versions_are_called_as_the_user_says(here: Here) -> None:
    words = ("--old-name", "2024", "--new-name", "2025", "--format", "json")
    document = json.loads(here("plan", V1, V2, *words).out)
    assert (document["old"]["name"], document["new"]["name"]) == ("2024", "2025")


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_specs_come_from_revisions_in_git(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    for version in ("v1", "v2"):
        copy(APPLIANCE / f"{version}.yaml", tmp_path / "api.yaml")
        git(tmp_path, "add", "api.yaml")
        git(tmp_path, "commit", "-q", "-m", version)
        git(tmp_path, "tag", f"release-{version}")
    ended = here("plan", "git:release-v1:api.yaml", "git:release-v2:api.yaml", "--format", "json")
    document = json.loads(ended.out)
    assert len(document["differences"]) > 20
    assert (document["old"]["name"], document["new"]["name"]) == ("release-v1", "release-v2")
    assert document["differences"][0]["new"]["file"] == "git:release-v2:api.yaml"


def test_what_a_spec_gets_wrong_is_a_warning_and_strict_refuses_it(
    here: Here, tmp_path: Path
) -> None:
    broken = tmp_path / "v1.yaml"
    broken.write_text(Path(V1).read_text().replace("{type: integer}", "{type: float}"))
    ended = here("plan", str(broken), V2)
    assert ended.code == Exit.OK
    assert ended.err.startswith(f"warning: {broken}:")
    document = json.loads(here("plan", str(broken), V2, "--format", "json").out)
    assert document["problems"][0]["place"]["file"] == str(broken)
    refused = here("plan", str(broken), V2, "--strict")
    assert (refused.code, refused.out) == (Exit.BAD_INPUT, "")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.yaml", None, "cannot be read"),
        ("text.yaml", "just words", "text.yaml"),
        ("list.yaml", "[1, 2]", "list.yaml"),
        ("broken.yaml", "a: [1, 2", "broken.yaml"),
        ("other.json", '{"a": 1}', "other.json"),
        ("empty.yaml", "", "empty.yaml"),
    ],
)
def test_bad_specs_end_with_a_message_and_no_output(
    here: Here, tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    for words in ((str(path), V2), (V1, str(path))):
        ended = here("plan", *words)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert ended.err.startswith("isthmus: ")
        assert said in ended.err
        assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "text",
    ["nonsense", "intent: 7", "intent: 1\nbridges:\n- at: Nowhere\n  rename: {a: b}\n", "{"],
)
def test_a_bad_intent_ends_with_its_place(here: Here, tmp_path: Path, text: str) -> None:
    path = tmp_path / "intent.yaml"
    path.write_text(text)
    ended = here("plan", V1, V2, "--intent", str(path))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert str(path) in ended.err


def test_standard_input_is_one_document_at_most(here: Here) -> None:
    ended = here("plan", "-", "-")
    assert ended.code == Exit.BAD_INPUT
    assert "standard input can be only one" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("plan",),
        ("plan", V1),
        ("plan", V1, V2, "--intent", INTENT, "--intent", INTENT),
        ("plan", V1, V2, "--format", "xml"),
        ("plan", V1, V2, "--surprise"),
        ("frobnicate",),
    ],
)
def test_what_cannot_be_meant_is_bad_input(here: Here, words: tuple[str, ...]) -> None:
    ended = here(*words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "Usage: " in ended.err
