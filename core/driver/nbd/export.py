"""What the server serves: the seam between connections and volumes."""

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from typing import Protocol

from core.errors import CoreError
from core.wire.nbd.offer import Offer
from core.wire.nbd.replies import Extent
from core.wire.nbd.requests import Run


class Hold(Protocol):
    """Why what was written is not to be acknowledged yet."""

    def left_s(self) -> float:
        """Seconds until it may be, or is to be asked again; 0 once it is so."""


class Export(Protocol):
    """A volume as connections use it, each from its own thread, many at a time.

    Every method may raise OSError; its number is what the client is told. A connection calls them
    only between `attach` and `detach`, and only for requests that `offer` allows.
    """

    @property
    def offer(self) -> Offer:
        """What clients are told; asking for it opens nothing."""

    def attach(self) -> None:
        """A client has negotiated and begins; from here on the volume must be open."""

    def detach(self) -> None:
        """That client is gone."""

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Execute the writes, trims and zeroes of a run; reads in between are somebody else's.

        `run.received` are the bytes exactly as they came: they can be journaled as they are, before
        anything is written. It answers with the errors by index in `run.requests`, empty where all
        went well. Nothing of the run may be kept: its buffer is used again.
        """

    def hold(self, size: int) -> Hold | None:
        """What holds back the acknowledgement of a run of so many bytes that was just written."""

    def read(self, target: memoryview, offset: int) -> None:
        """Fill the target."""

    def flush(self) -> None:
        """Make durable all that any connection was told before this call."""

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """What is known of at most `most` extents from the offset on; at least of one."""

    def cache(self, offset: int, length: int) -> None:
        """The range may be read soon."""


class Exports:
    """The exports of a server by name. Names are keys and nothing else."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_name: dict[str, Export] = {}
        self._others: set[str] = set()

    def add(self, export: Export, *others: str) -> None:
        """Serve one more, by its name and by others."""
        name = export.offer.name
        with self._lock:
            for each in (name, *others):
                if each in self._by_name:
                    raise CoreError("there is an export of that name", where=each)
            self._by_name |= dict.fromkeys((name, *others), export)
            self._others.update(others)

    def remove(self, name: str) -> None:
        """Serve it no more; connections that use it stay until they are dropped."""
        with self._lock:
            found = self._by_name.get(name)
            if found is None:
                raise CoreError("there is no export of that name", where=name)
            for each in [key for key, export in self._by_name.items() if export is found]:
                del self._by_name[each]
                self._others.discard(each)

    def get(self, name: str) -> Export | None:
        """The export of exactly this name."""
        with self._lock:
            return self._by_name.get(name)

    def offers(self) -> tuple[Offer, ...]:
        """What can be said of each, by name; an export that has several is there with each."""
        with self._lock:
            found = [(name, self._by_name[name].offer) for name in sorted(self._by_name)]
        return tuple(
            offer if offer.name == name else replace(offer, name=name) for name, offer in found
        )

    def is_another_name(self, name: str) -> bool:
        """Is it one of the names that an export has besides its own?"""
        return name in self._others
