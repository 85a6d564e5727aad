"""From the words of a command line to a plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import PurePosixPath

from compat.cli.console import working
from compat.cli.inputs import Inputs, Reading
from compat.errors import CompatError
from compat.intent.model import NO_INTENT, Intent
from compat.intent.read import read_intent
from compat.load import Loaded, Problem
from compat.load.names import STDIN, split_git
from compat.plan.bridge import BridgePlan
from compat.plan.drafting.draft import Draft, draft
from compat.plan.fusing.fuse import fuse
from compat.plan.planner import plan
from compat.source import fetcher, load_interface
from compat.suggest.candidate import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, the steps it was fused from, and what the specs it was made from get wrong."""

    plan: BridgePlan
    steps: tuple[BridgePlan, ...]
    intents: tuple[Intent, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft of an intent, and what the specs get wrong."""

    draft: Draft
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """All documents as read, and what the two versions of each step are called."""

    specs: tuple[Loaded, ...]
    intents: tuple[Intent, ...]
    versions: tuple[tuple[str, str], ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for spec in self.specs for problem in spec.problems)

    @property
    def steps(self) -> Iterator[tuple[Loaded, Loaded, Intent, tuple[str, str]]]:
        """From each version to the next."""
        return zip(self.specs[:-1], self.specs[1:], self.intents, self.versions, strict=True)


def make_plan(inputs: Inputs) -> Planned:
    """Read everything and plan, and fuse the plans of several steps.

    Raises CompatError for what cannot be used, and for steps that cannot be one.
    """
    read = read_all(inputs)
    today = date.today().isoformat()
    with working("planning"):
        steps = tuple(
            plan(old.interface, new.interface, intent, today=today, versions=versions)
            for old, new, intent, versions in read.steps
        )
        return Planned(
            plan=reduce(fuse, steps), steps=steps, intents=read.intents, problems=read.problems
        )


def make_guesses(planned: Planned) -> tuple[Candidate, ...]:
    """What may explain the open gaps: the best that `suggest` would draft, if it loses nothing."""
    with working("looking for what belongs together"):
        return tuple(
            candidate
            for step, intent in zip(planned.steps, planned.intents, strict=True)
            if step.open_gaps
            for candidate in _drafted(step, intent).candidates
            if candidate.best and not candidate.loses
        )


def _drafted(step: BridgePlan, intent: Intent) -> Draft:
    versions = step.old_version, step.new_version
    return draft(step.old, step.new, intent, today=date.today().isoformat(), versions=versions)


def make_draft(inputs: Inputs) -> Drafted:
    """Read two specs and look for what may explain their differences; raises CompatError."""
    read = read_all(inputs)
    [(old, new, intent, versions)] = read.steps
    with working("looking for what belongs together"):
        made = draft(
            old.interface,
            new.interface,
            intent,
            today=date.today().isoformat(),
            versions=versions,
        )
    return Drafted(draft=made, problems=read.problems)


def read_all(inputs: Inputs) -> Read:
    """Every spec and intent; raises CompatError for what cannot be used."""
    if [*inputs.specs, *inputs.intents].count(STDIN) > 1:
        raise CompatError(
            "standard input can be only one of the documents", hint="save the others to files"
        )
    specs = tuple(_read(name, inputs.reading) for name in inputs.specs)
    named_intents = inputs.intents or ("",) * (len(specs) - 1)
    intents = tuple(intent_of(name) for name in named_intents)
    versions = tuple(_versions(inputs, specs, intents))
    return Read(specs=specs, intents=intents, versions=versions)


def _versions(
    inputs: Inputs, specs: Sequence[Loaded], intents: Sequence[Intent]
) -> Iterator[tuple[str, str]]:
    """What the two versions of each step are called; the outermost are told apart as a pair."""
    known = [
        (name, loaded.interface.version) for name, loaded in zip(inputs.specs, specs, strict=True)
    ]
    ends, last = names_apart(known[0], known[-1]), len(intents) - 1
    for at, intent in enumerate(intents):
        old, new = names_apart(known[at], known[at + 1])
        old = intent.old_version or (ends[0] if at == 0 else old)
        new = intent.new_version or (ends[1] if at == last else new)
        yield (
            (inputs.reading.old_name if at == 0 else "") or old,
            (inputs.reading.new_name if at == last else "") or new,
        )


def intent_of(name: str) -> Intent:
    """That of a file; one that says nothing for no name."""
    return read_intent(name, fetcher(name)(name)) if name else NO_INTENT


def _read(name: str, reading: Reading) -> Loaded:
    with working(f"reading {name}"):
        return load_interface(name, strict=reading.strict, remote=reading.remote)


def names_apart(*documents: tuple[str, str]) -> tuple[str, ...]:
    """Names that tell documents apart, each given by where it is and its own `info.version`.

    The first of these that differ: the names of the files, the revisions in git, the versions that
    the documents give themselves, which cannot be relied on.
    """
    for names in zip(*(_names(*each) for each in documents), strict=True):
        if all(names) and len(set(names)) == len(names):
            return names
    if len(documents) == 2:
        return "old", "new"
    return tuple(str(number) for number in range(1, len(documents) + 1))


def _names(name: str, own: str) -> tuple[str, str, str]:
    git = split_git(name)
    revision, path = git if git else ("", name)
    return "" if name == STDIN else PurePosixPath(path).stem, revision, own
