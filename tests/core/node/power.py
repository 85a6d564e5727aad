"""What a loss of power may leave of files, from the calls that a process has made.

`strace` writes them down. What was written is there for sure once its file was synced, and a name
is once its folder was; of all else any part may be there.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from core.driver.node.store import SqliteStore
from core.site.store import Change
from tests.core.driver.programs import run

COMMITS: Final = 30
CALLS: Final = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,close"
LINE: Final = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)", re.DOTALL)
TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A call: what it did, to which file, and with what."""

    do: str
    name: str = ""
    offset: int = 0
    data: bytes = b""


@dataclass(slots=True)
class File:
    """A file: what is durable of it, and what was done since."""

    durable: bytearray = field(default_factory=bytearray)
    waiting: list[Step] = field(default_factory=list)

    def left(self, rng: Random) -> bytes:
        """As a loss of power may leave it."""
        found = bytearray(self.durable)
        for step in self.waiting:
            if rng.random() < 0.5:
                apply(found, step)
        return bytes(found)


def apply(held: bytearray, step: Step) -> None:
    if step.do == "cut":
        del held[step.offset :]
        held.extend(bytes(step.offset - len(held)))
    else:
        held.extend(bytes(max(0, step.offset - len(held))))
        held[step.offset : step.offset + len(step.data)] = step.data


def steps(log: Path, folder: Path) -> Iterator[Step]:
    """The calls about files in a folder, and the words that were written to standard output."""
    names: dict[str, str] = {}
    for line in log.read_text("latin-1").splitlines():
        if (match := LINE.match(line)) is None or match[3].startswith("-"):
            continue
        call, words, result = match.groups()
        text = TEXT.search(words)
        number = words.partition(",")[0].strip()
        if call == "openat" and text:
            names[result] = literal(text[1]).decode()
            if "O_CREAT" in words and Path(names[result]).parent == folder:
                yield Step(do="create", name=names[result])
        elif call == "close":
            names.pop(number, None)
        elif call == "write" and number == "1" and text:
            yield Step(do="say", data=literal(text[1]))
        elif call == "unlink" and text:
            yield Step(do="unlink", name=literal(text[1]).decode())
        elif number in names and not names[number].endswith("-shm"):
            yield from of_file(call, names[number], words, text)


def of_file(call: str, name: str, words: str, text: "re.Match[str] | None") -> Iterator[Step]:
    if call == "pwrite64" and text:
        yield Step(
            do="write", name=name, offset=int(words.rpartition(",")[2]), data=literal(text[1])
        )
    elif call == "ftruncate":
        yield Step(do="cut", name=name, offset=int(words.rpartition(",")[2]))
    elif call in ("fsync", "fdatasync"):
        yield Step(do="sync", name=name)


def literal(text: str) -> bytes:
    found: bytes = ast.literal_eval(f'b"{text}"')
    return found


@dataclass(slots=True)
class Disk:
    """The folder of a database while steps are done: names that are durable, and those that are."""

    folder: Path
    files: dict[str, File] = field(default_factory=dict)
    durable: dict[str, File] = field(default_factory=dict)

    def do(self, step: Step) -> None:
        """One of them."""
        if step.do == "create":
            self.files.setdefault(step.name, File())
        elif step.do == "unlink":
            self.files.pop(step.name, None)
        elif step.do == "sync" and step.name == str(self.folder):
            self.durable = dict(self.files)
        elif step.do == "sync" and (file := self.files.get(step.name)):
            for each in file.waiting:
                apply(file.durable, each)
            file.waiting.clear()
        elif file := self.files.get(step.name):
            file.waiting.append(step)

    def left(self, rng: Random, where: Path) -> None:
        """Make the files as a loss of power may leave them, any change of a name done or not."""
        for name in sorted({*self.files, *self.durable}):
            file = self.files.get(name) if rng.random() < 0.5 else self.durable.get(name)
            if file is not None:
                (where / Path(name).name).write_bytes(file.left(rng))


def recorded(folder: Path, mode: Sequence[str]) -> list[Step]:
    """What a process does that commits, and after each commit says which it was."""
    log, home = folder / "calls", folder / "home"
    home.mkdir()
    run(
        *("strace", "-f", "-o", str(log), "-s", "100000", "-xx", "-e", f"trace={CALLS}"),
        *(sys.executable, "-m", "tests.core.node.power", str(home / "site.db"), *mode),
        folder=Path(__file__).parents[3],
    )
    return [*steps(log, home)]


def main(path: Path, journal: str, level: str) -> None:
    """Commit, and say so."""
    store = SqliteStore(path, mode=(journal, level))
    for number in range(1, COMMITS + 1):
        store.commit([Change(key="a/n", document={"n": number})])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
