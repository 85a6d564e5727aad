"""The changes of one document of many: those of its two versions, or that it came or went."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from compat.differ.bump import Bump, bumped
from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.model.interface import Interface

Document: TypeAlias = tuple[str, Interface | None, Interface | None]
"""Its name in changes and its two versions, None for one that is not there."""


def documents_bumped(
    found: Sequence[Change], documents: Sequence[Document], bump: Bump
) -> Iterator[Change]:
    """What is wrong with the versions of documents that there are before and after."""
    for name, old, new in documents:
        if old is not None and new is not None:
            own = [change for change in found if change.document == name]
            for change in bumped(own, old, new, bump):
                yield replace(change, document=name)


def document_changes(
    name: str, old: Interface | None, new: Interface | None, policy: Policy
) -> Iterator[Change]:
    """None stands for the side that has no such document; with a name, each change bears it."""
    if old is not None and new is not None:
        for change in changes(old, new, policy):
            yield replace(change, document=name)
    else:
        yield Change(
            id="api-document-added" if old is None else "api-document-removed",
            effect=Effect.WIDER if old is None else Effect.NARROWER,
            direction=Direction.REQUEST,
            document=name,
            aspect="document",
            old=None if old is None else old.place,
            new=None if new is None else new.place,
        )
