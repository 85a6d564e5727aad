"""Tests for the consumer's own tree: recorded exchanges, and a test file that replays them.

Of all messages that verifying tries those are kept that show something new: a line of the package
that no other went through, a value that the shim brought in, a refusal. Small ones come first.
"""

import hashlib
import json
import os
import sys
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from compat.errors import CompatError
from compat.lens.value import is_json, own
from compat.model.role import Role
from compat.plan.bridge import BridgePlan
from compat.verify import recorded
from compat.verify.bench import Bench
from compat.verify.cases import Case, Origin, Versions
from compat.verify.checks.round_trip import way_back
from compat.verify.checks.witnesses import witnesses
from compat.verify.corpus import Effort, corpus
from compat.verify.driving import Outcome, drive
from compat.verify.evidence import Witness
from compat.verify.excuses import Excuses
from compat.verify.package import Package, imported
from compat.verify.recorded import answer_document, request_document

FORMAT: Final = 1
_TEST: Final = Path(recorded.__file__).read_bytes()

Arc = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the tests of a package go: the file that pytest runs, and the messages beside it."""

    test: Path
    messages: Path


def files_for(package: str, into: Path) -> Written:
    """The files for the package in that folder.

    Raises CompatError if one is there that was not written for this, or was changed since.
    """
    found = Written(test=into / f"test_{package}.py", messages=into / f"test_{package}.json")
    known = _digest_told(found.messages)
    if known is None and found.messages.exists():
        raise _strange(found.messages)
    if found.test.exists() and _digest(found.test.read_bytes()) not in (known, _digest(_TEST)):
        raise _strange(found.test)
    return found


def write_tests(folder: Path, plan: BridgePlan, into: Path, effort: Effort) -> Written:
    """Write the tests of the package in the folder; the same for the same plan and effort.

    Raises PackageError for a package that cannot be imported, and CompatError for files that are
    somebody else's or cannot be written.
    """
    with imported(folder) as package:
        files = files_for(package.name, into)
        bench = Bench(package=package, plan=plan, versions=Versions(plan), excuses=Excuses(plan))
        exchanges = list(_recorded(bench, effort))
        document = {
            "recorded": FORMAT,
            "test": _digest(_TEST),
            "package": package.name,
            "home": Path(os.path.relpath(folder.resolve().parent, into.resolve())).as_posix(),
            "inputs": package.manifest.get("inputs"),
        }
    try:
        into.mkdir(parents=True, exist_ok=True)
        _replace(files.messages, _written(document, exchanges).encode())
        _replace(files.test, _TEST)
    except OSError as error:
        raise CompatError(f"cannot be written: {error.strerror}", where=str(into)) from None
    return files


def _strange(path: Path) -> CompatError:
    return CompatError(
        "the file is not as `isthmus compat verify --write-tests` wrote it",
        where=str(path),
        hint="move it elsewhere, or have the tests written to another folder",
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_told(messages: Path) -> str | None:
    """The digest of the test file that these messages were written with, if they were."""
    try:
        document = json.loads(messages.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "recorded" not in document:
        return None
    return str(document.get("test"))


def _replace(path: Path, content: bytes) -> None:
    """All of the content, or what was there before."""
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        whole.write_bytes(content)
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def _written(head: dict[str, Any], exchanges: list[dict[str, Any]]) -> str:
    """One JSON document, each exchange on a line of its own."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in exchanges)
    return f'{json.dumps(head)[:-1]}, "exchanges": [\n{lines}\n]}}\n'


def _recorded(bench: Bench, effort: Effort) -> Iterator[dict[str, Any]]:
    for role in Role:
        for exchange in bench.plan.exchanges.get(role, ()):
            cases = list(corpus(bench, role, exchange, effort))
            seen: set[Hashable] = set()
            for number, (case, document) in enumerate(_kept(bench, cases, seen)):
                name = f"{role} {exchange.operation} {number}"
                yield {"name": name, **document}
                back = way_back(bench, bench.run(case, foretell=False))
                if case.origin is Origin.DECLARED and back is not None and _is_recordable(back):
                    yield {"name": f"{name}, and back", **_watched(bench, back)[0]}
    for each in witnesses(bench):
        if isinstance(each, Witness) and _is_recordable(each.case):
            name = f"{each.role} witness of {each.difference}"
            yield {"name": name, **_watched(bench, each.case)[0]}


def _kept(
    bench: Bench, cases: Iterable[Case], seen: set[Hashable]
) -> Iterator[tuple[Case, dict[str, Any]]]:
    """The exchanges that show what none before did."""
    found = [(case, *_watched(bench, case)) for case in cases if _is_recordable(case)]
    for case, document, shown in sorted(found, key=lambda each: len(json.dumps(each[1]))):
        if not shown <= seen:
            seen |= shown
            yield case, document


def _is_recordable(case: Case) -> bool:
    """Half surrogate pairs are no text that a file could hold."""
    try:
        repr((case.request, case.answers)).encode()
    except UnicodeEncodeError:
        return False
    return True


def _watched(bench: Bench, case: Case) -> tuple[dict[str, Any], frozenset[Hashable]]:
    """The exchange as JSON, and what it shows."""
    watch = _Watch(bench.package)
    callee = bench.callee(case)
    start = bench.package.face(case.role).exchange
    with watch:
        outcome = drive(start, bench.kinds, case.request, callee)
    given = callee.given
    steps: list[dict[str, Any]] = [
        {"sent": request_document(sent), "answer": answer_document(answered.response)}
        for sent, answered in zip(outcome.sent, given, strict=False)
    ]
    records = [own(each) for each in (given[-1].records if given else ())]
    steps += _ending(outcome)
    document: dict[str, Any] = {
        "role": case.role.value,
        "request": request_document(case.request),
        "steps": steps,
    }
    if outcome.records:
        document["records"] = records
    return document, frozenset({*watch.arcs, *_brought_in(case, outcome)})


def _ending(outcome: Outcome) -> Iterator[dict[str, Any]]:
    if outcome.refused is not None:
        yield {"refused": outcome.refused}
    elif outcome.answer is not None:
        yield {"returned": answer_document(outcome.answer)}
        if outcome.answer.records is not None:
            yield {"records": [_record(each) for each in outcome.records]}


def _record(converted: Any) -> Any:
    return {"refused": converted.args[0]} if isinstance(converted, KeyError) else converted


def _brought_in(case: Case, outcome: Outcome) -> Iterator[Hashable]:
    """Values and names that come out and did not go in, and how it ends."""
    went_in = set(_atoms([case.request, *case.answers.values()]))
    came_out = set(_atoms([*outcome.sent, outcome.answer, *outcome.records]))
    yield from came_out - went_in
    yield "refused", outcome.refused
    if outcome.answer is not None:
        yield "status", outcome.answer.status


def _atoms(value: Any) -> Iterator[Hashable]:
    """The scalars and field names in messages, each with its type."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield "name", name
            yield from _atoms(member)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _atoms(item)
    elif hasattr(value, "response"):
        yield from _atoms([value.response, *value.records])
    elif hasattr(value, "headers"):
        yield from _atoms([getattr(value, "query", []), value.headers, value.body])
    elif is_json(value):
        yield type(value).__name__, value


@dataclass(eq=False)
class _Watch:
    """Notes which lines of a package follow each other while it is at work."""

    package: Package
    arcs: set[Arc] = field(default_factory=set)
    _last: dict[int, int] = field(default_factory=dict)
    _before: Any = None

    def __enter__(self) -> "_Watch":
        self._before = sys.gettrace()
        sys.settrace(self._entered)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _entered(self, frame: FrameType, _event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(str(self.package.folder)):
            return None
        self._last[id(frame)] = 0
        return self._line

    def _line(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            name = Path(frame.f_code.co_filename).name
            before = self._last.get(id(frame), 0)
            self.arcs.add((name, before, frame.f_lineno))
            self._last[id(frame)] = frame.f_lineno
        return self._line
