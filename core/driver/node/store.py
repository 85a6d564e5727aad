"""A site's store in one file of SQLite.

An acknowledged commit survives a loss of power: write-ahead log, and a sync of it in each commit.
Of what SQLite does without being told that is not true: there a commit is done when a file goes,
and nobody syncs that.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final

from core.driver.folder import FILE_MODE
from core.errors import CoreError
from core.site.store import (
    ABSENT,
    Change,
    Changed,
    ForgottenError,
    Kept,
    StaleError,
    StoreFailedError,
    kind_of,
)

MODE: Final = ("wal", "full")
CHANGES_MAX: Final = 10_000
VERSION: Final = 1

_LEVELS: Final = ("off", "normal", "full", "extra")
_TABLES: Final = (
    "CREATE TABLE kept (key TEXT PRIMARY KEY, document TEXT NOT NULL, revision INTEGER NOT NULL) "
    "WITHOUT ROWID",
    "CREATE TABLE changed (revision INTEGER NOT NULL, key TEXT NOT NULL, document TEXT, "
    "PRIMARY KEY (revision, key)) WITHOUT ROWID",
    "CREATE TABLE head (revision INTEGER NOT NULL, forgotten INTEGER NOT NULL)",
    "INSERT INTO head VALUES (0, 0)",
    f"PRAGMA user_version = {VERSION}",
)


class SqliteStore:
    """See `core.site.store.SiteStore`; for any thread."""

    def __init__(
        self, path: Path, *, mode: tuple[str, str] = MODE, changes_max: int = CHANGES_MAX
    ) -> None:
        """Open it, or make it. Of changes at least `changes_max` are kept for who follows them."""
        self.path, self._changes_max = path, changes_max
        self._lock = RLock()
        self.heard: Callable[[], object] = lambda: None
        """Called after each commit, by the thread that has made it."""
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE))
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._choose(*mode)
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise CoreError(f"the store cannot be used: {error}", where=str(path)) from error
        except BaseException:
            self._connection.close()
            raise

    def _choose(self, journal: str, level: str) -> None:
        """Have SQLite write so, and see that it does."""
        ask = self._connection.execute
        (chosen,) = ask(f"PRAGMA journal_mode = {journal}").fetchone()
        ask(f"PRAGMA synchronous = {level}")
        (told,) = ask("PRAGMA synchronous").fetchone()
        if (chosen, _LEVELS[told]) != (journal, level):
            raise CoreError(
                f"SQLite writes as {chosen}, {_LEVELS[told]}, and commits would not be durable",
                where=str(self.path),
                hint="put it on a local file system",
            )

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise CoreError(
                f"the store is of version {version}, and only {VERSION} is known",
                where=str(self.path),
                hint="a newer release has made it: use that",
            )
        if version == 0:
            with self._transaction():
                for statement in _TABLES:
                    self._connection.execute(statement)
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise CoreError(f"the store is damaged: {found}", where=str(self.path))

    def get(self, key: str) -> Kept | None:
        """See `SiteStore`."""
        with self._reading():
            row = self._connection.execute(
                "SELECT key, document, revision FROM kept WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else _kept(*row)

    def page(self, kind: str, *, after: str = "", limit: int | None = None) -> Sequence[Kept]:
        """See `SiteStore`."""
        with self._reading():
            rows = self._connection.execute(
                "SELECT key, document, revision FROM kept WHERE key > ? AND key < ? "
                "ORDER BY key LIMIT ?",
                (f"{kind}/{after}", f"{kind}0", -1 if limit is None else limit),
            ).fetchall()
        return [_kept(*row) for row in rows]

    def commit(self, changes: Sequence[Change]) -> int:
        """See `SiteStore`."""
        with self._transaction():
            revision = self.revision() + 1
            for each in changes:
                self._apply(each, revision)
            self._forget(revision)
        self.heard()
        return revision

    def revision(self) -> int:
        """See `SiteStore`."""
        with self._reading():
            (found,) = self._connection.execute("SELECT revision FROM head").fetchone()
        return int(found)

    def since(self, revision: int, *, limit: int) -> Sequence[Changed]:
        """See `SiteStore`; what one commit did is never in two answers."""
        with self._reading():
            (forgotten,) = self._connection.execute("SELECT forgotten FROM head").fetchone()
            if revision < forgotten or revision > self.revision():
                raise ForgottenError(f"what came after revision {revision} is not known")
            rows = self._connection.execute(
                "SELECT key, document, revision FROM changed WHERE revision > ?1 AND revision <= "
                "coalesce((SELECT revision FROM changed WHERE revision > ?1 ORDER BY revision "
                "LIMIT 1 OFFSET ?2), ?3) ORDER BY revision, key",
                (revision, limit - 1, self.revision()),
            ).fetchall()
        return [
            Changed(key=key, document=text and json.loads(text), revision=at)
            for key, text, at in rows
        ]

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            self._connection.close()

    def _apply(self, change: Change, revision: int) -> None:
        known = self.get(change.key)
        has = ABSENT if known is None else known.revision
        if change.expected not in (None, has):
            raise StaleError(change.key)
        text = None if change.document is None else json.dumps(change.document)
        if text is None:
            self._connection.execute("DELETE FROM kept WHERE key = ?", (change.key,))
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (change.key, text, revision)
            )
        self._connection.execute(
            "INSERT OR REPLACE INTO changed VALUES (?, ?, ?)", (revision, change.key, text)
        )

    def _forget(self, revision: int) -> None:
        """Now and then let changes go that are older than those that have to be kept."""
        self._connection.execute("UPDATE head SET revision = ?", (revision,))
        if revision % self._changes_max == 0:
            last = revision - self._changes_max
            self._connection.execute("DELETE FROM changed WHERE revision <= ?", (last,))
            self._connection.execute("UPDATE head SET forgotten = ?", (last,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._failed(error) from error
                raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> StoreFailedError:
        return StoreFailedError(f"the store failed: {error}", where=str(self.path))


def _kept(key: str, text: str, revision: int) -> Kept:
    assert kind_of(key)
    return Kept(key=key, document=json.loads(text), revision=revision)
