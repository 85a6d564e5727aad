"""`isthmus simulate`: the same machines on clocks, disks and processes that fail as a seed says."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import click

from compat.cli.console import note, say_json, say_text
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.progress import counted
from core.errors import CoreError, Exit
from core.sim.checks import ViolationError
from core.sim.life import Outcome
from core.sim.plan import Trouble
from core.sim.runs import NANOSECONDS_PER_HOUR, Totals, lives
from core.sim.scenario import play
from core.sim.sites.plan import KINDS

_FAILED_SHOWN_MAX: Final = 5


@click.command(epilog=exits({Exit.FINDINGS: "something that was promised did not hold"}))
@click.option("--seed", metavar="N", type=click.IntRange(0), help="One world.")
@click.option("--seeds", metavar="N", type=click.IntRange(1), help="So many worlds.")
@click.option(
    "--first",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The first seed of many.",
)
@click.option(
    "--hours", metavar="H", type=click.FloatRange(0), help="Worlds of so many simulated hours."
)
@click.option(
    "--sites",
    metavar="N",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="Worlds of one site, or of production and a copy at another site.",
)
@click.option(
    "--scenario",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A story, as plain text; the guide of the commands has the language.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes to share them.",
)
@click.option("--verify-determinism", "twice", is_flag=True, help="Live each seed twice.")
@text_or_json
@click.pass_context
def command(
    context: click.Context,
    *,
    seed: int | None,
    seeds: int | None,
    first: int,
    hours: float | None,
    sites: int,
    scenario: Path | None,
    jobs: int,
    twice: bool,
    form: str,
) -> None:
    """Live whole histories of a group in virtual time, with every kind of fault, and check them.

    A seed is a world: a group, with replicas or without, hosts, readers, and what befalls them. The
    same seed is the same world each time. With two sites it is production, a copy at another site,
    and a link between them that is cut, slow, and lost at any frame. Where something that was
    promised did not hold the seed is told, and the command that shows it again.

    \b
    Example:
      isthmus simulate --seed 7
      isthmus simulate --seeds 200 --jobs 2
      isthmus simulate --sites 2 --seeds 100
      isthmus simulate --scenario disk_full.txt
    """
    if sum(each is not None for each in (seed, seeds or hours, scenario)) != 1:
        raise CoreError(
            "nothing to simulate, or too much at once",
            hint="give --seed, or --seeds and --hours, or --scenario",
        )
    if scenario is not None:
        if not _goes(scenario, form):
            context.exit(Exit.FINDINGS)
        return
    begun = time.monotonic()
    totals = Totals(tuple(Trouble) if sites == 1 else KINDS)
    wanted = _wanted(totals, seed, seeds, first, hours)
    with counted("worlds", 1 if seed is not None else seeds) as advance:
        for outcome in lives(wanted, jobs=jobs, twice=twice, sites=sites):
            totals.add(outcome)
            advance(1)
            if outcome.failure and len(totals.failed) <= _FAILED_SHOWN_MAX:
                _note_failure(outcome, sites)
    _say(totals, time.monotonic() - begun, form, sites)
    if not totals.passed:
        context.exit(Exit.FINDINGS)


def _wanted(
    totals: Totals, seed: int | None, seeds: int | None, first: int, hours: float | None
) -> Iterator[int]:
    """Seeds, as long as more are wanted."""
    if seed is not None:
        yield seed
        return
    for nth in count():
        is_enough = nth >= (seeds or 0)
        if is_enough and totals.virtual_ns >= (hours or 0) * NANOSECONDS_PER_HOUR:
            return
        yield first + nth


def _again(seed: int, sites: int) -> str:
    """The command that shows a world again."""
    return f"isthmus simulate{' --sites 2' if sites > 1 else ''} --seed {seed}"


def _note_failure(outcome: Outcome, sites: int) -> None:
    for line in outcome.last:
        note(line)
    note(outcome.details.rstrip())
    note(f"seed {outcome.seed}: {outcome.failure}")
    note(f"to see it again: {_again(outcome.seed, sites)}")


def _say(totals: Totals, seconds: float, form: str, sites: int) -> None:
    if form == "json":
        say_json(_document(totals, seconds, sites))
        return
    lines = [
        f"{totals.seeds} worlds, {totals.twice} of them twice, {totals.hours:.2f} simulated hours"
        f" in {seconds:.1f} s",
        f"{totals.actions} things done, {totals.points} writes asked for,"
        f" {totals.operations} operations of disks",
        "",
        "what befell them",
        *(f"  {count:8} {each}" for each, count in totals.fired.most_common()),
        "what was checked",
        *(f"  {count:8} {each}" for each, count in totals.checks.most_common()),
    ]
    if totals.never:
        lines.append(f"what never came: {', '.join(totals.never)}")
    if not totals.fired:
        lines.append("nothing befell them, and so nothing was shown: this is a failure")
    seeds = ", ".join(str(each.seed) for each in totals.failed)
    lines.append(f"FAILED: seeds {seeds}" if totals.failed else "all was well")
    say_text("\n".join(lines) + "\n")


def _document(totals: Totals, seconds: float, sites: int) -> dict[str, Any]:
    return {
        "seeds": totals.seeds,
        "twice": totals.twice,
        "simulated_hours": round(totals.hours, 4),
        "seconds": round(seconds, 1),
        "actions": totals.actions,
        "writes": totals.points,
        "operations": totals.operations,
        "faults": {each.value: count for each, count in totals.fired.most_common()},
        "never": [each.value for each in totals.never],
        "checks": dict(totals.checks.most_common()),
        "failed": [
            {
                "seed": each.seed,
                "failure": each.failure,
                "command": _again(each.seed, sites),
            }
            for each in totals.failed
        ],
        "passed": totals.passed,
    }


def _goes(path: Path, form: str) -> bool:
    """Does a story go as it says?"""
    try:
        told = play(path.read_text(encoding="utf-8"), where=str(path))
    except ViolationError as error:
        note(str(error))
        return False
    if form == "json":
        say_json({"scenario": path.name, "runs": told.runs, "checks": told.checks})
    else:
        say_text(f"{path.name}: {told.runs} runs, {told.checks} expectations met\n")
    return True
