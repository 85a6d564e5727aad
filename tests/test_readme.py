"""The README, done as it stands: its files written, its commands run, its code executed."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree
from signal import SIGTERM

import pytest
from click import Command, Context, Group

from compat.cli.forms import Form
from compat.cli.settings import read_settings
from compat.emit.package import runtime_parts
from compat.emit.runtime.reading import BODY_LIMIT
from compat.errors import Exit
from compat.intent.model import Then
from compat.plan.bridge import Verdict
from core.cli.program import root
from tests.compat.cli.running import environment

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w.]+)\n")
EXPECTED = re.compile(r"\s*# exit (\d+)$")
RUN_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of the README."""

    language: str
    text: str


def blocks() -> Iterator[Block]:
    for language, text in BLOCK.findall(README):
        yield Block(language=language, text=text)


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python in the folder, with the product importable and as strict about warnings as tests."""
    return subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )


def run_line(folder: Path, line: str) -> None:
    """A command line of the README, which must end as its comment says, else with 0."""
    expected = EXPECTED.search(line)
    words = EXPECTED.sub("", line).split()
    assert words[0] == "isthmus"
    done = python(folder, "-m", "compat", *words[1:])
    assert done.returncode == int(expected.group(1) if expected else 0), line + done.stderr
    assert done.stdout or done.stderr


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which somebody did what the README says, in its order."""
    folder = tmp_path_factory.mktemp("readme")
    for block in blocks():
        match block.language:
            case "yaml":
                named = FILE.match(block.text)
                assert named is not None
                (folder / named.group(1)).write_text(block.text, encoding="utf-8")
            case "sh":
                for line in block.text.splitlines():
                    if line.startswith("isthmus "):
                        run_line(folder, line)
            case "python":
                done = python(folder, "-c", block.text)
                assert done.returncode == 0, block.text + done.stderr
    return folder


def test_the_tutorial_can_be_followed_as_it_stands(followed: Path) -> None:
    manifest = json.loads((followed / "lamps_v1_v2" / "manifest.json").read_bytes())
    assert manifest["package"] == "lamps_v1_v2"
    assert manifest["gaps"] == []


def test_three_gaps_need_a_person_s_word_as_the_tutorial_says(followed: Path) -> None:
    words = ("v1.yaml", "v2.yaml", "--out", ".", "--package", "without_intent")
    done = python(followed, "-m", "compat", "compat", "generate", *words)
    assert "3 open gaps" in done.stdout
    (shown,) = (block.text for block in blocks() if block.text.startswith("v1.yaml:"))
    assert shown in done.stdout


def test_who_can_talk_to_whom_is_drawn_as_it_is_shown(followed: Path) -> None:
    told = python(followed, "-m", "compat", "compat", "matrix", "v1.yaml", "v2.yaml").stdout
    (shown,) = (block.text for block in blocks() if block.text.startswith("client ↓"))
    assert shown in told
    assert (followed / "matrix.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_what_changed_is_told_as_it_is_shown(followed: Path) -> None:
    told = python(followed, "-m", "compat", "compat", "diff", "v1.yaml", "v2.yaml").stdout
    (shown,) = (block.text for block in blocks() if block.text.startswith("POST /lamps\n"))
    assert told.partition("\n\n")[2].startswith(shown)
    assert (followed / "diff.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_what_a_shim_does_about_it_is_told_as_it_is_shown(followed: Path) -> None:
    words = ("v1.yaml", "v2.yaml", "--intent", "intent.yaml", "--witnesses")
    told = python(followed, "-m", "compat", "compat", "diff", *words).stdout
    (shown,) = (block.text for block in blocks() if block.text.startswith("  ERR  request body"))
    assert shown in told


def test_every_form_of_changes_is_explained() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", README, re.MULTILINE)
    explained = [form for row in rows for form in re.findall(r"`(\w+)`", row)]
    assert [form.value for form in Form if form.value not in explained] == []


def test_the_gate_says_what_is_shown(followed: Path) -> None:
    words = ("compat", "check", "v1.yaml", "v2.yaml", "--fail-on", "none")
    told = python(followed, "-m", "compat", *words).stdout
    (shown,) = (block.text for block in blocks() if block.text.startswith("without a shim:"))
    assert told.startswith(shown)


def test_the_settings_of_the_gate_that_are_shown_are_settings(tmp_path: Path) -> None:
    (shown,) = (block.text for block in blocks() if block.language == "toml")
    (tmp_path / "pyproject.toml").write_text(shown, encoding="utf-8")
    settings = read_settings(str(tmp_path / "pyproject.toml"))
    assert [each.owner for each in settings.accepted] == ["storage"]
    assert (settings.stable_days, len(settings.without_paths), len(settings.levels)) == (90, 1, 1)


def test_every_way_to_follow_an_acceptance_is_explained() -> None:
    (accepted,) = re.findall(r"^    then: (.*)$", README, re.MULTILINE)
    assert [each.value for each in Then if each.value not in accepted] == []


def test_the_package_has_the_files_that_are_shown(followed: Path) -> None:
    (shown,) = (block.text for block in blocks() if block.text.startswith("lamps_v1_v2/\n"))
    names = re.findall(r"^  ((?:[\w.]+ )*[\w./]+)  ", shown, re.MULTILINE)
    paths = {path for name in names for path in name.split()} - {"hooks.py", "hooks_protocol.py"}
    assert "__init__.py" in paths
    assert [path for path in paths if not (followed / "lamps_v1_v2" / path).exists()] == []
    assert {"httpx.py", "asgi.py", "wsgi.py"} <= runtime_parts().keys()
    rest = {path.name for path in (followed / "lamps_v1_v2").iterdir()} - {"__pycache__"}
    assert rest - {path.rstrip("/") for path in paths} <= runtime_parts().keys() | {"py.typed"}


def test_what_needs_nobody_s_word_is_counted_at_the_end(followed: Path) -> None:
    words = ("v1.yaml", "v2.yaml", "--intent", "intent.yaml", "--out", ".", "--package", "counted")
    told = python(followed, "-m", "compat", "compat", "generate", *words).stdout
    assert "client → old server: 3 lossy" in told


def test_a_comment_that_was_edited_is_seen_by_the_check_alone(followed: Path) -> None:
    edited = followed / "edited"
    copytree(followed / "lamps_v1_v2", edited / "lamps_v1_v2")
    for name in ("v1.yaml", "v2.yaml", "intent.yaml"):
        copy(followed / name, edited)
    with (edited / "lamps_v1_v2" / "old_client.py").open("a", encoding="utf-8") as file:
        file.write("# by hand\n")
    isthmus = ("-m", "compat", "compat")
    verified = python(edited, *isthmus, "verify", "lamps_v1_v2", "--examples", "0")
    assert verified.returncode == Exit.OK, verified.stdout
    checked = python(edited, *isthmus, "generate", "lamps_v1_v2", "--check")
    assert checked.returncode == Exit.FINDINGS


ALONE = """
import sys
sys.path.insert(0, ".")
import lamps_v1_v2 as shim
for face, path in ((shim.old_client, "/v1/lamps"), (shim.new_client, "/v2/lamps")):
    next(face.exchange(shim.Request(method="POST", path=path, body={})))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_shim_runs_on_the_standard_library_alone(followed: Path) -> None:
    done = python(followed, "-S", "-I", "-c", ALONE)
    assert done.returncode == 0, done.stderr
    ours = {"lamps_v1_v2", "__main__"}
    assert set(done.stdout.split()) - sys.stdlib_module_names == ours


def test_the_usage_lines_name_what_there_is(followed: Path) -> None:
    """Every option and command of a line that is only shown exists."""
    lines = [
        line
        for block in blocks()
        for line in block.text.splitlines()
        if block.language == "text" and line.startswith("isthmus ")
    ]
    lines += re.findall(r"^\| `(isthmus [^`]+)`", README, re.MULTILINE)
    assert len(lines) >= 6
    assert followed.is_dir()
    for line in lines:
        command: Command = root
        words = line.split()[1:]
        if words[0] == "--site":  # of the program itself, with a value
            assert words[0] in {option for each in command.params for option in each.opts}
            del words[:2]
        while isinstance(command, Group):
            found = command.get_command(Context(command), words.pop(0))
            assert found is not None, line
            command = found
        known = {option for each in command.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_every_exit_code_and_verdict_is_explained() -> None:
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert explained == {int(code) for code in Exit} | {128 + SIGTERM}
    assert [each.label for each in Verdict if f"`{each.label}`" not in README] == []


def differences_after(folder: Path, *replacements: tuple[str, str]) -> dict[str, str]:
    """Kind and verdict of what differs between the tutorial's first spec and a change of it."""
    text = (folder / "v1.yaml").read_text(encoding="utf-8")
    (folder / "before.yaml").write_text(text, encoding="utf-8")
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)
    (folder / "after.yaml").write_text(text, encoding="utf-8")
    words = ("-m", "compat", "compat", "plan", "before.yaml", "after.yaml", "--format", "json")
    document = json.loads(python(folder, *words).stdout)
    return {each["kind"]: each["verdict"] for each in document["differences"]}


def test_a_change_of_meaning_alone_is_not_seen(followed: Path) -> None:
    assert differences_after(followed, ("Seconds until", "Hours until")) == {}


def test_a_change_between_json_and_another_media_type_is_a_gap(followed: Path) -> None:
    found = differences_after(followed, ("application/json", "text/plain"))
    assert found["media-type-changed"] == Verdict.UNBRIDGEABLE.label


def test_the_limit_of_bodies_is_the_one_that_is_told() -> None:
    assert f"{BODY_LIMIT >> 20} MiB" in README
