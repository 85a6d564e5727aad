"""What `check` and `diff` say of `info.version`, where they are asked to."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compat.errors import Exit
from tests.compat.cli.running import Here
from tests.compat.cli.schemas import REGISTRY, SCHEMAS

SPEC = """\
openapi: 3.0.3
info:
  title: Things
  version: {version}
paths:
  /things:
    get:
      parameters:
        - {{name: room, in: query, required: {required}, schema: {{type: string}}}}
      responses: {{"200": {{description: All of them.}}}}
"""
ON = "[version-bump]\n"
RULE = "api-major-version-not-bumped"


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A required parameter is new in three versions that call themselves differently."""
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(SPEC.format(version="1.4.2", required="false"))
    for name, version in (("minor", "1.5.0"), ("major", "2.0.0"), ("other", "2026-11")):
        Path(f"{name}.yaml").write_text(SPEC.format(version=version, required="true"))


def checked(here: Here, new: str, config: str = ON, *words: str) -> Any:
    Path("check.toml").write_text(config)
    ended = here(
        *("check", "old.yaml", f"{new}.yaml", "--config", "check.toml", "--format", "json"), *words
    )
    return ended.code, json.loads(ended.out)


def rules(found: Any) -> list[str]:
    return [each["id"] for each in found["changes"]]


@pytest.mark.usefixtures("specs")
def test_without_the_setting_a_version_may_be_anything(here: Here) -> None:
    _, found = checked(here, "minor", "")
    assert RULE not in rules(found)
    assert rules(checked(here, "other", "")[1]) == rules(found)


@pytest.mark.usefixtures("specs")
def test_a_version_that_is_bumped_less_than_asked_is_a_finding(here: Here) -> None:
    code, found = checked(here, "minor", ON, "--fail-on", "breaking")
    assert code == Exit.FINDINGS
    [told] = [each for each in found["changes"] if each["id"] == RULE]
    assert (told["level"], told["before"], told["after"]) == ("ERR", "1.4.2", "1.5.0")
    assert told["remedy"] == "2.0.0 would do, for request-parameter-became-required of GET /things"
    assert (told["new"]["file"], told["new"]["line"]) == ("minor.yaml", 4)
    Draft202012Validator(SCHEMAS["check"], registry=REGISTRY).validate(found)
    assert RULE not in rules(checked(here, "major")[1])


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize("role", ["old-client", "new-client"])
def test_no_shim_makes_up_for_it(here: Here, role: str) -> None:
    accepted = ON + "[levels]\nrequest-parameter-became-required = 'info'\n"
    gap = "accept: [{difference: '*', reason: r, owner: o}]"
    Path("intent.yaml").write_text(f"intent: 1\n{gap}\n")
    words = ("--intent", "intent.yaml", "--direction", role, "--fail-on", "unbridged")
    code, found = checked(here, "minor", ON, *words)
    assert (code, found["with_shim"]["open_gaps"]) == (Exit.FINDINGS, 0)
    assert checked(here, "major", ON, *words)[0] == Exit.OK
    assert checked(here, "minor", accepted, *words)[0] == Exit.OK
    none = (*words[:-1], "none")
    assert checked(here, "minor", ON, *none)[0] == Exit.OK


@pytest.mark.usefixtures("specs")
def test_it_may_be_accepted_and_has_a_level_like_any_other(here: Here) -> None:
    [told] = [each for each in checked(here, "minor")[1]["changes"] if each["id"] == RULE]
    word = "owner = 'o'\nreason = 'r'\nuntil = '2999-12-31'\n"
    accept = f"{ON}[[accept]]\nfingerprint = '{told['fingerprint']}'\n{word}"
    _, found = checked(here, "minor", accept)
    assert RULE not in rules(found)
    assert [each["change"]["id"] for each in found["accepted"]] == [RULE]
    assert found["complaints"] == []
    _, found = checked(here, "minor", f"{ON}[levels]\n{RULE} = 'warn'\n")
    assert [each["level"] for each in found["changes"] if each["id"] == RULE] == ["WARN"]


@pytest.mark.usefixtures("specs")
def test_what_somebody_accepted_asks_for_no_version(here: Here) -> None:
    [told] = checked(here, "minor", "")[1]["changes"]
    word = "owner = 'o'\nreason = 'r'\nuntil = '2999-12-31'\n"
    accept = f"{ON}[[accept]]\nfingerprint = '{told['fingerprint']}'\n{word}"
    assert rules(checked(here, "minor", accept)[1]) == []


@pytest.mark.usefixtures("specs")
def test_steps_may_be_others(here: Here) -> None:
    assert RULE not in rules(checked(here, "minor", "version-bump.err = 'minor'")[1])


@pytest.mark.usefixtures("specs")
def test_what_is_no_version_is_told_in_words(here: Here) -> None:
    Path("check.toml").write_text(ON)
    ended = here("check", "old.yaml", "other.yaml", "--config", "check.toml")
    assert ended.code == Exit.FINDINGS
    said = "version: API version not semver: 1.4.2 became 2026-11; a version has three numbers"
    assert said in " ".join(ended.out.split())
    assert "api-version-not-semver" in ended.out
    assert "other.yaml:4:3" in ended.out


@pytest.mark.usefixtures("specs")
def test_diff_tells_it_when_asked(here: Here) -> None:
    words = ("diff", "old.yaml", "minor.yaml", "--format", "json")
    assert RULE not in here(*words).out
    found = json.loads(here(*words, "--semver").out)
    assert RULE in rules(found)
    Draft202012Validator(SCHEMAS["changes"], registry=REGISTRY).validate(found)
    assert RULE not in here("diff", "old.yaml", "major.yaml", "--semver").out


@pytest.mark.usefixtures("specs")
def test_every_form_says_what_would_do(here: Here) -> None:
    for form in ("text", "yaml", "html", "sarif", "junit", "github"):
        out = here("diff", "old.yaml", "minor.yaml", "--semver", "--format", form).out
        assert RULE in out, form
        assert "2.0.0 would do" in " ".join(out.split()), form
