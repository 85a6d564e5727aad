"""`./tools/bench compat` prints the figures of one part and the machine they were taken on."""

import click

from tools.benchmarks import compat
from tools.benchmarks.measure import machine


@click.command()
@click.argument("part", type=click.Choice(["compat"]))
@click.option("--only", "only", type=click.Choice(compat.FIGURES), help="Measure only this.")
@click.option("--rounds", default=7, show_default=True, help="Interleaved rounds of each figure.")
def main(part: str, only: str | None, rounds: int) -> None:
    """Measure PART beside its peers.

    Example: ./tools/bench compat
    """
    click.echo(machine())
    figures = compat.FIGURES if only is None else (only,)
    for table in {"compat": compat.tables}[part](figures, rounds):
        click.echo()
        click.echo(table)


main()
