"""Whose copy a copy is: which production it meets, and which it refuses."""

from collections.abc import Sequence

from core.errors import CoreError
from core.stream.identity import Identity
from core.stream.standing import Standing
from core.stream.taken import Taken


def refuse_other(identity: Identity, group: bytes, volumes: Sequence[str], *, where: str) -> None:
    """Raises CoreError for production of another group."""
    if (identity.group, identity.names) != (group, tuple(volumes)):
        raise CoreError(
            f"this is the copy of {', '.join(identity.names)} of another group",
            where=where,
            hint="give each group a copy of its own",
        )


def refuse_second(
    standing: Standing | None, taken: Taken | None, generation: int, *, where: str
) -> None:
    """Raises CoreError for production that is one no more: the copy has seen a later one, or is it
    by itself."""
    if taken is not None:
        raise taken.refusal(where)
    known = standing.course.generation if standing else 0
    if generation < known:
        raise CoreError(
            f"production speaks for generation {generation}, and the copy is in {known}",
            where=where,
            hint="it is of an older time: look which of both is the one to keep",
        )
