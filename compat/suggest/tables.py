"""The tables that the planner met: which of them an address stands for, and what is open there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from compat.model.shape import Field
from compat.suggest.candidate import Matter
from compat.suggest.leftovers import Leftover, Table
from compat.suggest.reading import Version, Versions

PAIRS_MAX: Final = 4_000
"""So many pairs of names are compared in one place; beyond it only those with words in common."""


@dataclass(eq=False)
class Tables:
    """Every table of one planning run."""

    versions: Versions
    met: tuple[Table, ...]

    @staticmethod
    def of(versions: Versions, leftovers: Iterable[Leftover]) -> "Tables":
        return Tables(versions, tuple(left for left in leftovers if isinstance(left, Table)))

    @cached_property
    def merged(self) -> tuple[Table, ...]:
        """One for each pair of addresses, with all that is open on either side of the exchange."""
        found: dict[tuple[str, str], Table] = {}
        for table in map(self._travelling, self.met):
            known = found.get(table.addresses)
            found[table.addresses] = _joined(known, table) if known is not None else table
        return tuple(found.values())

    def _travelling(self, table: Table) -> Table:
        """Without what is read only in a request, or write only in an answer."""

        def travels(version: Version, fields: Mapping[str, Field], name: str) -> bool:
            return version.travels(fields[name], in_request=table.in_request)

        old, new = self.versions.old, self.versions.new
        return replace(
            table,
            removed=[name for name in table.removed if travels(old, table.old_fields, name)],
            added=[name for name in table.added if travels(new, table.new_fields, name)],
        )

    def at(self, table: Table, fits: Callable[[Table], bool]) -> str:
        """The address that stands for this table and for none that the entry does not fit.

        Where both stand for more, the old one does: an entry has to fit somewhere, not everywhere.
        """
        return next(
            (
                address
                for address in table.addresses
                if all(fits(other) for other in self._by_address[address])
            ),
            table.addresses[0],
        )

    def find(self, old: str, new: str) -> Table | None:
        """The table at this pair of addresses."""
        return self._by_addresses.get((old, new))

    def knows(self, address: str) -> bool:
        return address in self._by_address

    @cached_property
    def _by_addresses(self) -> Mapping[tuple[str, str], Table]:
        return {table.addresses: table for table in self.merged}

    @cached_property
    def _by_address(self) -> Mapping[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self.met:
            for address in dict.fromkeys(table.addresses):
                found.setdefault(address, []).append(table)
        return found


def _joined(one: Table, other: Table) -> Table:
    """What is a matter of requests alone is not one of answers, too."""
    return replace(
        one,
        in_request=one.in_request and other.in_request,
        removed=tuple(dict.fromkeys((*one.removed, *other.removed))),
        added=tuple(dict.fromkeys((*one.added, *other.added))),
    )


def removed(table: Table, *path: str) -> Matter:
    """What is to explain about a path of the old version from the table on."""
    return ("old", table.addresses[0], *path)


def added(table: Table, *path: str) -> Matter:
    return ("new", table.addresses[1], *path)


def differences(table: Table, old: Iterable[str], new: Iterable[str]) -> frozenset[str]:
    """The differences, "kind subject", that removed and added names are."""
    return frozenset(
        (
            *(f"{table.noun}-removed {table.subject}.{name}" for name in old),
            *(f"{table.noun}-added {table.subject}.{name}" for name in new),
        )
    )
