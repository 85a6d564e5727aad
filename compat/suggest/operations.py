"""Operations that got another path, and those of one version that stand in for one it lacks."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from compat.match.template import parameter_names
from compat.model.interface import Operation, OperationKey
from compat.model.schema import Schema
from compat.suggest import texts
from compat.suggest.candidate import Candidate, Evidence, Sort, operation, total, weighed
from compat.suggest.leftovers import Leftover, Lone
from compat.suggest.likeness import schemas_alike, shifted
from compat.suggest.reading import Version, Versions, answer_body, request_body
from compat.suggest.vocabulary import VERBS
from compat.suggest.words import likeness, words

_WRITES = frozenset(("PUT", "POST", "PATCH"))
_SAME_MIN = 0.3
_STAND_IN_MIN = 0.2
_NEAR_MIN = 0.3  # share of the path without which nothing stands in
_PAIRS_MAX = 40_000
"""Beyond it operations are not compared: two such interfaces are not versions of each other."""


def same_operations(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    """One removed and one added that may be the same."""
    for left in leftovers:
        if not isinstance(left, Lone) or len(left.removed) * len(left.added) > _PAIRS_MAX:
            continue
        for old in left.removed:
            for new in left.added:
                if old.key.method == new.key.method or {old.key.method, new.key.method} <= _WRITES:
                    yield from _same(versions, old, new)


def _same(versions: Versions, old: Operation, new: Operation) -> Iterator[Candidate]:
    evidence = (*_alike(versions, old, new), *_bodies(versions, old, new))
    if total(evidence) >= _SAME_MIN:
        matters = ("old", str(old.key), "operation"), ("new", str(new.key), "operation")
        yield Candidate(
            sort=Sort.SAME,
            evidence=weighed(evidence),
            entries=(operation(same={"old": str(old.key), "new": str(new.key)}),),
            explains=frozenset(matters),
            answers=frozenset((f"operation-removed {old.key}", f"operation-added {new.key}")),
            old=old.place,
            new=new.place,
        )


def stand_ins(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    """An operation of the other version that both know, and that may do what a lone one did."""
    for left in leftovers:
        if not isinstance(left, Lone):
            continue
        lone_new = {operation.key for operation in left.added}
        lone_old = {operation.key for operation in left.removed}
        yield from _stand_ins(versions, left.removed, _known(versions.new, lone_new), is_old=True)
        yield from _stand_ins(versions, left.added, _known(versions.old, lone_old), is_old=False)


def _known(version: Version, lone: set[OperationKey]) -> list[Operation]:
    return [one for one in version.interface.operations if one.key not in lone]


def _stand_ins(
    versions: Versions, lone: Sequence[Operation], known: Sequence[Operation], *, is_old: bool
) -> Iterator[Candidate]:
    if len(lone) * len(known) > _PAIRS_MAX:
        return
    for one in lone:
        for other in known:
            old, new = (one, other) if is_old else (other, one)
            ours, theirs = (versions.old, versions.new) if is_old else (versions.new, versions.old)
            is_near = _paths_alike(ours.path(one), theirs.path(other)) >= _NEAR_MIN
            does = _does_it(ours, one, theirs, other) if is_near else None
            evidence = (
                (*_alike(versions, old, new), *_lost(one, other), does) if does is not None else ()
            )
            if total(evidence) >= _STAND_IN_MIN:
                yield _stand_in(one, other, evidence, is_old=is_old)


def _does_it(
    version: Version, one: Operation, other_version: Version, other: Operation
) -> Evidence | None:
    """What makes it possible at all: it answers with the same things, or takes all that is given.

    A deletion is never another one: whoever asked for less must not lose more.
    """
    if one.key.method != other.key.method:
        return None
    if one.key.method == "GET":
        same = _things(version, one) & _things(other_version, other)
        return Evidence(0.2, f"both give {min(same)}") if same else None
    fields = version.fields(request_body(one))
    if one.key.method not in _WRITES or not fields:
        return None
    theirs = other_version.fields(request_body(other))
    needed = {name for name, field in theirs.items() if field.required}
    if not needed <= fields.keys() <= theirs.keys():
        return None
    return Evidence(0.2, f"{other.key} takes {', '.join(fields)} too")


def _things(version: Version, operation: Operation) -> set[str]:
    """The components that the operation answers with: alone, in a list, or in a list within."""
    body = _success(operation)
    if body is None:
        return set()
    held = [body, *(field.schema for field in version.fields(body).values())]
    lists = [items for schema in held if (items := version.items(schema)) is not None]
    return {version.component(schema) for schema in (body, *lists)} - {""}


def _lost(one: Operation, other: Operation) -> Iterator[Evidence]:
    """What tells the one thing from all, and has no place in the other operation's request."""
    known = {parameter.name for parameter in other.parameters}
    for name in parameter_names(one.key.path):
        if name not in known:
            yield Evidence(-0.25, f"{other.key} has no place for {name}")


def _stand_in(
    one: Operation, other: Operation, evidence: Sequence[Evidence], *, is_old: bool
) -> Candidate:
    version = "old" if is_old else "new"
    kind = "operation-removed" if is_old else "operation-added"
    return Candidate(
        sort=Sort.STAND_IN,
        evidence=weighed(evidence),
        entries=(operation(**{version: str(one.key), "calls": str(other.key)}),),
        explains=frozenset(((version, str(one.key), "operation"),)),
        answers=frozenset((f"{kind} {one.key}",)),
        old=one.place if is_old else other.place,
        new=other.place if is_old else one.place,
        loses=any(_lost(one, other)),
    )


# --- how alike two operations are -----------------------------------------------------------------


def _alike(versions: Versions, old: Operation, new: Operation) -> Iterator[Evidence]:
    ours, theirs = versions.old.path(old), versions.new.path(new)
    share = _paths_alike(ours, theirs)
    yield Evidence(0.4 * share, f"the paths share {share:.0%}")
    yield from shifted(versions, ours, theirs)
    if old.key.method == new.key.method:
        yield Evidence(0.1, f"both are {old.key.method}")
    else:
        yield Evidence(-0.1, f"{old.key.method} became {new.key.method}")
    if old.operation_id and new.operation_id:
        found = likeness(_without_verb(old.operation_id), _without_verb(new.operation_id))
        yield Evidence(0.2 * found, "the operationIds share words")
    said = texts.likeness(_text(old), _text(new))
    if said:
        yield Evidence(0.15 * said, f"the descriptions share {said:.0%} of their words")
    tag = next((tag for tag in old.tags if tag in new.tags), None)
    if tag is not None:
        yield Evidence(0.05, f"both are tagged {tag}")


def _without_verb(operation_id: str) -> str:
    return "_".join(word for word in words(operation_id) if word not in VERBS)


def _bodies(versions: Versions, old: Operation, new: Operation) -> Iterator[Evidence]:
    for noun, ours, theirs in (
        ("take", request_body(old), request_body(new)),
        ("give", _success(old), _success(new)),
    ):
        if ours is not None and theirs is not None:
            for one in schemas_alike(versions, ours, theirs):
                yield Evidence(0.5 * one.weight, f"what they {noun}: {one.reason}")


def _success(operation: Operation) -> Schema | None:
    statuses = [answer.status for answer in operation.answers if answer.status.startswith("2")]
    return next((body for s in statuses if (body := answer_body(operation, s)) is not None), None)


def _text(operation: Operation) -> str:
    return f"{operation.summary} {operation.description}"


@lru_cache(maxsize=1 << 12)
def _segments(path: str) -> tuple[str, ...]:
    """Each segment in words; parameters are alike."""
    return tuple(
        "{}" if segment.startswith("{") else " ".join(words(segment))
        for segment in path.strip("/").split("/")
    )


@lru_cache(maxsize=1 << 16)
def _paths_alike(old: str, new: str) -> float:
    """The share of segments in common, those that are alike counting in part."""
    ours, theirs = _segments(old), _segments(new)
    equal = SequenceMatcher(None, ours, theirs, autojunk=False)
    shared = sum(block.size for block in equal.get_matching_blocks())
    left = [one for one in ours if one not in theirs]
    right = [one for one in theirs if one not in ours]
    near = sum(max((likeness(one, other) for other in right), default=0.0) for one in left)
    return min(1.0, 2 * (shared + 0.8 * near) / (len(ours) + len(theirs)))
