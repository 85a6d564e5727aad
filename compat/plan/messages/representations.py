"""Media types beside the one whose JSON is led: what else a message may be written in.

A lens leads the JSON of one type of each version, whatever type the message says it has. Another
JSON type with the same schema is led as well by it; one with a schema of its own is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compat.lens.ops import Flow, Focus, Lens, MapValues
from compat.model.interface import Answer, Content
from compat.model.media_type import covers, is_range
from compat.model.place import Place
from compat.plan.bridge import Difference, Judgement, Verdict
from compat.plan.gate.untranslated import Refusal, Untranslated, enter_untranslated
from compat.plan.ledger import NOTHING, Finding
from compat.plan.messages.media import (
    CONTENT_TYPE,
    Contents,
    any_schema,
    is_chosen,
    json_pair,
    spellings,
    unavailable,
)
from compat.plan.spot import Side, Spot
from compat.plan.values.rehearsal import rehearsed, summary, troubled_flows
from compat.plan.values.whole import bridge_whole
from compat.plan.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Led:
    """The contents of both versions, and the two whose JSON is led by a lens."""

    old: Contents
    new: Contents
    pair: tuple[Content, Content]
    places: tuple[Place, Place]


def bridge_representations(walk: Walk, led: Led, spot: Spot) -> Lens:
    """Rename or refuse the other JSON types, by what the message says it is."""
    old, new = _others(led.old, led.pair[0]), _others(led.new, led.pair[1])
    _compare_ranges(walk, led, spot)
    both = [name for name in old if name in new]
    ops = [
        *(_bridge_both(walk, led, old[name], new[name], spot) for name in both),
        *(_bridge_lone(walk, led, old[name], Flow.UP, spot) for name in old if name not in new),
        *(_bridge_lone(walk, led, new[name], Flow.DOWN, spot) for name in new if name not in old),
    ]
    return tuple(op for lens in ops for op in lens)


def compare_beside_records(walk: Walk, old: Answer, new: Answer, spot: Spot) -> None:
    """JSON beside a stream of records, which alone is led."""
    ours, theirs = json_pair(_no_records(old.contents), _no_records(new.contents))
    if ours is None or theirs is None:
        return
    found = _differences(walk, ours, theirs, spot)
    if not found:
        return
    one = Untranslated(
        kind="other-json-changed",
        subject=f"{spot.subject} {ours.name}",
        message=summary(found),
        what=f"an answer in {ours.media_type}",
        old=ours.place,
        new=theirs.place,
        side=spot.side,
        recognised=False,
    )
    enter_untranslated(walk, one, troubled_flows(found, spot.side))


def _no_records(contents: Contents) -> Contents:
    return tuple(content for content in contents if not content.is_records)


def _others(contents: Contents, led: Content) -> dict[str, Content]:
    found = {one.name: one for one in contents if one.is_json and one.name != led.name}
    return {name: one for name, one in found.items() if not is_range(name)}


def _bridge_both(walk: Walk, led: Led, old: Content, new: Content, spot: Spot) -> Lens:
    if _is_led(walk, led, old, new):
        return ()
    found = _differences(walk, old, new, spot)
    astray = troubled_flows(_differences(walk, *led.pair, spot), spot.side)
    if not found and not astray:
        return ()
    flows = astray | troubled_flows(found, spot.side)
    one = Untranslated(
        kind="other-json-changed",
        subject=f"{spot.subject} {old.name}",
        message=summary(found)
        or f"{old.media_type} is unlike {led.pair[0].media_type}, which is translated",
        what=f"a body of {old.media_type}",
        old=old.place,
        new=new.place,
        side=spot.side,
        misread=bool(astray),
    )
    return _of_type(enter_untranslated(walk, one, flows), old, new)


def _differences(walk: Walk, old: Content, new: Content, spot: Spot) -> Sequence[Difference]:
    schemas = any_schema(old), any_schema(new)
    return rehearsed(walk, lambda walker: bridge_whole(walker, *schemas, spot))


def _is_led(walk: Walk, led: Led, old: Content, new: Content) -> bool:
    ours, theirs = (any_schema(one) for one in led.pair)
    return walk.old.core(any_schema(old)) is walk.old.core(ours) and walk.new.core(
        any_schema(new)
    ) is walk.new.core(theirs)


def _bridge_lone(walk: Walk, led: Led, content: Content, flow: Flow, spot: Spot) -> Lens:
    """A JSON type of one version alone: of a request it is renamed where the schema is the same."""
    is_old = flow is Flow.UP
    others = led.new if is_old else led.old
    if any(covers(one.media_type, content.media_type) for one in others):
        return ()
    shapes, led_here = (walk.old, led.pair[0]) if is_old else (walk.new, led.pair[1])
    target = led.pair[1] if is_old else led.pair[0]
    if spot.side is Side.RESPONSE:
        _enter_unavailable(walk, content, flow, led.places, spot)
        return ()
    same = shapes.core(any_schema(content)) is shapes.core(any_schema(led_here))
    if same and not is_range(target.media_type):
        return _rename(walk, content, target, flow, led.places, spot)
    one = Untranslated(
        kind=f"other-json-{'removed' if is_old else 'added'}",
        subject=f"{spot.subject} {content.name}",
        message=f"only the {'old' if is_old else 'new'} version takes {content.media_type}",
        what=f"a body of {content.media_type}",
        old=content.place if is_old else led.places[0],
        new=led.places[1] if is_old else content.place,
        side=spot.side,
    )
    return _of_type(enter_untranslated(walk, one, (flow,)), content, content)


def _enter_unavailable(
    walk: Walk, content: Content, flow: Flow, places: tuple[Place, Place], spot: Spot
) -> None:
    """An answer's media type that one version alone offers to clients who ask for it."""
    is_old = flow is Flow.UP
    kind = f"answer-type-{'removed' if is_old else 'added'}"
    subject = f"{spot.subject} {content.name}"
    accepted = walk.ledger.accepted(kind, subject)
    judgement = unavailable(accepted, flow.back, (content.name,))
    if not is_chosen(spot):
        judgement = NOTHING
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"only the {'old' if is_old else 'new'} version answers with "
            f"{content.media_type}",
            old=content.place if is_old else places[0],
            new=places[1] if is_old else content.place,
            side=Side.RESPONSE,
            up=NOTHING if is_old else judgement,
            down=judgement if is_old else NOTHING,
        )
    )


def _rename(
    walk: Walk,
    content: Content,
    target: Content,
    flow: Flow,
    places: tuple[Place, Place],
    spot: Spot,
) -> Lens:
    """The sender's type is turned into the one that the receiver takes; nothing comes back."""
    is_old = flow is Flow.UP
    done = Judgement(
        verdict=Verdict.LOSSLESS, treatment=f"the content type becomes {target.media_type}"
    )
    found = walk.ledger.enter(
        Finding(
            kind="media-type-renamed",
            subject=f"{spot.subject} {content.name}",
            message=f"{content.media_type} is {target.media_type} in the "
            f"{'new' if is_old else 'old'} version",
            old=content.place if is_old else places[0],
            new=places[1] if is_old else content.place,
            side=spot.side,
            up=done if is_old else NOTHING,
            down=NOTHING if is_old else done,
        )
    )
    pairs = tuple(
        (one, target.media_type + one.removeprefix(content.media_type))
        for one in spellings(content.media_type)
    )
    op = MapValues(pairs=pairs if is_old else (), back=() if is_old else pairs, difference=found)
    return (Focus(path=CONTENT_TYPE, lens=(op,)),)


def _of_type(refusal: Refusal, old: Content, new: Content) -> Lens:
    lens = refusal.of_texts(spellings(old.media_type), spellings(new.media_type))
    return (Focus(path=CONTENT_TYPE, lens=lens),) if lens else ()


# --- ranges ---------------------------------------------------------------------------------------


def _compare_ranges(walk: Walk, led: Led, spot: Spot) -> None:
    """`application/*` and `*/*` take what the other version's types are not all of."""
    for flow, wide, others in ((Flow.UP, led.old, led.new), (Flow.DOWN, led.new, led.old)):
        for content in _uncovered(wide, others):
            one = Untranslated(
                kind=f"media-range-{'narrowed' if flow is Flow.UP else 'widened'}",
                subject=f"{spot.subject} {content.name}",
                message=f"{content.media_type} stands in the "
                f"{'old' if flow is Flow.UP else 'new'} version alone",
                what="a body of a type that the other version does not name",
                recognised=False,
                old=content.place if flow is Flow.UP else led.places[0],
                new=led.places[1] if flow is Flow.UP else content.place,
                side=spot.side,
            )
            enter_untranslated(walk, one, (flow,) if spot.side is Side.REQUEST else ())


def _uncovered(contents: Contents, others: Contents) -> Iterator[Content]:
    for content in contents:
        if is_range(content.media_type) and not any(
            covers(other.media_type, content.media_type) for other in others
        ):
            yield content
