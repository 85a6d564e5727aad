"""How the volumes at a point are had by their hosts: every change of that is in this table.

| mode | hosts read | what they write goes to | at the end |
| --- | --- | --- | --- |
| virtual | the index, over the image as it is now | a file apart | it is forgotten |
| copying | the same, and of a file what was copied | that file | it is forgotten |
| copied | that file | that file | it is forgotten |
| rolling | nothing yet: the replica is brought to the point | | blocks are given back |
| catching up | the index, or the replica where it was brought | the replica | the same |
| logged | the replica | the replica | the same |
| overwriting | nothing yet: as rolling | | the replica is copied from production |
| direct | the replica | the replica | the same, where it was written |

Wherever the replica is written what it held goes to the ACCESS stream before. Where it is
overwritten, or written directly, nothing of that is kept: history was given up, and it is known by
region what was written. A pair that is not in the table is refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.errors import CoreError


class Mode(StrEnum):
    """How the volumes are had."""

    CLOSED = "closed"
    VIRTUAL = "virtual"
    COPYING = "copying"
    COPIED = "copied"
    ROLLING = "rolling"
    CATCHING_UP = "catching up"
    LOGGED = "logged"
    OVERWRITING = "overwriting"
    DIRECT = "direct"
    RETURNING = "returning"


class Ask(StrEnum):
    """What is asked for, or has come about."""

    VIRTUAL = "virtual"
    COPY = "copy"
    ROLL = "roll"
    SERVE_AND_ROLL = "serve and roll"
    FOUND = "found"  # blocks that somebody who died had not given back
    REACHED = "reached"
    GO_DIRECT = "go direct"
    CLOSE = "close"


TRANSITIONS: Final[Mapping[tuple[Mode, Ask], Mode]] = {
    (Mode.CLOSED, Ask.VIRTUAL): Mode.VIRTUAL,
    (Mode.CLOSED, Ask.COPY): Mode.COPYING,
    (Mode.CLOSED, Ask.ROLL): Mode.ROLLING,
    (Mode.CLOSED, Ask.SERVE_AND_ROLL): Mode.CATCHING_UP,
    (Mode.CLOSED, Ask.FOUND): Mode.RETURNING,
    (Mode.COPYING, Ask.REACHED): Mode.COPIED,
    (Mode.ROLLING, Ask.REACHED): Mode.LOGGED,
    (Mode.CATCHING_UP, Ask.REACHED): Mode.LOGGED,
    (Mode.ROLLING, Ask.GO_DIRECT): Mode.OVERWRITING,
    (Mode.OVERWRITING, Ask.REACHED): Mode.DIRECT,
    (Mode.LOGGED, Ask.GO_DIRECT): Mode.DIRECT,
    (Mode.VIRTUAL, Ask.CLOSE): Mode.CLOSED,
    (Mode.COPYING, Ask.CLOSE): Mode.CLOSED,
    (Mode.COPIED, Ask.CLOSE): Mode.CLOSED,
    (Mode.ROLLING, Ask.CLOSE): Mode.RETURNING,
    (Mode.CATCHING_UP, Ask.CLOSE): Mode.RETURNING,
    (Mode.LOGGED, Ask.CLOSE): Mode.RETURNING,
    (Mode.OVERWRITING, Ask.CLOSE): Mode.CLOSED,
    (Mode.DIRECT, Ask.CLOSE): Mode.CLOSED,
    (Mode.RETURNING, Ask.REACHED): Mode.CLOSED,
}

SERVED: Final = frozenset(
    {Mode.VIRTUAL, Mode.COPYING, Mode.COPIED, Mode.CATCHING_UP, Mode.LOGGED, Mode.DIRECT}
)
"""In these hosts are served."""

BORROWED: Final = frozenset({Mode.ROLLING, Mode.CATCHING_UP, Mode.LOGGED, Mode.RETURNING})
"""In these the replica holds something else than history says, and nobody feeds it."""

GIVEN_UP: Final = frozenset({Mode.OVERWRITING, Mode.DIRECT})
"""In these there is no history that the replica could be given back to."""


class Access(StrEnum):
    """What people may choose."""

    VIRTUAL = "virtual"
    ROLLED = "rolled"
    LOGGED = "logged"
    DIRECT = "direct"


class WhenFull(StrEnum):
    """What becomes of an image whose replica has changed more than the journal may keep of it."""

    REFUSE = "refuse"  # its hosts are told that there is no space
    END = "end"  # the replica is given back
    DIRECT = "direct"  # history is given up


OPENING: Final[Mapping[tuple[Access, bool], Ask]] = {
    (Access.VIRTUAL, False): Ask.VIRTUAL,
    (Access.VIRTUAL, True): Ask.VIRTUAL,
    (Access.ROLLED, False): Ask.COPY,
    (Access.ROLLED, True): Ask.SERVE_AND_ROLL,
    (Access.LOGGED, True): Ask.ROLL,
    (Access.DIRECT, True): Ask.ROLL,
}
"""What a choice asks for, where history is of replicas (True) and where it is of the images."""


class AccessRefusedError(CoreError):
    """The volumes cannot be had in that way, or not now."""


def opening(access: Access, *, is_replicated: bool) -> Ask:
    """What a choice asks for; raises AccessRefusedError where there is no such thing."""
    ask = OPENING.get((access, is_replicated))
    if ask is None:
        raise AccessRefusedError(
            f"history is of the volumes themselves, and hosts write on them: none can be {access}",
            hint="--access rolled --scratch DIR copies the point, and serves it meanwhile; "
            "`isthmus rewind` takes the volumes themselves back",
        )
    return ask


class ImageState:
    """The mode that volumes are in."""

    def __init__(self) -> None:
        self.mode = Mode.CLOSED

    def step(self, ask: Ask) -> Mode:
        """Go on; raises AccessRefusedError where that is not in the table."""
        following = TRANSITIONS.get((self.mode, ask))
        if following is None:
            raise AccessRefusedError(f"volumes that are {self.mode} cannot {ask}")
        self.mode = following
        return following
