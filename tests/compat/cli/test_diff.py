"""`isthmus compat diff`."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator

from compat.cli.forms import Form
from compat.errors import Exit
from compat.verify import breaking
from tests.compat.cli.running import INTENT, V1, V2, Here, isthmus
from tests.compat.cli.schemas import REGISTRY, SCHEMAS
from tests.compat.plan.specs import spec
from tests.compat.report.changes.listings import HOSTILE

PAIR = ("v1.yaml", "v2.yaml")
TOTALS = "3 changes for an old client with a new server: 1 error, 1 warning, 1 note"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions: the second takes the place of a lamp away, and adds rooms."""
    for name, operations, lamp in (
        ("v1", ("GET /lamps", "DELETE /lamps"), "{name!: string, place: string}"),
        ("v2", ("GET /lamps", "GET /rooms"), "{name!: string}"),
    ):
        made = spec(dict.fromkeys(operations, "{200: Lamp}"), f"Lamp: {lamp}")
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(made))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def levels(here: Here, *words: str) -> dict[str, list[str]]:
    """By operation, in the order that they are told in."""
    found: dict[str, list[str]] = {}
    for each in json.loads(here("diff", *words, "--format", "json").out)["changes"]:
        found.setdefault(each["operation"], []).append(each["level"])
    return found


def test_text_is_by_operation_the_worst_first(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("diff", *PAIR)
    assert (ended.code, ended.err) == (Exit.OK, "")
    lines = ended.out.splitlines()
    assert lines[0] == TOTALS
    assert [line for line in lines if line and line[0] != " "][1:] == [
        "DELETE /lamps",
        "GET /lamps",
        "GET /rooms",
    ]
    assert [line for line in lines if line != line.rstrip()] == []


def test_json_and_yaml_are_one_document_that_fits_its_schema(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    document = json.loads(here("diff", *PAIR, "--format", "json").out)
    assert yaml.safe_load(here("diff", *PAIR, "--format", "yaml").out) == document
    validator = Draft202012Validator(SCHEMAS["changes"], registry=REGISTRY)
    assert [error.message for error in validator.iter_errors(document)] == []
    assert document["summary"] == {"ERR": 1, "WARN": 1, "INFO": 1}
    assert document["role"] == "old_client"


def test_markdown_is_a_comment(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("diff", *PAIR, "--format", "markdown")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert ended.out.startswith(f"**{TOTALS}**\n")
    assert "#### `DELETE /lamps`\n" in ended.out
    assert "<summary>1 note</summary>" in ended.out


def test_html_is_one_whole_page(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("diff", *PAIR, "--format", "html")
    assert (ended.code, ended.err) == (Exit.OK, "")
    page = ElementTree.fromstring(ended.out)
    assert page.findtext("head/title") == "t: what changed"
    assert [each.text for each in page.iter("h4")] == ["DELETE /lamps", "GET /lamps", "GET /rooms"]


def test_sarif_is_a_log_with_a_run(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("diff", *PAIR, "--format", "sarif")
    assert (ended.code, ended.err) == (Exit.OK, "")
    (run,) = json.loads(ended.out)["runs"]
    assert [each["level"] for each in run["results"]] == ["error", "warning", "note"]


def test_junit_has_a_suite_for_each_operation(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("diff", *PAIR, "--format", "junit")
    assert (ended.code, ended.err) == (Exit.OK, "")
    suites = ElementTree.fromstring(ended.out)
    assert [(each.get("name"), each.get("failures")) for each in suites] == [
        ("DELETE /lamps", "1"),
        ("GET /lamps", "0"),
        ("GET /rooms", "0"),
    ]


def test_github_gets_a_command_for_each_change(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("diff", *PAIR, "--format", "github")
    assert (ended.code, ended.err) == (Exit.OK, "")
    commands = [line.partition(" ")[0] for line in ended.out.splitlines()]
    assert commands == ["::error", "::warning", "::notice"]


@pytest.mark.parametrize("form", Form)
def test_a_file_gets_what_would_be_printed(here: Here, folder: Path, form: Form) -> None:
    printed = here("diff", *PAIR, "--format", form.value)
    ended = here("diff", *PAIR, "--format", form.value, "--output", "out")
    assert (ended.code, ended.out, ended.err) == (Exit.OK, "", "out: written\n")
    assert (folder / "out").read_text(encoding="utf-8") == printed.out
    assert printed.out


@pytest.mark.parametrize("form", Form)
def test_each_run_tells_the_same(form: Form) -> None:
    words = ("compat", "diff", V1, V2, "--format", form.value)
    first, second = (isthmus(*words, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first == second
    assert first.code == Exit.OK


@pytest.mark.parametrize("form", Form)
def test_a_hostile_spec_breaks_no_form(here: Here, folder: Path, form: Form) -> None:
    text = (folder / "v1.yaml").read_text()
    document = yaml.safe_load(text)
    document["paths"][f"/{HOSTILE}"] = document["paths"].pop("/lamps")
    document["info"]["title"] = HOSTILE
    (folder / "v1.yaml").write_text(json.dumps(document))
    ended = here("diff", *PAIR, "--format", form.value)
    assert ended.code == Exit.OK
    assert {each for each in ended.out if each < " " or each in "\x7f\u202e"} <= {"\n", "\t"}
    assert [line for line in ended.out.splitlines() if line.startswith("::error::")] == []


def test_an_encoding_that_lacks_a_letter_gets_an_escape(folder: Path) -> None:
    words = ("compat", "diff", *PAIR, "--format", "markdown")
    ended = isthmus(*words, cwd=folder, PYTHONIOENCODING="ascii")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert r"\u2192" in ended.out


def test_the_direction_decides_whose_levels_count(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    assert levels(here, *PAIR) == {
        "DELETE /lamps": ["ERR"],
        "GET /lamps": ["WARN"],
        "GET /rooms": ["INFO"],
    }
    assert levels(here, *PAIR, "--direction", "new-client") == {
        "GET /rooms": ["ERR"],
        "DELETE /lamps": ["INFO"],
        "GET /lamps": ["INFO"],
    }
    told = here("diff", *PAIR, "--direction", "new-client").out
    assert told.startswith("3 changes for a new client with an old server: 1 error, 2 notes\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--min-level", "warn"), ["DELETE /lamps", "GET /lamps"]),
        (("--min-level", "err"), ["DELETE /lamps"]),
        (("--min-level", "err", "--direction", "new-client"), ["GET /rooms"]),
    ],
)
def test_what_is_less_is_left_out(
    here: Here, folder: Path, words: tuple[str, ...], told: list[str]
) -> None:
    assert folder.is_dir()
    assert [*levels(here, *PAIR, *words)] == told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*PAIR, "--fail-on", "err"), Exit.FINDINGS),
        ((*PAIR, "--fail-on", "err", "--direction", "new-client"), Exit.FINDINGS),
        ((*PAIR, "--fail-on", "none"), Exit.OK),
        ((*PAIR, "--fail-on", "info", "--min-level", "err"), Exit.FINDINGS),
        (("v1.yaml", "v1.yaml", "--fail-on", "info"), Exit.OK),
        (("a.yaml", "v1.yaml", "--fail-on", "warn"), Exit.OK),
        (("a.yaml", "v1.yaml", "--fail-on", "warn", "--direction", "new-client"), Exit.FINDINGS),
        (("a.yaml", "v1.yaml", "--fail-on", "info", "--min-level", "warn"), Exit.FINDINGS),
    ],
)
@pytest.mark.parametrize("form", [Form.TEXT, Form.SARIF])
def test_what_fails_is_what_was_asked_for(
    here: Here, folder: Path, words: tuple[str, ...], code: Exit, form: Form
) -> None:
    less = yaml.safe_load((folder / "v1.yaml").read_text())
    del less["paths"]["/lamps"]["delete"]
    (folder / "a.yaml").write_text(yaml.safe_dump(less))
    ended = here("diff", *words, "--format", form.value)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out


@pytest.mark.parametrize("form", Form)
def test_what_a_spec_gets_wrong_is_told(here: Here, folder: Path, form: Form) -> None:
    path = folder / "v2.yaml"
    path.write_text(path.read_text().replace("type: string", "type: text"))
    ended = here("diff", *PAIR, "--format", form.value)
    assert ended.code == Exit.OK
    within = form in (Form.JSON, Form.YAML, Form.SARIF)
    assert ended.err.startswith("warning: v2.yaml:") is not within
    assert ("/components/schemas/Lamp/properties/name/type" in ended.out) is within
    assert here("diff", *PAIR, "--strict").code == Exit.BAD_INPUT


def test_what_is_wrong_with_a_part_that_did_not_change_is_not_told(
    here: Here, folder: Path
) -> None:
    for name in PAIR:
        document = yaml.safe_load((folder / name).read_text())
        document["paths"]["/old/{id}"] = {"get": {"responses": {"20": {}}}}
        (folder / name).write_text(yaml.safe_dump(document))
    ended = here("diff", *PAIR)
    assert (ended.code, ended.err) == (Exit.OK, "")
    refused = here("diff", *PAIR, "--strict")
    assert (refused.code, refused.out) == (Exit.BAD_INPUT, "")
    assert "'20'" in refused.err or '"20"' in refused.err
    for words in (("diff", "--plan"), ("check",), ("plan",)):
        told = here(words[0], *PAIR, *words[1:]).err
        assert "v1.yaml:" in told, words
        assert "v2.yaml:" in told, words
        assert '"20"' in told or "'20'" in told, words


def test_strict_tells_the_same_changes(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    assert here("diff", *PAIR, "--strict") == here("diff", *PAIR)


@pytest.mark.parametrize("name", ["v2.yaml", "./v1.yaml"])
def test_no_input_is_written_over(here: Here, folder: Path, name: str) -> None:
    before = (folder / name).read_bytes()
    ended = here("diff", *PAIR, "--output", name)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "over what it is made from" in ended.err
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("v1.yaml",),
        ("v1.yaml", "gone.yaml"),
        (*PAIR, "v3.yaml"),
        (*PAIR, "--format", "xml"),
        (*PAIR, "--direction", "sideways"),
        (*PAIR, "--min-level", "none"),
        (*PAIR, "--fail-on", "doubt"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(
    here: Here, folder: Path, words: tuple[str, ...]
) -> None:
    ended = here("diff", *words, "--output", "out")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err
    assert not (folder / "out").exists()


def test_help_names_every_form(here: Here) -> None:
    told = here("diff", "--help").out
    assert f"[{'|'.join(form.value for form in Form)}]" in told
    explained = told.partition("The formats: ")[2].partition("Examples")[0]
    assert [form.value for form in Form if form.value not in explained] == []


def test_with_an_intent_every_form_tells_what_a_shim_does(here: Here) -> None:
    words = (V1, V2, "--intent", INTENT, "--witnesses")
    document = json.loads(here("diff", *words, "--format", "json").out)
    validator = Draft202012Validator(SCHEMAS["changes"], registry=REGISTRY)
    assert [error.message for error in validator.iter_errors(document)] == []
    [moved] = [each for each in document["changes"] if each["id"] == "api-base-path-moved"]
    assert moved["bridge"]["old_client"]["verdict"] == "lossless"
    for form, told in (
        (Form.TEXT, "with a shim lossless: the status is turned"),
        (Form.MARKDOWN, "with a shim `lossless: the status is turned`"),
        (Form.HTML, "<span>With a shim lossless: the status is turned</span>"),
        (Form.JUNIT, "with a shim lossless: the status is turned"),
        (Form.GITHUB, "(with a shim lossless: the status is turned)"),
        (Form.SARIF, '"treatment": "the status is turned"'),
        (Form.YAML, "treatment: the status is turned"),
    ):
        ended = here("diff", *words, "--format", form.value)
        assert ended.code == Exit.OK
        assert told in ended.out, form


def test_without_a_plan_nothing_is_said_of_shims_or_witnesses(here: Here) -> None:
    document = json.loads(here("diff", V1, V2, "--format", "json").out)
    assert not any({"bridge", "witness", "parts"} & each.keys() for each in document["changes"])
    assert "shim" not in here("diff", V1, V2).out


def test_a_plan_without_an_intent_has_what_is_certain(here: Here) -> None:
    document = json.loads(here("diff", V1, V2, "--plan", "--format", "json").out)
    rules = {each["id"] for each in document["changes"]}
    assert "api-base-path-moved" in rules
    assert "response-property-renamed" not in rules
    gaps = [each for each in document["changes"] if each["bridge"]]
    assert {each["bridge"]["old_client"]["verdict"] for each in gaps} >= {
        "needs-intent",
        "lossless",
    }


def test_a_witness_is_a_message_of_the_sender(here: Here) -> None:
    document = json.loads(here("diff", V1, V2, "--witnesses", "--format", "json").out)
    [found] = [
        each
        for each in document["changes"]
        if each["operation"] == "POST /volumes"
        and each["subject"].endswith("capacity_bytes")
        and "witness" in each
    ]
    assert found["witness"]["pointer"] == "/capacity_bytes"
    assert "size_gib" in found["witness"]["value"]
    assert "capacity_bytes" not in found["witness"]["value"]
    assert "shown by {" in here("diff", V1, V2, "--witnesses").out


@pytest.mark.parametrize("form", ["text", "json", "yaml", "html"])
def test_a_search_for_witnesses_that_ended_too_early_is_told(
    here: Here, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    said = dict.fromkeys(("text", "html"), "found within the steps that there are")
    said |= {"json": '"witness_search": "exhausted"', "yaml": "witness_search: exhausted"}
    words = ("diff", V1, V2, "--witnesses", "--format", form)
    assert said[form] not in here(*words).out
    monkeypatch.setattr(breaking, "_STEPS_MAX", 0)
    ended = here(*words)
    assert said[form] in " ".join(ended.out.split())
    if form == "json":
        document = json.loads(ended.out)
        validator = Draft202012Validator(SCHEMAS["changes"], registry=REGISTRY)
        assert [error.message for error in validator.iter_errors(document)] == []


def test_an_answer_with_an_intent_is_kept_until_the_intent_changes(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISTHMUS_CACHE", str(tmp_path / "kept"))
    intent = tmp_path / "intent.yaml"
    intent.write_text(Path(INTENT).read_text())
    words = ("diff", V1, V2, "--intent", str(intent), "--format", "json")
    first = here(*words).out
    assert here(*words).out == first
    intent.write_text("intent: 1\n")
    assert here(*words).out != first


def test_the_result_goes_over_no_document_that_it_is_made_from(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        main = spec({"GET /lamps": "{200: Lamp}"}, "Lamp: string")
        main["components"]["schemas"]["Lamp"] = {"$ref": "lamp.yaml#/Lamp"}
        (tmp_path / folder / "api.yaml").write_text(yaml.safe_dump(main))
        (tmp_path / folder / "lamp.yaml").write_text("Lamp: {type: string}")
    for words, output in (
        (("old/api.yaml", "new/api.yaml"), "new/lamp.yaml"),
        (("old/api.yaml", "new/api.yaml"), "old/api.yaml"),
        (("old", "new"), "new/api.yaml"),
        (("old", "new"), "old/lamp.yaml"),
    ):
        before = Path(output).read_text()
        ended = here("diff", *words, "--output", output)
        assert ended.code == Exit.BAD_INPUT, output
        assert Path(output).read_text() == before
    assert here("diff", "old", "new", "--output", "new/report.md").code == Exit.OK
