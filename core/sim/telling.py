"""How a story is told: line by line, and again for each operation in which trouble may come.

What can be said, done and expected are tables of whoever tells a kind of story.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import CoreError
from core.sim.checks import ViolationError

_EACH: Final = re.compile(r"(.+) in each operation of: (.+)")
_STEPS_MAX: Final = 10_000
_SECOND_STEP: Final = 5  # of pairs a fifth is told

Words = Sequence[str]


class ScenarioError(CoreError):
    """A line that says nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """How often a story was told, and how many of its expectations were met."""

    runs: int
    checks: int


@dataclass(frozen=True, slots=True)
class Line:
    """One that says something; what is behind `----` is expected."""

    number: int
    text: str
    is_expected: bool


@dataclass(frozen=True, slots=True)
class Language:
    """What can be said first, what can be done, and what can be expected, by how it begins."""

    setting: Mapping[str, Callable[[Words], object]]
    doing: Mapping[str, Callable[[Words], object]]
    expected: Mapping[str, Callable[[Words], bool]]


class Story:
    """One way to tell it; `befell` says which of the troubles came."""

    language: Language

    def __init__(self, lines: Sequence[Line], at: Sequence[int], where: str) -> None:
        self._lines, self._at, self._where = lines, at, where
        self.befell = [False] * len(at)
        self._next = self.checks = 0

    def tell(self) -> None:
        """Do line by line what it says."""
        for line in self._lines:
            try:
                if line.is_expected:
                    self._expect(line.text)
                    self.checks += 1
                else:
                    self._do(line.text)
            except ViolationError as error:
                place = f"{self._where}:{line.number}"
                raise ViolationError(f"{place}: {line.text}: {error}, with {self._at}") from error
            except ScenarioError as error:
                raise ScenarioError(error.what, where=f"{self._where}:{line.number}") from None

    def appoint(self, at: int, trouble: str) -> None:
        """It befalls an operation, after so many; raises ValueError where there is no such one."""
        raise NotImplementedError

    def came(self) -> bool:
        """Did what was appointed come? It does not come any more."""
        raise NotImplementedError

    def carry_out(self, do: Callable[[Words], object], words: Words) -> None:
        """Do something that trouble may befall."""
        do(words)

    def _do(self, text: str) -> None:
        if each := _EACH.fullmatch(text):
            self._befallen(each[1], each[2])
            return
        doing, setting = self.language.doing, self.language.setting
        name = next((name for name in doing if text == name or text.startswith(f"{name} ")), None)
        verb, *words = text.split()
        if name is not None:
            self.carry_out(doing[name], text.removeprefix(name).split())
        elif verb in setting:
            setting[verb](words)
        else:
            raise ScenarioError(f"{text!r} is nothing that can be done")

    def _befallen(self, trouble: str, text: str) -> None:
        nth, self._next = self._next, self._next + 1
        try:
            self.appoint(self._at[nth], trouble)
        except ValueError:
            raise ScenarioError(f"{trouble!r} is no kind of trouble") from None
        self._do(text)
        self.befell[nth] = self.came()

    def _expect(self, text: str) -> None:
        expected = self.language.expected
        name = next((name for name in expected if text.startswith(name)), None)
        if name is None:
            raise ScenarioError(f"{text!r} is nothing that can be expected")
        if not expected[name](text.removeprefix(name).split()):
            raise ViolationError("it is not so")


def tell(begun: Callable[[Sequence[int]], Story], lines: Sequence[Line], *, where: str) -> Told:
    """Tell a story in all its ways: begun for each with the operations in which trouble comes."""
    at = [0] * sum(bool(_EACH.fullmatch(each.text)) for each in lines)
    runs = checks = 0
    while runs < _STEPS_MAX:
        story = begun(at)
        story.tell()
        runs, checks = runs + 1, checks + story.checks
        for nth in reversed(range(len(at))):
            if story.befell[nth]:
                at[nth] += _SECOND_STEP if nth else 1
                break
            at[nth] = 0
        else:
            return Told(runs, checks)
    raise ScenarioError("a story without an end", where=where)


def lines_of(text: str) -> Sequence[Line]:
    """The lines that say something."""
    found, is_expected = [], False
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].strip()
        if set(words) == {"-"}:
            is_expected = True
        elif words:
            found.append(Line(number, words, is_expected))
        else:
            is_expected = False
    return found
