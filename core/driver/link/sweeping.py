"""Comparing a group with its copy, for somebody who asks the process that serves it.

There is one comparison at a time. It goes on while whoever asked for it is there; how far it came
is written down, so that the next one goes on from there.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from core.driver.control import Document, Lent
from core.driver.group.group import Group
from core.driver.link.shipped import ShippedCopy
from core.errors import CoreError
from core.machine.journal.verified import Verified
from core.machine.link.sweep import Difference, Sweep

_TOLD_AT_ONCE: Final = 256
_MENDED_BYTES: Final = 8 << 20
_PIECE_BYTES: Final = 1 << 20
_WAITS: Final = (
    "the copy is not equal yet, or signs nothing: it is of an earlier release, or its disk failed"
)


class Sweeping:
    """The comparisons of a group; it is called by one thread."""

    def __init__(self, group: Group, choose: Callable[[Document], ShippedCopy]) -> None:
        """`choose` is the copy that is asked for."""
        self._group, self._choose = group, choose
        self._copy: ShippedCopy | None = None
        self._sweep: Sweep | None = None
        self._ledger: Verified | None = None
        self._to_mend: list[Difference] = []
        self._found_ns: list[int] = []
        """When each difference was told for the first time: it is no younger than that."""
        self._begun_s, self._done_first = 0.0, 0

    def begin(self, asked: Document) -> Lent:
        """Begin to compare, or go on where it was interrupted."""
        rate, copy = asked.get("rate", 0), self._choose(asked)
        if type(rate) is not int or rate < 0:
            raise CoreError(f"{rate!r} is no rate")
        if self._sweep is not None:
            raise CoreError(
                "the copy is being compared already", hint="wait until that is over, or end it"
            )
        self._copy = copy
        self._ledger = Verified(
            copy.files,
            [each.size() for each in self._group.volumes],
            time.time_ns,
            anew=bool(asked.get("anew")),
        )
        self._sweep = Sweep(self._group.volumes, self._ledger, time.monotonic, rate=rate)
        self._found_ns = []
        copy.compare(self._sweep)
        self._begun_s, self._done_first = time.monotonic(), -1
        return Lent(
            {
                "resumed": self._ledger.is_resumed,
                "begun_ns": self._ledger.begun,
                "copy": str(copy.place),
                "volumes": [each.offer.name for each in self._group.exports],
                "total": self._sweep.total,
            },
            self._end,
        )

    def status(self, asked: Document) -> dict[str, Any]:
        """How far it is, and what differs, from the one on that is asked for."""
        sweep, copy = self._running()
        first = asked.get("first", 0)
        if type(first) is not int or first < 0:
            raise CoreError(f"{first!r} is no count of differences")
        found, now_ns = [*sweep.differences], time.time_ns()
        self._found_ns += [now_ns] * (len(found) - len(self._found_ns))
        told = [
            [*each, found_ns]
            for each, found_ns in zip(
                found[first : first + _TOLD_AT_ONCE],
                self._found_ns[first : first + _TOLD_AT_ONCE],
                strict=True,
            )
        ]
        is_over = sweep.is_over and not self._to_mend
        if is_over and first + len(told) >= len(sweep.differences):
            assert self._ledger is not None
            self._ledger.finish()
        return {
            "over": is_over,
            "done": sweep.done,
            "total": sweep.total,
            "left_s": self._left_s(sweep),
            "differing": len(sweep.differences),
            "differences": told,
            "unsettled": [[*each] for each in sweep.unsettled[:_TOLD_AT_ONCE]],
            "waits": "" if copy.is_comparable else copy.failure or _WAITS,
        }

    def mend(self, asked: Document) -> Document:
        """Write what differs once more, here and so at the copy, and compare that again.

        It is done in parts, each of which says how many ranges are left.
        """
        del asked
        sweep, _ = self._running()
        if not self._to_mend:
            if not sweep.is_over:
                raise CoreError("it is not known yet what differs")
            self._to_mend = [*sweep.differences]
        done = 0
        while self._to_mend and done < _MENDED_BYTES:
            volume, offset, length, _ = self._to_mend[-1]
            for at in range(offset, offset + length, _PIECE_BYTES):
                self._group.rewrite(volume, at, min(_PIECE_BYTES, offset + length - at))
            done += length
            self._to_mend.pop()
        if not self._to_mend:
            sweep.look_at_differences()
            self._found_ns = []
        return {"left": len(self._to_mend)}

    def _running(self) -> tuple[Sweep, ShippedCopy]:
        if self._sweep is None or self._copy is None:
            raise CoreError("nothing is compared")
        return self._sweep, self._copy

    def _end(self) -> None:
        assert self._copy is not None
        assert self._ledger is not None
        self._copy.compare(None)
        self._sweep, self._to_mend = None, []
        self._ledger.close()

    def _left_s(self, sweep: Sweep) -> float | None:
        """At the pace of this comparison, what was behind it before aside."""
        if self._done_first < 0:
            self._done_first = sweep.done
        done, elapsed_s = sweep.done - self._done_first, time.monotonic() - self._begun_s
        if done <= 0:
            return None
        return round((sweep.total - sweep.done) * elapsed_s / done, 1)
