"""What projects say that changed between two of their published specs, from `tests/data/lists`.

Of a change that the two specs show, the data have `reports`, what is told about it; the others are
`unseen`, under the reason why. A report is a rule, with `at` for the operation, `of` for the end of
the subject and `says` for a piece of the message; where several operations or subjects are given,
each pair of them is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Any, Final

import yaml

from compat.differ.change import Change
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.report.changes.words import sentence, subject
from compat.source import load_interface
from tests.shared import spec

LISTS: Final = Path(__file__).parents[1] / "data" / "lists"
_TODAY: Final = "2026-11-28"
_TOLD_KEYS: Final = frozenset({"rule", "at", "of", "says"})
_SHOWN_KEYS: Final = frozenset({"listed", "reports"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One change that a report has to have."""

    rule: str
    at: str
    of: str
    says: str

    def is_told_by(self, change: Change) -> bool:
        """The subject may begin with whatever leads to what it ends in."""
        about = subject(change)
        return (
            (change.id, change.operation) == (self.rule, self.at)
            and (about == self.of or about.endswith((f"/{self.of}", f" {self.of}")))
            and self.says in sentence(change)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry of a project's list, in short, that the specs show."""

    words: str
    reports: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two neighbouring specs of a project, and its list of what changed from one to the other."""

    project: str
    old: str
    new: str
    shown: tuple[Shown, ...]
    unseen: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.project} {Path(self.old).stem} {Path(self.new).stem}"


def pairs() -> Sequence[Pair]:
    """Of all projects that there are data of."""
    return [
        Pair(
            project=path.stem,
            old=each["old"],
            new=each["new"],
            shown=tuple(map(_shown, each["shown"])),
            unseen=tuple(chain.from_iterable(each["unseen"].values())),
        )
        for path in sorted(LISTS.glob("*.yaml"))
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@cache
def told(project: str, old: str, new: str) -> Sequence[Change]:
    """Every change that is told between two specs; skips the test where they are absent."""
    one, other = (
        load_interface(str(spec(f"{project}/{name}")), validate=False).interface
        for name in (old, new)
    )
    return tuple(changes(one, other, Policy(today=_TODAY)))


def _shown(entry: Mapping[str, Any]) -> Shown:
    assert entry.keys() <= _SHOWN_KEYS, entry
    return Shown(
        words=entry["listed"],
        reports=tuple(reports(entry.get("reports", ()))),
    )


def reports(entries: Sequence[Mapping[str, Any]]) -> Iterator[Told]:
    """One for each pair of operation and subject of each entry."""
    for each in entries:
        assert each.keys() <= _TOLD_KEYS, each
        for at, of in product(_several(each.get("at", "")), _several(each.get("of", ""))):
            yield Told(rule=each["rule"], at=at, of=of, says=each.get("says", ""))


def _several(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
