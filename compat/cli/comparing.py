"""From the words of a command line to a picture of who can talk to whom."""

from collections.abc import Sequence
from datetime import date

from compat.cli.console import working
from compat.cli.inputs import Inputs
from compat.cli.planning import names_apart, read_all
from compat.intent.model import Intent
from compat.plan.fusing.spans import spans
from compat.report.matrix.cell import Cell, cells
from compat.report.matrix.grid import Matrix, Version, grid


def make_matrix(inputs: Inputs, names: Sequence[str] = ()) -> Matrix:
    """Read everything, plan every two versions once, and judge both directions.

    `names` has one for each version, or none; raises CompatError for what cannot be used.
    """
    read = read_all(inputs)
    row = [spec.interface for spec in read.specs]
    documents = [
        (name, interface.version) for name, interface in zip(inputs.specs, row, strict=True)
    ]
    called = tuple(names) or row_names(documents, read.intents)
    pairs = len(row) * (len(row) - 1) // 2
    found: list[Cell] = []
    with working("planning") as tell:
        each = spans(row, read.intents, called, today=date.today().isoformat())
        for done, span in enumerate(each, start=1):
            found += cells(span)
            tell(f"{done} of {pairs}, {called[span.older]} to {called[span.newer]}")
    digests = ("", *(intent.digest for intent in read.intents))
    versions = tuple(
        Version(name=name, interface=interface, intent=digest)
        for name, interface, digest in zip(called, row, digests, strict=True)
    )
    return grid(versions, found, read.problems)


def row_names(documents: Sequence[tuple[str, str]], intents: Sequence[Intent]) -> tuple[str, ...]:
    """What the versions are called: as the intents around them say, if that tells them apart."""
    apart = names_apart(*documents)
    into = ("", *(intent.new_version for intent in intents))
    out_of = (*(intent.old_version for intent in intents), "")
    called = tuple(
        before or after or own for before, after, own in zip(into, out_of, apart, strict=True)
    )
    return called if len(set(called)) == len(called) else apart
