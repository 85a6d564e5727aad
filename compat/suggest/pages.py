"""Lists that are answered in pages in one version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compat.model.interface import Operation
from compat.model.schema import Schema
from compat.model.shape import ArrayShape, ObjectShape, ScalarShape
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge, weighed
from compat.suggest.leftovers import Crossing, Leftover
from compat.suggest.reading import Version, Versions, answer_body
from compat.suggest.words import words

_TOKENS = frozenset(("token", "cursor", "continue", "continuation", "marker", "next", "bookmark"))
_STARTS = _TOKENS | {"start", "starting", "offset", "after", "page", "from"}
_SIZES = frozenset(("limit", "maximum", "size", "per", "entry", "result", "count", "top"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """The answer in pages: its schema, the operation that gives it, and the bare list's schema."""

    schema: Schema
    operation: Operation
    version: Version
    bare: Schema
    bare_version: Version
    known: frozenset[str]
    """Query parameters that the version without pages has, too."""


def pages(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    for left in leftovers:
        if isinstance(left, Crossing) and not left.paged:
            for status in ("200", "default"):
                envelope = _envelope(versions, left, status)
                if envelope is not None:
                    yield from _paged(left, status, envelope)


def _envelope(versions: Versions, left: Crossing, status: str) -> _Envelope | None:
    """The two answers as bare list and envelope, if that is what they are."""
    old, new = answer_body(left.old, status), answer_body(left.new, status)
    if old is None or new is None:
        return None
    shapes = versions.old.shape(old), versions.new.shape(new)
    match shapes:
        case ArrayShape(), ObjectShape():
            return _Envelope(
                schema=new,
                operation=left.new,
                version=versions.new,
                bare=old,
                bare_version=versions.old,
                known=frozenset(_queries(left.old)),
            )
        case ObjectShape(), ArrayShape():
            return _Envelope(
                schema=old,
                operation=left.old,
                version=versions.old,
                bare=new,
                bare_version=versions.new,
                known=frozenset(_queries(left.new)),
            )
        case _:
            return None


def _queries(operation: Operation) -> list[str]:
    return [p.name for p in operation.parameters if p.location == "query"]


def _paged(left: Crossing, status: str, envelope: _Envelope) -> Iterator[Candidate]:
    fields = envelope.version.fields(envelope.schema)
    lists = [name for name, field in fields.items() if _holds(envelope, field.schema)]
    tokens = [
        name
        for name, field in fields.items()
        if isinstance(envelope.version.shape(field.schema), ScalarShape)
        and _TOKENS & {*words(name)}
    ]
    queries = [name for name in _queries(envelope.operation) if name not in envelope.known]
    starts = [name for name in queries if _STARTS & {*words(name)}]
    sizes = [name for name in queries if name not in starts[:1] and _SIZES & {*words(name)}]
    if len(lists) != 1 or not tokens or not starts:
        return
    size = {"size": sizes[0]} if sizes else {}
    address = f"{left.old.key} response {status}"
    yield Candidate(
        sort=Sort.PAGES,
        evidence=weighed(_evidence(envelope, lists[0], tokens[0], starts[0], sizes)),
        entries=(
            bridge(
                address,
                pages={"entries": lists[0], "token": tokens[0], "query": starts[0], **size},
            ),
        ),
        explains=frozenset((("old", address, "pages"),)),
        answers=frozenset(
            f"{kind} {subject}"
            for kind in ("enclosed", "disclosed")
            for subject in (address, _subject(left, status, envelope))
        ),
        old=left.old.place,
        new=left.new.place,
    )


def _evidence(
    envelope: _Envelope, entries: str, token: str, start: str, sizes: Sequence[str]
) -> Iterator[Evidence]:
    yield Evidence(0.3, f"the list went under {entries}")
    yield Evidence(0.2, f"{token} beside it names the next page")
    yield Evidence(0.2, f"the parameter {start} is in this version alone")
    if sizes:
        yield Evidence(0.1, f"so is {sizes[0]}")
    if "pag" in envelope.version.text(envelope.schema).lower():
        yield Evidence(0.1, "the description speaks of pages")


def _holds(envelope: _Envelope, schema: Schema) -> bool:
    """A list of items of the same component or nature as those of the bare one."""
    bare = envelope.bare_version.items(envelope.bare)
    items = envelope.version.items(schema)
    if bare is None or items is None:
        return False
    one, other = envelope.bare_version.component(bare), envelope.version.component(items)
    shapes = envelope.bare_version.shape(bare), envelope.version.shape(items)
    return one == other if one and other else type(shapes[0]) is type(shapes[1])


def _subject(left: Crossing, status: str, envelope: _Envelope) -> str:
    """What the planner calls the place: by the components found there."""
    is_old = envelope.operation is left.old
    inner = envelope.version.component(envelope.schema)
    bare = envelope.bare_version.component(envelope.bare)
    old, new = (inner, bare) if is_old else (bare, inner)
    ours = old or f"{left.old.key} response {status}"
    theirs = new or f"{left.new.key} response {status}"
    return ours if ours == theirs else f"{ours} to {theirs}"
