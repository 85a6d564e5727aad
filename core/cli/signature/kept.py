"""What the process that serves a journal knows of the signatures of a volume, at the latest point.

It is asked before the journal is opened, so that this has the point. What it does not know is made
here, and told to it, in the parts in which it tells what it knows.
"""

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np

from core.driver.control import ControlError, Conversation
from core.driver.group.signing import TOLD_AT_ONCE
from core.structure.kept import Snapshot
from core.structure.merkle import Tree
from core.structure.signature import SIGNATURE_BYTES, Scheme

_STEP: Final = TOLD_AT_ONCE * SIGNATURE_BYTES
_SAID_S: Final = 1.0
"""A tenth of the time after which a caller that says nothing is let go of."""


class Kept:
    """Those of a range at a point, while the process that serves the journal is asked."""

    def __init__(self, conversation: Conversation, number: int, point: int, count: int) -> None:
        """Raises ControlError where it does not tell."""
        self._conversation, self._number, self.point = conversation, number, point
        is_valid = np.zeros(count, np.bool_)
        signatures = np.zeros((count, SIGNATURE_BYTES), np.uint8)
        for first in range(0, count, TOLD_AT_ONCE):
            told = conversation.ask("signatures known", number=number, first=first)
            part = slice(first, min(first + TOLD_AT_ONCE, count))
            bits = np.frombuffer(base64.b64decode(told["known"]), np.uint8)
            is_valid[part] = np.unpackbits(bits, count=part.stop - first)
            rows = np.frombuffer(base64.b64decode(told["signatures"]), np.uint8)
            signatures[part][is_valid[part]] = rows.reshape(-1, SIGNATURE_BYTES)
        self.known = Snapshot(is_valid, signatures)
        self._said_s = time.monotonic()

    def stay(self) -> None:
        """Say, if it is time to, that somebody is here still and will tell what he makes."""
        if time.monotonic() - self._said_s < _SAID_S:
            return
        self._said_s = time.monotonic()
        with suppress(ControlError):
            behind_all = len(self.known.is_valid)
            self._conversation.ask("signatures known", number=self._number, first=behind_all)

    def keep(self, tree: Tree) -> None:
        """Tell what was made here; that it cannot be told any more is no harm."""
        chunks, is_valid = tree.levels[0], self.known.is_valid
        try:
            for nth, at in enumerate(range(0, len(chunks), _STEP)):
                if is_valid[nth * TOLD_AT_ONCE : (nth + 1) * TOLD_AT_ONCE].all():
                    continue
                self._conversation.ask(
                    "signatures made",
                    number=self._number,
                    first=nth * TOLD_AT_ONCE,
                    signatures=base64.b64encode(chunks[at : at + _STEP]).decode(),
                )
        except ControlError:
            return


@contextmanager
def kept_there(
    folder: Path, volume: str, scheme: Scheme, offset: int, length: int | None
) -> Iterator[Kept | None]:
    """What is known of a range; None where nobody serves the journal, or keeps what is asked for.

    Without a `length` it reaches up to the end, and with an empty name the volume is the only one.
    """
    with ExitStack() as stack:
        found = None
        try:
            if not scheme.key:
                conversation = stack.enter_context(Conversation(folder))
                told = conversation.ask(
                    "signatures",
                    volume=volume,
                    offset=offset,
                    length=length,
                    algorithm=scheme.algorithm,
                    granularity=scheme.granularity,
                )
                found = Kept(conversation, told["number"], told["point"], told["chunks"])
        except ControlError:
            stack.close()
        yield found
