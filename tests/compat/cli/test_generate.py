"""`isthmus compat generate`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compat.errors import Exit
from tests.compat.cli.running import INTENT, ROOT, V1, V2, Ended, Here, isthmus
from tests.compat.cli.schemas import REGISTRY, SCHEMAS


def tree(folder: Path) -> Mapping[str, bytes]:
    """Every file below a folder; bytes by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


LAMPS = """
openapi: 3.0.3
info: {{title: Lamps, version: "1"}}
paths:
  /lamps:
    get: &get
      responses:
        "200":
          description: A lamp.
          content:
            application/json:
              schema: {{type: object, properties: {{name: {{type: string}}{fields}}}}}
{more}"""


@pytest.fixture
def package(here: Here, tmp_path: Path) -> Path:
    """The appliance's package, generated with its intent."""
    words = ("--intent", INTENT, "--out", str(tmp_path), "--package", "av")
    assert here("generate", V1, V2, *words).code == Exit.OK
    return tmp_path / "av"


def document(ended: Ended) -> dict[str, Any]:
    """The JSON that a run printed, which must be what its schema says."""
    found: dict[str, Any] = json.loads(ended.out)
    validator = Draft202012Validator(SCHEMAS["generate"], registry=REGISTRY)
    assert [str(error) for error in validator.iter_errors(found)] == []
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


# --- writing --------------------------------------------------------------------------------------


def test_the_package_is_written_and_told_of(here: Here, tmp_path: Path) -> None:
    words = ("--intent", INTENT, "--out", str(tmp_path / "deep"), "--package", "av")
    ended = here("generate", V1, V2, *words, "--format", "json")
    assert ended.code == Exit.OK
    told = document(ended)
    assert told["ending"] == "written"
    assert told["folder"] == str(tmp_path / "deep" / "av")
    assert sorted(told["missing"]) == sorted(tree(tmp_path / "deep" / "av"))
    assert (told["gaps"], told["changed"], told["orphaned"]) == ([], [], [])


def test_what_is_lost_or_refused_without_anybody_s_word_is_counted_at_the_end(
    here: Here, tmp_path: Path
) -> None:
    """For each client, and as the summary of the JSON says."""
    (tmp_path / "v1.yaml").write_text(LAMPS.format(fields=", maker: {type: string}", more=""))
    (tmp_path / "v2.yaml").write_text(LAMPS.format(fields="", more="  /rooms: {get: *get}\n"))
    specs = (str(tmp_path / "v1.yaml"), str(tmp_path / "v2.yaml"))
    words = ("generate", *specs, "--out", str(tmp_path), "--package", "lamps")
    counts = document(here(*words, "--format", "json"))["summary"]
    assert counts["open_gaps"] == 0
    assert [each["lossy"] for each in counts["verdicts"].values()] == [1, 1]
    assert [each["refused"] for each in counts["operations"].values()] == [0, 1]
    assert here(*words).out.splitlines()[1:-1] == [
        "old client → new server: 1 lossy",
        "new client → old server: 1 lossy, 1 operation refused",
        "`isthmus compat plan` shows each of them",
    ]


def test_where_nothing_is_lost_nothing_is_counted(here: Here, tmp_path: Path) -> None:
    words = ("generate", V1, V1, "--out", str(tmp_path), "--package", "same")
    first, last = here(*words).out.splitlines()
    assert first == "no differences"
    assert last.endswith("files written")


def test_generating_again_changes_nothing(here: Here, package: Path) -> None:
    before, stamp = tree(package), (package / "manifest.json").stat().st_mtime_ns
    ended = here("generate", str(package))
    assert ended.code == Exit.OK
    assert ended.out.endswith(f"{package} is up to date\n")
    assert tree(package) == before
    assert (package / "manifest.json").stat().st_mtime_ns == stamp


def test_however_a_spec_is_named_the_package_is_the_same(
    here: Here, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(package)
    monkeypatch.chdir(Path(V1).parent)
    words = ("--intent", "intent.yaml", "--out", str(package.parent), "--package", "av")
    assert here("generate", "v1.yaml", "./v2.yaml", *words).code == Exit.OK
    assert tree(package) == before


def test_what_nothing_makes_any_more_is_removed(here: Here, package: Path, tmp_path: Path) -> None:
    lens = next(path for path in sorted(tree(package)) if path.startswith("lenses/error"))
    text = Path(INTENT).read_text().replace("  - at: Error\n    rename: {message: detail}\n", "")
    text += "  - {difference: field-* Error.*, reason: r, owner: o, then: pass}\n"
    intent = tmp_path / "intent.yaml"
    intent.write_text(text)
    words = ("--intent", str(intent), "--out", str(tmp_path), "--package", "av")
    told = document(here("generate", V1, V2, *words, "--format", "json"))
    assert told["ending"] == "written"
    assert lens in told["orphaned"] + told["changed"]
    assert all(not (package / path).exists() for path in told["orphaned"])


def test_a_folder_of_somebody_else_s_is_left_alone(here: Here, tmp_path: Path) -> None:
    (tmp_path / "av").mkdir()
    (tmp_path / "av" / "thesis.txt").write_text("mine")
    words = ("--intent", INTENT, "--out", str(tmp_path), "--package", "av")
    ended = here("generate", V1, V2, *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert tree(tmp_path) == {"av/thesis.txt": b"mine"}


NAMES = ["1st", "a-b", "class", "../up", "a.b", "x y", "list", "json", "compat", "core", "httpx"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_cannot_be_imported_is_refused(here: Here, tmp_path: Path, name: str) -> None:
    """Before anything else: these specs have open gaps without an intent."""
    ended = here("generate", V1, V2, "--out", str(tmp_path / "out"), "--package", name)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "choose another name with --package" in ended.err
    assert tree(tmp_path) == {}


def test_an_interrupt_while_writing_leaves_the_old_package_whole(
    here: Here, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / "gaps.py").write_text("stale")
    before, written = tree(package), []
    write = Path.write_bytes

    def interrupted(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) > 5:
            raise KeyboardInterrupt
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    ended = here("generate", str(package))
    assert (ended.code, ended.err) == (Exit.INTERRUPTED, "isthmus: interrupted\n")
    assert tree(package) == before
    assert list(package.parent.iterdir()) == [package]


# --- gaps -----------------------------------------------------------------------------------------


def test_open_gaps_fail_and_nothing_is_written(here: Here, tmp_path: Path) -> None:
    words = ("--out", str(tmp_path / "out"), "--package", "av")
    ended = here("generate", V1, V2, *words)
    assert (ended.code, ended.err) == (Exit.FINDINGS, "")
    assert tree(tmp_path) == {}
    headlines = [line for line in ended.out.splitlines() if line.startswith((f"{V1}:", f"{V2}:"))]
    assert f"{len(headlines)} open gaps, nothing written" in " ".join(ended.out.split())
    assert len(headlines) > 10
    (thin,) = (line for line in headlines if ": VolumeSpec.thin: " in line)
    line = Path(V2).read_text().splitlines()[int(thin.split(":")[1]) - 1]
    assert line.strip().startswith("thin:")


def test_json_has_each_gap_with_its_stub(here: Here, tmp_path: Path) -> None:
    words = ("--out", str(tmp_path), "--package", "av", "--format", "json")
    ended = here("generate", V1, V2, *words)
    assert ended.code == Exit.FINDINGS
    told = document(ended)
    assert told["ending"] == "gaps"
    (gap,) = (each for each in told["gaps"] if each["subject"] == "VolumeSpec.thin")
    assert gap["stub"] == "- at: VolumeSpec\n  default: {thin: ...}"


def test_what_may_explain_the_gaps_is_told_as_suggest_would_draft_it(
    here: Here, tmp_path: Path
) -> None:
    words = (V1, V2, "--out", str(tmp_path), "--package", "av")
    told = document(here("generate", *words, "--format", "json"))
    (rename,) = (each for each in told["guesses"] if "at: Replication\n" in each["intent"])
    names = {gap["id"]: f"{gap['kind']} {gap['subject']}" for gap in told["gaps"]}
    assert "field-removed Replication.lag_seconds" in {names[gap] for gap in rename["gaps"]}
    text = here("generate", *words).out
    assert f"a guess is {rename['sort']} (score {rename['score']:.2f}); if it is right" in text
    intent = tmp_path / "intent.yaml"
    intent.write_text(f"intent: 1\n{rename['intent']}\n")
    left = document(here("generate", *words, "--intent", str(intent), "--format", "json"))["gaps"]
    assert {gap["id"] for gap in left}.isdisjoint(rename["gaps"])


def test_gaps_that_appear_leave_the_package_as_it_was(here: Here, package: Path) -> None:
    before = tree(package)
    words = ("--out", str(package.parent), "--package", "av")
    assert here("generate", V1, V2, *words).code == Exit.FINDINGS
    assert tree(package) == before


def test_allowed_gaps_are_told_and_the_rest_is_generated(here: Here, tmp_path: Path) -> None:
    words = ("--out", str(tmp_path), "--package", "av", "--allow-gaps")
    ended = here("generate", V1, V2, *words)
    assert ended.code == Exit.OK
    assert " open gaps\n" in ended.out
    assert "calls that meet an open gap will be refused" in ended.out
    assert (tmp_path / "av" / "old_client.py").exists()
    assert here("generate", str(tmp_path / "av"), "--check").code == Exit.OK


# --- checking -------------------------------------------------------------------------------------


def test_a_package_that_is_up_to_date_passes_from_anywhere(
    here: Here, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (package, package.parent, ROOT):
        monkeypatch.chdir(folder)
        ended = here("generate", str(package), "--check")
        assert (ended.code, ended.err) == (Exit.OK, "")
        assert ended.out.endswith(" is up to date\n")


def test_checking_in_full_is_the_same(here: Here, package: Path) -> None:
    words = ("--intent", INTENT, "--out", str(package.parent), "--package", "av", "--check")
    assert here("generate", V1, V2, *words).code == Exit.OK
    assert here("generate", V1, V2, *words, "--new-name", "other").code == Exit.FINDINGS


def test_changed_missing_and_orphaned_files_are_found_and_left(here: Here, package: Path) -> None:
    (package / "values.py").write_text("changed")
    (package / "chain.py").unlink()
    (package / "more.py").write_text("orphaned")
    before = tree(package)
    ended = here("generate", str(package), "--check", "--format", "json")
    assert ended.code == Exit.FINDINGS
    told = document(ended)
    assert told["ending"] == "stale"
    assert (told["changed"], told["missing"], told["orphaned"]) == (
        ["values.py"],
        ["chain.py"],
        ["more.py"],
    )
    assert tree(package) == before
    text = here("generate", str(package), "--check").out
    assert "  changed  values.py\n  missing  chain.py\n  orphaned more.py\n" in text
    assert f"{package} is stale" in text


def test_a_spec_that_changed_makes_the_package_stale(here: Here, tmp_path: Path) -> None:
    for name in ("v1.yaml", "v2.yaml", "intent.yaml"):
        (tmp_path / name).write_text(Path(V1).with_name(name).read_text())
    new = tmp_path / "v2.yaml"
    words = ("--intent", str(tmp_path / "intent.yaml"), "--out", str(tmp_path), "--package", "av")
    assert here("generate", str(tmp_path / "v1.yaml"), str(new), *words).code == Exit.OK
    assert here("generate", str(tmp_path / "av"), "--check").code == Exit.OK
    new.write_text(new.read_text().replace("Make a volume.", "Make one."))
    assert here("generate", str(tmp_path / "av"), "--check").code == Exit.FINDINGS
    assert here("generate", str(tmp_path / "av")).code == Exit.OK
    assert here("generate", str(tmp_path / "av"), "--check").code == Exit.OK
    new.unlink()
    ended = here("generate", str(tmp_path / "av"), "--check")
    assert ended.code == Exit.BAD_INPUT
    assert "v2.yaml: cannot be read" in ended.err


def test_a_package_is_made_again_as_strictly_as_before(here: Here, tmp_path: Path) -> None:
    old = tmp_path / "v1.yaml"
    old.write_text(Path(V1).read_text())
    for name, options in (("strict", ("--strict",)), ("lenient", ())):
        words = ("--intent", INTENT, "--out", str(tmp_path), "--package", name, *options)
        assert here("generate", str(old), V2, *words).code == Exit.OK
    old.write_text(old.read_text().replace("{type: integer}", "{type: float}"))
    assert here("generate", str(tmp_path / "strict"), "--check").code == Exit.BAD_INPUT
    assert here("generate", str(tmp_path / "lenient"), "--check").code == Exit.FINDINGS


def test_a_package_from_standard_input_has_to_be_named_in_full(tmp_path: Path) -> None:
    words = ("--intent", INTENT, "--out", str(tmp_path), "--package", "av")
    stdin = Path(V1).read_text()
    assert isthmus("compat", "generate", "-", V2, *words, stdin=stdin).code == Exit.OK
    again = isthmus("compat", "generate", "-", V2, *words, "--check", stdin=stdin)
    assert again.code == Exit.OK
    ended = isthmus("compat", "generate", str(tmp_path / "av"), "--check")
    assert ended.code == Exit.BAD_INPUT
    assert "was made from standard input" in ended.err


def test_a_manifest_that_is_a_pipe_is_bad_input(here: Here, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    ended = here("generate", str(tmp_path), "--check")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert f"{tmp_path / 'manifest.json'}: this is no generated package: it is no" in ended.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "this is no generated package"),
        ("{", "the manifest cannot be read"),
        ("[" * 100_000, "the manifest cannot be read"),
        ("[]", "the manifest is no object"),
        ("{}", "does not say what the package was made from"),
        ('{"recipe": {"specs": 1}}', "the recipe does not say specs"),
        ('{"recipe": {"specs": ["a", 1]}}', "the recipe does not say specs"),
        ('{"recipe": {"specs": ["a", "b"], "intents": []}}', "an intent for each step"),
        (
            '{"recipe": {"specs": ["a", "b"], "intents": [""]}}',
            "the recipe does not say allow_gaps",
        ),
    ],
)
def test_a_folder_that_does_not_say_what_it_is_made_from_is_bad_input(
    here: Here, tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    ended = here("generate", str(tmp_path), "--check")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert said in ended.err
    assert str(tmp_path / "manifest.json") in ended.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        (V1, V2),
        (V1, V2, "--out", "x"),
        (V1, V2, "--package", "x"),
        (V1, V2, "--out", "x", "--package", ""),
        (V1, V2, V2, "--intent", "x", "--out", "x", "--package", "x"),
        ("folder", "--out", "x"),
        ("folder", "--intent", "x"),
        ("folder", "--allow-gaps"),
        ("folder", "--old-name", "x"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(here: Here, words: tuple[str, ...]) -> None:
    ended = here("generate", *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "Usage: isthmus compat generate" in ended.err


# --- hooks ----------------------------------------------------------------------------------------

HOOKS = """
def lag_up(value: object) -> object:
    return value


def lag_down(value: object) -> object:
    return value
"""


@pytest.fixture
def hooked(tmp_path: Path) -> tuple[str, ...]:
    """The words of an order whose intent names a hook."""
    text = Path(INTENT).read_text().replace('scale: "1000"', "hook: lag")
    intent = tmp_path / "intent.yaml"
    intent.write_text(text)
    return (V1, V2, "--intent", str(intent), "--out", str(tmp_path), "--package", "av")


def test_a_missing_hook_is_a_finding_with_the_stub_to_write(
    here: Here, hooked: tuple[str, ...], tmp_path: Path
) -> None:
    ended = here("generate", *hooked)
    assert ended.code == Exit.FINDINGS
    assert f"{tmp_path / 'av'}/hooks.py lacks lag_up" in ended.out
    assert "def lag_up(value: Json) -> Json:" in ended.out
    there = sum(path.is_file() for path in (tmp_path / "av").rglob("*"))
    assert ended.out.endswith(
        f"{tmp_path / 'av'} is not complete: 2 complaints about {tmp_path / 'av'}/hooks.py, where "
        f"your functions go; the rest is written, {there} files\n"
    )
    assert here("generate", str(tmp_path / "av"), "--check").out.endswith("your functions go\n")
    assert (tmp_path / "av" / "hooks_protocol.py").exists()
    assert not (tmp_path / "av" / "hooks.py").exists()


def test_the_hooks_file_is_kept_and_makes_the_package_complete(
    here: Here, hooked: tuple[str, ...], tmp_path: Path
) -> None:
    here("generate", *hooked)
    (tmp_path / "av" / "hooks.py").write_text(HOOKS)
    assert here("generate", *hooked).code == Exit.OK
    (tmp_path / "av" / "gaps.py").write_text("stale")
    told = document(here("generate", *hooked, "--format", "json"))
    assert (told["ending"], told["changed"]) == ("written", ["gaps.py"])
    assert (tmp_path / "av" / "hooks.py").read_text() == HOOKS


def test_a_hook_that_nothing_needs_any_more_is_a_finding(
    here: Here, hooked: tuple[str, ...], tmp_path: Path
) -> None:
    here("generate", *hooked)
    (tmp_path / "av" / "hooks.py").write_text(HOOKS)
    words = ("--intent", INTENT, "--out", str(tmp_path), "--package", "av", "--format", "json")
    ended = here("generate", V1, V2, *words)
    assert ended.code == Exit.FINDINGS
    told = document(ended)
    assert told["ending"] == "hooks"
    assert "lag_up is stale" in told["hooks"][0]
    assert (tmp_path / "av" / "hooks.py").read_text() == HOOKS


def test_a_hook_that_does_not_take_one_argument_is_a_finding(
    here: Here, hooked: tuple[str, ...], tmp_path: Path
) -> None:
    here("generate", *hooked)
    (tmp_path / "av" / "hooks.py").write_text(HOOKS.replace("value: object", "", 1))
    ended = here("generate", str(tmp_path / "av"), "--check")
    assert ended.code == Exit.FINDINGS
    assert "hooks.py:2: lag_up takes no arguments, and is given one" in ended.out


RAN_OUT = """
intent: 1
accept: [{{difference: field-removed *, reason: nobody reads it, owner: us{until}}}]
"""


def test_an_acceptance_that_ran_out_is_a_finding_wherever_it_is_met(
    here: Here, tmp_path: Path
) -> None:
    """Nothing is wrong with what was written: its day is over, and the build fails again."""
    intent = tmp_path / "intent.yaml"
    for name, fields in (("v1", ", maker: {type: string}"), ("v2", "")):
        (tmp_path / f"{name}.yaml").write_text(LAMPS.format(fields=fields, more=""))
    specs = (str(tmp_path / "v1.yaml"), str(tmp_path / "v2.yaml"))
    anew = ("generate", *specs, "--intent", str(intent), "--out", str(tmp_path), "--package", "p")
    intent.write_text(RAN_OUT.format(until=""))
    assert here(*anew).code == Exit.OK
    intent.write_text(RAN_OUT.format(until=", until: '2020-01-01'"))
    package = str(tmp_path / "p")
    for words in (anew, ("generate", package, "--check"), ("verify", package)):
        ended = here(*words)
        assert ended.code == Exit.FINDINGS
        assert "ran out on 2020-01-01" in ended.err


NODES = """
openapi: 3.0.3
info: {{title: Volumes, version: "1"}}
paths:
  /volumes:
    get: {{operationId: get_volumes, responses: &all {{"200": {{description: All., content: {{
      application/json: {{schema: {{type: array, items: {{$ref: "#/components/schemas/Volume"}}}}}}
    }}}}}}}}
{more}
components: {{schemas: {{Volume: {{type: object, properties: {{id: {{type: string}}}}}}}}}}
"""
OF_ONE = """
  /nodes/{node_id}/volumes:
    parameters: [{name: node_id, in: path, required: true, schema: {type: string}}]
    get: {operationId: get_node_volumes, responses: *all}
"""


def test_no_guess_is_to_ask_for_all_where_some_were_asked_for(here: Here, tmp_path: Path) -> None:
    """`suggest` shows it, with what speaks against it."""
    (tmp_path / "v1.yaml").write_text(NODES.format(more=OF_ONE))
    (tmp_path / "v2.yaml").write_text(NODES.format(more=""))
    specs = (str(tmp_path / "v1.yaml"), str(tmp_path / "v2.yaml"))
    ended = here("generate", *specs, "--out", str(tmp_path), "--package", "volumes")
    assert ended.code == Exit.FINDINGS
    assert "GET /nodes/{node_id}/volumes" in ended.out
    assert "a guess is" not in ended.out
    assert "GET /volumes has no place for node_id" in here("suggest", *specs).out
