"""`isthmus compat rules`."""

import json
from pathlib import Path

import pytest

from compat.bridging.rules import rules
from compat.errors import Exit
from tests.compat.cli.running import Here


def test_a_list_has_a_line_for_each_rule(here: Here) -> None:
    ended = here("rules", "--like", "request-body-enum-value-")
    assert ended.code == Exit.OK
    assert ended.out.splitlines() == [
        "old   new   rule",
        "INFO  ERR   request-body-enum-value-added  "
        "The list of values of a request body has one more.",
        "ERR   INFO  request-body-enum-value-removed  "
        "The list of values of a request body lacks one that it had.",
    ]


def test_a_piece_that_no_rule_has_is_told(here: Here) -> None:
    ended = here("rules", "--like", "enum-valeu", "--format", "json")
    assert (ended.code, json.loads(ended.out)) == (Exit.OK, [])
    assert "no rule is like that" in ended.err


def test_the_list_may_be_of_one_level_for_one_client(here: Here) -> None:
    every = json.loads(here("rules", "--format", "json").out)
    for client in ("old-client", "new-client"):
        for levels in (("err",), ("warn",), ("info",), ("err", "warn")):
            asked = [word for level in levels for word in ("--level", level)]
            found = here("rules", *asked, "--direction", client, "--format", "json").out
            ours = client.replace("-", "_")
            wanted = [each for each in every if each[ours].lower() in levels]
            assert json.loads(found) == wanted != []


def test_of_a_level_is_what_an_old_client_meets_where_nothing_else_is_said(here: Here) -> None:
    ended = here("rules", "--like", "request-body-enum-value-", "--level", "err")
    assert [line.split()[2] for line in ended.out.splitlines()[1:]] == [
        "request-body-enum-value-removed"
    ]


def test_pages_may_be_of_one_level(here: Here, tmp_path: Path) -> None:
    words = ("rules", "--like", "webhook", "--level", "err", "--pages", str(tmp_path))
    assert here(*words).code == Exit.OK
    assert {path.name for path in tmp_path.iterdir()} == {"README.md", "webhook-removed.md"}


def test_the_list_for_programs_has_all_of_them(here: Here) -> None:
    found = json.loads(here("rules", "--format", "json").out)
    assert [each["id"] for each in found] == sorted(rules())


@pytest.mark.parametrize(
    ("form", "begins"), [("text", "endpoint-added\n"), ("markdown", "# `endpoint-added`\n")]
)
def test_a_page_is_of_one_rule(here: Here, form: str, begins: str) -> None:
    ended = here("rules", "endpoint-added", "--format", form)
    assert ended.code == Exit.OK
    assert ended.out.startswith(begins)
    assert "There is a new operation." in ended.out


def test_a_page_for_programs_holds_what_makes_the_rule(here: Here, tmp_path: Path) -> None:
    page = json.loads(here("rules", "response-link-changed", "--format", "json").out)
    names = []
    for side in ("old", "new"):
        path = tmp_path / f"{side}.json"
        path.write_text(json.dumps(page["example"][side]))
        names.append(str(path))
    found = json.loads(here("diff", *names, "--format", "json").out)
    assert [each["id"] for each in found["changes"]] == ["response-link-changed"]
    assert found["changes"][0]["old_client"] == page["levels"]["old_client"]["level"]


def test_what_is_no_rule_is_told_with_the_nearest(here: Here) -> None:
    ended = here("rules", "endpoint-aded")
    assert ended.code == Exit.BAD_INPUT
    assert "endpoint-aded is no rule" in ended.err
    assert "did you mean endpoint-added?" in ended.err


def test_it_may_go_into_a_file(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "rule.md"
    ended = here("rules", "endpoint-added", "--format", "markdown", "--output", str(path))
    assert (ended.code, ended.out) == (Exit.OK, "")
    assert path.read_text() == here("rules", "endpoint-added", "--format", "markdown").out


def test_pages_of_many_go_into_a_folder_with_their_list(here: Here, tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "rules"
    ended = here("rules", "--like", "webhook", "--pages", str(folder))
    assert (ended.code, ended.out) == (Exit.OK, "")
    assert sorted(path.name for path in folder.iterdir()) == [
        *("README.md", "webhook-added.md", "webhook-removed.md"),
    ]
    assert "[`webhook-added`](./webhook-added.md)" in (folder / "README.md").read_text()
    page = (folder / "webhook-added.md").read_text()
    assert page == here("rules", "webhook-added", "--format", "markdown").out


def test_a_folder_that_cannot_be_is_told(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    ended = here("rules", "--like", "webhook", "--pages", str(path))
    assert ended.code == Exit.BAD_INPUT
    assert "cannot be made" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("endpoint-added", "--like", "x"),
        ("endpoint-added", "--pages", "x"),
        ("endpoint-added", "--level", "err"),
        ("--direction", "new-client"),
        ("--level", "bad"),
        ("--pages", "x", "--output", "y"),
    ],
)
def test_words_that_do_not_go_together_are_refused(here: Here, words: tuple[str, ...]) -> None:
    assert here("rules", *words).code == Exit.BAD_INPUT
