"""The store: all of a commit or nothing, in one order, durable."""

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.driver.node.call import Call, Counts
from core.driver.node.store import SqliteStore
from core.errors import CoreError
from core.site.store import ABSENT, Change, ForgottenError, Kept, StaleError, key_of


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "site.db", changes_max=8)


def test_a_commit_is_done_in_full_or_not_at_all(store: SqliteStore) -> None:
    first = store.commit([Change(key="a/1", document={"n": 1}, expected=ABSENT)])
    both = [
        Change(key="a/2", document={"n": 2}, expected=ABSENT),
        Change(key="a/1", document={"n": 3}, expected=first + 1),
    ]
    with pytest.raises(StaleError) as told:
        store.commit(both)
    assert told.value.key == "a/1"
    assert store.get("a/2") is None
    assert store.revision() == first
    found = store.get("a/1")
    assert found is not None
    assert (found.document, found.revision) == ({"n": 1}, first)


def test_a_key_that_is_there_or_not_is_as_expected_or_stale(store: SqliteStore) -> None:
    revision = store.commit([Change(key="a/1", document={})])
    with pytest.raises(StaleError):
        store.commit([Change(key="a/1", document={}, expected=ABSENT)])
    with pytest.raises(StaleError):
        store.commit([Change(key="a/2", document=None, expected=revision)])
    store.commit([Change(key="a/1", document=None, expected=revision)])
    assert store.get("a/1") is None


def test_pages_are_of_one_kind_and_in_order(store: SqliteStore) -> None:
    store.commit([Change(key=key, document={}) for key in ("b/1", "a/3", "a/1", "a/2", "ab/1")])
    assert [kept.key for kept in store.page("a")] == ["a/1", "a/2", "a/3"]
    assert [kept.key for kept in store.page("a", after="1", limit=1)] == ["a/2"]


def test_changes_are_told_in_order_until_they_are_forgotten(store: SqliteStore) -> None:
    store.commit([Change(key="a/1", document={"n": 0}), Change(key="a/2", document={"n": 0})])
    store.commit([Change(key="a/1", document=None)])
    told = store.since(0, limit=1)
    assert [(each.key, each.document, each.revision) for each in told] == [
        ("a/1", {"n": 0}, 1),
        ("a/2", {"n": 0}, 1),
    ]
    assert [each.document for each in store.since(1, limit=9)] == [None]
    assert store.since(2, limit=9) == []
    for nth in range(20):
        store.commit([Change(key="a/1", document={"n": nth})])
    with pytest.raises(ForgottenError):
        store.since(0, limit=9)
    with pytest.raises(ForgottenError):
        store.since(store.revision() + 1, limit=9)
    assert len(store.since(store.revision() - 8, limit=100)) == 8


def test_whoever_waits_is_told_of_each_commit(store: SqliteStore) -> None:
    heard = []
    store.heard = lambda: heard.append(store.revision())
    store.commit([Change(key="a/1", document={})])
    with pytest.raises(StaleError):
        store.commit([Change(key="a/1", document={}, expected=ABSENT)])
    assert heard == [1]


def test_of_many_who_expect_the_same_one_commits(store: SqliteStore) -> None:
    def count(_: int) -> int:
        lost = 0
        for _ in range(10):
            while True:
                known = store.get("a/n")
                change = Change(
                    key="a/n",
                    document={"n": known.document["n"] + 1 if known else 1},
                    expected=known.revision if known else ABSENT,
                )
                try:
                    store.commit([change])
                    break
                except StaleError:
                    lost += 1
        return lost

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(count, range(4))) >= 0
    found = store.get("a/n")
    assert found is not None
    assert found.document == {"n": 40}


def test_it_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    before = SqliteStore(path)
    before.commit([Change(key="a/1", document={"text": "ä\u2028\0"})])
    before.close()
    after = SqliteStore(path)
    found = after.get("a/1")
    assert found is not None
    assert found.document == {"text": "ä\u2028\0"}
    after.close()
    for name in tmp_path.iterdir():
        assert name.stat().st_mode & 0o777 == 0o600


def test_what_is_damaged_or_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(CoreError, match="version 9"):
        SqliteStore(path)
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(CoreError, match="cannot be used"):
        SqliteStore(path)


def test_where_sqlite_does_not_write_as_it_is_told_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="would not be durable"):
        SqliteStore(tmp_path / "site.db", mode=("never", "full"))


def test_a_commit_of_what_is_no_json_leaves_nothing(store: SqliteStore) -> None:
    with pytest.raises(TypeError):
        store.commit([Change(key="a/1", document={"n": 1}), Change(key="a/2", document={"n": b""})])
    assert store.get("a/1") is None
    store.commit([Change(key="a/1", document={"n": 1})])


def test_no_more_is_read_for_a_page_than_it_has(store: SqliteStore) -> None:
    names = [f"{nth:04}" for nth in range(1000)]
    store.commit([Change(key=key_of("a", name), document={"id": name}) for name in names])
    read = list[Kept]()

    class Reading:
        def page(self, kind: str, **more: Any) -> Sequence[Kept]:
            read.extend(found := store.page(kind, **more))
            return found

    def page(limit: int, **wanted: str) -> Any:
        site: Any = SimpleNamespace(store=Reading())
        call = Call(site=site, counts=Counts(), values={"limit": limit, "cursor": "0009"})
        return call.page("a", "those", lambda kept: kept.document, **wanted).document

    found = page(300)
    assert [each["id"] for each in found["those"]] == names[10:310]
    assert found["next"] == "0309"
    assert len(read) < 500
    assert page(5, id="0999") == {"those": [{"id": "0999"}], "next": None}
