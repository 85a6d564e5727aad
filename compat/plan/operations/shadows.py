"""Literal paths that catch what a template meant: `/volumes/all` beside `/volumes/{id}`.

The more literal of two paths that fit is the one that is called. So where one version alone has
such a path, the same request is about an id there and about something else here.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from compat.intent.model import AcceptIntent, Then
from compat.lens.admits import Admits
from compat.lens.ops import (
    Branch,
    Case,
    DifferenceId,
    Flow,
    Focus,
    Lens,
    Limit,
    MapValues,
    Test,
)
from compat.match.template import parameter_names, renamed_parameters, shape
from compat.model.interface import Interface, Location, Operation
from compat.model.place import Place
from compat.model.schema import Bounds
from compat.model.shape import Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import NOTHING, Finding
from compat.plan.messages.parameters import pair_name
from compat.plan.operations.path_texts import may_be
from compat.plan.spot import Side
from compat.plan.walk import Walk

_ANY = "1"  # for a parameter within a segment: what most schemas admit

Caught = tuple[tuple[str, str], ...]  # (parameter, its text) that leads to the other path
Segments = list[tuple[str, str]]  # (shape, the parameter it is where it is nothing else)
Template = tuple[Operation, Segments]
Where = tuple[tuple[str, int, int], str]  # method, number of segments and which; its shape


@dataclass(eq=False)
class Templates:
    """The operations of an interface by method, number of segments and each segment there is.

    One that fits a template has, where that is literal, the same text or a parameter.
    """

    interface: Interface
    _alike: dict[tuple[str, int], dict[int, Template]] = field(default_factory=dict)
    _having: dict[Where, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        alike: dict[tuple[str, int], dict[int, Template]] = defaultdict(dict)
        having: dict[Where, list[int]] = defaultdict(list)
        for at, operation in enumerate(self.interface.operations):
            segments = _segments(operation)
            alike[_size(operation)][at] = operation, segments
            for where in _places(operation, segments):
                having[where].append(at)
        self._alike, self._having = dict(alike), dict(having)

    def shadows(self, operation: Operation) -> Mapping[Caught, Operation]:
        """What catches requests that the operation's template fits, by which values it does."""
        if "{" not in operation.key.path:
            return {}
        ours = _segments(operation)
        found = {}
        for other, theirs in self._fitting(operation, ours):
            caught = tuple(_caught(ours, theirs))
            if caught:
                found[caught] = other
        return found

    def _fitting(self, operation: Operation, segments: Segments) -> list[Template]:
        """Those with as many segments that fit where the template is most telling."""
        alike = self._alike.get(_size(operation), {})
        fewest: Sequence[int] = list(alike)
        for (method, size, at), text in _places(operation, segments):
            if "{" in text:
                continue
            same = self._having.get(((method, size, at), text), [])
            free = self._having.get(((method, size, at), "{}"), [])
            if len(same) + len(free) < len(fewest):
                fewest = sorted((*same, *free))
        return [alike[each] for each in fewest]


def bridge_shadows(
    walk: Walk, old: Operation, new: Operation, templates: tuple[Templates, Templates]
) -> tuple[Lens, Lens]:
    """(before, after all else) what refuses values that are taken for another path."""
    names = dict(renamed_parameters(old.key.path, new.key.path))
    back = {other: one for one, other in names.items()}
    ours = templates[0].shadows(old)
    theirs = templates[1].shadows(new)
    known = {_renamed(caught, names) for caught in ours}
    before = [
        _enter(walk, (old, new, other), named, Flow.UP)
        for caught, other in theirs.items()
        if caught not in known and (named := _renamed(caught, back)) is not None
    ]
    after = [
        _enter(walk, (old, new, other), named, Flow.DOWN)
        for caught, other in ours.items()
        if (named := _renamed(caught, names)) is not None and named not in theirs
    ]
    return tuple(op for lens in before for op in lens), tuple(op for lens in after for op in lens)


def _enter(
    walk: Walk, operations: tuple[Operation, Operation, Operation], caught: Caught, flow: Flow
) -> Lens:
    """`caught` has the caller's names; its request is refused where it has all these values."""
    old, new, other = operations
    caller, shapes = (old, walk.old) if flow is Flow.UP else (new, walk.new)
    if not _may_all_be(shapes, caller, caught):
        return ()
    values = ", ".join(f"{name}={text}" for name, text in caught)
    kind, subject = "path-shadowed", f"{pair_name(old, new)} path.{values}"
    accepted = walk.ledger.accepted(kind, subject)
    refuses, judgement = _judged(accepted, flow, f"a request with {values}", other)
    places: tuple[Place, Place] = (
        (old.place, other.place) if flow is Flow.UP else (other.place, new.place)
    )
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"{caller.key} with {values} is {other.key} in the "
            f"{'new' if flow is Flow.UP else 'old'} version",
            old=places[0],
            new=places[1],
            side=Side.REQUEST,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
        )
    )
    return _refused(caught, flow, found) if refuses else ()


def _judged(
    accepted: AcceptIntent | None, flow: Flow, what: str, other: Operation
) -> tuple[bool, Judgement]:
    if accepted is not None:
        if accepted.then is Then.REFUSE:
            return True, Judgement(verdict=Verdict.LOSSY, treatment=f"{what} is refused")
        only_passes(accepted, f"{what} passes or is refused")
        treatment = f"{what} becomes {other.key}, as accepted"
        return False, Judgement(verdict=Verdict.LOSSY, treatment=treatment)
    if flow is Flow.DOWN:
        treatment = f"{what} is refused when it is used: it is {other.key} there"
        return True, Judgement(verdict=Verdict.LOSSY, treatment=treatment)
    treatment = f"{what} is refused: it is {other.key} there"
    return True, Judgement(verdict=Verdict.NEEDS_INTENT, treatment=treatment)


def _refused(caught: Caught, flow: Flow, found: DifferenceId) -> Lens:
    """Of several values all must be there, those that are whole texts for certain."""
    several = [one for one in caught if "{" in one[1]]
    (name, text), *_ = several or reversed(caught)
    lens: Lens = (Focus(path=(name,), lens=_refusing(text, flow, found)),)
    for other in caught:
        if other[0] == name or other in several:
            continue
        test = Test(field_is=other)
        lens = (Case(branches=(Branch(test=test, back=test, lens=lens),)),)
    return (Focus(path=(Location.PATH.value,), lens=lens),)


def _refusing(text: str, flow: Flow, found: DifferenceId) -> Lens:
    """A text of which a parameter is a part only stands for all that fit it."""
    if "{" not in text:
        refused, back = ((text,), ()) if flow is Flow.UP else ((), (text,))
        return (MapValues(pairs=(), back=(), refused=refused, back_refused=back, difference=found),)
    caught = re.escape(text).replace(r"\{\}", ".+")
    others = Admits(bounds=Bounds(pattern=rf"\A(?!(?s:{caught})\Z)"))
    up, down = (others, None) if flow is Flow.UP else (None, others)
    return (Limit(admits=up, back=down, difference=found),)


def _may_all_be(shapes: Shapes, caller: Operation, caught: Caught) -> bool:
    schemas = {
        parameter.name: parameter.schema
        for parameter in caller.parameters
        if parameter.location is Location.PATH
    }
    return all(
        name not in schemas or may_be(shapes, schemas[name], text.replace("{}", _ANY))
        for name, text in caught
    )


# --- templates ------------------------------------------------------------------------------------


def _size(operation: Operation) -> tuple[str, int]:
    return operation.key.method, len(shape(operation.key.path).split("/"))


def _places(operation: Operation, segments: Segments) -> Iterator[Where]:
    for at, (text, _) in enumerate(segments):
        yield (*_size(operation), at), text


def _segments(operation: Operation) -> Segments:
    names = iter(parameter_names(operation.key.path))
    found = []
    for segment in shape(operation.key.path).split("/"):
        held = [next(names) for _ in range(segment.count("{}"))]
        found.append((segment, held[0] if segment == "{}" else ""))
    return found


def _caught(ours: Segments, theirs: Segments) -> Iterator[tuple[str, str]]:
    """The values with which a request for ours fits theirs, if theirs comes first; else nothing."""
    found: list[tuple[str, str]] = []
    is_first: bool | None = None
    for (one, name), (other, its_name) in zip(ours, theirs, strict=True):
        if one == other:
            continue
        if name and other != "{}":
            found.append((name, other))
        elif not its_name or "{" in one:
            return
        is_first = bool(name) if is_first is None else is_first
    if is_first:
        yield from found


def _renamed(caught: Caught, names: Mapping[str, str]) -> Caught | None:
    if any(name not in names for name, _ in caught):
        return None
    return tuple((names[name], text) for name, text in caught)
