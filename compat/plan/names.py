"""Names that are given once."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Names:
    """Those given so far; the second of a kind ends in 2, after the `mark`."""

    mark: str
    _given: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    """The next number for a name that was wanted before."""

    def new(self, wanted: str) -> str:
        name, number = wanted, self._numbers.get(wanted, 2)
        while name in self._given:
            name, number = f"{wanted}{self.mark}{number}", number + 1
        self._numbers[wanted] = number
        self._given.add(name)
        return name
