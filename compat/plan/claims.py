"""What a decision higher up has already explained, so that nobody below reports it again."""

from dataclasses import dataclass

from compat.lens.ops import FieldPath


@dataclass(frozen=True, slots=True)
class Claims:
    """Paths below the place at hand, in the old and in the new version."""

    old: frozenset[FieldPath] = frozenset()
    new: frozenset[FieldPath] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.old or self.new)

    @property
    def old_names(self) -> frozenset[str]:
        return frozenset(path[0] for path in self.old if len(path) == 1)

    @property
    def new_names(self) -> frozenset[str]:
        return frozenset(path[0] for path in self.new if len(path) == 1)

    def below(self, old: str | None, new: str | None) -> "Claims":
        """The claims that reach into the field of that name in each version."""
        if not self:
            return self
        return Claims(
            frozenset(path[1:] for path in self.old if path[0] == old and len(path) > 1),
            frozenset(path[1:] for path in self.new if path[0] == new and len(path) > 1),
        )

    def plus(self, other: "Claims") -> "Claims":
        return Claims(self.old | other.old, self.new | other.new)


NO_CLAIMS = Claims()
