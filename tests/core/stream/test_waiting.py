"""What waits for a copy is what hosts wrote, and nothing else."""

from contextlib import closing
from pathlib import Path

from core.driver.folder import DiskFolder
from core.driver.lock import WriterLock
from core.stream.history import History
from core.stream.waiting import waiting
from core.wire.note import Bookmark, Consistency, pack_note
from tests.core.journals import made

MIB = 1 << 20


def test_a_note_behind_the_last_write_waits_for_nothing(tmp_path: Path) -> None:
    found = made(tmp_path, (MIB,))
    with WriterLock(found.folder):
        journal = found.opened()
        found.write(journal, 0, 0, b"a" * 4096)
        found.write(journal, 0, 4096, b"b" * 8192)
        journal.note(pack_note(Bookmark(name="good", consistency=Consistency.CRASH)))
        journal.close()
    with (
        closing(DiskFolder(found.folder)) as folder,
        closing(History(folder, where=str(found.folder))) as history,
    ):
        assert [(each.end, each.size) for each in waiting(history, 1)] == [(2, 8192)]
        assert [*waiting(history, 2)] == []
