"""`isthmus compat diff`: every change between two specs, by the ids that it is known by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING

import click

from compat.cli.console import (
    columns,
    is_drawn,
    note,
    note_problems,
    problem_notes,
    say,
    say_text,
    working,
)
from compat.cli.forms import Form, form_text
from compat.cli.inputs import Reading
from compat.cli.options import (
    Command,
    forms_option,
    intent_option,
    strictness_options,
    with_options,
)
from compat.differ.effect import Level
from compat.errors import Exit

if TYPE_CHECKING:
    from compat.cli.memory import Said
    from compat.differ.change import Change
    from compat.intent.model import Intent
    from compat.load import Loaded
    from compat.plan.bridge import Role
    from compat.report.changes.bridging import Bridging
    from compat.report.changes.listing import Listing
    from compat.report.changes.witness import Witness

_LEVELS = [level.name.lower() for level in reversed(Level)]


_WITH_PROBLEMS = (Form.JSON, Form.YAML, Form.SARIF)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lifetimes:
    """Days between the deprecation of what is of a stability level and its end."""

    beta_days: int
    stable_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Depth:
    """What is looked for beyond the changes; the intent is empty where there is none."""

    intent: str
    is_planned: bool
    is_witnessed: bool


def _lifetime_options(command: Command) -> Command:
    """Hands `lifetimes` to the command."""

    @wraps(command)
    def with_lifetimes(*, beta_days: int, stable_days: int, **others: object) -> None:
        command(lifetimes=_Lifetimes(beta_days=beta_days, stable_days=stable_days), **others)

    return with_options(
        tuple(
            click.option(
                f"--{level}-days",
                type=click.IntRange(min=0),
                default=0,
                show_default=True,
                help=f"Days between the deprecation of {what} and its end.",
            )
            for level, what in (("beta", "a beta"), ("stable", "what is stable"))
        ),
        with_lifetimes,
    )


def _depth_options(command: Command) -> Command:
    """Hands `depth` to the command."""

    @wraps(command)
    def with_depth(*, intent: str, planned: bool, witnessed: bool, **others: object) -> None:
        is_planned = planned or bool(intent)
        depth = _Depth(intent=intent, is_planned=is_planned, is_witnessed=witnessed)
        command(depth=depth, **others)

    return with_options(
        (
            intent_option,
            click.option(
                "--plan",
                "planned",
                is_flag=True,
                help="Plan a shim, too: say what it does about each change, and tell renames, "
                "moves and mappings as one change. --intent does that by itself.",
            ),
            click.option(
                "--witnesses",
                "witnessed",
                is_flag=True,
                help="Add to what breaks a client a message that shows it.",
            ),
        ),
        with_depth,
    )


@click.command()
@click.argument("old")
@click.argument("new")
@forms_option(*Form)
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
@click.option(
    "--direction",
    type=click.Choice(["old-client", "new-client"]),
    default="old-client",
    show_default=True,
    help="Whose levels count: an old client's with a new server, or a new client's with an old "
    "server.",
)
@click.option(
    "--min-level",
    type=click.Choice(_LEVELS),
    default="info",
    show_default=True,
    help="Leave out what is less than this.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["none", *_LEVELS]),
    default="none",
    show_default=True,
    help="Exit with 1 where there is a change of this level or above, left out or not.",
)
@_lifetime_options
@click.option(
    "--semver",
    is_flag=True,
    help="Tell it, too, where info.version is bumped less than the changes ask for (Semantic "
    "Versioning 2.0.0).",
)
@_depth_options
@strictness_options
def diff(
    *,
    old: str,
    new: str,
    form: Form,
    output: str,
    direction: str,
    min_level: str,
    fail_on: str,
    lifetimes: _Lifetimes,
    semver: bool,
    depth: _Depth,
    reading: Reading,
) -> None:
    """Tell every change between OLD and NEW by its rule, with its level and places.

    OLD and NEW are OpenAPI 3.0, 3.1 or Swagger 2.0, YAML or JSON: a path, `-` for standard input,
    or git:REV:PATH. Of the levels, `err` breaks the client that --direction names, `warn` may,
    `info` does not. Where a rule has an id that other tools use, it is that.

    The formats: text; json and yaml, the same document for programs; markdown, for a comment on a
    pull request; html, a page that needs nothing but itself; sarif, for code scanning; junit, for
    reports of tests; github, annotations of a workflow.

    \b
    Examples:
      isthmus compat diff git:main:api.yaml api.yaml --fail-on err
      isthmus compat diff v1.yaml v2.yaml --min-level warn --format json
      isthmus compat diff v1.yaml v2.yaml --intent intent.yaml --witnesses
      isthmus compat diff v1.yaml v2.yaml --direction new-client --format html --output diff.html
    """
    from compat.cli.output import refuse_input

    if output:
        refuse_input(output, (old, new, depth.intent))
    asked = _Asked(
        old=old,
        new=new,
        form=form,
        direction=direction,
        min_level=min_level,
        fail_on=fail_on,
        lifetimes=lifetimes,
        semver=semver,
        depth=depth,
        reading=reading,
        today=date.today().isoformat(),
        columns=columns(),
    )
    if ends := _tell(asked, output):
        raise click.exceptions.Exit(ends)


def _tell(asked: "_Asked", output: str) -> int:
    """Prints or writes the answer, and gives the exit code."""
    from compat.cli.memory import recalled, remember
    from compat.cli.output import write_output

    if asked.form is Form.TEXT and not output and is_drawn():
        from compat.report.changes.text import changes_text

        found = _compared(asked)
        note_problems(found.listing.problems)
        say(changes_text(found.listing))
        return found.code
    said = recalled(str(asked), asked.documents)
    if said is None:
        said = _said(asked)
        remember(str(asked), said)
    for line in said.notes:
        note(line)
    if output:
        write_output(output, said.text)
        note(f"{output}: written")
    else:
        say_text(said.text)
    return said.code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Everything that an answer depends on, besides the documents."""

    old: str
    new: str
    form: Form
    direction: str
    min_level: str
    fail_on: str
    lifetimes: _Lifetimes
    semver: bool
    depth: _Depth
    reading: Reading
    today: str
    columns: int

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(each for each in (self.old, self.new, self.depth.intent) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The changes, the exit code that they give, and the digests of what they were found in."""

    listing: "Listing"
    code: int
    documents: Mapping[str, Mapping[str, str]]


def _said(asked: _Asked) -> "Said":
    from compat.cli.memory import Said

    found = _compared(asked)
    is_noted = asked.form not in _WITH_PROBLEMS
    return Said(
        text=form_text(found.listing, asked.form),
        notes=tuple(problem_notes(found.listing.problems)) if is_noted else (),
        code=found.code,
        documents=found.documents,
    )


def _compared(asked: _Asked) -> "_Found":
    """Reads both specs and compares them."""
    from compat.cli.planning import intent_of
    from compat.differ.bump import Bump, bumped
    from compat.differ.interface import changes
    from compat.differ.lifecycle import Policy
    from compat.plan.bridge import Role
    from compat.report.changes.listing import level_for, listing
    from compat.report.changes.witness import NO_WITNESSES
    from compat.source import load_interface

    reading = asked.reading
    ours, theirs = (
        load_interface(name, strict=reading.strict, remote=reading.remote, validate=reading.strict)
        for name in (asked.old, asked.new)
    )
    days, depth = asked.lifetimes, asked.depth
    policy = Policy(today=asked.today, beta_days=days.beta_days, stable_days=days.stable_days)
    role = Role(asked.direction.replace("-", "_"))
    with working("comparing"):
        every = tuple(changes(ours.interface, theirs.interface, policy))
    documents = {asked.old: ours.digests, asked.new: theirs.digests}
    bridging = None
    if depth.is_planned:
        from compat.report.changes.transitions import gathered

        intent = intent_of(depth.intent)
        documents |= {depth.intent: {depth.intent: intent.digest}} if depth.intent else {}
        bridging = _bridging(ours, theirs, intent, asked.today)
        every = gathered(every, bridging)
    if asked.semver:
        every = (*every, *bumped(every, ours.interface, theirs.interface, Bump()))
    found = listing(
        ours.interface,
        theirs.interface,
        every,
        role=role,
        least=Level[asked.min_level.upper()],
        problems=(*ours.problems, *theirs.problems),
        bridging=bridging,
        witnesses=_witnesses(ours, theirs, every, role) if depth.is_witnessed else NO_WITNESSES,
    )
    fails = asked.fail_on != "none" and any(
        level_for(each, role) >= Level[asked.fail_on.upper()] for each in every
    )
    return _Found(
        listing=found,
        code=Exit.FINDINGS if fails else Exit.OK,
        documents=documents,
    )


def _bridging(ours: "Loaded", theirs: "Loaded", intent: "Intent", today: str) -> "Bridging":
    from compat.plan.planner import plan
    from compat.report.changes.bridging import Bridging

    with working("planning"):
        return Bridging.of(plan(ours.interface, theirs.interface, intent, today=today))


def _witnesses(
    ours: "Loaded", theirs: "Loaded", found: Sequence["Change"], role: "Role"
) -> Mapping[str, "Witness"]:
    from compat.verify.breaking import witnesses

    with working("looking for messages that show it"):
        return witnesses(ours.interface, theirs.interface, found, role)
