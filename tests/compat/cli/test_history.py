"""`isthmus compat history`."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from compat import source
from compat.cli.forms import Form
from compat.cli.history import FORMS
from compat.errors import Exit
from compat.load.opened import Opened
from tests.compat.cli.repository import Repository, lamps
from tests.compat.cli.running import ROOT, Here, isthmus, on_terminal
from tests.compat.cli.schemas import REGISTRY, SCHEMAS
from tests.compat.report.changes.listings import HOSTILE

READ, WRITE, DROP = "GET /lamps", "POST /lamps", "DELETE /lamps"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    return Repository(tmp_path / "repository", monkeypatch)


@pytest.fixture
def told(repository: Repository) -> Repository:
    """Four versions: a first one, one that adds, one without news for clients, one that breaks."""
    repository.commit("Begin", {"api.yaml": lamps("1.0", READ, DROP)})
    repository.git("tag", "v1.0")
    repository.commit("Let lamps be made", {"api.yaml": lamps("1.1", READ, DROP, WRITE)})
    repository.commit("Say something else", {"README": "more"})
    repository.commit("Count on", {"api.yaml": lamps("1.2", READ, DROP, WRITE)})
    repository.git("tag", "-a", "-m", "the second", "v1.2")
    repository.commit("Keep every lamp", {"api.yaml": lamps("2.0", READ, WRITE)})
    return repository


def document(here: Here, *words: str) -> Any:
    return json.loads(here("history", *words, "--format", "json").out)


def rows(here: Here, *words: str) -> list[Any]:
    found: list[Any] = document(here, *words)["revisions"]
    return found


def subjects(here: Here, *words: str) -> list[str]:
    return [row["subject"] for row in rows(here, *words)]


def test_every_commit_that_changed_the_file_is_a_row_with_its_figures(
    here: Here, told: Repository
) -> None:
    assert told.folder.is_dir()
    found = document(here, "api.yaml")
    assert found["summary"] == {"revisions": 4, "broken": 1, "unread": 0}
    last, third, second, first = found["revisions"]
    assert [row["version"] for row in found["revisions"]] == ["2.0", "1.2", "1.1", "1.0"]
    assert [row["date"][-2:] for row in found["revisions"]] == ["05", "04", "02", "01"]
    assert (last["old_client"], last["new_client"]) == (
        {"ERR": 1, "WARN": 0, "INFO": 0},
        {"ERR": 0, "WARN": 0, "INFO": 1},
    )
    assert (last["broke"], third["broke"], second["broke"], first["broke"]) == (True, *[False] * 3)
    assert [each["operation"] for each in last["breaks"]] == [DROP]
    assert second["new_client"] == {"ERR": 1, "WARN": 0, "INFO": 0}
    assert third["old_client"] == {"ERR": 0, "WARN": 0, "INFO": 0}
    assert (first["old_client"], first["before"], third["tags"]) == (None, None, ["v1.2"])
    assert last["before"] == third["file"]


def test_each_row_is_what_diff_says_of_the_two_versions(here: Here, told: Repository) -> None:
    assert told.folder.is_dir()
    for row in rows(here, "api.yaml")[:-1]:
        for role in ("old_client", "new_client"):
            words = ("--direction", role.replace("_", "-"), "--format", "json")
            ended = here("diff", row["before"], row["file"], *words)
            assert json.loads(ended.out)["summary"] == row[role]


def test_text_has_a_line_for_each_and_says_what_broke(here: Here, told: Repository) -> None:
    assert told.folder.is_dir()
    ended = here("history", "api.yaml")
    assert (ended.code, ended.err) == (Exit.OK, "")
    lines = ended.out.splitlines()
    assert lines[0] == "4 revisions of api.yaml: 1 breaks an old client with a new server"
    said = [" ".join(line.split()[1:]) for line in lines[3:5]]
    assert said == [
        "2026-01-05 2.0 1 error 1 note Keep every lamp",
        "2026-01-04 1.2 – – Count on (v1.2)",
    ]
    assert lines[6].endswith("first version  first version  Begin (v1.0)")
    assert lines[9] == f"  ERR {DROP}: API removed without deprecation"
    assert [line for line in lines if line != line.rstrip()] == []


def test_the_readme_shows_what_is_printed(here: Here, told: Repository) -> None:
    assert told.folder.is_dir()
    heads = here("history", "api.yaml").out.splitlines()[2].split()
    [shown] = re.findall(r"^commit   date.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert shown.split() == heads


def test_the_first_of_many_breaks_are_told_and_how_to_see_the_rest(
    here: Here, told: Repository
) -> None:
    told.commit("Offer rooms", {"api.yaml": lamps("3", READ, *(f"GET /{n}" for n in range(7)))})
    told.commit("Close", {"api.yaml": lamps("4", READ)})
    (row,) = rows(here, "api.yaml", "--limit", "1")
    assert (row["old_client"]["ERR"], len(row["breaks"])) == (7, 5)
    for form in FORMS:
        if form is Form.JSON:
            continue
        out = here("history", "api.yaml", "--limit", "1", "--format", form.value).out
        assert f"and 2 more: isthmus compat diff {row['before']} {row['file']}" in out
    turned = here("history", "api.yaml", "--direction", "new-client").out
    (line,) = [line for line in turned.splitlines() if "more: isthmus" in line]
    ended = here(*line.partition("isthmus compat ")[2].split())
    assert ended.out.startswith("8 changes for a new client with an old server: 7 errors, 1 note")


def test_json_is_as_its_schema_says(here: Here, told: Repository) -> None:
    Draft202012Validator.check_schema(SCHEMAS["history"])
    told.commit("Spoil it", {"api.yaml": "openapi: ["})
    validator = Draft202012Validator(SCHEMAS["history"], registry=REGISTRY)
    for words in ((), ("--tags",), ("--limit", "1"), ("--direction", "new-client")):
        found = document(here, "api.yaml", *words)
        assert [error.message for error in validator.iter_errors(found)] == []


def test_markdown_is_a_table_with_what_broke_folded(here: Here, told: Repository) -> None:
    assert told.folder.is_dir()
    out = here("history", "api.yaml", "--format", "markdown").out
    assert out.startswith("**4 revisions of `api.yaml`: 1 breaks an old client with a new server**")
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert len(table) == 6
    assert {line.count("|") for line in table} == {7}
    assert "| 2026-01-05 | `2.0` | 1 error | 1 note | `Keep every lamp` |" in table[2]
    assert out.count("<details>") == out.count("</details>") == 1


def test_html_is_one_whole_page(here: Here, told: Repository) -> None:
    assert told.folder.is_dir()
    page = ElementTree.fromstring(here("history", "api.yaml", "--format", "html").out)
    assert page.findtext("head/title") == "api.yaml: what each revision changed"
    body = page.find(".//table[@id='revisions']/tbody")
    assert body is not None
    shown = [["".join(cell.itertext()).split("\n")[0] for cell in row] for row in body]
    assert [row[1:5] for row in shown] == [
        ["2026-01-05", "2.0", "1 error", "1 note"],
        ["2026-01-04", "1.2", "–", "–"],
        ["2026-01-02", "1.1", "1 note", "1 error"],
        ["2026-01-01", "1.0", "first version", "first version"],
    ]
    assert [each.get("class") for each in body.iter("td")][2:4] == ["ERR", "INFO"]


def test_what_came_after_a_revision_is_compared_with_it(here: Here, told: Repository) -> None:
    assert told.folder.is_dir()
    assert subjects(here, "api.yaml", "--since", "v1.0") == [
        "Keep every lamp",
        "Count on",
        "Let lamps be made",
    ]
    (row,) = rows(here, "api.yaml", "--since", "v1.0..v1.2", "--limit", "1")
    assert (row["subject"], row["version"]) == ("Count on", "1.2")
    assert row["old_client"] == {"ERR": 0, "WARN": 0, "INFO": 0}
    assert document(here, "api.yaml", "--since", "HEAD")["revisions"] == []
    assert here("history", "api.yaml", "--since", "HEAD").out.startswith("0 revisions of api.yaml")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--limit", "2"), ["Keep every lamp", "Count on"]),
        (("--min-level", "err"), ["Keep every lamp"]),
        (("--min-level", "err", "--direction", "new-client"), ["Let lamps be made"]),
        (("--min-level", "info"), ["Keep every lamp", "Let lamps be made"]),
        (("--min-level", "err", "--limit", "1", "--since", "HEAD~2"), ["Keep every lamp"]),
    ],
)
def test_fewer_are_told_where_fewer_are_wanted(
    here: Here, told: Repository, words: Sequence[str], expected: Sequence[str]
) -> None:
    assert told.folder.is_dir()
    assert subjects(here, "api.yaml", *words) == expected


def test_tagged_revisions_are_compared_one_with_the_next(here: Here, told: Repository) -> None:
    told.git("tag", "v2.0", "HEAD")
    told.git("tag", "v1.2.1", "v1.2")
    told.commit("Nothing for clients", {"README": "even more"})
    told.git("tag", "v2.0.1")
    found = rows(here, "api.yaml", "--tags")
    assert [row["tags"] for row in found] == [["v2.0.1"], ["v2.0"], ["v1.2", "v1.2.1"], ["v1.0"]]
    assert [row["version"] for row in found] == ["2.0", "2.0", "1.2", "1.0"]
    assert [row["old_client"] and row["old_client"]["ERR"] for row in found] == [0, 1, 0, None]
    assert found[2]["new_client"]["ERR"] == 1
    (last,) = rows(here, "api.yaml", "--tags", "--since", "v2.0")
    assert (last["tags"], last["before"]) == (["v2.0.1"], found[1]["file"])
    few = rows(here, "api.yaml", "--tags", "--limit", "2")
    assert few == found[:2]


def test_a_tag_before_the_file_was_there_is_none(here: Here, repository: Repository) -> None:
    repository.commit("Nothing yet", {"README": "soon"})
    repository.git("tag", "v0")
    repository.commit("Begin", {"api.yaml": lamps("1", READ)})
    assert rows(here, "api.yaml", "--tags") == []
    repository.git("tag", "v1")
    (row,) = rows(here, "api.yaml", "--tags")
    assert (row["tags"], row["before"]) == (["v1"], None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fail-on", "err"), Exit.FINDINGS),
        (("--fail-on", "err", "--since", "v1.0..v1.2"), Exit.OK),
        (("--fail-on", "err", "--since", "v1.0..v1.2", "--direction", "new-client"), Exit.FINDINGS),
        (("--fail-on", "info", "--min-level", "err", "--limit", "3"), Exit.FINDINGS),
        (("--fail-on", "info", "--since", "v1.2..v1.2"), Exit.OK),
        (("--fail-on", "none"), Exit.OK),
    ],
)
def test_what_fails_is_what_was_asked_for(
    here: Here, told: Repository, words: Sequence[str], code: Exit
) -> None:
    assert told.folder.is_dir()
    ended = here("history", "api.yaml", *words)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out


def test_a_merged_branch_is_one_row_its_merge(here: Here, told: Repository) -> None:
    told.git("checkout", "--quiet", "-b", "rooms")
    told.commit("Half of it", {"api.yaml": lamps("2.1", READ)})
    told.commit("All of it", {"api.yaml": lamps("2.1", READ, WRITE, "GET /rooms")})
    told.git("checkout", "--quiet", "main")
    told.commit("Meanwhile", {"README": "other"})
    told.git("merge", "--quiet", "--no-ff", "-m", "Merge rooms", "rooms")
    assert subjects(here, "api.yaml")[:2] == ["Merge rooms", "Keep every lamp"]
    assert rows(here, "api.yaml")[0]["broke"] is False


def test_a_file_is_followed_to_the_name_it_had(here: Here, told: Repository) -> None:
    (told.folder / "specs").mkdir()
    told.git("mv", "api.yaml", "specs/lamps.yaml")
    told.commit("Move it", {})
    told.commit("Go on", {"specs/lamps.yaml": lamps("2.1", READ)})
    found = rows(here, "specs/lamps.yaml")
    assert [row["subject"] for row in found][:3] == ["Go on", "Move it", "Keep every lamp"]
    assert len(found) == 6
    assert found[1]["before"].endswith(":api.yaml")
    assert found[1]["file"].endswith(":specs/lamps.yaml")
    assert [row["broke"] for row in found[:3]] == [True, False, True]
    limited = rows(here, "specs/lamps.yaml", "--limit", "2")
    assert limited == found[:2]
    told.git("tag", "v3", "HEAD")
    tagged = rows(here, "specs/lamps.yaml", "--tags")
    assert [row["file"].rpartition(":")[2] for row in tagged] == [
        "specs/lamps.yaml",
        "api.yaml",
        "api.yaml",
    ]


def test_a_file_that_took_the_name_of_another_has_its_own_history(
    here: Here, told: Repository
) -> None:
    """The name was that of a file that went, before it was this one's."""
    told.commit("Another", {"other.yaml": lamps("9", "GET /rooms")})
    told.git("rm", "--quiet", "api.yaml")
    told.commit("Without lamps", {})
    told.git("mv", "other.yaml", "api.yaml")
    told.commit("Take its name", {})
    assert subjects(here, "api.yaml") == ["Take its name", "Another"]


def test_what_is_no_spec_is_a_row_with_the_reason(here: Here, told: Repository) -> None:
    told.commit("Spoil it", {"api.yaml": "openapi: ["})
    told.commit("Spoil it more", {"api.yaml": "a: 1"})
    told.git("rm", "--quiet", "api.yaml")
    told.commit("Take it away", {})
    told.commit("Mend it", {"api.yaml": lamps("3", WRITE)})
    mended, gone, more, spoilt, last = rows(here, "api.yaml")[:5]
    assert (spoilt["version"], spoilt["old_client"], spoilt["broke"]) == ("", None, False)
    assert spoilt["reason"].startswith(f"{spoilt['file']}:2:1: not YAML")
    assert "neither `openapi` nor `swagger`" in more["reason"]
    assert "git has no such file" in gone["reason"]
    assert (mended["before"], mended["broke"]) == (last["file"], True)
    ended = here("history", "api.yaml", "--min-level", "err")
    assert ended.code == Exit.OK
    assert ended.out.startswith("5 revisions of api.yaml: 2 break an old client")
    assert "3 cannot be read" in ended.out
    assert more["reason"][:20] in ended.out


def test_a_spec_that_breaks_its_standard_is_no_spec_where_that_is_wanted(
    here: Here, told: Repository
) -> None:
    wrong = lamps("3", READ).replace("type: string", "type: text")
    told.commit("Misspell it", {"api.yaml": wrong})
    assert rows(here, "api.yaml")[0]["reason"] == ""
    assert "text" in rows(here, "api.yaml", "--strict")[0]["reason"]


def test_a_file_that_is_referred_to_changes_the_spec(here: Here, repository: Repository) -> None:
    split = lamps("1", READ).replace("'#/components/schemas/Lamp'", "parts/lamp.yaml")
    assert "parts/lamp.yaml" in split
    repository.commit("Begin", {"specs/api.yaml": split, "specs/parts/lamp.yaml": "{type: string}"})
    repository.commit("Turn it", {"specs/parts/lamp.yaml": "{type: integer}"})
    repository.commit("Something else", {"specs/parts/rest.yaml": "{type: integer}"})
    found = rows(here, "specs/api.yaml")
    assert [row["subject"] for row in found] == ["Turn it", "Begin"]
    assert found[0]["broke"] is True
    repository.commit("Turn it back", {"specs/parts/lamp.yaml": "{type: string}"})
    assert rows(here, "specs/api.yaml", "--limit", "1")[0]["before"] == found[0]["file"]


def test_each_version_is_read_once(
    here: Here, told: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.commit("Spoil it", {"api.yaml": "openapi: ["})
    told.commit("Mend it", {"api.yaml": lamps("3", READ)})
    read: list[str] = []
    open_spec = source.open_spec

    def counted(name: str, **how: bool) -> Opened:
        read.append(name)
        return open_spec(name, **how)

    monkeypatch.setattr("compat.cli.tracing.open_spec", counted)
    files = [row["file"] for row in rows(here, "api.yaml")]
    assert sorted(read) == sorted(files)
    read.clear()
    few = rows(here, "api.yaml", "--limit", "1", "--since", "HEAD~1")
    assert sorted(read) == sorted([few[0]["file"], files[1]])


def test_a_path_is_seen_from_where_one_is(
    here: Here, told: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = "a [b]*/:(top) é.yaml"
    told.commit("Begin", {strange: lamps("1", READ), "a b/x.yaml": lamps("1", READ)})
    monkeypatch.chdir(told.folder / "a [b]*")
    for name in (":(top) é.yaml", str(told.folder / strange), f"../{strange}"):
        (row,) = rows(here, name)
        assert row["file"].endswith(f":{strange}")
        assert row["version"] == "1"


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_repository_breaks_no_form(here: Here, told: Repository, form: Form) -> None:
    subject = HOSTILE.replace("\x00", "").replace("\r\n", " ")
    spec = (
        lamps("3", READ)
        .replace("/lamps", json.dumps(f"/{HOSTILE}"))
        .replace("'3'", json.dumps(HOSTILE))
    )
    told.commit(subject, {"api.yaml": spec})
    ended = here("history", "api.yaml", "--format", form.value)
    assert ended.code == Exit.OK
    assert {each for each in ended.out if each < " " or each in "\x7f\u202e"} <= {"\n", "\t"}
    assert "<script>" not in ended.out or form in (Form.TEXT, Form.JSON)
    if form is Form.HTML:
        ElementTree.fromstring(ended.out)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_gets_what_would_be_printed(here: Here, told: Repository, form: Form) -> None:
    printed = here("history", "api.yaml", "--format", form.value)
    ended = here("history", "api.yaml", "--format", form.value, "--output", "out")
    assert (ended.code, ended.out, ended.err) == (Exit.OK, "", "out: written\n")
    assert (told.folder / "out").read_text(encoding="utf-8") == printed.out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "Missing argument"),
        (("gone.yaml",), "git knows no revision of this file"),
        (("/etc/hosts",), "outside of the repository"),
        (("git:HEAD:api.yaml",), "a history is of a file, not of a revision"),
        ((".",), "a history is of a file, and this is a folder"),
        (("api.yaml", "--since", "v9"), "git knows no such revision"),
        (("api.yaml", "--since", "v1.0...v1.2"), "no range"),
        (("api.yaml", "--since=--all"), "no range"),
        (("api.yaml", "--since", "..--all"), "git knows no such revision"),
        (("api.yaml", "--limit", "0"), "--limit"),
        (("api.yaml", "--format", "sarif"), "--format"),
        (("api.yaml", "--output", "api.yaml"), "over what it is made from"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(
    here: Here, told: Repository, words: Sequence[str], what: str
) -> None:
    before = (told.folder / "api.yaml").read_bytes()
    ended = here("history", *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert what in ended.err
    assert (told.folder / "api.yaml").read_bytes() == before


def test_outside_of_a_repository_there_is_no_history(
    here: Here, told: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(told.folder.parent)
    ended = here("history", "repository/api.yaml")
    assert ended.code == Exit.BAD_INPUT
    assert "run inside the repository" in ended.err


def test_an_interrupt_leaves_nothing(
    here: Here, told: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("compat.cli.tracing.read_document", interrupted)
    ended = here("history", "api.yaml", "--output", "out")
    assert (ended.code, ended.out, ended.err) == (
        Exit.INTERRUPTED,
        "",
        "isthmus: interrupted\n",
    )
    assert sorted(path.name for path in told.folder.iterdir()) == [".git", "README", "api.yaml"]


def test_each_run_tells_the_same_without_colour(told: Repository) -> None:
    words = ("compat", "history", "api.yaml")
    first, second = (isthmus(*words, cwd=told.folder, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first == second
    assert "\x1b" not in first.out


def test_a_terminal_gets_colour_and_progress(told: Repository) -> None:
    shown = on_terminal("compat", "history", "api.yaml", cwd=told.folder)
    assert "\x1b[1;31m1 error" in shown
    assert "comparing: 4 of 4, " in shown


def test_a_clone_without_its_beginning_says_so(
    here: Here, told: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shallow = tmp_path / "shallow"
    origin = told.folder.as_uri()
    told.git("clone", "--quiet", "--depth", "1", origin, str(shallow))
    monkeypatch.chdir(shallow)
    assert "this clone lacks older commits" in here("history", "api.yaml").err
    monkeypatch.chdir(told.folder)
    assert "lacks" not in here("history", "api.yaml").err
