"""What a pipeline lets pass: levels of one's own, what is left out, and what somebody accepted.

An acceptance is of one change, by its fingerprint. It stays visible, ends on a day, and one that
is of nothing is a mistake: it would wait for a change that nobody has seen yet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import TypeAlias

from compat.differ.bump import Bump
from compat.differ.change import WHOLE_DOCUMENT, Change
from compat.differ.documents import Document, documents_bumped
from compat.differ.effect import Level
from compat.differ.lifecycle import Policy, Stability
from compat.model.interface import Operation
from compat.model.record import record


@record(kw_only=True)
class Accepted:
    """Somebody's word that a change may be; `until` is the last day of it, as `2026-11-28`.

    `document` is the one that the change is in: its name below the folders that are compared, or
    the end of its path. It may be left empty where one document alone has the change: a fingerprint
    is the same in every document, so without it nothing tells which of many was meant, and none is
    accepted. Whole documents that come or go differ in nothing else, so theirs is always named.
    """

    fingerprint: str
    owner: str
    reason: str
    until: str
    document: str = ""


@record(kw_only=True)
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

    def policy(self, today: str) -> Policy:
        return Policy(
            today=today,
            beta_days=self.beta_days,
            stable_days=self.stable_days,
            least=self.least,
        )


@record(kw_only=True)
class Gated:
    """The changes in their order, those that are accepted, and what is wrong with the settings.

    `wrong` is what is wrong whatever else there is, `idle` what is of nothing here: a mistake,
    unless these are a few documents of many. `left_out` are the operations that are not looked at,
    as they are called in changes.
    """

    open: tuple[Change, ...]
    accepted: tuple[tuple[Change, Accepted], ...]
    wrong: tuple[str, ...]
    idle: tuple[str, ...]
    left_out: frozenset[str] = frozenset()

    @property
    def complaints(self) -> tuple[str, ...]:
        return (*self.wrong, *self.idle)


_Words: TypeAlias = Mapping[tuple[str, str], Accepted]
"""Who accepts a change, by its document and its fingerprint."""


@record(kw_only=True)
class _Meant:
    """The documents that an acceptance may be of, and all that have a change of its fingerprint."""

    word: Accepted
    having: Sequence[Document]
    documents: Sequence[Document]
    is_clear: bool

    def __str__(self) -> str:
        return f"the acceptance of {self.word.fingerprint} by {self.word.owner}"


def gated(
    found: Sequence[Change], documents: Sequence[Document], settings: Settings, today: str
) -> Gated:
    """Every change of the documents that is not left out, at its level, open or accepted.

    What is wrong with the settings is wrong for all of the documents.
    """
    operations = [
        (document.name, operation)
        for document in documents
        for side in (document.old, document.new)
        if side is not None
        for operation in side.operations
    ]
    looked_at = {
        (name, str(operation.key))
        for name, operation in operations
        if not _is_left_out(operation, settings)
    }
    # What both versions leave out, or the one that has it.
    left_out = {(name, str(operation.key)) for name, operation in operations} - looked_at
    seen = [change for change in found if _home(change) not in left_out]
    known = [each for change in found for each in (change, *change.parts)]
    meant = _meant(settings.accepted, documents, known)
    open_, accepted = _sorted(seen, settings, _holding(meant, today))
    if settings.bump is not None:
        asked = [*documents_bumped(open_, documents, settings.bump)]
        meant = _meant(settings.accepted, documents, [*known, *asked])
        more = _sorted(asked, settings, _holding(meant, today))
        open_, accepted = [*open_, *more[0]], [*accepted, *more[1]]
    return Gated(
        open=tuple(open_),
        accepted=tuple(accepted),
        wrong=tuple(_wrong(meant, today)),
        idle=(
            *_idle(meant),
            *_of_nothing([operation for _, operation in operations], settings),
        ),
        left_out=frozenset(operation for _, operation in left_out),
    )


def _sorted(
    found: Sequence[Change], settings: Settings, words: _Words
) -> tuple[list[Change], list[tuple[Change, Accepted]]]:
    """Each at its level, open or with the word that accepts it."""
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


def _word(change: Change, words: _Words) -> Accepted | None:
    """Who accepts it, or each of its parts; None where anything of it is open."""
    found = words.get((change.document, change.fingerprint))
    if found is not None:
        return found
    of_parts = [_word(part, words) for part in change.parts]
    return of_parts[0] if of_parts and all(of_parts) else None


def _home(change: Change) -> tuple[str, str]:
    """The document and the operation for which it counts, which may have a callback."""
    return change.document, (*change.callers, change.operation)[0]


def _is_left_out(operation: Operation, settings: Settings) -> bool:
    return (
        any(pattern.search(operation.key.path) for pattern in settings.without_paths)
        or not settings.without_tags.isdisjoint(operation.tags)
        or any(operation.extensions.get(name) for name in settings.without_extensions)
    )


def _meant(
    accepted: Sequence[Accepted], documents: Sequence[Document], known: Sequence[Change]
) -> list[_Meant]:
    """Each acceptance with what it may be of."""
    homes: dict[str, dict[str, str]] = {}
    for change in known:
        homes.setdefault(change.fingerprint, {})[change.document] = change.aspect
    found: list[_Meant] = []
    for word in accepted:
        aspects = homes.get(word.fingerprint, {})
        having = [each for each in documents if each.name in aspects]
        named = [each for each in having if word.document in ("", each.name)]
        meant = named or [each for each in having if each.ends_with(word.document)]
        must_be_named = not word.document and WHOLE_DOCUMENT in aspects.values()
        is_clear = len(meant) == 1 and not must_be_named
        found.append(_Meant(word=word, having=having, documents=meant, is_clear=is_clear))
    return found


def _holding(meant: Sequence[_Meant], today: str) -> _Words:
    """Those in force that are of one document's change."""
    return {
        (each.documents[0].name, each.word.fingerprint): each.word
        for each in meant
        if each.is_clear and each.word.until >= today
    }


def _wrong(meant: Sequence[_Meant], today: str) -> Iterator[str]:
    for each in meant:
        if each.documents and not each.is_clear:
            yield f"{each} may be of a change in {_names(each.documents)}: name its document"
        elif each.documents and each.word.until < today:
            yield f"{each} ran out on {each.word.until}"


def _idle(meant: Sequence[_Meant]) -> Iterator[str]:
    for each in meant:
        if not each.having:
            yield f"{each} is of no change: take it out"
        elif not each.documents:
            where = _names(each.having)
            yield f"{each} is of a change in {where}, not in {each.word.document}: correct it"


def _names(documents: Sequence[Document]) -> str:
    return ", ".join(each.called for each in documents)


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
