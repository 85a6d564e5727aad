"""What a pipeline lets pass: levels of one's own, what is left out, and what somebody accepted.

An acceptance is of one change, by its fingerprint. It stays visible, ends on a day, and one that
is of nothing is a mistake: it would wait for a change that nobody has seen yet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from compat.differ.bump import Bump
from compat.differ.change import Change
from compat.differ.documents import Document, documents_bumped
from compat.differ.effect import Level
from compat.differ.lifecycle import Stability
from compat.model.interface import Interface, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Somebody's word that a change may be; `until` is the last day of it, as `2026-11-28`.

    `document` is the one that the change is in, where folders are compared; empty says nothing.
    """

    fingerprint: str
    owner: str
    reason: str
    until: str
    document: str = ""

    def fits(self, change: Change) -> bool:
        return self.fingerprint == change.fingerprint and self.document in ("", change.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`without` are the paths (regular expressions), tags and extensions that are left out.

    `bump` is what changes ask of `info.version`, None where they ask nothing.
    """

    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    accepted: tuple[Accepted, ...] = ()
    without_paths: tuple[re.Pattern[str], ...] = ()
    without_tags: frozenset[str] = frozenset()
    without_extensions: frozenset[str] = frozenset()
    beta_days: int = 0
    stable_days: int = 0
    least: Stability | None = None
    bump: Bump | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """The changes in their order, those that are accepted, and what is wrong with the settings.

    `left_out` are the operations that are not looked at, as they are called in changes.
    """

    open: tuple[Change, ...]
    accepted: tuple[tuple[Change, Accepted], ...]
    complaints: tuple[str, ...]
    left_out: frozenset[str] = frozenset()


def gated(
    found: Sequence[Change], old: Interface, new: Interface, settings: Settings, today: str
) -> Gated:
    """Every change that is not left out, at its level, open or accepted."""
    return gated_documents(found, (("", old, new),), settings, today)


def gated_documents(
    found: Sequence[Change], documents: Sequence[Document], settings: Settings, today: str
) -> Gated:
    """The same of several documents; what is wrong with the settings is wrong for all of them."""
    operations = [
        (name, operation)
        for name, *sides in documents
        for side in sides
        if side is not None
        for operation in side.operations
    ]
    left_out = {
        (name, str(operation.key))
        for name, operation in operations
        if _is_left_out(operation, settings)
    }
    seen = [change for change in found if (change.document, change.operation) not in left_out]
    open_, accepted = _sorted(seen, settings, today)
    asked: list[Change] = []
    if settings.bump is not None:
        asked = [*documents_bumped(open_, documents, settings.bump)]
        more = _sorted(asked, settings, today)
        open_, accepted = [*open_, *more[0]], [*accepted, *more[1]]
    known = [each for change in (*found, *asked) for each in (change, *change.parts)]
    return Gated(
        open=tuple(open_),
        accepted=tuple(accepted),
        complaints=(
            *_of_acceptances(settings.accepted, known, today),
            *_of_nothing([operation for _, operation in operations], settings),
        ),
        left_out=frozenset(operation for _, operation in left_out),
    )


def _sorted(
    found: Sequence[Change], settings: Settings, today: str
) -> tuple[list[Change], list[tuple[Change, Accepted]]]:
    """Each at its level, open or with the word that accepts it."""
    words = {each.fingerprint: each for each in settings.accepted if each.until >= today}
    open_: list[Change] = []
    accepted: list[tuple[Change, Accepted]] = []
    for change in found:
        told, word = _ruled(change, settings.levels), _word(change, words)
        if word is None:
            open_.append(told)
        else:
            accepted.append((told, word))
    return open_, accepted


def _ruled(change: Change, levels: Mapping[str, Level]) -> Change:
    """At the level that somebody gave its rule, or those of its parts."""
    parts = tuple(_ruled(part, levels) for part in change.parts)
    return replace(change, ruled=levels.get(change.id, change.ruled), parts=parts)


def _word(change: Change, words: Mapping[str, Accepted]) -> Accepted | None:
    """Who accepts it, or each of its parts; None where anything of it is open."""
    found = words.get(change.fingerprint)
    if found is not None and found.fits(change):
        return found
    of_parts = [_word(part, words) for part in change.parts]
    return of_parts[0] if of_parts and all(of_parts) else None


def _is_left_out(operation: Operation, settings: Settings) -> bool:
    return (
        any(pattern.search(operation.key.path) for pattern in settings.without_paths)
        or not settings.without_tags.isdisjoint(operation.tags)
        or any(operation.extensions.get(name) for name in settings.without_extensions)
    )


def _of_acceptances(
    accepted: tuple[Accepted, ...], found: Sequence[Change], today: str
) -> Iterator[str]:
    known = {change.fingerprint: change for change in found}
    for each in accepted:
        told = f"the acceptance of {each.fingerprint} by {each.owner}"
        change = known.get(each.fingerprint)
        if change is None:
            yield f"{told} is of no change: take it out"
        elif not each.fits(change):
            where = f"in {change.document}" if change.document else "where no folders are compared"
            yield f"{told} is of a change {where}, not in {each.document}: correct it"
        elif each.until < today:
            yield f"{told} ran out on {each.until}"


def _of_nothing(operations: Sequence[Operation], settings: Settings) -> Iterator[str]:
    """What leaves nothing out may be misspelt."""
    paths = [operation.key.path for operation in operations]
    tags = {tag for operation in operations for tag in operation.tags}
    extensions = {name for operation in operations for name in operation.extensions}
    for pattern in settings.without_paths:
        if not any(pattern.search(path) for path in paths):
            yield f"without-paths: {pattern.pattern} fits no path"
    for tag in sorted(settings.without_tags - tags):
        yield f"without-tags: {tag} is the tag of no operation"
    for name in sorted(settings.without_extensions - extensions):
        yield f"without-extensions: {name} is the extension of no operation"
