"""`isthmus compat staged`."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from compat.errors import Exit
from compat.load import Fetch
from compat.source import fetcher
from tests.compat.cli.repository import Repository, lamps
from tests.compat.cli.running import Here

READ, WRITE, DROP = "GET /lamps", "POST /lamps", "DELETE /lamps"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Two specs, and what is none, all committed."""
    made = Repository(tmp_path / "repository", monkeypatch)
    made.commit(
        "Begin",
        {
            "lamps.yaml": lamps("1", READ, DROP),
            "rooms.yaml": lamps("1", "GET /rooms"),
            "notes.yaml": "about: openapi",
        },
    )
    return made


def stage(repository: Repository, name: str, text: str) -> None:
    repository.write({name: text})
    repository.git("add", name)


def test_what_is_staged_counts_and_not_what_stands_in_the_folder(
    here: Here, repository: Repository
) -> None:
    repository.write({"lamps.yaml": lamps("1", READ)})
    assert here("staged", "lamps.yaml").code == Exit.OK
    repository.git("add", "lamps.yaml")
    repository.write({"lamps.yaml": lamps("1", READ, DROP)})
    ended = here("staged", "lamps.yaml")
    assert (ended.code, ended.err) == (Exit.FINDINGS, "")
    assert f"{DROP}\n  ERR  API removed without deprecation" in ended.out
    repository.git("add", "lamps.yaml")
    assert here("staged", "lamps.yaml").code == Exit.OK


def test_each_spec_has_a_part_of_its_own(here: Here, repository: Repository) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ))
    stage(repository, "rooms.yaml", lamps("1", "GET /rooms", "PUT /rooms"))
    ended = here("staged", "rooms.yaml", "notes.yaml", "lamps.yaml")
    assert ended.code == Exit.FINDINGS
    heads = [line for line in ended.out.splitlines() if line.endswith(".yaml")]
    assert heads == ["rooms.yaml", "lamps.yaml"]
    assert "rooms.yaml\nno changes for an old client with a new server\n" in ended.out


def test_fingerprints_are_those_of_diff(here: Here, repository: Repository) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ))
    told = here("staged", "lamps.yaml").out
    alone = here("diff", "git:HEAD:lamps.yaml", "git::lamps.yaml").out
    assert told == f"lamps.yaml\n{alone}\n"


def accepted(fingerprint: str, document: str, until: str = "2999-01-01") -> str:
    told = {"fingerprint": fingerprint, "owner": "me", "reason": "so", "until": until}
    lines = [f'{key} = "{each}"' for key, each in {**told, "document": document}.items() if each]
    return "\n".join(("[[tool.isthmus.check.accept]]", *lines, ""))


def fingerprint(here: Here, name: str) -> str:
    told = here("diff", f"git:HEAD:{name}", f"git::{name}", "--format", "json").out
    [found] = json.loads(told)["changes"]
    return str(found["fingerprint"])


@pytest.mark.parametrize("document", ["lamps.yaml", ""])
def test_what_check_accepts_is_accepted(here: Here, repository: Repository, document: str) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ))
    mark = fingerprint(here, "lamps.yaml")
    repository.write({"pyproject.toml": accepted(mark, document)})
    for words in (
        ("staged", "lamps.yaml"),
        ("check", "git:HEAD:lamps.yaml", "git::lamps.yaml", "--fail-on", "breaking"),
        ("check", "git:HEAD:.", "."),
    ):
        ended = here(*words)
        assert ended.code == Exit.OK, ended
        assert "API removed without deprecation" in ended.out
        assert "by me until 2999-01-01: so" in ended.out


def test_what_is_accepted_once_is_not_accepted_in_two_specs(
    here: Here, repository: Repository
) -> None:
    repository.commit("More", {"more.yaml": lamps("1", READ, DROP)})
    stage(repository, "lamps.yaml", lamps("1", READ))
    stage(repository, "more.yaml", lamps("1", READ))
    mark = fingerprint(here, "lamps.yaml")
    repository.write({"pyproject.toml": accepted(mark, "")})
    assert here("staged", "lamps.yaml").code == Exit.OK
    ended = here("staged", "lamps.yaml", "more.yaml", "--fail-on", "none")
    assert ended.code == Exit.FINDINGS
    told = " ".join(ended.out.split())
    assert "may be of a change in lamps.yaml, more.yaml: name its document" in told


def test_levels_and_what_is_left_out_are_those_of_check(here: Here, repository: Repository) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ))
    for text, code in (
        ("", Exit.FINDINGS),
        ('without-paths = ["^/lamps"]', Exit.OK),
        ('levels.api-removed-without-deprecation = "info"', Exit.OK),
        ('least-stability = "beta"', Exit.FINDINGS),
    ):
        repository.write({"gate.toml": text})
        assert here("staged", "lamps.yaml", "--config", "gate.toml").code == code, text


def test_settings_of_what_is_not_staged_are_no_mistake(here: Here, repository: Repository) -> None:
    """An acceptance of a change that was committed before, a path of another spec, a release."""
    stage(repository, "lamps.yaml", lamps("1", READ, DROP, WRITE))
    lines = ('without-paths = ["^/rooms"]', 'version-bump = {added = "major"}')
    text = "\n".join(("[tool.isthmus.check]", *lines, accepted("0" * 16, "rooms.yaml")))
    repository.write({"pyproject.toml": text})
    ended = here("staged", "lamps.yaml")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert "settings:" not in ended.out


def test_an_acceptance_that_ran_out_fails(here: Here, repository: Repository) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ))
    mark = fingerprint(here, "lamps.yaml")
    repository.write({"pyproject.toml": accepted(mark, "", until="2020-01-01")})
    ended = here("staged", "lamps.yaml", "--fail-on", "none")
    assert ended.code == Exit.FINDINGS
    assert "ran out on 2020-01-01" in ended.out


def test_a_spec_that_is_named_twice_is_one(here: Here, repository: Repository) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ))
    assert here("staged", "lamps.yaml", "./lamps.yaml").out == here("staged", "lamps.yaml").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), Exit.OK),
        (("--fail-on", "info"), Exit.FINDINGS),
        (("--direction", "new-client"), Exit.FINDINGS),
        (("--direction", "new-client", "--fail-on", "none"), Exit.OK),
    ],
)
def test_what_fails_is_what_was_asked_for(
    here: Here, repository: Repository, words: Sequence[str], code: Exit
) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ, DROP, WRITE))
    ended = here("staged", "lamps.yaml", *words)
    assert (ended.code, ended.err) == (code, "")
    assert (WRITE in ended.out) is ("new-client" in words)
    assert WRITE in here("staged", "lamps.yaml", "--min-level", "info").out


def test_a_new_spec_passes_and_one_that_is_gone_does_not(
    here: Here, repository: Repository
) -> None:
    stage(repository, "new.yaml", lamps("1", READ))
    assert here("staged", "new.yaml").code == Exit.OK
    repository.git("rm", "--quiet", "rooms.yaml")
    ended = here("staged", "rooms.yaml")
    assert ended.code == Exit.FINDINGS
    assert "ERR  API document removed" in ended.out
    stage(repository, "rooms.yaml", "no: more")
    assert here("staged", "rooms.yaml").code == Exit.FINDINGS


def test_before_the_first_commit_everything_is_new(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path / "empty", monkeypatch)
    stage(repository, "lamps.yaml", lamps("1", READ))
    ended = here("staged", "lamps.yaml", "--min-level", "info")
    assert ended.code == Exit.OK
    assert "INFO API document added" in ended.out


def test_what_mends_a_spec_passes_and_what_breaks_its_text_does_not(
    here: Here, repository: Repository
) -> None:
    repository.commit("Spoil it", {"lamps.yaml": "openapi: ["})
    stage(repository, "lamps.yaml", lamps("1", READ))
    ended = here("staged", "lamps.yaml")
    assert ended.code == Exit.OK
    assert ended.err.startswith("warning: it is compared with nothing: git:HEAD:lamps.yaml:2:1:")
    stage(repository, "rooms.yaml", "openapi: [")
    ended = here("staged", "rooms.yaml")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith("isthmus: git::rooms.yaml:2:1:")


def test_what_mends_a_reference_passes_and_what_breaks_one_does_not(
    here: Here, repository: Repository
) -> None:
    good = lamps("1", READ)
    bad = good.replace("'#/components/schemas/Lamp'", "gone.yaml")
    assert good != bad
    repository.commit("Spoil it", {"lamps.yaml": bad})
    stage(repository, "lamps.yaml", good)
    ended = here("staged", "lamps.yaml")
    assert ended.code == Exit.OK
    assert ended.err.startswith("warning: it is compared with nothing: git:HEAD:lamps.yaml:14:")
    repository.commit("Mend it", {})
    stage(repository, "lamps.yaml", bad)
    ended = here("staged", "lamps.yaml")
    assert ended.code == Exit.BAD_INPUT
    assert ended.err.startswith("isthmus: git::lamps.yaml:14:")


def test_what_is_wrong_with_a_part_that_did_not_change_is_told_to_a_strict_reader_alone(
    here: Here, repository: Repository
) -> None:
    wrong = lamps("1", READ, DROP).replace("'200':", "'20':", 1)
    repository.commit("Slip", {"lamps.yaml": wrong})
    stage(repository, "lamps.yaml", f"{wrong}tags: []\n")
    ended = here("staged", "lamps.yaml")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert here("staged", "lamps.yaml", "--strict").code == Exit.BAD_INPUT


def test_git_is_asked_once_for_each_version(
    here: Here, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(repository, "lamps.yaml", lamps("1", READ, DROP, WRITE))
    asked: list[str] = []

    def counted(root: str, *, remote: bool = False) -> Fetch:
        fetch = fetcher(root, remote=remote)

        def fetched(name: str) -> bytes:
            asked.append(name)
            return fetch(name)

        return fetched

    monkeypatch.setattr("compat.folder.fetcher", counted)
    assert here("staged", "lamps.yaml").code == Exit.OK
    assert asked == ["git:HEAD:lamps.yaml", "git::lamps.yaml"]


def test_another_revision_may_be_compared_with(here: Here, repository: Repository) -> None:
    repository.git("tag", "v1")
    repository.commit("Keep them", {"lamps.yaml": lamps("1", READ)})
    assert here("staged", "lamps.yaml").code == Exit.OK
    assert here("staged", "lamps.yaml", "--against", "v1").code == Exit.FINDINGS


def test_a_file_is_named_as_it_is_seen_from_here(
    here: Here, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("Go down", {"below/api.yaml": lamps("1", READ, DROP)})
    stage(repository, "below/api.yaml", lamps("1", READ))
    monkeypatch.chdir(repository.folder / "below")
    ended = here("staged", "api.yaml", "../rooms.yaml")
    assert ended.code == Exit.FINDINGS
    assert ended.out.startswith("below/api.yaml\n")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "Missing argument"),
        (("gone.yaml",), "neither staged nor in HEAD"),
        (("lamps.yaml", "--against", "v9"), "git knows no such revision"),
        (("lamps.yaml", "--against=--all"), "git knows no such revision"),
        (("/etc/hosts",), "outside of the repository"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(
    here: Here, repository: Repository, words: Sequence[str], what: str
) -> None:
    assert repository.folder.is_dir()
    ended = here("staged", *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert what in ended.err
