"""What is read, and how deep it is looked into, as a command line or a manifest says it."""

from dataclasses import dataclass

from compat.differ.effect import Level
from compat.differ.lifecycle import Policy
from compat.model.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the specs are read and what their versions are called; an empty name says nothing."""

    old_name: str = ""
    new_name: str = ""
    strict: bool = False
    remote: bool = False


AS_USUAL = Reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Specs from the oldest to the newest, and the intent of each step from one to the next.

    They are paths, `-` (one of all), `git:REV:PATH` or `git::PATH`. A step's intent is empty where
    there is none; without any, `intents` may be, too.
    """

    specs: tuple[str, ...]
    intents: tuple[str, ...] = ()
    reading: Reading = AS_USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What is looked for beyond the changes; the intent is empty where there is none."""

    intent: str
    is_planned: bool
    is_witnessed: bool
    is_versioned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is compared, for whom, and what of it counts; all but the documents themselves.

    Without a level to `fail_on`, nothing fails.
    """

    old: str
    new: str
    role: Role
    min_level: Level
    fail_on: Level | None
    policy: Policy
    extras: Extras
    reading: Reading

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(each for each in (self.old, self.new, self.extras.intent) if each)
