"""From the words of a command line to a plan."""

from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from compat.cli.console import working
from compat.cli.inputs import Inputs, Reading
from compat.errors import CompatError
from compat.intent.model import NO_INTENT, Intent
from compat.intent.read import read_intent
from compat.load import Loaded, Problem
from compat.load.names import STDIN, split_git
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import fetcher, load_interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what the specs it was made from get wrong."""

    plan: BridgePlan
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two specs as read."""

    old: Loaded
    new: Loaded

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.old.problems, *self.new.problems)


def read_pair(inputs: Inputs) -> Pair:
    """Both specs; raises SpecError."""
    if [inputs.old, inputs.new, inputs.intent].count(STDIN) > 1:
        raise CompatError(
            "standard input can be only one of the documents", hint="save the others to files"
        )
    return Pair(old=_read(inputs.old, inputs.reading), new=_read(inputs.new, inputs.reading))


def make_plan(inputs: Inputs) -> Planned:
    """Read everything and plan; raises CompatError for what cannot be used."""
    pair = read_pair(inputs)
    intent = read_intent_file(inputs.intent)
    with working("planning"):
        made = plan(
            pair.old.interface,
            pair.new.interface,
            intent,
            today=date.today().isoformat(),
            versions=_versions(inputs, pair, intent),
        )
    return Planned(plan=made, problems=pair.problems)


def read_intent_file(name: str) -> Intent:
    """The intent of this name, or none."""
    if not name:
        return NO_INTENT
    return read_intent(name, fetcher(name)(name))


def _read(name: str, reading: Reading) -> Loaded:
    with working(f"reading {name}"):
        return load_interface(name, strict=reading.strict, remote=reading.remote)


def _versions(inputs: Inputs, pair: Pair, intent: Intent) -> tuple[str, str]:
    """The user's words, else the intent's, else what the documents are called."""
    old, new = names_apart(
        (inputs.old, pair.old.interface.version), (inputs.new, pair.new.interface.version)
    )
    return (
        inputs.reading.old_name or intent.old_version or old,
        inputs.reading.new_name or intent.new_version or new,
    )


def names_apart(old: tuple[str, str], new: tuple[str, str]) -> tuple[str, str]:
    """Names that tell two documents apart, each given by where it is and its own `info.version`.

    The first of these that differs: the names of the files, the revisions in git, the versions that
    the documents give themselves, which cannot be relied on.
    """
    for ours, theirs in zip(_names(*old), _names(*new), strict=True):
        if ours and theirs and ours != theirs:
            return ours, theirs
    return "old", "new"


def _names(name: str, own: str) -> tuple[str, str, str]:
    git = split_git(name)
    revision, path = git if git else ("", name)
    return "" if name == STDIN else PurePosixPath(path).stem, revision, own
