"""Objects that extend another by allOf: what each adds, led beside what they have in common."""

from compat.lens.ops import Branch, Case, Flow, Gap, Lens, Test
from compat.model.schema import Kind, Schema
from compat.model.subtypes import subtypes
from compat.plan.claims import NO_CLAIMS
from compat.plan.gate.excess import enter_excess
from compat.plan.spot import Spot
from compat.plan.walk import Walk


def bridge_subtypes(walk: Walk, schemas: tuple[Schema, Schema], spot: Spot) -> Lens:
    """Lead the fields of each subtype; one that only one version has goes beyond the other."""
    old, new = walk.old.core(schemas[0]).discriminator, walk.new.core(schemas[1]).discriminator
    if old is None or new is None or old.property_name != new.property_name:
        return ()
    ours, theirs = subtypes(walk.old, schemas[0]), subtypes(walk.new, schemas[1])
    branches: list[Branch] = []
    for tag in sorted({*ours, *theirs}):
        if tag in ours and tag in theirs:
            lens = walk.value(ours[tag], theirs[tag], spot.step(f"|{tag}"), NO_CLAIMS)
        elif tag in old.mapping or tag in new.mapping:
            continue  # told as a change of the discriminator
        else:
            lens = _lone(walk, schemas, spot, tag, Flow.UP if tag in ours else Flow.DOWN)
        test = Test(kind=Kind.OBJECT, field_is=(old.property_name, tag))
        branches += [Branch(test=test, back=test, lens=lens)] if lens else []
    return (Case(branches=tuple(branches)),) if branches else ()


def _lone(walk: Walk, schemas: tuple[Schema, Schema], spot: Spot, tag: str, away: Flow) -> Lens:
    is_old = away is Flow.UP
    found = enter_excess(
        walk,
        (schemas[0].place, schemas[1].place),
        Spot(spot.side, spot.old, spot.new, f"{spot.subject}|{tag}"),
        f"variant-{'removed' if is_old else 'added'}",
        f"the variant {tag} is in the {'old' if is_old else 'new'} version alone",
        {away},
        f"the variant {tag}",
    )
    if away not in found.gaps:
        return ()
    return (Gap(forward=is_old, back=not is_old, difference=found.difference),)
