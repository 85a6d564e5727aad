"""How the changes of one pair of operations are told, whatever part of a message they are in."""

from collections.abc import Iterator

from compat.differ.atom import Lone
from compat.differ.change import Change, Placed
from compat.differ.effect import Direction, Effect, Level, reverse
from compat.differ.naming import Holder, home, is_hidden, rule_id
from compat.differ.schemas import XML, Comparison, Told
from compat.model.interface import Operation
from compat.model.record import record
from compat.model.schema import ABSENT, Absent, Json, Kind, Schema


@record(kw_only=True)
class Teller:
    """With `turned` the server is the one who calls, as in callbacks and webhooks.

    Rules are called by what stands in the spec, a request or a response; levels and effects are
    those of who sends it.
    """

    comparison: Comparison
    old: Operation
    new: Operation
    turned: bool = False

    def loss(self, *, required: bool) -> Effect:
        """Of a part that is not in requests any more: who receives it may refuse what it does not
        know, or have relied on it."""
        if not self.turned:
            return Effect.STATED
        return Effect.WIDER if required else Effect.UNSTATED

    def change(
        self,
        rule: str,
        aspect: str,
        effect: Effect,
        part: str,
        old: Placed | None,
        new: Placed | None,
        *,
        direction: Direction = Direction.REQUEST,
        before: Json | Absent = ABSENT,
        after: Json | Absent = ABSENT,
        settled: Level | None = None,
        lone: Lone = Lone.NEITHER,
    ) -> Change:
        """Of a part of the messages, or without one of what is said beside them.

        `lone` where a part that is gone or new is told of what holds it in the other version.
        """
        return Change.between(
            rule,
            aspect,
            effect,
            old,
            new,
            direction=direction.other if self.turned else direction,
            operation=str(self.old.key),
            part=part,
            before=before,
            after=after,
            settled=settled,
            lone=lone,
        )

    def schemas(
        self,
        old: Schema,
        new: Schema,
        direction: Direction,
        holder: Holder,
        part: str,
        *,
        is_text: bool = False,
    ) -> Iterator[Change]:
        """The changes of two schemas; `is_text` for a body that is read as text by many."""
        compared = self.comparison.compare(old, new)
        for told in self.comparison.told(compared):
            yield from self._told(told, direction, holder, part, (old, new), is_text=is_text)

    def _told(
        self,
        told: Told,
        direction: Direction,
        holder: Holder,
        part: str,
        roots: tuple[Schema, Schema],
        *,
        is_text: bool,
    ) -> Iterator[Change]:
        atom = told.atom
        is_nested = len(told.path) > (1 if atom.field else 0)
        meets = direction.other if self.turned else direction
        hidden = is_hidden(meets, told.guard, atom.guard)
        shown = hidden and not self.turned
        rule = rule_id(atom, direction, holder, is_nested=is_nested, hidden=shown)
        if hidden and atom.field and meets is Direction.REQUEST:
            return
        if atom.stem == XML and not is_text:  # JSON and parameters know nothing of it
            return
        effect = atom.effect
        if meets is Direction.RESPONSE and atom.in_responses is not None:
            effect = atom.in_responses
        if is_text and atom.stem == "type-changed" and _is_text(atom.old, atom.new):
            rule, effect = f"{rule.removesuffix('changed')}compatible", Effect.SAME
        if hidden:
            effect = Effect.SAME
        yield Change.between(
            rule,
            atom.aspect,
            reverse(effect) if told.turned else effect,
            atom.old,
            atom.new,
            direction=meets,
            operation=str(self.old.key),
            part=part,
            path=told.path,
            before=atom.before,
            after=atom.after,
            marks=atom.marks,
            settled=atom.settled,
            roots=roots,
            home=home(direction, holder, is_nested=is_nested),
            lone=atom.lone,
        )


def _is_text(*schemas: Schema | None) -> bool:
    return any(each is not None and each.kinds == frozenset({Kind.STRING}) for each in schemas)
