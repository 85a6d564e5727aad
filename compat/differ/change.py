"""One change between two versions, as it is reported."""

import hashlib
import json
from typing import Final, Protocol

from compat.differ.atom import Lone
from compat.differ.effect import (
    Direction,
    Effect,
    Level,
    level_for_new_client,
    level_for_old_client,
)
from compat.differ.ledger import exception
from compat.model.place import Place
from compat.model.record import record
from compat.model.role import Role
from compat.model.schema import ABSENT, Absent, Json, Schema

WHOLE_DOCUMENT: Final = "document"
"""The aspect of what came or went as a whole."""
_FACTS: Final = json.JSONEncoder(sort_keys=True, default=str)


class Placed(Protocol):
    """What stands somewhere in a spec."""

    @property
    def place(self) -> Place | None: ...


@record(kw_only=True, eq=False)
class Change:
    """`id` is the rule's, `path` leads from the message's body or parameter to what changed.

    `operation` is empty for what belongs to none, and `callers` are the operations for which it is
    called back, outermost first, with a number where one calls several times to one address. `part`
    names the message's part in words ("request body application/json") and `aspect` what of it,
    where that is a keyword. `old` and `new` are the places, None on the side that has none.
    Where what is told before or after is somebody's wording, `marks` tell it apart instead.
    `direction` is that of the message that is affected, and `effect` what the change does to it.
    `settled` is the level where no effect on messages gives it, as for a policy of deprecation;
    `ruled` is that of somebody's own settings. `document` is what the document is called where
    there may be many, else empty. `home` is what rules begin with at the place, where that is in
    what a schema says, and `lone` the version that alone has what is told. `remedy` tells what
    would do instead, where that is known. `roots` are the schemas of the part in both versions,
    where it is in what they say.
    `parts` are the changes that this one explains, as a rename does what went and what came: it is
    as bad as the worst of them.
    """

    id: str
    effect: Effect
    direction: Direction
    operation: str = ""
    callers: tuple[str, ...] = ()
    part: str = ""
    aspect: str
    path: tuple[str, ...] = ()
    old: Place | None = None
    new: Place | None = None
    before: Json | Absent = ABSENT
    after: Json | Absent = ABSENT
    marks: tuple[str, ...] = ()
    settled: Level | None = None
    ruled: Level | None = None
    document: str = ""
    home: str = ""
    lone: Lone = Lone.NEITHER
    remedy: str = ""
    roots: tuple[Schema, Schema] | None = None
    parts: tuple["Change", ...] = ()

    @classmethod
    def between(
        cls,
        rule: str,
        aspect: str,
        effect: Effect,
        old: Placed | None,
        new: Placed | None,
        *,
        direction: Direction = Direction.REQUEST,
        operation: str = "",
        part: str = "",
        path: tuple[str, ...] = (),
        before: Json | Absent = ABSENT,
        after: Json | Absent = ABSENT,
        marks: tuple[str, ...] = (),
        settled: Level | None = None,
        document: str = "",
        roots: tuple[Schema, Schema] | None = None,
        home: str = "",
        lone: Lone = Lone.NEITHER,
    ) -> "Change":
        """Of what stands in both specs, or in one of them and not in the other."""
        if old is None or new is None:
            lone = Lone.NEW if old is None else Lone.OLD
        return cls(
            id=rule,
            effect=effect,
            direction=direction,
            operation=operation,
            part=part,
            aspect=aspect,
            path=path,
            old=None if old is None else old.place,
            new=None if new is None else new.place,
            before=before,
            after=after,
            marks=marks,
            settled=settled,
            document=document,
            roots=roots,
            home=home,
            lone=lone,
        )

    @property
    def level(self) -> Level:
        """How bad it is for an old client with a new server."""
        if self.ruled is not None:
            return self.ruled
        if self.parts:
            return max(part.level for part in self.parts)
        if self.settled is not None:
            return self.settled
        found = exception(self.id, self.direction)
        return level_for_old_client(self.effect, self.direction) if found is None else found

    @property
    def level_for_new_client(self) -> Level:
        """How bad it is for a new client with an old server."""
        if self.ruled is not None:
            return self.ruled
        if self.parts:
            return max(part.level_for_new_client for part in self.parts)
        return level_for_new_client(self.effect, self.direction)

    def level_for(self, role: Role) -> Level:
        """How bad it is for the client with a server of the other version."""
        return self.level if role is Role.OLD_CLIENT else self.level_for_new_client

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stay while wording, rules and line numbers change.

        They stand for what changed in which message, by the keyword's own name and values. The
        document is no part of them, so that a change has the same ones whether its spec is compared
        alone, in a folder or as it is staged; who refers to one of many says which, as `Accepted`.
        """
        facts = [
            self.operation,
            self.part,
            list(self.path),
            self.aspect,
            self._fact(self.before),
            self._fact(self.after),
            self.effect,
            *([list(self.callers)] if self.callers else []),
            *sorted(part.fingerprint for part in self.parts),
        ]
        return hashlib.sha256(_FACTS.encode(facts).encode()).hexdigest()[:16]

    def _fact(self, stated: Json | Absent) -> Json:
        if isinstance(stated, Absent):
            return None
        return [*self.marks] if self.marks else stated
