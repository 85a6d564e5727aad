"""How the clients of one version fare with the servers of another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from compat.model.role import Role
from compat.plan.bridge import Difference, Verdict
from compat.plan.fusing.fuse import together
from compat.plan.fusing.spans import Route, Span, Way
from compat.report.matrix.operations import operations
from compat.report.summary import Crossing


class Passage(IntEnum):
    """What a client has of a server; the larger, the worse."""

    SAME = 0  # nothing differs
    AS_IS = 1  # what differs does not matter on the wire: no shim is needed
    LOSSLESS = 2  # the others but the last: through a shim, as the worst verdict says
    DEFAULTED = 3
    LOSSY = 4
    NOT_AT_ALL = 5  # open gaps

    @property
    def label(self) -> str:
        return self.words.replace(" ", "-")

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One client and one server, by the numbers of their versions.

    `operations` are the client's; `differences` all between the two versions, `defaults` those of
    them that are supplied. `gaps` are the open ones, and `losses` those that lose something,
    accepted gaps among them, both worst first. `route` is None for a version with itself.
    """

    client: int
    server: int
    passage: Passage
    route: Route | None
    operations: Crossing
    differences: int = 0
    defaults: int = 0
    losses: tuple[Difference, ...] = ()
    gaps: tuple[Difference, ...] = ()

    @property
    def role(self) -> Role:
        return Role.OLD_CLIENT if self.client < self.server else Role.NEW_CLIENT


def own_cell(version: int, operations: int) -> Cell:
    """A version with itself."""
    return Cell(
        client=version,
        server=version,
        passage=Passage.SAME,
        route=None,
        operations=Crossing(unchanged=operations, translated=0, hooked=0, refused=0),
    )


def cells(span: Span) -> Iterator[Cell]:
    """Both directions, each by the way on which its client fares best; the first of equal ones."""
    for role in Role:
        judged = (_cell(span, way, role) for way in span.ways)
        yield min(judged, key=lambda cell: cell.passage)


def _cell(span: Span, way: Way, role: Role) -> Cell:
    is_old = role is Role.OLD_CLIENT
    judged = [_Judged(each, role) for each in together(*(leg.differences for leg in way.legs))]
    worst_first = sorted(judged, key=_Judged.rank)
    return Cell(
        client=span.older if is_old else span.newer,
        server=span.newer if is_old else span.older,
        passage=_passage(judged),
        route=way.route,
        operations=operations(way.legs, role),
        differences=len(judged),
        defaults=sum(each.verdict is Verdict.DEFAULTED for each in judged),
        losses=tuple(each.difference for each in worst_first if each.is_loss),
        gaps=tuple(each.difference for each in worst_first if each.is_open),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A difference as one role meets it."""

    difference: Difference
    role: Role

    @property
    def verdict(self) -> Verdict:
        return self.difference.judgements[self.role].verdict

    @property
    def is_open(self) -> bool:
        return self.verdict.is_gap and self.difference.acceptance is None

    @property
    def is_loss(self) -> bool:
        return self.verdict >= Verdict.LOSSY and not self.is_open

    def rank(self) -> tuple[int, str, str]:
        return -self.verdict, self.difference.subject, self.difference.kind


def _passage(judged: Sequence[_Judged]) -> Passage:
    """The ledger has an entry for all that matters on the wire, a base path among them; what is
    left, such as the name of a parameter in a path, is nobody's business.
    """
    if any(each.is_open for each in judged):
        return Passage.NOT_AT_ALL
    worst = max((each.verdict for each in judged), default=Verdict.NONE)
    if worst >= Verdict.LOSSY:
        return Passage.LOSSY
    if worst is Verdict.DEFAULTED:
        return Passage.DEFAULTED
    if worst is Verdict.LOSSLESS:
        return Passage.LOSSLESS
    return Passage.AS_IS if judged else Passage.SAME
