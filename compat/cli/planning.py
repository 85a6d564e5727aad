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
from compat.plan.draft import Draft, draft
from compat.plan.planner import plan
from compat.source import fetcher, load_interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what the specs it was made from get wrong."""

    plan: BridgePlan
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft of an intent, and what the specs get wrong."""

    draft: Draft
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """All documents as read, and what the versions are called."""

    old: Loaded
    new: Loaded
    intent: Intent
    versions: tuple[str, str]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.old.problems, *self.new.problems)


def make_plan(inputs: Inputs) -> Planned:
    """Read everything and plan; raises CompatError for what cannot be used."""
    read = _read_all(inputs)
    with working("planning"):
        made = plan(
            read.old.interface,
            read.new.interface,
            read.intent,
            today=date.today().isoformat(),
            versions=read.versions,
        )
    return Planned(plan=made, problems=read.problems)


def make_draft(inputs: Inputs) -> Drafted:
    """Read everything and look for what may explain it; raises CompatError."""
    read = _read_all(inputs)
    with working("looking for what belongs together"):
        made = draft(
            read.old.interface,
            read.new.interface,
            read.intent,
            today=date.today().isoformat(),
            versions=read.versions,
        )
    return Drafted(draft=made, problems=read.problems)


def _read_all(inputs: Inputs) -> _Read:
    if [inputs.old, inputs.new, inputs.intent].count(STDIN) > 1:
        raise CompatError(
            "standard input can be only one of the documents", hint="save the others to files"
        )
    old, new = (_read(name, inputs.reading) for name in (inputs.old, inputs.new))
    intent = _read_intent(inputs.intent)
    named = names_apart((inputs.old, old.interface.version), (inputs.new, new.interface.version))
    said = inputs.reading
    versions = (
        said.old_name or intent.old_version or named[0],
        said.new_name or intent.new_version or named[1],
    )
    return _Read(old=old, new=new, intent=intent, versions=versions)


def _read_intent(name: str) -> Intent:
    return read_intent(name, fetcher(name)(name)) if name else NO_INTENT


def _read(name: str, reading: Reading) -> Loaded:
    with working(f"reading {name}"):
        return load_interface(name, strict=reading.strict, remote=reading.remote)


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
