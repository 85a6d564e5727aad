"""`isthmus compat check`."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compat.cli.settings import read_settings, schema
from compat.errors import CompatError, Exit
from tests.compat.cli.running import INTENT, V1, V2, Here
from tests.compat.cli.schemas import REGISTRY, SCHEMAS

FORMAT = """
openapi: 3.0.3
info: {{title: Hosts, version: "1"}}
paths:
  /hosts:
    put:
      requestBody:
        content:
          application/json:
            schema: {{type: object, properties: {{address: {{type: string{more}}}}}}}
      responses: {{"204": {{description: Done.}}}}
"""
ACCEPT = """
[[accept]]
fingerprint = "{}"
owner = "storage"
reason = "nobody uses it"
until = "{}"
"""


def document(here: Here, *words: str) -> Any:
    return json.loads(here("check", V1, V2, *words, "--format", "json").out)


def test_breaking_is_judged_without_a_shim_and_gaps_with_it(here: Here) -> None:
    for fail_on, intent, code in (
        ("breaking", INTENT, Exit.FINDINGS),
        ("unbridged", INTENT, Exit.OK),
        ("unbridged", "", Exit.FINDINGS),
        ("lossy", INTENT, Exit.FINDINGS),
        ("none", "", Exit.OK),
    ):
        words = ("--intent", intent) if intent else ()
        assert here("check", V1, V2, *words, "--fail-on", fail_on).code == code, fail_on
    assert here("check", V1, V1, "--fail-on", "lossy").code == Exit.OK


def test_the_figures_stand_first(here: Here) -> None:
    out = here("check", V1, V2, "--intent", INTENT).out.splitlines()
    assert out[0].startswith("without a shim: 17 errors, 4 warnings")
    assert out[1] == "with a shim:    0 open gaps, 4 lossy, 1 accepted"


def test_json_is_as_its_schema_says(here: Here, tmp_path: Path) -> None:
    Draft202012Validator.check_schema(SCHEMAS["check"])
    found = document(here)
    config = tmp_path / "check.toml"
    config.write_text(ACCEPT.format(found["changes"][0]["fingerprint"], "2999-01-01"))
    for words in ((), ("--intent", INTENT), ("--config", str(config))):
        Draft202012Validator(SCHEMAS["check"], registry=REGISTRY).validate(document(here, *words))


def test_what_is_accepted_is_told_with_who_and_until_when(here: Here, tmp_path: Path) -> None:
    errors = [each for each in document(here)["changes"] if each["level"] == "ERR"]
    config = tmp_path / "check.toml"
    config.write_text("".join(ACCEPT.format(each["fingerprint"], "2999-01-01") for each in errors))
    ended = here("check", V1, V2, "--config", str(config), "--fail-on", "breaking")
    assert ended.code == Exit.OK
    assert f"without a shim: 0 errors, 7 warnings, {len(errors)} accepted" in ended.out
    assert "by storage until 2999-01-01: nobody uses it" in ended.out


@pytest.mark.parametrize(
    ("until", "what"), [("2020-01-01", "ran out"), ("2999-01-01", "no change")]
)
def test_an_acceptance_that_does_not_hold_fails(
    here: Here, tmp_path: Path, until: str, what: str
) -> None:
    fingerprint = document(here)["changes"][0]["fingerprint"] if what == "ran out" else "0" * 16
    config = tmp_path / "check.toml"
    config.write_text(ACCEPT.format(fingerprint, until))
    ended = here("check", V1, V2, "--config", str(config), "--fail-on", "none")
    assert ended.code == Exit.FINDINGS
    assert what in ended.out


def test_settings_may_stand_in_the_projects_file(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert here("check", V1, V2, "--fail-on", "breaking").code == Exit.FINDINGS
    Path("pyproject.toml").write_text('[tool.isthmus.check]\nwithout-paths = ["."]\n')
    assert here("check", V1, V2, "--fail-on", "breaking").code == Exit.OK


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("levels = 1", "levels: 1 is not of type 'object'"),
        ('[levels]\n"Not a rule" = "err"', "levels"),
        ('[levels]\nendpoint-added = "bad"', "levels.endpoint-added"),
        ('[levels]\nendpoint-aded = "err"', "did you mean endpoint-added?"),
        ('[[accept]]\nfingerprint = "0123456789abcdef"', "accept.0: 'owner' is a required"),
        (ACCEPT.format("0" * 16, "tomorrow"), "accept.0.until"),
        ('without-paths = ["("]', "without-paths: '('"),
        ("beta-days = -1", "beta-days"),
        ("version-bump = true", "version-bump: True is not of type 'object'"),
        ('version-bump.err = "huge"', "version-bump.err: 'huge' is not one of"),
        ('version-bump.error = "major"', "'error' was unexpected"),
        ("another = 1", "'another' was unexpected"),
        ("[", "cannot be read"),
    ],
)
def test_settings_that_are_none_are_refused(tmp_path: Path, text: str, what: str) -> None:
    config = tmp_path / "check.toml"
    config.write_text(text)
    with pytest.raises(CompatError) as caught:
        read_settings(str(config))
    assert what in str(caught.value)
    assert str(config) in str(caught.value)


def test_settings_that_are_named_must_be_there(here: Here) -> None:
    ended = here("check", V1, V2, "--config", "nowhere.toml")
    assert ended.code == Exit.BAD_INPUT
    assert "nowhere.toml" in ended.err


def test_the_schema_of_settings_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("text", "what"),
    [("[tool]\nisthmus = 3", "is no table"), ("[project]\nname = 'a'", "has no [tool.isthmus")],
)
def test_a_project_without_settings_cannot_be_named(tmp_path: Path, text: str, what: str) -> None:
    config = tmp_path / "pyproject.toml"
    config.write_text(text)
    with pytest.raises(CompatError) as caught:
        read_settings(str(config))
    assert what in str(caught.value)


@pytest.mark.parametrize("form", ["markdown", "sarif", "junit", "github", "text", "json"])
def test_every_form_leaves_out_what_is_accepted(here: Here, tmp_path: Path, form: str) -> None:
    config = tmp_path / "check.toml"
    config.write_text("")
    accepted = document(here, "--config", str(config))["changes"][0]["fingerprint"]
    words = ("--fail-on", "none", "--config", str(config), "--format", form)
    whole = here("check", V1, V2, *words)
    config.write_text(ACCEPT.format(accepted, "2999-01-01"))
    rest = here("check", V1, V2, *words)
    assert (whole.code, rest.code) == (Exit.OK, Exit.OK)
    assert whole.out != rest.out
    path = tmp_path / "out"
    assert here("check", V1, V2, *words, "--output", str(path)).out == ""
    assert path.read_text() == rest.out


def test_the_other_forms_say_which_command_has_written_them(here: Here) -> None:
    for command in ("check", "diff"):
        (run,) = json.loads(here(command, V1, V2, "--format", "sarif").out)["runs"]
        assert run["automationDetails"]["id"] == f"isthmus/compat-{command}/old_client/"
        head = here(command, V1, V2, "--format", "junit").out.splitlines()[1]
        assert f'name="isthmus compat {command}"' in head


def test_a_result_does_not_go_over_its_settings(here: Here, tmp_path: Path) -> None:
    config = tmp_path / "check.toml"
    config.write_text("")
    ended = here("check", V1, V2, "--config", str(config), "--output", str(config))
    assert ended.code == Exit.BAD_INPUT
    assert "would go over" in ended.err


def test_a_rename_of_the_intent_is_one_change_with_what_the_shim_does(here: Here) -> None:
    plain, planned = document(here)["changes"], document(here, "--intent", INTENT)["changes"]
    [found] = [
        each
        for each in planned
        if each["id"] == "response-property-renamed"
        and each["operation"] == "GET /volumes/{id}"
        and "capacity_bytes" in each["message"]
    ]
    assert found["bridge"]["old_client"]["verdict"] == "lossy"
    assert found["bridge"]["new_client"]["verdict"] == "lossless"
    alone = {each["fingerprint"] for each in plain}
    assert {part["fingerprint"] for part in found["parts"]} <= alone
    out = here("check", V1, V2, "--intent", INTENT).out
    assert "with a shim lossless: the status is turned" in out


def test_why_it_failed_is_said_beside_every_form(here: Here) -> None:
    for form in ("text", "json", "markdown", "sarif", "junit", "github"):
        ended = here("check", V1, V2, "--format", form)
        assert ended.code == Exit.FINDINGS
        assert "failed with --fail-on unbridged: 11 open gaps" in ended.err, form
        passed = here("check", V1, V2, "--intent", INTENT, "--format", form)
        assert (passed.code, "failed" in passed.err) == (Exit.OK, False)


def test_an_error_for_which_a_shim_does_nothing_fails_as_a_gap_does(
    here: Here, tmp_path: Path
) -> None:
    for name, more in (("v1", ""), ("v2", ", format: ipv4")):
        (tmp_path / f"{name}.yaml").write_text(FORMAT.format(more=more))
    words = (str(tmp_path / "v1.yaml"), str(tmp_path / "v2.yaml"))
    ended = here("check", *words)
    assert ended.code == Exit.FINDINGS
    assert "0 open gaps, 0 lossy, 1 error left as without it" in ended.out
    assert "failed with --fail-on unbridged: 1 error that the shim leaves" in ended.err
    assert json.loads(here("check", *words, "--format", "json").out)["with_shim"]["left"] == 1
    assert here("check", *words, "--direction", "new-client").code == Exit.OK
