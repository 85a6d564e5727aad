"""`isthmus compat suggest`: a draft of the intent file."""

import click

from compat.cli.inputs import Reading
from compat.cli.options import reading_options


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--out", metavar="FILE", default="", help="Where to write the draft, else it is printed.")
@reading_options
def suggest(*, old: str, new: str, out: str, reading: Reading) -> None:
    """Draft an intent file for OLD and NEW."""
    raise NotImplementedError
