"""Cycles of allOf: schemas each of which holds all the others assert the same.

They are the strongly connected components of the graph that allOf draws (Gabow's algorithm), and
one schema stands for each, so that thousands that hold one another are looked at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from compat.model.interface import Interface
from compat.model.schema import Schema


@dataclass(eq=False)
class Cycles:
    """Those of one interface, by the identity of their schemas, which are kept beside."""

    interface: Interface
    _known: dict[int, tuple[Schema, Schema]] = field(default_factory=dict)

    def representative(self, schema: Schema) -> Schema:
        """The same for all that hold one another; the schema itself where it is in no cycle.

        References are followed already. Whichever is asked about first does not matter.
        """
        if not schema.all_of:
            return schema
        if id(schema) not in self._known:
            self._explore(schema)
        return self._known[id(schema)][1]

    def _explore(self, start: Schema) -> None:
        met = {id(start): 0}
        open_ = [start]  # those of which it is not known yet where their cycle begins
        firsts = [0]  # where one may begin
        waiting = [(start, self._parts(start))]
        while waiting:
            schema, parts = waiting[-1]
            part = next((one for one in parts if id(one) not in self._known), None)
            if part is None:
                waiting.pop()
                at = met[id(schema)]
                if firsts[-1] == at:
                    firsts.pop()
                    self._know(open_[at:])
                    del open_[at:]
            elif id(part) in met:
                while firsts[-1] > met[id(part)]:
                    firsts.pop()
            else:
                met[id(part)] = len(open_)
                firsts.append(len(open_))
                open_.append(part)
                waiting.append((part, self._parts(part)))

    def _parts(self, schema: Schema) -> Iterator[Schema]:
        return map(self.interface.resolve, schema.all_of)

    def _know(self, cycle: list[Schema]) -> None:
        first = min(cycle, key=_order)
        self._known |= {id(one): (one, first) for one in cycle}


def _order(schema: Schema) -> tuple[bool, str, str]:
    return not schema.name, schema.place.pointer, schema.place.file
