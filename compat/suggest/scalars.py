"""The same value written another way: in another type, or counted in another unit."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from compat.model.schema import Kind, Schema
from compat.model.shape import ScalarShape
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge, narrow, weighed
from compat.suggest.leftovers import Leftover, Quantity, Retyped
from compat.suggest.reading import Version, Versions
from compat.suggest.units import factor, scale_words, scaled, unit_of_text

_TEXT = frozenset({Kind.STRING})
_BIT = (frozenset({Kind.BOOLEAN}), frozenset({Kind.INTEGER}))


def encodings(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    for left in leftovers:
        if not isinstance(left, Retyped):
            continue
        old, new = versions.old.shape(left.schemas[0]), versions.new.shape(left.schemas[1])
        if not isinstance(old, ScalarShape) or not isinstance(new, ScalarShape):
            continue
        found = _encoding(old, new)
        if found is not None:
            yield Candidate(
                sort=Sort.ENCODE,
                evidence=weighed((found[1], *_shown(versions, left, new))),
                entries=(bridge(narrow(left.addresses), encode=found[0]),),
                explains=frozenset((("old", left.addresses[0], "type"),)),
                answers=frozenset((f"type-changed {left.subject}",)),
                old=left.schemas[0].place,
                new=left.schemas[1].place,
            )


def _encoding(old: ScalarShape, new: ScalarShape) -> tuple[str, Evidence] | None:
    if (old.kinds, new.kinds) in (_BIT, _BIT[::-1]):
        return "bit", Evidence(0.55, "true and false became 1 and 0, or the other way round")
    for text, other in ((old, new), (new, old)):
        if text.kinds == _TEXT and len(other.kinds) == 1:
            noun = next(iter(other.kinds))
            if text.enum and other.enum is None:
                return None
            return "text", Evidence(0.5, f"a {noun} may be written as text")
    return None


def _shown(versions: Versions, left: Retyped, new: ScalarShape) -> Iterator[Evidence]:
    """An example of the text that looks like a value of the other type, or does not."""
    version, schema = (versions.old, left.schemas[0])
    if new.kinds == _TEXT:
        version, schema = (versions.new, left.schemas[1])
    for example in version.examples(schema, ""):
        if isinstance(example, str):
            looks = example.lower() in ("true", "false") or _is_number(example)
            reason = f"the example {example[:40]!r} {'reads' if looks else 'does not read'} so"
            yield Evidence(0.2 if looks else -0.4, reason)
            return


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdecimal()


def scales(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    """A field that kept its name and type may count in another unit: only its texts tell."""
    for left in leftovers:
        if not isinstance(left, Quantity):
            continue
        old, new = left.schemas
        ours, theirs = unit_of_text(versions.old.text(old)), unit_of_text(versions.new.text(new))
        by = factor(ours, theirs) if ours is not None and theirs is not None else None
        if by is None or ours is None or theirs is None:
            continue
        told = Evidence(0.55, f"the description said {ours.name}, and says {theirs.name} now")
        yield Candidate(
            sort=Sort.SCALE,
            evidence=weighed((told, *_numbers(versions, old, new, by))),
            entries=(bridge(narrow(left.addresses), scale=scale_words(by)),),
            explains=frozenset((("old", left.addresses[0], "unit"),)),
            answers=frozenset((f"unit-changed {left.subject}",)),
            old=old.place,
            new=new.place,
        )


def _numbers(versions: Versions, old: Schema, new: Schema, by: Fraction) -> Iterator[Evidence]:
    """Bounds, defaults and examples were converted with the unit, or they stayed."""
    ours, theirs = [*_limits(versions.old, old)], [*_limits(versions.new, new)]
    if scaled(ours, theirs, by):
        yield Evidence(0.25, "bounds, default or examples were converted alike")
    elif any(ours) and ours == theirs:
        yield Evidence(-0.15, "bounds, default and examples stayed as they were")


def _limits(version: Version, schema: Schema) -> Iterator[object]:
    shape = version.shape(schema)
    assert isinstance(shape, ScalarShape)
    yield shape.bounds.minimum
    yield shape.bounds.maximum
    default = version.default(schema)
    yield default if isinstance(default, int | float) else None
    yield next((one for one in version.examples(schema, "")), None)
