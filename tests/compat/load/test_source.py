"""Documents from files, standard input, git and HTTP."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from compat.load import SpecError
from compat.load.limits import DOCUMENT_BYTES_MAX
from compat.source import fetcher, load_interface
from tests.compat.load.written import HEADS

PATHS = "paths: {}\ncomponents: {schemas: {A: {$ref: 'more/a.yaml'}}}\n"
SPEC = HEADS["3.0"] + PATHS
SIBLING = "{type: integer}\n"


def refusal(name: str, *, remote: bool = False) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load_interface(name, remote=remote)
    assert caught.value.where
    assert caught.value.hint
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spec with a sibling below it, and something beside it that is none of its business."""
    specs = tmp_path / "specs"
    (specs / "more").mkdir(parents=True)
    (specs / "v1.yaml").write_text(SPEC)
    (specs / "more" / "a.yaml").write_text(SIBLING)
    (tmp_path / "secret.yaml").write_text(SIBLING)
    return specs


def test_a_file_and_its_siblings_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_interface(str(folder / "v1.yaml"))
    assert found.problems == ()
    assert list(found.interface.schemas) == [
        f"{folder}/v1.yaml#/components/schemas/A",
        f"{folder}/more/a.yaml#",
    ]
    monkeypatch.chdir(folder)
    assert "more/a.yaml#" in load_interface("v1.yaml").interface.schemas


def test_a_link_out_of_the_directory_is_refused(folder: Path) -> None:
    (folder / "more" / "a.yaml").unlink()
    (folder / "more" / "a.yaml").symlink_to(folder.parent / "secret.yaml")
    assert "link leads out" in refusal(str(folder / "v1.yaml")).what
    (folder / "v1.yaml").write_text(SPEC.replace("more/a.yaml", "a.yaml"))
    (folder / "a.yaml").symlink_to(folder.parent / "secret.yaml")
    assert "link leads out" in refusal(str(folder / "v1.yaml")).what


def test_links_inside_the_directory_and_to_the_spec_itself_are_followed(folder: Path) -> None:
    (folder / "more" / "a.yaml").rename(folder / "b.yaml")
    (folder / "more" / "a.yaml").symlink_to(folder / "b.yaml")
    assert load_interface(str(folder / "v1.yaml")).problems == ()
    (folder.parent / "linked.yaml").symlink_to(folder / "plain.yaml")
    (folder / "plain.yaml").write_text(HEADS["3.0"] + "paths: {}\n")
    assert load_interface(str(folder.parent / "linked.yaml")).problems == ()


@pytest.mark.parametrize("name", ["nothing.yaml", "", ".", "a\0b", "x" * 5000, "v1.yaml/x"])
def test_what_is_no_readable_file_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SpecError, match="cannot be read"):
        load_interface(name)


def test_a_large_file_is_refused(folder: Path) -> None:
    with (folder / "large.yaml").open("wb") as file:
        file.truncate(200_000_000)
    assert "MiB" in refusal(str(folder / "large.yaml")).what


def test_what_never_ends_is_read_to_the_limit_only() -> None:
    assert "MiB" in refusal("/dev/zero").what


def test_a_pipe_that_somebody_names_is_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    text = HEADS["3.0"] + "paths: {}\n"
    writer = threading.Thread(target=(folder / "pipe.yaml").write_text, args=(text,), daemon=True)
    writer.start()
    assert load_interface(str(folder / "pipe.yaml")).interface.title == "t"
    writer.join(timeout=10)


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("pipe", "it is no regular file"),
        ("more", "it is a folder"),
        ("gone.yaml", "No such file"),
        ("n" * 5_000, "File name too long"),
        ("/" + "n" * 5_000, "not a path relative to the spec"),
    ],
    ids=["pipe", "folder", "missing", "long", "long and absolute"],
)
def test_a_reference_to_what_cannot_be_read_is_told_where_it_stands(
    folder: Path, reference: str, what: str
) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "v1.yaml").write_text(SPEC.replace("more/a.yaml", reference))
    refused = refusal(str(folder / "v1.yaml"))
    assert what in refused.what
    assert refused.where.startswith(f"{folder}/v1.yaml:4:")
    assert len(refused.what) < 300


def test_standard_input_is_read_once_and_has_no_siblings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO((HEADS["3.0"] + "paths: {}\n").encode()))
    monkeypatch.setattr(sys, "stdin", given)
    assert load_interface("-").interface.title == "t"
    assert "empty" in refusal("-").what
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SPEC.encode())))
    assert "standard input has no siblings" in refusal("-").what


def test_standard_input_is_read_to_the_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/zero").open() as endless:
        monkeypatch.setattr(sys, "stdin", endless)
        assert "MiB" in refusal("-").what


@pytest.fixture
def repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder under git, committed and tagged, then changed."""
    top = folder.parent
    for variable in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(top)

    def git(*words: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", *identity, *words], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    git("tag", "v1")
    (folder / "more" / "a.yaml").write_text("{type: string}\n")
    git("commit", "--quiet", "-am", "two")
    (folder / "more" / "a.yaml").write_text("not even: [a schema\n")
    return top


@pytest.mark.parametrize(
    ("revision", "kind"), [("v1", "integer"), ("HEAD", "string"), ("HEAD~1", "integer")]
)
def test_a_revision_in_git_is_read_with_its_siblings_of_that_revision(
    repository: Path, revision: str, kind: str
) -> None:
    assert repository.is_dir()
    found = load_interface(f"git:{revision}:specs/v1.yaml").interface
    sibling = found.schemas[f"git:{revision}:specs/more/a.yaml#"]
    assert [str(each) for each in sibling.kinds] == [kind]
    assert str(sibling.place) == f"git:{revision}:specs/more/a.yaml:1:1"


def test_what_is_staged_is_read_with_its_staged_siblings(repository: Path) -> None:
    sibling = repository / "specs" / "more" / "a.yaml"
    sibling.write_text("{type: boolean}\n")
    subprocess.run(["git", "add", "specs/more/a.yaml"], check=True)
    sibling.write_text("{type: number}\n")
    found = load_interface("git::specs/v1.yaml").interface
    assert [str(each) for each in found.schemas["git::specs/more/a.yaml#"].kinds] == ["boolean"]


@pytest.mark.parametrize(
    "name",
    [
        "git:v9:specs/v1.yaml",
        "git:v1:specs/nothing.yaml",
        "git:v1:specs",
        "git:v1",
        "git:",
        "git::specs/nothing.yaml",
        "git::specs",
        "git:v1:",
        "git:v1\0:x",
    ],
)
def test_what_git_does_not_have_is_refused(repository: Path, name: str) -> None:
    assert repository.is_dir()
    refusal(name)


def test_a_large_file_in_git_is_refused(repository: Path) -> None:
    with (repository / "large.yaml").open("wb") as file:
        file.truncate(DOCUMENT_BYTES_MAX + 1)
    subprocess.run(["git", "add", "large.yaml"], check=True)
    tree = subprocess.run(["git", "write-tree"], check=True, capture_output=True, text=True)
    name = f"git:{tree.stdout.strip()}:large.yaml"
    with pytest.raises(SpecError, match="MiB"):
        fetcher(name)(name)


def test_git_has_only_so_much_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("compat.git.GIT_TIMEOUT_S", 0.1)
    assert "timed out" in refusal("git:HEAD:v1.yaml").what


@pytest.mark.parametrize("revision", ["--output=stolen", "-s", "--textconv"])
def test_an_option_of_git_is_no_revision(repository: Path, revision: str) -> None:
    assert "not the name of a file" in refusal(f"git:{revision}:x").what
    assert sorted(path.name for path in repository.iterdir()) == [".git", "secret.yaml", "specs"]


def test_git_outside_a_repository_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "git has no such file" in refusal("git:HEAD:v1.yaml").what


def test_without_git_it_is_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert repository.is_dir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git cannot be asked" in refusal("git:HEAD:specs/v1.yaml").what


class Documents(BaseHTTPRequestHandler):
    """Specs, redirects, an endless document, a slow one, and what is not there."""

    endless_sent_bytes = 0

    def do_GET(self) -> None:  # the name that http.server calls
        if self.path == "/moved.yaml":
            self.send_response(302)
            self.send_header("Location", "/specs/v1.yaml")
            self.end_headers()
        elif self.path == "/circle.yaml":
            self.send_response(302)
            self.send_header("Location", "/circle.yaml")
            self.end_headers()
        elif self.path == "/slow.yaml":
            self.send_response(200)
            self.end_headers()
            self._drip()
        elif self.path == "/endless.yaml":
            self.send_response(200)
            self.end_headers()
            self._send_until_told_to_stop()
        elif self.path in ("/specs/v1.yaml", "/specs/more/a.yaml"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write((SPEC if "v1" in self.path else SIBLING).encode())
        else:
            self.send_error(404)

    def _drip(self) -> None:
        for _ in range(100):
            try:
                self.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.02)

    def _send_until_told_to_stop(self) -> None:
        while Documents.endless_sent_bytes <= 2 * DOCUMENT_BYTES_MAX:
            try:
                Documents.endless_sent_bytes += self.wfile.write(b" " * (1 << 20))
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Documents) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_url_is_read_with_its_siblings_where_that_is_allowed(server: str) -> None:
    url = f"{server}/specs/v1.yaml"
    found = load_interface(url, remote=True)
    assert found.problems == ()
    assert f"{server}/specs/more/a.yaml#" in found.interface.schemas


def test_a_url_is_refused_where_it_is_not_allowed(server: str) -> None:
    refused = refusal(f"{server}/specs/v1.yaml")
    assert "HTTP is off" in refused.what
    assert "--remote" in (refused.hint or "")


def test_a_file_refers_to_a_url_only_where_that_is_allowed(server: str, folder: Path) -> None:
    text = SPEC.replace("more/a.yaml", f"{server}/specs/more/a.yaml")
    (folder / "v1.yaml").write_text(text)
    refused = refusal(str(folder / "v1.yaml"))
    assert "fetching is off" in refused.what
    assert "--remote" in (refused.hint or "")
    assert load_interface(str(folder / "v1.yaml"), remote=True).problems == ()


def test_redirects_are_followed_to_an_end(server: str) -> None:
    assert fetcher("", remote=True)(f"{server}/moved.yaml") == SPEC.encode()
    assert "cannot be fetched" in refusal(f"{server}/circle.yaml", remote=True).what


@pytest.mark.parametrize(
    "url",
    [
        "{server}/nothing.yaml",
        "http://127.0.0.1:1/x",
        "http://[",
        "http://host:port/x",
        "https://{server}",
        "http://",
    ],
)
def test_what_cannot_be_fetched_is_refused(server: str, url: str) -> None:
    assert "cannot be fetched" in refusal(url.format(server=server), remote=True).what


def test_an_endless_answer_is_refused_at_the_limit(server: str) -> None:
    Documents.endless_sent_bytes = 0
    assert "MiB" in refusal(f"{server}/endless.yaml", remote=True).what
    assert Documents.endless_sent_bytes < 1.5 * DOCUMENT_BYTES_MAX


def test_an_answer_has_only_so_much_time(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compat.source.HTTP_TIMEOUT_S", 0.3)
    assert "cannot be fetched" in refusal(f"{server}/slow.yaml", remote=True).what
