"""The signatures of the volumes of a group: made in the background, and told to whoever asks.

Who asks is given what is known at one point, and the right to sign the rest: he reads that at the
point, and what he says of it is kept where no host has written there meanwhile. Signatures are told
and taken in parts, for an answer is one line.
"""

import base64
import logging
import time
from binascii import Error
from collections import deque
from itertools import count
from threading import Event, Thread
from typing import Final, NamedTuple

import numpy as np

from core.driver.control import Document, Lent
from core.driver.group.group import Group
from core.driver.group.signed import SignedVolume
from core.errors import CoreError
from core.machine.filling import IDLE_S, QUIET_S, pause_s
from core.machine.journal.marking import Marking
from core.structure.kept import Snapshot
from core.structure.signature import SIGNATURE_BYTES
from core.structure.validity import Ticket

TOLD_AT_ONCE: Final = 1024
"""Chunks in an answer."""

_LOG: Final = logging.getLogger("isthmus.signing")
_PIECE_CHUNKS: Final = 16
_LENT_MAX: Final = 4
_RETRY_S: Final = 30.0


class _Asked(NamedTuple):
    """What somebody was given: of chunks from `first` on."""

    volume: SignedVolume
    first: int
    snapshot: Snapshot
    ticket: Ticket


class Signing:
    """Those of a group; it is asked by one thread, and fills by one of its own, until it stops."""

    def __init__(self, group: Group, rate: int) -> None:
        """`rate` is how many bytes a second are signed in the background; 0 is none."""
        self._group, self._rate = group, rate
        self._volumes = [each if isinstance(each, SignedVolume) else None for each in group.volumes]
        self._numbers, self._asked = count(1), dict[int, _Asked]()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="signing", daemon=True)
        if rate and any(self._volumes):
            self._thread.start()

    def stop(self) -> None:
        """End what is done in the background."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def status(self) -> Document:
        """How many chunks have a signature, of how many."""
        found = [each.counts() for each in self._volumes if each is not None]
        return {"signed": sum(each for each, _ in found), "of": sum(each for _, each in found)}

    def begin(self, asked: Document) -> Lent:
        """What is known of a range of a volume, at the latest point."""
        number, volume = self._volume(asked)
        grain, offset = volume.scheme.granularity, asked.get("offset")
        scheme = asked.get("algorithm"), asked.get("granularity")
        if scheme != (volume.scheme.algorithm, grain):
            raise CoreError(
                f"what is kept is {volume.scheme.algorithm} of {grain} bytes each",
                hint="sign what the journal holds",
            )
        with self._group.lock:
            journal, size = self._group.journal, volume.size()
            if self._group.failure or isinstance(journal, Marking):
                raise CoreError("there is no point that the volumes are at")
            if self._group.volumes[number] is not volume:
                raise CoreError("the group has other images by now")
            length = asked.get("length")
            length = size - offset if length is None and type(offset) is int else length
            if type(offset) is not int or type(length) is not int or offset < 0 or length < 0:
                raise CoreError(f"{length!r} bytes from {offset!r} on are no range")
            stop = offset + length
            if offset % grain or stop > size or (stop % grain and stop != size):
                raise CoreError("this is no range of whole chunks")
            if len(self._asked) >= _LENT_MAX:
                raise CoreError("too many ask for signatures at once", hint="try again")
            first = offset // grain
            snapshot, ticket = volume.begin(first, -(-stop // grain))
            point = journal.end
        told = next(self._numbers)
        self._asked[told] = _Asked(volume, first, snapshot, ticket)
        known = int(np.count_nonzero(snapshot.is_valid))
        return Lent(
            {"number": told, "point": point, "chunks": len(snapshot.is_valid), "known": known},
            lambda: self._end(told),
        )

    def tell(self, asked: Document) -> Document:
        """The signatures that are known of some chunks, the first of which is asked for."""
        found, first = self._found(asked)
        is_valid = found.snapshot.is_valid[first : first + TOLD_AT_ONCE]
        signatures = found.snapshot.signatures[first : first + TOLD_AT_ONCE]
        return {
            "known": _text(np.packbits(is_valid).tobytes()),
            "signatures": _text(signatures[is_valid].tobytes()),
        }

    def take(self, asked: Document) -> Document:
        """Signatures of some chunks at the point; those that are not known are kept."""
        found, first = self._found(asked)
        try:
            given = base64.b64decode(str(asked.get("signatures")), validate=True)
        except (Error, ValueError):
            given = b"?"
        if len(given) % SIGNATURE_BYTES or len(given) > TOLD_AT_ONCE * SIGNATURE_BYTES:
            raise CoreError(f"{len(given)} bytes are no signatures")
        rows = np.frombuffer(given, np.uint8).reshape(-1, SIGNATURE_BYTES)
        places = found.ticket.places - found.first - first
        mine = (places >= 0) & (places < len(rows))
        part = found.ticket._replace(places=found.ticket.places[mine])
        return {"kept": found.volume.store(part, rows[places[mine]].tobytes())}

    def _volume(self, asked: Document) -> tuple[int, SignedVolume]:
        names = [each.offer.name for each in self._group.exports]
        name = asked.get("volume") or (names[0] if len(names) == 1 else None)
        if name not in names:
            raise CoreError(f"no volume is called {name!r:.80}")
        number = names.index(name)
        volume = self._volumes[number]
        if volume is None:
            raise CoreError("no signatures of this volume are kept")
        return number, volume

    def _found(self, asked: Document) -> tuple[_Asked, int]:
        number, first = asked.get("number"), asked.get("first")
        found = self._asked.get(number) if type(number) is int else None
        if found is None or type(first) is not int or first < 0:
            raise CoreError("nobody asked for signatures so")
        return found, first

    def _end(self, number: int) -> None:
        found = self._asked.pop(number)
        found.volume.lose(found.ticket)

    def _run(self) -> None:
        """Sign what has no signature, a piece of one volume after the other."""
        turns, rest_s = deque((each, 0) for each in self._volumes if each is not None), 0.0
        while not self._stopping.wait(rest_s):
            rest_s = IDLE_S
            for _ in range(len(turns)):
                volume, after = turns.popleft()
                begun_s = time.monotonic()
                try:
                    found = volume.fill(after, _PIECE_CHUNKS)
                except OSError as error:
                    _LOG.warning("a volume cannot be read to be signed: %s", error)
                    turns.append((volume, after + _PIECE_CHUNKS))
                    rest_s = _RETRY_S
                    break
                turns.append((volume, after if found is None else found[0]))
                if found is not None:
                    took_s = time.monotonic() - begun_s
                    is_busy = begun_s + took_s - volume.written_s < QUIET_S
                    rest_s = pause_s(found[1], took_s, rate=self._rate, is_busy=is_busy)
                    break


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
