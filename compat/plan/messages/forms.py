"""How the parts of a form are written, where the form passes as it is."""

from compat.lens.ops import Flow, Focus, Lens
from compat.model.interface import Content
from compat.model.shape import ObjectShape, Shapes
from compat.plan.gate.untranslated import Untranslated, enter_untranslated
from compat.plan.messages.media import CONTENT_TYPE, Contents, any_schema
from compat.plan.spot import Spot
from compat.plan.walk import Walk


def bridge_encodings(
    walk: Walk, old: Contents, new: Contents, spot: Spot, *, is_alone: bool
) -> Lens:
    """Parts of both versions that are written in another way; `is_alone` where there is no JSON.

    A form has a type that is never spelled the same twice, so it is refused only where there is
    nothing but forms.
    """
    theirs = {content.name: content for content in new}
    is_only = len(old) == len(new) == 1 and is_alone
    lens: Lens = ()
    for one in old:
        if one.name in theirs:
            lens += _bridge_parts(walk, one, theirs[one.name], spot, recognised=is_only)
    return (Focus(path=CONTENT_TYPE, lens=lens),) if lens else ()


def _bridge_parts(walk: Walk, old: Content, new: Content, spot: Spot, *, recognised: bool) -> Lens:
    names = _parts(walk.old, old) & _parts(walk.new, new)
    lens: Lens = ()
    for name in sorted(names & (old.encoding.keys() | new.encoding.keys())):
        ours, theirs = old.encoding.get(name, ""), new.encoding.get(name, "")
        if ours == theirs:
            continue
        one = Untranslated(
            kind="part-encoding-changed",
            subject=f"{spot.subject} {old.name} {name}",
            message=f"{name} is written as {ours or 'usual'} in the old version, "
            f"as {theirs or 'usual'} in the new",
            what=f"a form with {name}",
            old=old.place,
            new=new.place,
            side=spot.side,
            misread=True,
            recognised=recognised,
        )
        lens += enter_untranslated(walk, one, Flow).lens
    return lens


def _parts(shapes: Shapes, content: Content) -> frozenset[str]:
    shape = shapes.of(any_schema(content))
    return frozenset(shape.fields) if isinstance(shape, ObjectShape) else frozenset()
