"""A segment that stands for several of production's, on its way to the journal of a copy.

Nobody reads it before all of it is there: then it gets its name, and the copy goes on from one
point to the next at once. Until then it is a draft, which a crash leaves without meaning. Its
records are made from what it holds.
"""

from errno import ENOSPC
from typing import Final

from core.machine.journal.arrived import chunks_in
from core.machine.journal.shelf import JournalFullError, Shelf
from core.stream.names import place_of
from core.stream.segment import file_bytes, records_max, write_records
from core.stream.tail import Spot
from core.structure.medium import Folder
from core.units import size_text
from core.wire import chunk
from core.wire.chunk import Form
from core.wire.link import BrokenLinkError
from core.wire.record import RECORD_BYTES, position
from core.wire.segment import HEAD_BYTES, Head, pack_head

_FORMS: Final = (Form.FOLDED, Form.NOTE, Form.RESIZE)


def begin(folder: Folder, shelf: Shelf, head: Head) -> "Coming":
    """The draft of it, and room for that: what may go does.

    Raises JournalFullError, with nothing made, where nothing may go any more.
    """
    shelf.coming = file_bytes(head.size)
    try:
        while shelf.is_beyond:
            _let_one_go(shelf)
        while True:
            try:
                return Coming(folder, shelf, head)
            except OSError as error:
                if error.errno != ENOSPC:
                    raise
                _let_one_go(shelf)
    except BaseException:
        shelf.coming = 0
        raise


def _let_one_go(shelf: Shelf) -> None:
    if not shelf.let_one_go():
        raise JournalFullError(
            f"the journal needs {size_text(shelf.coming)} at once, "
            f"and may take {size_text(shelf.retention.size)}",
            hint="give it more room: isthmus receive --journal-size",
        )


class Coming:
    """The draft of it. `end` is the last write of what has come."""

    def __init__(self, folder: Folder, shelf: Shelf, head: Head) -> None:
        self._folder, self._shelf, self.head = folder, shelf, head
        self._name = f"{place_of(head).data}.new"
        if self._name in folder.names():
            folder.remove(self._name)
        self._file = folder.create(self._name, head.size)
        self._file.write((pack_head(head),), 0)
        self.end, self._used = head.first - 1, HEAD_BYTES
        self._records: list[bytes] = []
        self._count = 0

    @property
    def spot(self) -> Spot:
        """How far it has come."""
        return Spot(self.head.number, self._used, self._count)

    @property
    def size(self) -> int:
        """The bytes of the chunks that have come."""
        return self._used - HEAD_BYTES

    def append(self, spot: Spot, data: memoryview) -> None:
        """More chunks; raises BrokenLinkError where they do not belong there, or are damaged."""
        if spot != self.spot:
            raise BrokenLinkError(f"chunks for {spot}, and the copy is at {self.spot}")
        if self._used + len(data) > self.head.size:
            raise BrokenLinkError(f"{len(data)} bytes of chunks are too many")
        end, found = self.end, list[bytes]()
        for place, each in chunks_in(data, seed=self.head.seed, place=spot.offset):
            body = data[place - spot.offset : place - spot.offset + each.size]
            if each.form not in _FORMS or not chunk.is_sound(each, body):
                raise BrokenLinkError(f"chunk {each.sequence} does not belong there")
            if each.writes and each.sequence != end + 1:
                raise BrokenLinkError(f"write {each.sequence} comes after {end}")
            found.append(chunk.records_of(each, body, position(self.head.number, place)))
            end += each.writes
        count = self._count + sum(map(len, found)) // RECORD_BYTES
        if count > records_max(self.head.size):
            raise BrokenLinkError(f"{count} records are too many")
        self._file.write((data,), self._used)
        self._records += found
        self.end, self._used, self._count = end, self._used + len(data), count

    def write_records(self) -> None:
        """All of it is there: its records are durable, as a draft.

        Raises JournalFullError, with nothing done, where there is no room for them and nothing may
        go.
        """
        records = b"".join(self._records)
        while True:
            try:
                write_records(self._folder, self.head, records, HEAD_BYTES + len(records))
                return
            except OSError as error:
                if error.errno != ENOSPC:
                    raise
                _let_one_go(self._shelf)

    def adopt(self) -> None:
        """It is durable, and gets its name, as its records do, which were written.

        They get theirs last. Where that is lost with the power they are made from it again, and
        nothing is lacking of that.
        """
        place = place_of(self.head)
        self._file.sync()
        self._file.close()
        self._folder.rename(self._name, place.data)
        self._folder.sync()
        self._folder.rename(f"{place.meta}.new", place.meta)

    def forget(self) -> None:
        """It will not come to its end."""
        self._file.close()
        if self._name in self._folder.names():
            self._folder.remove(self._name)
