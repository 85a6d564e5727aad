"""`isthmus compat matrix`."""

import json
import os
import stat
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator

from compat.cli.comparing import row_names
from compat.errors import Exit
from compat.intent.model import Intent
from tests.compat.cli.running import INTENT, V1, V2, Here, isthmus
from tests.compat.cli.schemas import REGISTRY, SCHEMAS
from tests.compat.plan.specs import spec

LAMPS = "GET /lamps"
ROOMS = "GET /rooms"
ROW = ("v1.yaml", "v2.yaml", "v3.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three versions: one adds rooms, and the next has another name for a lamp's place."""
    for name, operations, place in (
        ("v1", (LAMPS,), "place"),
        ("v2", (LAMPS, ROOMS), "place"),
        ("v3", (LAMPS, ROOMS), "room"),
    ):
        made = spec(dict.fromkeys(operations, "{200: Lamp}"), f"Lamp: {{{place}!: string}}")
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(made))
    (tmp_path / "i23.yaml").write_text("intent: 1\nbridges: [{at: Lamp, rename: {place: room}}]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


DECIDED = (*ROW, "--intent", "", "--intent", "i23.yaml")


def passages(here: Here, *words: str) -> list[str]:
    """Row by row."""
    document = json.loads(here("matrix", *words, "--format", "json").out)
    return [cell["passage"] for cell in document["cells"]]


def test_text_has_the_grid_the_figures_and_the_reasons(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("matrix", *ROW)
    assert (ended.code, ended.err) == (Exit.OK, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("v1  v1.yaml: t 1, OpenAPI 3.0, 1 operation")
    grid = lines.index("client ↓ server →  v1          v2          v3")
    assert lines[grid + 1] == "v1                 same        as is       not at all"
    assert "v1 client → v3 server: not at all, 1 gap" in lines
    assert lines[-1] == "6 pairs: 1 as is, 1 lossy, 4 not at all"
    assert "\x1b" not in ended.out
    assert [line for line in lines if line != line.rstrip()] == []


def test_json_fits_its_schema_and_tells_both_directions(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    document = json.loads(here("matrix", *DECIDED, "--format", "json").out)
    validator = Draft202012Validator(SCHEMAS["matrix"], registry=REGISTRY)
    assert [error.message for error in validator.iter_errors(document)] == []
    found = {(cell["client"], cell["server"]): cell for cell in document["cells"]}
    assert found["v1", "v3"]["passage"] == "lossless"
    assert found["v3", "v1"]["passage"] == "lossy"
    assert found["v3", "v1"]["operations"]["refused"] == 1
    assert found["v1", "v3"]["plan"] == "fused"


def test_html_is_one_whole_page(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    ended = here("matrix", *ROW, "--format", "html")
    assert (ended.code, ended.err) == (Exit.OK, "")
    page = ElementTree.fromstring(ended.out)
    assert page.findtext("head/title") == "t: who can talk to whom"
    headers = [each.text for each in page.findall(".//table[@id='matrix']//th[@scope='row']")]
    assert headers == ["v1", "v2", "v3"]


def test_a_hostile_name_is_text_on_the_page(here: Here, folder: Path) -> None:
    assert folder.is_dir()
    hostile = "<script>alert(1)</script>"
    names = ("--name", hostile, "--name", "b", "--name", "c")
    page = here("matrix", *ROW, *names, "--format", "html").out
    assert "<script" not in page
    assert hostile in "".join(ElementTree.fromstring(page).itertext())


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_file_gets_what_would_be_printed(here: Here, folder: Path, form: str) -> None:
    printed = here("matrix", *ROW, "--format", form)
    ended = here("matrix", *ROW, "--format", form, "--output", "out")
    assert (ended.code, ended.out, ended.err) == (Exit.OK, "", "out: written\n")
    assert (folder / "out").read_text(encoding="utf-8") == printed.out
    assert sorted(path.name for path in folder.iterdir()) == ["i23.yaml", "out", *ROW]


def test_a_file_that_is_there_is_replaced_and_keeps_its_mode(here: Here, folder: Path) -> None:
    (folder / "out").write_text("before")
    (folder / "out").chmod(0o640)
    (folder / "link").symlink_to("out")
    assert here("matrix", *ROW, "--output", "link").code == Exit.OK
    assert (folder / "link").is_symlink()
    assert "before" not in (folder / "out").read_text(encoding="utf-8")
    assert stat.S_IMODE((folder / "out").stat().st_mode) == 0o640


def test_a_file_never_gets_colour(
    here: Here, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert here("matrix", *ROW, "--output", "out").code == Exit.OK
    assert "\x1b" not in (folder / "out").read_text(encoding="utf-8")


def test_a_pipe_is_written_to(here: Here, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    read: list[str] = []
    reader = threading.Thread(
        target=lambda: read.append((folder / "pipe").read_text(encoding="utf-8")), daemon=True
    )
    reader.start()
    assert here("matrix", *ROW, "--output", "pipe").code == Exit.OK
    reader.join(timeout=60)
    assert read[0].startswith("v1  v1.yaml")
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


@pytest.mark.parametrize("name", ["v2.yaml", "i23.yaml", "./v1.yaml"])
def test_no_input_is_written_over(here: Here, folder: Path, name: str) -> None:
    before = (folder / name).read_bytes()
    ended = here("matrix", *DECIDED, "--output", name)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "over what it is made from" in ended.err
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize("name", ["gone/out", "."])
def test_a_place_that_cannot_be_written_is_told(here: Here, folder: Path, name: str) -> None:
    ended = here("matrix", *ROW, "--output", name)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith(f"isthmus: {name}: cannot be written")
    assert len([*folder.iterdir()]) == 4


@pytest.mark.parametrize(
    ("words", "fail_on", "code"),
    [
        (ROW, "none", Exit.OK),
        (ROW, "gap", Exit.FINDINGS),
        (ROW, "loss", Exit.FINDINGS),
        (DECIDED, "gap", Exit.OK),
        (DECIDED, "loss", Exit.FINDINGS),
        (("v1.yaml", "v1.yaml"), "loss", Exit.OK),
    ],
)
def test_what_fails_is_what_was_asked_for(
    here: Here, folder: Path, words: tuple[str, ...], fail_on: str, code: Exit
) -> None:
    assert folder.is_dir()
    ended = here("matrix", *words, "--fail-on", fail_on)
    assert ended.code == code
    assert ended.out.splitlines()[-1].partition(" pairs: ")[1]


def test_two_versions_fare_as_their_plan_says(here: Here) -> None:
    assert passages(here, V1, V2) == ["same", "not-at-all", "not-at-all", "same"]
    assert passages(here, V1, V2, "--intent", INTENT) == ["same", "lossy", "lossy", "same"]


def test_a_spec_may_come_from_standard_input(folder: Path) -> None:
    text = (folder / "v1.yaml").read_text()
    words = ("compat", "matrix", "-", "v2.yaml", "v3.yaml", "--format", "json")
    ended = isthmus(*words, stdin=text, cwd=folder)
    assert (ended.code, ended.err) == (Exit.OK, "")
    names = [each["name"] for each in json.loads(ended.out)["versions"]]
    assert names == ["1", "2", "3"]


def test_what_a_spec_gets_wrong_is_a_warning(here: Here, folder: Path) -> None:
    path = folder / "v2.yaml"
    path.write_text(path.read_text().replace("type: string", "type: text"))
    ended = here("matrix", *ROW)
    assert ended.code == Exit.OK
    assert ended.err.startswith("warning: v2.yaml:")
    document = json.loads(here("matrix", *ROW, "--format", "json").out)
    assert document["problems"][0]["place"]["file"] == "v2.yaml"
    assert here("matrix", *ROW, "--strict").code == Exit.BAD_INPUT


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("v1.yaml",),
        ("v1.yaml", "gone.yaml"),
        (*ROW, "--intent", "i23.yaml"),
        (*ROW, "--intent", "i23.yaml", "--intent", ""),
        (*ROW, "--name", "a"),
        (*ROW, "--name", "a", "--name", "b", "--name", "a"),
        (*ROW, "--name", "a", "--name", "b", "--name", ""),
        (*ROW, "--format", "xml"),
        (*ROW, "--fail-on", "doubt"),
        ("-", "-", "v3.yaml"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(
    here: Here, folder: Path, words: tuple[str, ...]
) -> None:
    ended = here("matrix", *words, "--output", "out")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("files", "called", "names"),
    [
        (("a/v1.yaml", "a/v2.yaml", "a/v3.yaml"), (), ("v1", "v2", "v3")),
        (("a/api.yaml", "b/api.yaml", "c/api.yaml"), (), ("1", "2", "3")),
        (("git:x:api.yaml", "git:y:api.yaml", "git:z:api.yaml"), (), ("x", "y", "z")),
        (("v1.yaml", "v2.yaml", "v1.yaml"), (), ("1", "2", "3")),
        (("v1.yaml", "v2.yaml", "v3.yaml"), (("", ""), ("", "spring")), ("v1", "v2", "spring")),
        (("v1.yaml", "v2.yaml", "v3.yaml"), (("a", "b"), ("x", "c")), ("a", "b", "c")),
        (("v1.yaml", "v2.yaml", "v3.yaml"), (("a", "b"), ("b", "a")), ("v1", "v2", "v3")),
    ],
)
def test_versions_are_told_apart(
    files: tuple[str, ...], called: tuple[tuple[str, str], ...], names: tuple[str, ...]
) -> None:
    documents = [(file, str(number)) for number, file in enumerate(files, 1)]
    pairs = called or [("", "")] * (len(files) - 1)
    intents = [Intent(old_version=old, new_version=new) for old, new in pairs]
    assert row_names(documents, intents) == names
