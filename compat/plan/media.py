"""Media types: which contents of a message are one, and what is not translated."""

from collections.abc import Iterable, Iterator
from itertools import product

from compat.intent.model import Then
from compat.lens.ops import ITEM, DifferenceId, Flow, Focus, Gap, Lens, MapValues
from compat.model.interface import Content
from compat.model.place import Place
from compat.model.schema import Json, Schema
from compat.plan.bridge import Judgement, Verdict
from compat.plan.ledger import NOTHING, Finding
from compat.plan.likeness import equal
from compat.plan.spot import Side, Spot
from compat.plan.stance import excess, only_passes
from compat.plan.walk import Walk

Contents = tuple[Content, ...]

_CHARSETS = ("", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8", ";charset=UTF-8")
_UNTRANSLATED = Judgement(
    verdict=Verdict.UNBRIDGEABLE, treatment="passes untranslated: only JSON is translated"
)
_REFUSED = Judgement(verdict=Verdict.UNBRIDGEABLE, treatment="refused: only JSON is translated")
_ACCEPTED = Judgement(verdict=Verdict.LOSSY, treatment="passes untranslated, as accepted")


def json_content(contents: Iterable[Content]) -> Content | None:
    """The content that a lens works on: plain JSON before others that are JSON, too."""
    found = [content for content in contents if content.is_json]
    return min(found, key=lambda content: content.media_type != "application/json", default=None)


def json_pair(old: Contents, new: Contents) -> tuple[Content | None, Content | None]:
    """As `json_content` of each, but the same type of both before any other."""
    for one, other in product(old, new):
        if one.is_json and one.media_type == other.media_type:
            return one, other
    return json_content(old), json_content(new)


def record_content(contents: Contents) -> Content | None:
    return next((content for content in contents if content.is_records), None)


def names(contents: Iterable[Content]) -> str:
    return ", ".join(content.media_type for content in contents) or "no body"


def any_schema(content: Content) -> Schema:
    """What the content holds: anything where the spec does not say."""
    return content.schema if content.schema is not None else Schema(place=content.place)


def rename_media_type(walk: Walk, old: Content, new: Content, spot: Spot) -> Lens:
    """Both are JSON: the type's name is turned, so that each side sees its own."""
    ours, theirs = old.media_type, new.media_type
    if ours == theirs or "*/*" in (ours, theirs):
        return ()
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="the content type is renamed")
    found = walk.ledger.enter(
        Finding(
            kind="media-type-renamed",
            subject=spot.subject,
            message=f"{ours} became {theirs}, both JSON",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=done,
            down=done,
        )
    )
    pairs: tuple[tuple[Json, Json], ...] = tuple(
        (f"{ours}{charset}", f"{theirs}{charset}") for charset in _CHARSETS
    )
    back = tuple((other, one) for one, other in pairs)
    turned = MapValues(pairs=pairs, back=back, difference=found)
    return (Focus(path=("header", "content-type", ITEM), lens=(turned,)),)


def compare_opaque(
    walk: Walk,
    old: Contents,
    new: Contents,
    places: tuple[Place, Place],
    spot: Spot,
    translated: tuple[Schema, ...] = (),
) -> None:
    """Contents that pass untranslated, alone or beside the `translated` ones."""
    ours, theirs = _by_type(old), _by_type(new)
    if ours.keys() == theirs.keys():
        for one, other in _changed(walk, ours, theirs):
            if one.schema not in translated or other.schema not in translated:
                _enter_changed(walk, one, other, spot)
        return
    if "*/*" in ours.keys() | theirs.keys():
        return
    kind = "media-type-changed"
    accepted = walk.ledger.accepted(kind, spot.subject)
    up, down = NOTHING, NOTHING
    if not translated and not ours.keys() & theirs.keys():
        up = down = _UNTRANSLATED if accepted is None else _ACCEPTED
    elif spot.side is Side.REQUEST:
        what = "a body of the other type"
        up = excess(spot.side, Flow.UP, accepted, what) if ours.keys() - theirs.keys() else up
        down = excess(spot.side, Flow.DOWN, accepted, what) if theirs.keys() - ours.keys() else down
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"{names(old)} became {names(new)}",
            old=places[0],
            new=places[1],
            side=spot.side,
            up=up,
            down=down,
        )
    )


def _by_type(contents: Contents) -> dict[str, Content]:
    return {content.media_type: content for content in contents}


def _changed(
    walk: Walk, old: dict[str, Content], new: dict[str, Content]
) -> Iterator[tuple[Content, Content]]:
    for media_type, one in old.items():
        other = new[media_type]
        if not equal(walk, any_schema(one), any_schema(other)):
            yield one, other


def _enter_changed(walk: Walk, old: Content, new: Content, spot: Spot) -> None:
    """A form, or another body whose parts are described and not translated."""
    kind, what = "untranslated-body-changed", f"what {old.media_type} holds"
    subject = f"{spot.subject} {old.media_type}"
    accepted = walk.ledger.accepted(kind, subject)
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"the versions describe {old.media_type} differently",
            old=old.place,
            new=new.place,
            side=spot.side,
            up=excess(spot.side, Flow.UP, accepted, what),
            down=excess(spot.side, Flow.DOWN, accepted, what),
        )
    )


def refuse_untranslated(
    walk: Walk, old: Contents, new: Contents, places: tuple[Place, Place], spot: Spot
) -> Lens:
    """The versions have no type in common, and not both are JSON."""
    kind = "media-type-changed"
    accepted = walk.ledger.accepted(kind, spot.subject)
    refuses = accepted is None or accepted.then is Then.REFUSE
    if accepted is not None and not refuses:
        only_passes(accepted, "a body passes or is refused")
    judgement = _REFUSED if refuses else _ACCEPTED
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"{names(old)} became {names(new)}",
            old=places[0],
            new=places[1],
            side=spot.side,
            up=judgement,
            down=judgement,
        )
    )
    return _gap(found) if refuses else ()


def _gap(found: DifferenceId) -> Lens:
    return (Focus(path=("body",), lens=(Gap(forward=True, back=True, difference=found),)),)
