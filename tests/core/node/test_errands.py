"""Commands that are run for an answer, and operations: done in time, or let be."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from core.driver.node import errand
from core.driver.node.clock import now_ns
from core.driver.node.errand import Cancelled
from core.driver.node.operations import Operations
from core.driver.node.process import Bell
from core.driver.node.store import SqliteStore
from core.errors import CoreError
from core.site import operation
from core.site.problem import Problem
from core.site.store import Change, Document, StoreFailedError, key_of
from tests.core.driver.waiting import until

SLOW = ("simulate", "--seeds", "100000", "--format", "json")


def test_what_a_command_prints_is_its_answer(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(b"x" * (256 << 10))
    told: list[tuple[int, int]] = []
    words = ("signature", str(image), "--format", "json")
    found = errand.run(words, within_s=60, progress=lambda done, of: told.append((done, of)))
    assert found["length"] == 256 << 10
    assert told == [(256 << 10, 256 << 10)]


def test_what_it_refuses_is_told_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Problem) as told:
        errand.run(("journal", "list", str(tmp_path / "none")), within_s=60)
    assert (told.value.kind, told.value.status) == ("refused", 422)
    assert told.value.what.endswith("there is no such folder")
    assert told.value.hint.startswith("name the folder")
    with caplog.at_level(logging.ERROR), pytest.raises(Problem) as bad:
        errand.run(("journal", "list", "--nonsense"), within_s=60)
    assert (bad.value.kind, bad.value.hint) == ("bug", "the node's log says more")
    assert "--nonsense" in caplog.text


def test_one_that_is_late_is_ended() -> None:
    with pytest.raises(Problem) as told:
        errand.run(SLOW, within_s=0.7)
    assert told.value.kind == "late"


def test_one_that_nobody_wants_any_more_is_ended() -> None:
    bell = Bell()
    timer = Timer(0.7, bell.ring)
    timer.start()
    with pytest.raises(Cancelled):
        errand.run(SLOW, within_s=60, cancelled=bell)
    timer.join()


class Steps:
    """An operation that ends as it is told to."""

    def __init__(self) -> None:
        self.began, self.go, self.error = Event(), Event(), CoreError("no room", hint="make some")
        self.fails = False

    def __call__(
        self,
        _document: Document,
        within_s: float,
        bell: Bell,
        progress: Callable[[int, int], object],
    ) -> Mapping[str, Any]:
        assert within_s > 0
        progress(1, 4)
        self.began.set()
        while not self.go.wait(0.01):
            if bell.rings():
                raise Cancelled
        if self.fails:
            raise self.error
        return {"n": 1}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    found = SqliteStore(tmp_path / "site.db")
    yield found
    found.close()


def begun(store: SqliteStore, operations: Operations, kind: str, within_s: float = 60) -> str:
    document = operation.new_operation(
        kind,
        "1",
        {},
        number=f"{kind}{store.revision()}",
        created="",
        created_ns=now_ns(),
        deadline="",
        deadline_ns=now_ns() + int(within_s * 10**9),
    )
    key = key_of(operation.KIND, document["id"])
    store.commit([Change(key=key, document=document)])
    operations.enqueue(document["id"])
    return key


def state(store: SqliteStore, key: str) -> str:
    kept = store.get(key)
    assert kept is not None
    return str(kept.document["state"])


def test_an_operation_ends_with_its_result_or_with_what_was_wrong(store: SqliteStore) -> None:
    steps = Steps()
    operations = Operations(store, {"signature": steps})
    key = begun(store, operations, "signature")
    assert steps.began.wait(5)
    kept = store.get(key)
    assert kept is not None
    assert kept.document["progress"] == {"done": 1, "total": 4, "left_s": None}
    steps.go.set()
    until(lambda: state(store, key) == "succeeded")
    done = store.get(key)
    assert done is not None
    assert (done.document["result"], done.document["progress"]["done"]) == ({"n": 1}, 4)
    steps.fails = True
    failed = begun(store, operations, "signature")
    until(lambda: state(store, failed) == "failed")
    told = store.get(failed)
    assert told is not None
    assert told.document["problem"]["detail"] == "no room"
    late = begun(store, operations, "signature", within_s=-1)
    until(lambda: state(store, late) == "failed")
    operations.stop()


def test_what_cannot_be_told_of_how_far_it_is_does_not_end_it(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, commit = Steps(), store.commit
    operations = Operations(store, {"signature": steps})

    def full(changes: Sequence[Change]) -> int:
        document = changes[0].document
        if document is not None and document["progress"]["total"]:
            monkeypatch.undo()
            raise StoreFailedError("the store failed: database or disk is full")
        return commit(changes)

    monkeypatch.setattr(store, "commit", full)
    key = begun(store, operations, "signature")
    steps.go.set()
    until(lambda: state(store, key) not in ("pending", "running"))
    assert (state(store, key), store.commit) == ("succeeded", commit)
    operations.stop()


def test_one_is_cancelled_while_it_goes_on_unless_it_cannot_be(store: SqliteStore) -> None:
    signing, rewinding = Steps(), Steps()
    operations = Operations(store, {"signature": signing, "rewind": rewinding})
    keys = [begun(store, operations, kind) for kind in ("signature", "rewind")]
    assert signing.began.wait(5)
    assert rewinding.began.wait(5)
    first, second = (store.get(key) for key in keys)
    assert first is not None
    assert second is not None
    assert operations.cancel(first).document["state"] == "cancelled"
    with pytest.raises(Problem, match="carried out to its end"):
        operations.cancel(second)
    rewinding.go.set()
    until(lambda: state(store, keys[1]) == "succeeded")
    assert state(store, keys[0]) == "cancelled"
    operations.stop()


def test_what_the_node_leaves_is_done_in_its_next_life_if_it_can_be(store: SqliteStore) -> None:
    signing, rewinding = Steps(), Steps()
    before = Operations(store, {"signature": signing, "rewind": rewinding})
    keys = [begun(store, before, kind) for kind in ("signature", "rewind")]
    assert signing.began.wait(5)
    assert rewinding.began.wait(5)
    before.stop()
    assert [state(store, key) for key in keys] == ["running", "running"]
    signing.go.set()
    after = Operations(store, {"signature": signing, "rewind": rewinding})
    after.begin()
    until(lambda: state(store, keys[0]) == "succeeded")
    assert state(store, keys[1]) == "failed"
    kept = store.get(keys[1])
    assert kept is not None
    assert "does not know what became of it" in kept.document["problem"]["detail"]
    after.stop()
