"""`isthmus compat diff` and `check` of folders of specs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator

from compat.cli.forms import Form
from compat.errors import Exit
from tests.compat.cli.repository import lamps
from tests.compat.cli.running import Here, isthmus
from tests.compat.cli.schemas import REGISTRY, SCHEMAS
from tests.compat.report.page import read

READ, WRITE = "GET /lamps", "POST /lamps"
FORMS_OF_CHECK = ("text", "json", "markdown", "sarif", "junit", "github")
PAIR = ("old", "new")


def split(version: str) -> str:
    """A spec that has its schema in a file beside it."""
    return lamps(version, READ).replace("'#/components/schemas/Lamp'", "parts/lamp.yaml")


OLD = {
    "lamps.yaml": lamps("1", READ, WRITE),
    "inner/rooms.yml": lamps("1", "GET /rooms"),
    "inner/same.json": json.dumps(yaml.safe_load(lamps("1", "GET /same"))),
    "gone.yaml": lamps("1", "GET /gone"),
    "split.yaml": split("1"),
    "parts/lamp.yaml": "{type: string}",
    "notes.yaml": "about: openapi",
    "list.json": '["openapi"]',
    "chart.yaml": "{{ openapi }}",
    "README.md": "openapi: 3.0.3",
    ".hidden/api.yaml": lamps("1", "GET /hidden"),
}
NEW = {
    **OLD,
    "lamps.yaml": lamps("1", READ),
    "inner/rooms.yml": lamps("1", "GET /rooms", "PUT /rooms"),
    "come.yaml": lamps("1", "GET /come"),
    "parts/lamp.yaml": "{type: integer}",
}
del NEW["gone.yaml"], NEW[".hidden/api.yaml"]
DOCUMENTS = ["come.yaml", "gone.yaml", "inner/rooms.yml", "inner/same.json", "lamps.yaml"]
DOCUMENTS += ["split.yaml"]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders, in which one spec goes and one comes, and three change."""
    write(tmp_path / "old", OLD)
    write(tmp_path / "new", NEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(here: Here, *words: str) -> Any:
    return json.loads(here("diff", *words, "--format", "json").out)


def changes(here: Here, *words: str) -> list[tuple[str, str, str]]:
    return [
        (each["document"], each["id"], each["level"]) for each in document(here, *words)["changes"]
    ]


def test_specs_are_compared_by_their_names_below_the_folders(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    found = document(here, *PAIR)
    assert [each["name"] for each in found["documents"]] == DOCUMENTS
    assert (found["old"], found["new"]) == ({"folder": "old"}, {"folder": "new"})
    come, gone, rooms = found["documents"][:3]
    assert (come["old"], gone["new"]) == (None, None)
    assert (rooms["old"]["file"], rooms["new"]["file"]) == (
        "old/inner/rooms.yml",
        "new/inner/rooms.yml",
    )
    assert {(each["document"], each["level"]) for each in found["changes"]} == {
        ("come.yaml", "INFO"),
        ("gone.yaml", "ERR"),
        ("inner/rooms.yml", "INFO"),
        ("lamps.yaml", "ERR"),
        ("split.yaml", "ERR"),
    }


def test_a_spec_that_is_gone_breaks_old_clients_and_one_that_comes_new_ones(
    here: Here, folders: Path
) -> None:
    assert folders.is_dir()
    for direction, came, went in (("old-client", "INFO", "ERR"), ("new-client", "ERR", "INFO")):
        found = changes(here, *PAIR, "--direction", direction)
        assert ("come.yaml", "api-document-added", came) in found
        assert ("gone.yaml", "api-document-removed", went) in found


def test_all_of_a_document_stands_together_the_worst_first(here: Here, folders: Path) -> None:
    more = {"inner/rooms.yml": lamps("1", "PUT /rooms"), "lamps.yaml": lamps("1", READ, "PUT /x")}
    write(folders / "new", more)
    found = changes(here, *PAIR)
    groups = {name: [level for of, _, level in found if of == name] for name, _, _ in found}
    assert [name for name, levels in groups.items() for _ in levels] == [name for name, *_ in found]
    assert [levels[0] for levels in groups.values()] == ["ERR"] * 4 + ["INFO"]
    assert groups["lamps.yaml"] == ["ERR", "INFO"]


def test_json_and_yaml_are_one_document_that_fits_its_schema(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    found = document(here, *PAIR)
    assert yaml.safe_load(here("diff", *PAIR, "--format", "yaml").out) == found
    validator = Draft202012Validator(SCHEMAS["changes"], registry=REGISTRY)
    assert [error.message for error in validator.iter_errors(found)] == []
    assert sum(found["summary"].values()) == len(found["changes"])


def test_text_names_the_document_of_each_operation(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    lines = here("diff", *PAIR).out.splitlines()
    assert lines[0].startswith(
        "5 changes in 6 documents for an old client with a new server: 3 err"
    )
    heads = [line for line in lines[1:] if line and not line.startswith(" ")]
    assert {*heads} == {
        f"lamps.yaml: {WRITE}",
        f"split.yaml: {READ}",
        "gone.yaml: the whole interface",
        "come.yaml: the whole interface",
        "inner/rooms.yml: PUT /rooms",
    }
    assert "  ERR  API document removed" in lines


def test_markdown_has_a_table_for_each_operation_of_each_document(
    here: Here, folders: Path
) -> None:
    assert folders.is_dir()
    out = here("diff", *PAIR, "--format", "markdown").out
    assert "\n\n`old` → `new`\n\n" in out
    assert f"#### `lamps.yaml: {WRITE}`\n" in out
    assert "#### `gone.yaml: the whole interface`\n" in out


def test_html_tells_documents_apart(here: Here, folders: Path) -> None:
    write(folders / "new", {"lamps.yaml": lamps("1", READ), "split.yaml": split("1")})
    page = read(here("diff", *PAIR, "--format", "html").out)
    assert [each.text for each in page.every("title")] == ["new: what changed"]
    shown = {each.text for each in page.every("h3")}
    assert {"lamps.yaml: /lamps", "split.yaml: /lamps", "come.yaml: the whole interface"} <= shown
    rows = [[cell.text for cell in row.every("th", "td")] for row in page.one("specs").every("tr")]
    assert [row[:2] for row in rows if row[1].endswith(("come.yaml", "gone.yaml"))] == [
        ["new", "new/come.yaml"],
        ["old", "old/gone.yaml"],
    ]


def test_sarif_places_each_result_in_its_own_file(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    (run,) = json.loads(here("diff", *PAIR, "--format", "sarif").out)["runs"]
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
    }
    assert places["api-document-removed"] == "old/gone.yaml"
    assert places["api-document-added"] == "new/come.yaml"
    prints = [each["partialFingerprints"]["isthmusChange/v1"] for each in run["results"]]
    assert len(set(prints)) == len(prints)


def test_junit_has_a_suite_for_each_operation_of_each_document(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    suites = ElementTree.fromstring(here("diff", *PAIR, "--format", "junit").out)
    names = [each.get("name") for each in suites]
    assert len(names) == len(set(names))
    assert "gone.yaml: the whole interface" in names


def test_github_gets_a_command_in_the_file_of_each_change(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    lines = here("diff", *PAIR, "--format", "github").out.splitlines()
    assert len(lines) == 5
    (gone,) = [line for line in lines if "title=api-document-removed" in line]
    assert gone.startswith("::error file=old/gone.yaml,line=1,col=1,")


@pytest.mark.parametrize("form", Form)
def test_each_run_tells_the_same(folders: Path, form: Form) -> None:
    words = ("compat", "diff", *PAIR, "--format", form.value)
    first, second = (isthmus(*words, cwd=folders, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first == second
    assert (first.code, first.err) == (Exit.OK, "")


def in_two_documents(folders: Path) -> None:
    """The same change in `a.yaml` and `b.yaml`, beside that of `lamps.yaml`."""
    for name in ("a.yaml", "b.yaml"):
        write(folders / "old", {name: lamps("1", READ, WRITE)})
        write(folders / "new", {name: lamps("1", READ)})


def test_a_change_has_one_fingerprint_in_every_document_and_alone(
    here: Here, folders: Path
) -> None:
    in_two_documents(folders)
    found = {
        each["document"]: each["fingerprint"]
        for each in document(here, *PAIR)["changes"]
        if each["operation"] == WRITE
    }
    assert [*found] == ["a.yaml", "b.yaml", "lamps.yaml"]
    assert len({*found.values()}) == 1
    alone = json.loads(here("diff", "old/a.yaml", "new/a.yaml", "--format", "json").out)
    assert "document" not in alone["changes"][0]
    assert alone["changes"][0]["fingerprint"] == found["a.yaml"]


def test_the_same_change_in_two_documents_is_shown_by_a_message_of_each(
    here: Here, folders: Path
) -> None:
    for side, kind in (("old", "string"), ("new", "integer")):
        write(
            folders / side,
            {
                "a.yaml": lamps("1", READ, lamp=f"{{name!: {kind}, shade!: boolean}}"),
                "b.yaml": lamps("1", READ, lamp=f"{{name!: {kind}}}"),
            },
        )
    told = {
        each["document"]: each["witness"]["value"]
        for each in document(here, *PAIR, "--witnesses")["changes"]
        if each["document"] in ("a.yaml", "b.yaml") and "witness" in each
    }
    assert {name: {*value} for name, value in told.items()} == {
        "a.yaml": {"name", "shade"},
        "b.yaml": {"name"},
    }


def test_an_acceptance_that_may_be_of_several_documents_accepts_none(
    here: Here, folders: Path
) -> None:
    in_two_documents(folders)
    found = document(here, *PAIR)["changes"]
    [mark] = {each["fingerprint"] for each in found if each["operation"] == WRITE}
    config = folders / "check.toml"
    words = ("check", *PAIR, "--fail-on", "none", "--config", "check.toml")
    unnamed = ACCEPT.format(mark, "a.yaml").replace('document = "a.yaml"', "")
    config.write_text(unnamed)
    ended = here(*words)
    assert ended.code == Exit.FINDINGS
    assert "5 errors, 0 warnings\n" in ended.out
    assert (
        f"the acceptance of {mark} by storage may be of a change in a.yaml, b.yaml, lamps.yaml: "
        "name its document"
    ) in " ".join(ended.out.split())
    config.write_text("".join(ACCEPT.format(mark, name) for name in ("a.yaml", "new/b.yaml")))
    ended = here(*words)
    assert ended.code == Exit.OK
    assert "3 errors, 0 warnings, 2 accepted\n" in ended.out


def test_a_whole_document_that_goes_is_accepted_by_its_name_alone(
    here: Here, folders: Path
) -> None:
    found = document(here, *PAIR)["changes"]
    [mark] = [each["fingerprint"] for each in found if each["id"] == "api-document-removed"]
    config = folders / "check.toml"
    words = ("check", *PAIR, "--fail-on", "none", "--config", "check.toml")
    named = ACCEPT.format(mark, "gone.yaml")
    for text, accepted in ((named, True), (named.replace('document = "gone.yaml"', ""), False)):
        config.write_text(text)
        ended = here(*words)
        assert (ended.code == Exit.OK) is accepted
        assert ("accepted: ERR gone.yaml: API document removed" in ended.out) is accepted


def test_links_are_not_followed(here: Here, folders: Path) -> None:
    (folders / "new" / "link.yaml").symlink_to(folders / "new" / "lamps.yaml")
    (folders / "new" / "linked").symlink_to(folders / "old")
    assert [each["name"] for each in document(here, *PAIR)["documents"]] == DOCUMENTS


@pytest.mark.parametrize(
    "text",
    ["openapi: 3.0.3\n{", '{"openapi": "3.0.3", ', '{\n  "openapi": "3.0.3",\n', "openapi: 4"],
)
def test_a_spec_that_cannot_be_read_ends_it(here: Here, folders: Path, text: str) -> None:
    write(folders / "new", {"lamps.yaml": text})
    ended = here("diff", *PAIR)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith("isthmus: new/lamps.yaml")


def test_a_spec_that_says_no_more_that_it_is_one_is_gone(here: Here, folders: Path) -> None:
    write(folders / "new", {"lamps.yaml": OLD["lamps.yaml"].replace("openapi:", "open:")})
    assert ("lamps.yaml", "api-document-removed", "ERR") in changes(here, *PAIR)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("old", "new/lamps.yaml"), "old: this is a folder, and new/lamps.yaml is none"),
        (("-", "new"), "new: this is a folder, and - is none"),
        (("old", "nowhere"), "old: this is a folder, and nowhere is none"),
        (("empty", "empty"), "neither this folder nor empty has a spec"),
    ],
)
@pytest.mark.parametrize("command", ["diff", "check"])
def test_what_cannot_be_meant_is_bad_input(
    here: Here, folders: Path, command: str, words: Sequence[str], what: str
) -> None:
    write(folders / "empty", {"notes.yaml": "a: 1"})
    ended = here(command, *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert what in ended.err


def test_what_was_said_of_folders_is_not_kept(
    here: Here, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that comes is one that no answer has looked at."""
    monkeypatch.setenv("ISTHMUS_CACHE", str(folders / "kept"))
    assert len(changes(here, *PAIR)) == 5
    write(folders / "new", {"more.yaml": lamps("1", READ)})
    assert len(changes(here, *PAIR)) == 6
    assert not (folders / "kept").exists()


def test_what_is_wrong_with_a_part_that_did_not_change_is_told_by_the_gate_alone(
    here: Here, folders: Path
) -> None:
    for side, files in (("old", OLD), ("new", NEW)):
        made = yaml.safe_load(files["lamps.yaml"])
        made["paths"]["/kept"] = {"get": {"responses": {"20": {}}}}
        write(folders / side, {"lamps.yaml": yaml.safe_dump(made)})
    assert here("diff", *PAIR).err == ""
    told = here("check", *PAIR).err
    assert all(f"{side}/lamps.yaml" in told for side in PAIR)
    assert here("diff", *PAIR, "--strict").code == Exit.BAD_INPUT


@pytest.mark.parametrize("form", FORMS_OF_CHECK)
def test_the_gate_fails_on_what_breaks_in_any_document(
    here: Here, folders: Path, form: str
) -> None:
    assert folders.is_dir()
    assert here("check", *PAIR, "--format", form).code == Exit.FINDINGS
    assert here("check", *PAIR, "--format", form, "--fail-on", "none").code == Exit.OK
    assert here("check", "new", "new", "--format", form).code == Exit.OK


def test_the_gate_tells_nothing_of_a_shim(here: Here, folders: Path) -> None:
    assert folders.is_dir()
    out = here("check", *PAIR).out
    assert out.startswith("without a shim: 3 errors, 0 warnings\n\n")
    assert "with a shim" not in out
    found = json.loads(here("check", *PAIR, "--format", "json").out)
    Draft202012Validator(SCHEMAS["check"], registry=REGISTRY).validate(found)
    assert found["with_shim"] is None
    assert {each["document"] for each in found["changes"]} == {*DOCUMENTS} - {"inner/same.json"}


@pytest.mark.parametrize(
    "words",
    [
        ("--intent", "intent.yaml"),
        ("--fail-on", "unbridged"),
        ("--fail-on", "lossy"),
        ("--old-name", "v1"),
        ("--new-name", "v2"),
    ],
)
def test_what_is_of_a_shim_is_refused_and_what_to_do_is_told(
    here: Here, folders: Path, words: Sequence[str]
) -> None:
    assert folders.is_dir()
    ended = here("check", *PAIR, *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "check each spec of the folders by itself" in ended.err.replace("\n", " ")
    assert words[0] in ended.err


ACCEPT = """
[[accept]]
fingerprint = "{}"
owner = "storage"
reason = "nobody uses it"
until = "2999-01-01"
document = "{}"
"""


def test_an_acceptance_may_name_its_document(here: Here, folders: Path) -> None:
    found = document(here, *PAIR)["changes"]
    told = {each["document"]: each["fingerprint"] for each in found if each["level"] == "ERR"}
    config = folders / "check.toml"
    words = ("check", *PAIR, "--config", "check.toml")
    config.write_text("".join(ACCEPT.format(mark, name) for name, mark in told.items()))
    ended = here(*words)
    assert ended.code == Exit.OK
    assert "accepted: ERR gone.yaml: API document removed" in ended.out
    assert f"accepted: ERR lamps.yaml: {WRITE}: API removed without deprecation" in ended.out
    config.write_text("".join(ACCEPT.format(mark, "lamps.yaml") for mark in told.values()))
    ended = here(*words)
    assert ended.code == Exit.FINDINGS
    assert "is of a change in gone.yaml, not in lamps.yaml: correct it" in " ".join(
        ended.out.split()
    )
    assert "2 errors, 0 warnings, 1 accepted" in ended.out


def test_settings_are_of_all_documents(here: Here, folders: Path) -> None:
    """A path that one document has is one; a path that none has is a mistake."""
    config = folders / "check.toml"
    words = ("check", *PAIR, "--fail-on", "none", "--config", "check.toml")
    config.write_text('without-paths = ["^/rooms"]\n[levels]\napi-document-removed = "info"\n')
    ended = here(*words)
    assert ended.code == Exit.OK
    assert "2 errors" in ended.out
    config.write_text('without-paths = ["^/nothing"]\n')
    ended = here(*words)
    assert ended.code == Exit.FINDINGS
    assert "without-paths: ^/nothing fits no path" in ended.out


def test_what_is_left_out_of_one_document_stays_in_another(here: Here, folders: Path) -> None:
    def tagged(text: str) -> str:
        made = yaml.safe_load(text)
        made["paths"]["/lamps"]["get"]["tags"] = ["inner"]
        return yaml.safe_dump(made)

    for side, files in (("old", OLD), ("new", NEW)):
        write(folders / side, {"split.yaml": tagged(files["split.yaml"])})
    write(folders / "new", {"lamps.yaml": lamps("1", READ, lamp="{name!: integer}")})
    (folders / "check.toml").write_text('without-tags = ["inner"]\n')
    words = ("check", *PAIR, "--config", "check.toml", "--format", "json")
    found = json.loads(here(*words).out)["changes"]
    assert {each["document"] for each in found if each["operation"] == READ} == {"lamps.yaml"}
