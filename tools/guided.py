"""`python -m tools.guided NAME [-runs=N ...]`: a parser of the core, fuzzed as coverage leads.

It needs atheris, which nothing else here does (`pip install atheris`). What it meets on its way is
kept in `build/fuzz`, beside the seeds of `tests/data/fuzz`; options are those of libFuzzer. The
tests fuzz without it (`tests/core/fuzz`), and what is found here belongs among their seeds.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).resolve().parents[1]
SEEDS: Final = ROOT / "tests" / "data" / "fuzz"
FOUND: Final = ROOT / "build" / "fuzz"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", type=click.Choice(sorted(each.name for each in SEEDS.iterdir())))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(*, name: str, options: tuple[str, ...]) -> None:
    """Fuzz the parser of that name until it is wrong, or as long as the options say."""
    try:
        atheris = import_module("atheris")
    except ImportError:
        raise click.ClickException("this needs atheris: pip install atheris") from None
    with atheris.instrument_imports(include=["core"]):
        targets = import_module("tests.core.fuzz.targets")
    kept = FOUND / name
    kept.mkdir(parents=True, exist_ok=True)
    words = [sys.argv[0], *options, f"-artifact_prefix={FOUND}/{name}-", str(kept)]
    atheris.Setup([*words, str(SEEDS / name)], targets.TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
