"""Where a target differs from what another run signed."""

from dataclasses import dataclass

from compat.model.schema import Json
from core.cli.columns import say_line, say_table
from core.cli.signature.document import Told
from core.structure.merkle import Comparison
from core.units import count_text, size_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What comparing found; offsets are of the target, whose range begins and is so long."""

    told: Told
    offset: int
    length: int
    comparison: Comparison

    @property
    def is_equal(self) -> bool:
        """Nothing differs."""
        return not self.comparison.ranges

    def ranges(self) -> list[tuple[int, int]]:
        """The (offset, length) of what differs, in order."""
        return [(self.offset + offset, length) for offset, length in self.comparison.ranges]

    def differing_bytes(self) -> int:
        """How much of the target, and of what the other side has beyond it, is in those."""
        return sum(length for _, length in self.comparison.ranges)

    def document(self) -> Json:
        """For programs."""
        return {
            "offset": self.told.offset,
            "length": self.told.length,
            "looked_at": self.comparison.looked_at,
            "bytes": self.differing_bytes(),
            "ranges": [{"offset": offset, "length": length} for offset, length in self.ranges()],
        }

    def say(self) -> None:
        """For people."""
        told = self.told
        looked_at = f"{self.comparison.looked_at} signatures were looked at"
        say_line()
        if told.length != self.length:
            say_line(f"the sizes differ: {self.length} bytes here, {told.length} there")
        if self.is_equal:
            say_line(f"equal to {told.where}; {looked_at}")
            return
        ranges = self.ranges()
        say_line(
            f"{size_text(self.differing_bytes())} differ from {told.where}, in "
            f"{count_text(len(ranges), 'range')}; {looked_at}"
        )
        if told.offset != self.offset:
            say_line(f"offsets are those of here; there the range begins at {told.offset}")
        say_table(("offset", "length"), ranges, right=("offset", "length"))
