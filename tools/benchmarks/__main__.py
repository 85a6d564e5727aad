"""`./tools/bench PART` prints the figures of one part and the machine they were taken on."""

from types import ModuleType
from typing import Final

import click

from tools.benchmarks.measure import machine

PARTS: Final = (
    *("compat", "diff", "distribution", "failover", "link"),
    *("nbd", "plan", "points", "regulation", "resync", "signature"),
)


@click.command()
@click.argument("part", type=click.Choice(PARTS))
@click.option("--only", default="", metavar="FIGURE", help="Measure only this.")
@click.option("--rounds", default=7, show_default=True, help="Interleaved rounds of each figure.")
def main(part: str, only: str, rounds: int) -> None:
    """Measure PART beside its peers.

    \b
    Examples:
      ./tools/bench compat --only request
      ./tools/bench diff --rounds 5
      ./tools/bench distribution --only memory --rounds 3
      ./tools/bench failover --only disk --rounds 3
      ./tools/bench link --only write-qd32 --rounds 5
      ./tools/bench nbd --only write-qd32
      ./tools/bench plan --only placement-1000 --rounds 3
      ./tools/bench points --only local --rounds 3
      ./tools/bench regulation
      ./tools/bench resync --only 1GiB --rounds 3
      ./tools/bench signature --only row-32
    """
    module = _module(part)
    if only and only not in module.FIGURES:
        raise click.BadParameter(f"--only is one of {', '.join(module.FIGURES)}")
    click.echo(machine())
    for table in module.tables((only,) if only else module.FIGURES, rounds):
        click.echo()
        click.echo(table)


def _module(part: str) -> ModuleType:
    """Only the one that is asked for: the peers of another need not be installed."""
    if part == "compat":
        from tools.benchmarks import compat

        return compat
    if part == "diff":
        from tools.benchmarks import diff

        return diff
    if part == "distribution":
        from tools.benchmarks import distribution

        return distribution
    if part == "failover":
        from tools.benchmarks import failover

        return failover
    if part == "link":
        from tools.benchmarks import link

        return link
    if part == "nbd":
        from tools.benchmarks import nbd

        return nbd
    if part == "plan":
        from tools.benchmarks import plan

        return plan
    if part == "points":
        from tools.benchmarks import points

        return points
    if part == "signature":
        from tools.benchmarks import signature

        return signature
    if part == "regulation":
        from tools.benchmarks import regulation

        return regulation
    from tools.benchmarks import resync

    return resync


main()
