"""Media types: which contents of a message are one, and what is not translated."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import product
from typing import Final

from compat.intent.model import AcceptIntent, Then
from compat.lens.admits import Admits
from compat.lens.ops import ITEM, DifferenceId, Flow, Focus, Gap, Lens, MapValues
from compat.model.interface import Content
from compat.model.media_type import charset, covers, is_range, without_charset
from compat.model.place import Place
from compat.model.schema import Bounds, Json, Schema
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.excess import Excess
from compat.plan.gate.stance import excess, only_passes
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side, Spot
from compat.plan.values.likeness import equal
from compat.plan.walk import Walk

Contents = tuple[Content, ...]

CONTENT_TYPE: Final = ("header", "content-type", ITEM)
"""Where a message says of what type its body is."""

_CHARSETS = ("", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8", ";charset=UTF-8")
_REFUSED = Judgement(verdict=Verdict.UNBRIDGEABLE, treatment="refused: only JSON is translated")
_ACCEPTED = Judgement(verdict=Verdict.LOSSY, treatment="passes untranslated, as accepted")


def json_content(contents: Iterable[Content]) -> Content | None:
    """The content that a lens works on: plain JSON before others that are JSON, too."""
    found = [content for content in contents if content.is_json]
    return min(found, key=lambda content: content.name != "application/json", default=None)


def json_pair(old: Contents, new: Contents) -> tuple[Content | None, Content | None]:
    """As `json_content` of each, but the same type of both before any other."""
    for one, other in product(old, new):
        if one.is_json and one.name == other.name:
            return one, other
    return json_content(old), json_content(new)


def record_content(contents: Contents) -> Content | None:
    return next((content for content in contents if content.is_records), None)


def names(contents: Iterable[Content]) -> str:
    return ", ".join(content.media_type for content in contents) or "no body"


def any_schema(content: Content) -> Schema:
    """What the content holds: anything where the spec does not say."""
    return content.schema if content.schema is not None else Schema(place=content.place)


def spellings(media_type: str) -> tuple[str, ...]:
    """How messages are found to write it."""
    return tuple(f"{media_type}{charset}" for charset in _CHARSETS)


def is_chosen(spot: Spot) -> bool:
    """Clients ask for the type of a success; an error comes in whichever the server likes."""
    return spot.old.rpartition(" response ")[2].startswith("2")


def rename_media_type(walk: Walk, old: Content, new: Content, spot: Spot) -> Lens:
    """Both are JSON: the type's name is turned, so that each side sees its own."""
    ours, theirs = old.media_type, new.media_type
    if old.name == new.name or is_range(ours) or is_range(theirs):
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
        zip(spellings(ours), spellings(theirs), strict=True)
    )
    back = tuple((other, one) for one, other in pairs)
    turned = MapValues(pairs=pairs, back=back, difference=found)
    return (Focus(path=CONTENT_TYPE, lens=(turned,)),)


def compare_opaque(
    walk: Walk,
    old: Contents,
    new: Contents,
    places: tuple[Place, Place],
    spot: Spot,
    translated: tuple[Schema, ...] = (),
) -> Lens:
    """Contents that pass untranslated, alone or beside the `translated` ones.

    No lens looks into them: what is refused is told by the type that the message says it has.
    """
    ours, theirs = _by_type(old), _by_type(new)
    lens: Lens = ()
    for name in [name for name in ours if name in theirs]:
        one, other = ours[name], theirs[name]
        lens += _compare_charsets(walk, one, other, spot)
        is_led = one.schema in translated and other.schema in translated
        if not is_led and not equal(walk, any_schema(one), any_schema(other)):
            lens += _bridge_changed(walk, one, other, spot)
    removed, added = _uncovered(ours, theirs), _uncovered(theirs, ours)
    if not removed and not added:
        return lens
    kind = "media-type-changed"
    accepted = walk.ledger.accepted(kind, spot.subject)
    up, down = NOTHING, NOTHING
    if not translated and removed == ours.keys() and added == theirs.keys():
        up = down = _REFUSED if accepted is None else _ACCEPTED
    elif spot.side is Side.REQUEST:
        what = "a body of the other type"
        up = excess(spot.side, Flow.UP, accepted, what) if removed else up
        down = excess(spot.side, Flow.DOWN, accepted, what) if added else down
    elif is_chosen(spot):
        up = unavailable(accepted, Flow.UP, added) if added else up
        down = unavailable(accepted, Flow.DOWN, removed) if removed else down
    finding = Finding(
        kind=kind,
        subject=spot.subject,
        message=f"{names(old)} became {names(new)}",
        old=places[0],
        new=places[1],
        side=spot.side,
        up=up,
        down=down,
    )
    met = Excess(walk.ledger.enter(finding), finding.gaps)
    return (*lens, *_refusing(met, up=removed, down=added))


def _refusing(met: Excess, *, up: Collection[str], down: Collection[str]) -> Lens:
    """Messages that say they are of one of these types are refused where they are a gap."""
    if not up:
        met = replace(met, gaps=met.gaps - {Flow.UP})
    if not down:
        met = replace(met, gaps=met.gaps - {Flow.DOWN})
    guard = met.guard(_all_but(down), _all_but(up))
    return guard.at(*CONTENT_TYPE).around(())


def _all_but(types: Collection[str]) -> Admits:
    """Any media type but these, with whatever parameters."""
    several = "|".join(re.escape(one).replace(r"\*", r"[^;\s]*") for one in sorted(types))
    return Admits(bounds=Bounds(pattern=rf"(?i)\A(?!\s*(?:{several})\s*(?:;|\Z))"))


def unavailable(accepted: AcceptIntent | None, flow: Flow, types: Iterable[str]) -> Judgement:
    """An answer of these types can no longer be had (DOWN), or not yet (UP)."""
    treatment = f"whoever asks for {', '.join(sorted(types))} gets another type, or 406"
    if accepted is not None:
        only_passes(accepted, "what is answered instead can only pass")
        return Judgement(verdict=Verdict.LOSSY, treatment=f"{treatment}, as accepted")
    is_gone = flow is Flow.DOWN
    return Judgement(
        verdict=Verdict.NEEDS_INTENT if is_gone else Verdict.LOSSY, treatment=treatment
    )


def _by_type(contents: Contents) -> dict[str, Content]:
    return {without_charset(content.media_type): content for content in contents}


def _uncovered(names: Iterable[str], others: Iterable[str]) -> set[str]:
    others = tuple(others)
    return {name for name in names if not any(covers(other, name) for other in others)}


def _compare_charsets(walk: Walk, old: Content, new: Content, spot: Spot) -> Lens:
    """Where one version leaves it open, bodies are what they were."""
    ours, theirs = charset(old.media_type), charset(new.media_type)
    if ours == theirs:
        return ()
    kind, subject = "charset-changed", f"{spot.subject} {old.name}"
    accepted = walk.ledger.accepted(kind, subject)
    both = bool(ours and theirs)
    finding = Finding(
        kind=kind,
        subject=subject,
        message=f"{old.media_type} became {new.media_type}",
        old=old.place,
        new=new.place,
        side=spot.side,
        up=excess(spot.side, Flow.UP, accepted, "text so encoded") if both else NOTHING,
        down=excess(spot.side, Flow.DOWN, accepted, "text so encoded") if both else NOTHING,
    )
    met = Excess(walk.ledger.enter(finding), finding.gaps)
    guard = met.guard(_of_charset(theirs), _of_charset(ours))
    return guard.at(*CONTENT_TYPE).around(())


def _of_charset(refused: str) -> Admits:
    """Any type but one that says it is in the charset."""
    said = rf"charset\s*=\s*\"?{re.escape(refused)}\b(?!-)"
    return Admits(bounds=Bounds(pattern=rf"(?i)\A(?!.*;\s*{said})"))


def _bridge_changed(walk: Walk, old: Content, new: Content, spot: Spot) -> Lens:
    """A form, or another body whose parts are described and not translated."""
    kind, what = "untranslated-body-changed", f"what {old.media_type} holds"
    subject = f"{spot.subject} {old.media_type}"
    accepted = walk.ledger.accepted(kind, subject)
    finding = Finding(
        kind=kind,
        subject=subject,
        message=f"the versions describe {old.media_type} differently",
        old=old.place,
        new=new.place,
        side=spot.side,
        up=excess(spot.side, Flow.UP, accepted, what),
        down=excess(spot.side, Flow.DOWN, accepted, what),
    )
    met = Excess(walk.ledger.enter(finding), finding.gaps)
    types = (without_charset(old.media_type),)
    return _refusing(met, up=types, down=types)


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
