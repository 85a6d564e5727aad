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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from threading import Event, Thread
from typing import Final, NamedTuple

import numpy as np

from core.driver.control import Document, Lent
from core.driver.group.group import Group
from core.driver.group.signed import SignedVolume
from core.errors import CoreError, cause_text
from core.machine.filling import IDLE_S, QUIET_S, check_pause_s, pause_s
from core.machine.journal.marking import Marking
from core.structure.kept import Snapshot, Spoilt
from core.structure.signature import SIGNATURE_BYTES
from core.structure.validity import Ticket

TOLD_AT_ONCE: Final = 1024
"""Chunks in an answer."""

_LOG: Final = logging.getLogger("isthmus.signing")
_PIECE_CHUNKS: Final = 16
_LENT_MAX: Final = 4
_RETRY_S: Final = 30.0
_LEAST_S: Final = 0.001
_SPOILT_MAX: Final = 100
"""So many chunks are told of."""


class _Asked(NamedTuple):
    """What somebody was given: of chunks from `first` on."""

    volume: SignedVolume
    first: int
    snapshot: Snapshot
    ticket: Ticket
    ticket_ns: int


@dataclass(slots=True)
class _Turn:
    """A volume, and behind which of its chunks it is gone on with."""

    name: str
    volume: SignedVolume
    filled: int = 0
    checked: int = 0
    signed: int = -1
    """How many had a signature when one could not be read for the last time."""
    fill_from_s: float = 0.0
    check_from_s: float = 0.0
    """Behind what could not be read it is gone on from then on, by the monotonic clock."""


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
        """How many chunks have a signature, of how many, and what was found to be spoilt."""
        found = [each.counts() for each in self._volumes if each is not None]
        return {
            "signed": sum(each for each, _ in found),
            "of": sum(each for _, each in found),
            "spoilt": [*islice(self._spoilt(), _SPOILT_MAX)],
        }

    def _spoilt(self) -> Iterator[Document]:
        for export, volume in zip(self._group.exports, self._volumes, strict=True):
            if volume is not None:
                for each in volume.spoilt():
                    yield _told(export.offer.name, volume, each)

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
            ticket_ns = time.time_ns()
            snapshot, ticket = volume.begin(first, -(-stop // grain))
            point = journal.end
        told = next(self._numbers)
        self._asked[told] = _Asked(volume, first, snapshot, ticket, ticket_ns)
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
        kept = found.volume.store(part, rows[places[mine]].tobytes(), found.ticket_ns)
        return {"kept": kept}

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
        """Sign what has no signature, and check what has one, a piece after the other."""
        turns = deque(
            _Turn(export.offer.name, volume)
            for export, volume in zip(self._group.exports, self._volumes, strict=True)
            if volume is not None
        )
        rest_s = 0.0
        while not self._stopping.wait(rest_s):
            rest_s = self._worked(turns, self._fill) or self._worked(turns, self._check) or IDLE_S

    def _worked(self, turns: deque[_Turn], work: Callable[[_Turn], float]) -> float:
        """Do what there is to do for the first volume that has something, each in its turn.

        Returns for how long nothing is done then; 0 where there was nothing to do.
        """
        for _ in range(len(turns)):
            turns.rotate(-1)
            if rest_s := work(turns[0]):
                return rest_s
        return 0.0

    def _fill(self, turn: _Turn) -> float:
        begun_s = time.monotonic()
        if begun_s < turn.fill_from_s:
            return 0.0
        try:
            found = turn.volume.fill(turn.filled, _PIECE_CHUNKS)
        except OSError as error:
            turn.filled += _PIECE_CHUNKS
            signed, _ = turn.volume.counts()
            if signed == turn.signed:
                turn.fill_from_s = begun_s + _RETRY_S
            turn.signed = signed
            return _not_read(turn, error)
        if found is None:
            return 0.0
        turn.filled, size = found
        took_s = time.monotonic() - begun_s
        is_busy = begun_s + took_s - turn.volume.written_s < QUIET_S
        return pause_s(size, took_s, rate=self._rate, is_busy=is_busy) or _LEAST_S

    def _check(self, turn: _Turn) -> float:
        now_s = time.monotonic()
        if now_s < turn.check_from_s or now_s - turn.volume.written_s < QUIET_S:
            return 0.0
        size = _PIECE_CHUNKS * turn.volume.scheme.granularity
        try:
            found = turn.volume.check(turn.checked, _PIECE_CHUNKS)
        except OSError as error:
            turn.checked += _PIECE_CHUNKS
            turn.check_from_s = now_s + _RETRY_S
            return _not_read(turn, error)
        if found is None:
            return 0.0
        turn.checked, spoilt = found
        for each in spoilt:
            at, length = _range(turn.volume, each)
            _LOG.error(
                "%s: %d bytes from %d on are not what was written: verify and restore them",
                turn.name,
                length,
                at,
            )
        return check_pause_s(size, rate=self._rate)


def _not_read(turn: _Turn, error: OSError) -> float:
    """Say so; returns for how long nothing is done then."""
    why = cause_text(error)
    _LOG.warning("%s cannot be read to be signed: %s: see to its disk", turn.name, why)
    return IDLE_S


def _range(volume: SignedVolume, spoilt: Spoilt) -> tuple[int, int]:
    """Where it begins, and how many bytes it has."""
    grain = volume.scheme.granularity
    offset = spoilt.place * grain
    return offset, min(grain, volume.size() - offset)


def _told(name: str, volume: SignedVolume, spoilt: Spoilt) -> Document:
    offset, length = _range(volume, spoilt)
    return {
        "volume": name,
        "offset": offset,
        "length": length,
        "since_ns": spoilt.since_ns,
        "until_ns": spoilt.until_ns,
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
