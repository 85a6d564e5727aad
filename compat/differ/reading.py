"""Two specs read for being compared: what is surely the same in both is left out."""

from compat.differ.unchanged import unchanged
from compat.load.opened import Loaded, Opened
from compat.model.record import record


@record(kw_only=True)
class Versions:
    """Two versions without what is not told of; `unchanged` are pointers of schemas and the like.

    The named schemas of the interfaces are those that one version alone has, and what a spec gets
    wrong in a part that is left out is not among its problems.
    """

    old: Loaded
    new: Loaded
    unchanged: frozenset[str] = frozenset()


def read_whole(old: Opened, new: Opened, *, validate: bool) -> Versions:
    """Both as they are, maybe checked against the schemas of their standards."""
    return Versions(old=old.read(validate=validate), new=new.read(validate=validate))


def read_changed(old: Opened, new: Opened) -> Versions:
    """What may give changes, which are the same as of the whole. Raises SpecError."""
    same = unchanged(old, new)
    ours, theirs = old.named_schemas(), new.named_schemas()
    in_both = ours.keys() & theirs.keys()
    named = {each[name].pointer for each in (ours, theirs) for name in in_both}
    left_out = same.operations | named
    return Versions(
        old=old.read(validate=False, without=left_out),
        new=new.read(validate=False, without=left_out),
        unchanged=same.targets,
    )
