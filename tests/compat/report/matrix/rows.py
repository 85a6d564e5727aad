"""Rows of small versions, one for each passage, and pictures of them."""

from collections.abc import Sequence
from typing import Final

from compat.intent.model import NO_INTENT, Intent
from compat.intent.read import read_intent
from compat.model.interface import Interface
from compat.plan.fusing.spans import spans
from compat.report.matrix.cell import Cell, cells
from compat.report.matrix.grid import Matrix, Version, grid
from tests.compat.plan.specs import interface
from tests.compat.report.planned import TODAY

ADD: Final = "POST /lamps"
GET: Final = "GET /lamps"
ROOMS: Final = "GET /rooms"


def lamps(lamp: str, *more: str, base: str = "", name: str = "spec.yaml") -> Interface:
    """Lamps that are listed, and further operations without bodies."""
    operations = {GET: "{200: Lamp}", **dict.fromkeys(more, "")}
    return interface(operations, f"Lamp: {lamp}", base=base, name=name)


def sent(lamp: str) -> Interface:
    """Lamps that are added."""
    return interface({ADD: "{body!: Lamp}"}, f"Lamp: {lamp}")


PLAIN: Final = lamps("{name!: string}")


def decisions(row: Sequence[Interface], intents: Sequence[str]) -> list[Intent]:
    """One for each step; an empty text is none."""
    return [
        read_intent("intent.yaml", f"intent: 1\n{text}".encode()) if text else NO_INTENT
        for text in intents or [""] * (len(row) - 1)
    ]


def judged(*row: Interface, intents: Sequence[str] = ()) -> dict[tuple[int, int], Cell]:
    """Every two versions, by client and server."""
    names = [f"v{number}" for number in range(1, len(row) + 1)]
    each = spans(row, decisions(row, intents), names, today=TODAY)
    return {(cell.client, cell.server): cell for span in each for cell in cells(span)}


def picture(*row: Interface, names: Sequence[str] = (), intents: Sequence[str] = ()) -> Matrix:
    called = names or [f"v{number}" for number in range(1, len(row) + 1)]
    digests = ["", *(each.digest for each in decisions(row, intents))]
    versions = tuple(
        Version(name=name, interface=each, intent=digest)
        for name, each, digest in zip(called, row, digests, strict=True)
    )
    return grid(versions, judged(*row, intents=intents).values())


RENAMED: Final = "bridges: [{at: Lamp, rename: {place: room}}]"
SUPPLIED: Final = "bridges: [{at: Lamp, default: {room: hall}}]"


def everything() -> Matrix:
    """A picture in which each passage occurs."""
    return picture(
        sent("{place!: string}"),
        sent("{room!: string}"),
        sent("{room!: string, lit: boolean}"),
        sent("{room!: string, lit: boolean, kind!: string}"),
        sent("{room!: string, lit: boolean, kind!: string}"),
        sent("{room!: string, lit: boolean, kind!: string, size!: integer}"),
        intents=(RENAMED, "", "bridges: [{at: Lamp, default: {kind: desk}}]", "", ""),
    )
