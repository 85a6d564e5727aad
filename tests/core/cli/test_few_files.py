"""A long history, and processes that may not have many files open."""

import os
import subprocess
from errno import EMFILE
from pathlib import Path

import pytest

from compat.errors import Exit
from core.driver.folder import DiskFile, DiskFolder
from tests.core.cli.running import Here
from tests.core.cli.test_protect import ISTHMUS, LISTEN, PATIENCE_S, environment
from tests.core.driver.waiting import until
from tests.core.journals import Made, made

EPOCHS = 150
LIMIT = 64


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    found = made(tmp_path_factory.mktemp("long"), (128 << 10,))
    writer = found.opened()
    for nth in range(EPOCHS):
        found.write(writer, 0, 512 * nth, bytes([nth + 1]) * 512)
        writer.begin_epoch()
    writer.close()
    return found


def limited(most: int, *words: object) -> subprocess.CompletedProcess[str]:
    """A command that can have no more files open than that, whatever it asks for."""
    command = ("sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", *ISTHMUS, *map(str, words))
    return subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )


def test_a_history_has_more_segments_than_a_process_has_files(
    journal: Made, tmp_path: Path
) -> None:
    target = tmp_path / "then.img"
    words = ("journal", "restore", journal.folder, "--at", f"sequence:{EPOCHS // 2}")
    for asked in (
        (*words, "--output", target),
        ("journal", "list", journal.folder),
        ("journal", "verify", journal.folder),
        ("bookmark", "list", journal.folder),
        ("bookmark", "add", journal.folder, "now"),
    ):
        done = limited(LIMIT, *asked)
        assert done.returncode == 0, (asked, done.stderr)
    assert target.read_bytes() == journal.recorder.states[EPOCHS // 2][0]


def test_where_there_are_too_few_it_is_told_what_to_do(
    here: Here, journal: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_folder: DiskFolder, name: str, *, writable: bool) -> DiskFile:
        assert not writable
        raise OSError(EMFILE, os.strerror(EMFILE), name)

    monkeypatch.setattr(DiskFolder, "open", refused)
    ended = here("journal", "list", journal.folder)
    assert ended.code == Exit.BAD_INPUT
    assert "journal.json: Too many open files\n  allow more with `ulimit -n`" in ended.err


def test_what_serves_allows_itself_as_many_files_as_it_may(tmp_path: Path) -> None:
    words = ("protect", "disk.img", "--create", "1MiB", "--journal", "journal", *LISTEN)
    command = ("sh", "-c", 'ulimit -Sn 100; ulimit -Hn 500; exec "$@"', "sh", *ISTHMUS, *words)
    with subprocess.Popen(command, cwd=tmp_path, env=environment()) as process:
        try:
            until((tmp_path / "disk.sock").exists)
            limits = Path(f"/proc/{process.pid}/limits").read_text(encoding="utf-8")
        finally:
            process.terminate()
    assert process.returncode == os.EX_OK
    line = next(each for each in limits.splitlines() if each.startswith("Max open files"))
    assert line.split()[3:5] == ["500", "500"]
